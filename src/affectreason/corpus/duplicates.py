"""Pairs of 256-bit hashes that lie near each other, all of them, without comparing each with each."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from affectreason.media.alike import NEAR_BITS

BYTES = 32
FEWEST_BITS = 8
"""A hash with fewer bits set, or fewer left unset, is of a picture without structure, which is like any other such."""
BANDS = 8
LONGEST = 1000
"""How many neighbours in a run of equal keys a hash is compared with; a longer run is of pictures of one scene."""


def as_bytes(look: int) -> bytes:
    """A 256-bit hash as 32 bytes."""
    return look.to_bytes(BYTES, "big")


def is_flat(look: int) -> bool:
    """Whether a hash says too little to be compared: nearly all of its bits are equal."""
    return not FEWEST_BITS <= look.bit_count() <= 8 * BYTES - FEWEST_BITS


def near_pairs(looks: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
    """All pairs of N different hashes (N, 32 bytes each) that differ in at most 6 bits, each once, in pieces.

    Gives two equally long arrays of row numbers, and how many hashes stood in runs too long to be compared in full.
    Six bits touch at most six of eight bands of 32 bits, so two bands of a near pair are equal: for each of the 28
    pairs of bands the hashes are sorted by it, and only runs of equal keys are compared.
    """
    assert NEAR_BITS + 2 <= BANDS
    bands = np.ascontiguousarray(looks).view(np.uint32).reshape(-1, BANDS)
    wide = np.ascontiguousarray(looks).view(np.uint64).reshape(-1, BANDS // 2)
    for one, other in combinations(range(BANDS), 2):
        key = bands[:, one].astype(np.uint64) << np.uint64(32) | bands[:, other]
        order = np.argsort(key, kind="stable")
        yield from _runs(order, key[order], bands, wide, (one, other))


def _runs(
    order: np.ndarray, key: np.ndarray, bands: np.ndarray, wide: np.ndarray, pair: tuple[int, int]
) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
    """The near pairs within each run of equal keys, compared with the next, the next but one, and so on."""
    at = np.arange(len(key) - 1)
    for step in range(1, LONGEST + 1):
        at = at[: np.searchsorted(at, len(key) - step)]
        at = at[key[at] == key[at + step]]
        if not len(at):
            return
        one, other = order[at], order[at + step]
        near = np.bitwise_count(wide[one] ^ wide[other]).sum(axis=1) <= NEAR_BITS
        one, other = one[near], other[near]
        first = _first_equal(bands[one] == bands[other], pair)
        yield one[first], other[first], 0
    cut = at[: np.searchsorted(at, len(key) - LONGEST - 1)]
    beyond = int((key[cut] == key[cut + LONGEST + 1]).sum()) if len(cut) else 0
    if beyond:
        yield order[:0], order[:0], beyond


def _first_equal(equal: np.ndarray, pair: tuple[int, int]) -> np.ndarray:
    """Which rows of an (n, 8) table have their first two true columns at `pair`, so that each pair is given once."""
    first = equal.argmax(axis=1)
    rest = equal.copy()
    rest[np.arange(len(rest)), first] = False
    return (first == pair[0]) & (rest.argmax(axis=1) == pair[1])
