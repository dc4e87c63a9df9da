"""Media that are nearly the same as others, by their hashes: across sides, and within one."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from affectreason.corpus import duplicates
from affectreason.corpus.duplicates import BYTES, is_flat, near_pairs
from affectreason.corpus.finding import SHOWN, Finding, plural, where
from affectreason.media.alike import NEAR_BITS


@dataclass
class Alike:
    """Contents that have a hash: N hashes, and of each content the number of its hash, its sides and its row.

    `low` and `high` are the first and last of its sides by number: contents are on several sides where these differ.
    `ours` tells whether a sample of `data` shows it; two contents of `against` alone are no pair.
    """

    hashes: np.ndarray
    of: np.ndarray
    low: np.ndarray
    high: np.ndarray
    rows: np.ndarray
    ours: np.ndarray
    flat: int


@dataclass
class Pairs:
    """How many pairs were found, and the rows of the first few."""

    count: int = 0
    rows: list[tuple[int, int]] = field(default_factory=list)


def check(db: sqlite3.Connection) -> Iterator[Finding]:
    """A warning for near duplicates on different sides, notes for those within one and for what was not compared."""
    alike = load(db)
    across, inside, cut = pairs(alike)
    mend = "look at them; take them out of all sides but one"
    if across.count:
        text = f"{plural(across.count, 'pair')} of media on different sides nearly the same"
        text += f" (at most {NEAR_BITS} of 256 bits differ)"
        yield Finding("warning", "near_duplicate_across_splits", across.count, text, _named(db, across), mend)
    if inside.count:
        text = f"{plural(inside.count, 'pair')} of media within a split nearly the same"
        yield Finding("note", "near_duplicate", inside.count, text, _named(db, inside))
    if alike.flat:
        text = plural(alike.flat, "picture without structure was", "pictures without structure were") + " not compared"
        yield Finding("note", "flat_media", alike.flat, text + " with others: every such one is like every other")
    if cut:
        runs = f"runs of more than {duplicates.LONGEST:,} like it"
        text = f"{plural(cut, 'hash', 'hashes')} in {runs} not compared with all"
        yield Finding("warning", "runs_cut_short", cut, text, (), "keep fewer frames of a scene")


def load(db: sqlite3.Connection) -> Alike:
    """The hashes of all contents, flat ones counted and left out; a content that is of `against` alone counts too."""
    number = {side: at for at, (side,) in enumerate(db.execute("SELECT DISTINCT side FROM samples ORDER BY 1"))}
    looks, low, high, rows, ours, flat = bytearray(), [], [], [], [], 0
    query = (
        "SELECT m.look, min(s.row), min(s.side), max(s.side), max(s.role = 'data') "
        "FROM media m JOIN samples s USING (row) WHERE m.look IS NOT NULL AND m.problem IS NULL "
        "GROUP BY m.content, m.look ORDER BY min(s.row)"
    )
    for look, row, first, last, is_ours in db.execute(query):
        if is_flat(int.from_bytes(look, "big")):
            flat += 1
            continue
        looks += look
        rows.append(row)
        ours.append(bool(is_ours))
        low.append(number[first])
        high.append(number[last])
    table = np.frombuffer(bytes(looks), np.uint8).reshape(-1, BYTES)
    hashes, of = np.unique(table.view(f"V{BYTES}").ravel(), return_inverse=True)
    hashes = hashes.view(np.uint8).reshape(-1, BYTES)
    lows, highs, numbers = (np.array(column, np.int64) for column in (low, high, rows))
    return Alike(hashes, of, lows, highs, numbers, np.array(ours, bool), flat)


def pairs(alike: Alike) -> tuple[Pairs, Pairs, int]:
    """The pairs on different sides, those within one, and how many hashes were not compared in full.

    Contents of one hash are a chain of pairs, so that k of them count k - 1.
    """
    across, inside, cut = Pairs(), Pairs(), 0
    order = np.lexsort((alike.high, alike.low, alike.of))
    one, other = order[:-1], order[1:]
    same = alike.of[one] == alike.of[other]
    _sort(alike, one[same], other[same], _apart(alike.low, alike.high, one[same], other[same]), across, inside)
    first = np.zeros(len(alike.hashes), np.int64)
    first[alike.of[order[::-1]]] = order[::-1]
    low, high = np.full(len(alike.hashes), np.iinfo(np.int64).max), np.zeros(len(alike.hashes), np.int64)
    np.minimum.at(low, alike.of, alike.low)
    np.maximum.at(high, alike.of, alike.high)
    for left, right, beyond in near_pairs(alike.hashes):
        _sort(alike, first[left], first[right], _apart(low, high, left, right), across, inside)
        cut += beyond
    return across, inside, cut


def _apart(low: np.ndarray, high: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether pairs are on several sides together."""
    return np.minimum(low[one], low[other]) != np.maximum(high[one], high[other])


def _sort(alike: Alike, one: np.ndarray, other: np.ndarray, several: np.ndarray, across: Pairs, inside: Pairs) -> None:
    """Count pairs of contents by whether they are on several sides; two media of one sample are no pair."""
    apart = (alike.rows[one] != alike.rows[other]) & (alike.ours[one] | alike.ours[other])
    for chosen, found in ((apart & several, across), (apart & ~several, inside)):
        found.count += int(chosen.sum())
        at = np.flatnonzero(chosen)[: SHOWN - len(found.rows)]
        both = [sorted((int(alike.rows[one[n]]), int(alike.rows[other[n]]))) for n in at]
        found.rows += [(earlier, later) for earlier, later in both]


def _named(db: sqlite3.Connection, found: Pairs) -> tuple[str, ...]:
    """The pairs by their samples and sides."""
    query = "SELECT id, file, line, side FROM samples WHERE row = ?"
    both = [[db.execute(query, (row,)).fetchone() for row in pair] for pair in found.rows]
    return tuple(", ".join(f"{where(*row[:3])} in {row[3]}" for row in pair) for pair in both)
