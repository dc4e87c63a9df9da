from itertools import combinations

import numpy as np
import pytest

from affectreason.corpus import duplicates
from affectreason.corpus.duplicates import as_bytes, is_flat, near_pairs


def table(hashes):
    return np.frombuffer(b"".join(map(as_bytes, hashes)), np.uint8).reshape(-1, 32)


def found(hashes):
    """All pairs as the search gives them, sorted within, and how many hashes were cut off."""
    pairs, beyond = [], 0
    for one, other, cut in near_pairs(table(hashes)):
        pairs += [tuple(sorted(pair)) for pair in zip(one.tolist(), other.tolist(), strict=True)]
        beyond += cut
    return pairs, beyond


def flipped(value, generator, bits):
    for bit in generator.choice(256, bits, replace=False):
        value ^= 1 << int(bit)
    return value


def test_all_pairs_within_six_bits_are_found_once():
    generator = np.random.default_rng(0)
    hashes = [int.from_bytes(generator.bytes(32), "big") for _ in range(60)]
    hashes += [flipped(hashes[n % 60], generator, n % 9) for n in range(1, 240)]
    hashes = list(dict.fromkeys(hashes))
    wanted = [(i, j) for i, j in combinations(range(len(hashes)), 2) if (hashes[i] ^ hashes[j]).bit_count() <= 6]
    pairs, beyond = found(hashes)
    assert len(wanted) == 218
    assert sorted(pairs) == wanted
    assert beyond == 0


def test_six_bits_in_six_bands_are_near_and_a_seventh_is_not():
    six = sum(1 << 32 * band for band in range(6))
    assert found([1 << 255 | 7, (1 << 255 | 7) ^ six])[0] == [(0, 1)]
    assert found([1 << 255 | 7, (1 << 255 | 7) ^ six ^ (1 << 200)])[0] == []


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_to_pair(count):
    assert found([12345] * count) == ([], 0)


def test_a_long_run_is_cut_and_said(monkeypatch):
    monkeypatch.setattr(duplicates, "LONGEST", 3)
    scene = [(0xABCDEF << 100) + number for number in range(8)]  # all but the last band equal: 21 pairs of bands
    pairs, beyond = found(scene)
    assert len(pairs) == 3 + 3 + 3 + 3 + 3 + 2 + 1
    assert beyond == 21 * 4
    monkeypatch.setattr(duplicates, "LONGEST", 7)
    assert found(scene)[1] == 0
    assert len(found(scene)[0]) == 28


def test_what_is_flat():
    assert [is_flat(value) for value in (0, 0x7F, 0xFF, (1 << 256) - 1, (1 << 248) - 1, (1 << 249) - 1)] == [
        True, True, False, True, False, True,
    ]  # fmt: skip
