"""Sets of emotion words compared cluster by cluster: the EW set score, hit rate and mscore of MER-UniBench.

Words outside a map are dropped. All values lie in [0, 1]. Two rules for what has nothing to divide by: `zero` (the code
of MER2026) counts it 0, `nan` (the code of 2025) makes it, and every mean over it, not a number.
Source: Lian et al., OV-MER (arXiv 2410.01495); AffectGPT (arXiv 2501.16566), section 4.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from affectreason.affect.wheel import Lexicon
from affectreason.scoring.intervals import Rows
from affectreason.scoring.metrics import ratio

Zero = Literal["zero", "nan"]
Codes = NDArray[np.int64]
MAPS = ("M1", "M2", *(f"W{wheel}L{level}" for wheel in range(1, 6) for level in (1, 2)))
LEVEL1 = tuple(MAPS.index(f"W{wheel}L1") for wheel in range(1, 6))
LEVEL2 = tuple(MAPS.index(f"W{wheel}L2") for wheel in range(1, 6))
ALL = tuple(range(len(MAPS)))
_CELLS = 20_000_000  # of a table of samples by clusters; a larger one is kept as its few true cells
_USED, _PRECISION, _RECALL = range(3)


class WordSets(NamedTuple):
    """The words of `n` samples: for each word said its sample and its code."""

    n: int
    sample: Codes
    word: Codes


def coded(sets: Sequence[Sequence[str]], codes: dict[str, int]) -> WordSets:
    """Words as codes; those not yet in `codes` are added to it."""
    sample = [index for index, words in enumerate(sets) for _ in words]
    word = [codes.setdefault(one, len(codes)) for words in sets for one in words]
    return WordSets(len(sets), np.array(sample, dtype=np.int64), np.array(word, dtype=np.int64))


def cluster_table(words: Sequence[str], lexicon: Lexicon) -> Codes:
    """Codes of shape (V, 12): the cluster of each word in each of `MAPS`, -1 where it is outside."""
    names: list[dict[str, int]] = [{"": -1} for _ in MAPS]
    rows = [lexicon.clusters(word) for word in words]
    table = [[known.setdefault(name, len(known) - 1) for known, name in zip(names, row, strict=True)] for row in rows]
    return np.array(table, dtype=np.int64).reshape(len(words), len(MAPS))


def overlap(gold: WordSets, said: WordSets, clusters: Codes) -> tuple[Rows, Rows, Rows]:
    """|G & P|, |P| and |G| of shape (N,) each, for one map (V,)."""
    size = int(clusters.max(initial=-1)) + 1
    if gold.n * size <= _CELLS:
        ours, theirs = _member(gold, clusters, size), _member(said, clusters, size)
        counts = (ours & theirs).sum(1), theirs.sum(1), ours.sum(1)
    else:
        keys = [_keys(sets, clusters, size) for sets in (gold, said)]
        both = keys[1][np.isin(keys[1], keys[0], assume_unique=True)]
        hit, answered, annotated = (np.bincount(one // size, minlength=gold.n) for one in (both, keys[1], keys[0]))
        counts = hit, answered, annotated
    hit, answered, annotated = (one.astype(np.float64) for one in counts)
    return hit, answered, annotated


def distinct(keys: Codes) -> Codes:
    """Each number once, in rising order: where they nearly rise already, ten times as fast as `np.unique`."""
    keys = np.sort(keys, kind="stable")
    first = np.ones(len(keys), dtype=bool)
    first[1:] = keys[1:] != keys[:-1]
    return keys[first]


def set_rows(gold: WordSets, said: WordSets, table: Codes) -> Rows:
    """Rows of shape (N, 12, 3): is the sample used (its gold is on the map), its precision, its recall."""
    rows = np.zeros((gold.n, len(MAPS), 3))
    for index in range(len(MAPS)):
        hit, answered, annotated = overlap(gold, said, table[:, index])
        used = annotated > 0
        rows[:, index] = np.stack([used, ratio(hit, answered) * used, ratio(hit, annotated)], axis=1)
    return rows


def hit_rows(gold: WordSets, said: WordSets, table: Codes) -> Rows:
    """Rows of shape (N, 5, 3): used, hit and mscore on level 1 of each wheel, for one gold word a sample.

    mscore = |P & G| / |P & C|, where C is what the gold words of all samples map to; 0 where an answer meets none of C.
    """
    rows = np.zeros((gold.n, len(LEVEL1), 3))
    for index, column in enumerate(LEVEL1):
        clusters = table[:, column]
        hit, _, annotated = overlap(gold, said, clusters)
        known = np.where(np.isin(clusters, clusters[gold.word]), clusters, -1)
        _, among, _ = overlap(gold, said, known)
        rows[:, index] = np.stack([annotated > 0, np.minimum(hit, 1), ratio(hit, among)], axis=1)
    return rows


def part_values(sums: Rows, zero: Zero) -> Rows:
    """Precision, recall and F of each map, (..., 12, 3), from sums of `set_rows`; F is of the two means."""
    precision, recall = (_divide(sums[..., part], sums[..., _USED], zero) for part in (_PRECISION, _RECALL))
    return np.stack([precision, recall, _divide(2 * precision * recall, precision + recall, zero)], axis=-1)


def mean_over(maps: Sequence[int], part: Literal["precision", "recall", "f"], zero: Zero) -> Callable[[Rows], Rows]:
    """The statistic that is the mean of one part over some maps, F being computed of each map first."""
    place, chosen = ("precision", "recall", "f").index(part), list(maps)

    def value(sums: Rows) -> Rows:
        return part_values(sums[..., chosen, :], zero)[..., place].mean(-1)

    return value


def hit_value(part: Literal["hit_rate", "mscore"], zero: Zero) -> Callable[[Rows], Rows]:
    """The statistic that is the mean over wheels of hit rate or mscore, from sums of `hit_rows`.

    A wheel on which no gold word lies is left out under `zero`, and makes the mean not a number under `nan`.
    """
    place = 1 if part == "hit_rate" else 2

    def value(sums: Rows) -> Rows:
        used = sums[..., 0]
        each = _divide(sums[..., place], used, zero)
        return each.mean(-1) if zero == "nan" else ratio(each.sum(-1), (used > 0).sum(-1))

    return value


def leaderboards(zero: Zero) -> dict[str, Callable[[Rows], Rows]]:
    """What each leaderboard prints, as a statistic over sums of `set_rows`.

    UniBench: level 1; OV-MER: M-avg, the mean of all 12 F; MER2025: levels 1 and 2; MER2026: level 1.
    """
    level1 = mean_over(LEVEL1, "f", zero)
    both = mean_over(LEVEL1 + LEVEL2, "f", zero)
    return {"unibench": level1, "ov_mer": mean_over(ALL, "f", zero), "mer2025": both, "mer2026": level1}


def _member(sets: WordSets, clusters: Codes, size: int) -> NDArray[np.bool_]:
    """Whether a sample's words are in each cluster, (N, size)."""
    found = clusters[sets.word]
    member = np.zeros((sets.n, size), dtype=bool)
    member[sets.sample[found >= 0], found[found >= 0]] = True
    return member


def _keys(sets: WordSets, clusters: Codes, size: int) -> Codes:
    """One number for each cluster of each sample, each once."""
    found = clusters[sets.word]
    kept = found >= 0
    return distinct(sets.sample[kept] * size + found[kept])


def _divide(above: Rows, below: Rows, zero: Zero) -> Rows:
    """`above / below`; nothing below is 0 or not a number, as the rule says."""
    found = ratio(above, below)
    return found if zero == "zero" else np.where(below == 0, np.nan, found)
