"""What answers that look at nothing are rewarded with where any word will do: drawn words, constant sets of words."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from affectreason.affect import labels, wheel
from affectreason.affect.named import words_of
from affectreason.affect.response import Response
from affectreason.affect.sample import Sample
from affectreason.scoring import metrics, tree_constants, trivial
from affectreason.scoring.metrics import Prediction
from affectreason.scoring.trivial import Reward, Trivial
from affectreason.scoring.word_scores import WHEEL, scored

_COMMONEST = 5


def reward(predictions: Sequence[Prediction], units: Sequence[int], score: Reward, seed: int = 0) -> Trivial:
    """Mean reward of random and of constant well-formed lists of words.

    Chance draws as many words as a sample has from all annotated ones and each unit with its base rate, five seeded
    draws a sample. The best constant is the best that was found of the k commonest words and the sets that grow to the
    best wheel F, with the common sets of units, and of the trees of `tree_constants`, ranked on up to 200 samples and
    then scored on all.
    """
    samples = [p.sample for p in predictions]
    golds = [words_of(sample.gold) for sample in samples]
    known = [word for words in golds for word in words]
    rate = trivial.base_rates(metrics.unit_counts(predictions, units))
    rng = np.random.default_rng(seed)
    drawn = [
        score(
            _answer(
                [str(word) for word in rng.choice(known, len(words))] if words else [],
                [unit for unit, p in zip(units, rate, strict=True) if rng.random() < p],
                str(rng.choice(sample.choices)) if sample.choices else None,
            ),
            sample,
        )
        for sample, words in zip(samples, golds, strict=True)
        for _ in range(5)
    ]
    common = trivial.common_answer(samples)
    tried = [_answer(words, one, common) for words in _sets(golds) for one in trivial.unit_sets(samples, units, rate)]
    trees = tree_constants.answers(samples, labels.OPEN, units, common)
    return trivial.of_constants(drawn, [*tried, *trees], samples, score)


def _sets(golds: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """The constant sets of words worth trying, in a fixed order."""
    counts = Counter(word for words in golds for word in words)
    common = [word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_COMMONEST]]
    annotated = [words for words in golds if words]
    best: list[str] = []
    if annotated:
        nobody = [Sample(id=str(place)) for place in range(len(annotated))]
        found = scored(nobody, annotated, annotated, wheel.default(), {"wheel_f": WHEEL["wheel_f"]})
        best = [word for word in str(found.trivial["wheel_f"].answer).split(", ") if word in counts]
    growing = [tuple(words[:k]) for words in (best, common) for k in range(1, len(words) + 1)]
    return list(dict.fromkeys(growing)) or [()]


def _answer(words: Sequence[str], units: Sequence[int], answered: str | None) -> Response:
    return trivial.answer(None, units, answered, tuple(dict.fromkeys(words)))
