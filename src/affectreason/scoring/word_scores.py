"""The set scores of open vocabularies with what an answer that looks at nothing gets, and how many words are said."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from affectreason.affect.sample import Sample
from affectreason.affect.wheel import Lexicon
from affectreason.scoring import word_sets
from affectreason.scoring.intervals import Rows
from affectreason.scoring.trivial import Trivial
from affectreason.scoring.word_floors import Statistic, floors

WHEEL: dict[str, Statistic] = {
    "wheel_f": word_sets.mean_over(word_sets.LEVEL1, "f", "zero"),
    "wheel_precision": word_sets.mean_over(word_sets.LEVEL1, "precision", "zero"),
    "wheel_recall": word_sets.mean_over(word_sets.LEVEL1, "recall", "zero"),
}
"""Of the inner ring of each wheel, the mean over the five wheels; F is of the two means over samples."""


class WordScores(NamedTuple):
    """Rows of the samples whose annotated words are on a map, those samples, each statistic's floors, and `details`.

    `details` are labels_per_answer, labels_per_gold, the shares of words outside the lexicon (outside_share_answer,
    outside_share_gold), the annotated ones outside (outside_gold), and how many samples have no other (on_no_map).
    """

    rows: Rows
    sums: Rows
    samples: tuple[Sample, ...]
    trivial: dict[str, Trivial]
    details: dict[str, Any]


def scored(
    samples: Sequence[Sample],
    golds: Sequence[Sequence[str]],
    answers: Sequence[Sequence[str]],
    lexicon: Lexicon,
    statistics: Mapping[str, Statistic],
    hit: bool = False,
) -> WordScores:
    """Compare the words annotated and said of each sample; `hit` asks for `word_sets.hit_rows`."""
    codes: dict[str, int] = {}
    annotated, answered = word_sets.coded(golds, codes), word_sets.coded(answers, codes)
    words = list(codes)
    table = word_sets.cluster_table(words, lexicon)
    rows = (word_sets.hit_rows if hit else word_sets.set_rows)(annotated, answered, table)
    placed = rows[..., 0].sum(1) > 0  # a sample whose words are on no map says nothing, and is not of N
    outside = (table == -1).all(1)
    details: dict[str, Any] = {
        "labels_per_answer": _share(len(answered.word), len(samples)),
        "labels_per_gold": _share(len(annotated.word), len(samples)),
        "outside_share_answer": _share(int(outside[answered.word].sum()), len(answered.word)),
        "outside_share_gold": _share(int(outside[annotated.word].sum()), len(annotated.word)),
        "outside_gold": sorted({words[index] for index in annotated.word[outside[annotated.word]]}),
        "on_no_map": len(samples) - int(placed.sum()),
    }
    return WordScores(
        rows=rows if placed.all() else rows[placed],
        sums=rows.sum(0),
        samples=tuple(sample for sample, here in zip(samples, placed, strict=True) if here),
        trivial=floors(annotated, words, table, dict(statistics), hit),
        details=details,
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
