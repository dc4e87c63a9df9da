"""What answering without looking scores: by chance, and with the best constant answer.

The best constant answer is chosen on the very samples it is scored on, so it is a little too good: a model has to
beat the best that looking at nothing could have done.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from affectreason.affect.labels import Labels
from affectreason.affect.response import Response
from affectreason.affect.sample import ActionUnit, Affect, Sample
from affectreason.scoring import metrics, tree_constants
from affectreason.scoring.metrics import Counts, Prediction, ratio

Reward = Callable[[Response, Sample], float | None]
_RANKED_ON = 200  # samples on which constant answers are ranked before the best one is scored on all


class Trivial(NamedTuple):
    """A metric's value by chance and with the best constant answer, that answer in words, and the commonest answer's.

    `chance` is None where no answer can be drawn, `majority` where no answer is the commonest or it is the best. A
    `best_constant` of None: no value of the metric is better than another (`NONE`).
    """

    chance: float | None
    best_constant: float | None
    answer: str | None
    majority: float | None = None


NONE = Trivial(None, None, None)
"""Of what is counted but cannot be beaten, such as the share of answers that are yes."""


def summed(one: Trivial, other: Trivial) -> Trivial:
    """The floors of a sum of two metrics; those that either lacks it lacks too."""
    chance = None if one.chance is None or other.chance is None else one.chance + other.chance
    if one.best_constant is None or other.best_constant is None:
        return Trivial(chance, None, None)
    return Trivial(chance, one.best_constant + other.best_constant, f"{one.answer}: {other.answer}")


def emotion_accuracy(predictions: Sequence[Prediction], labels: Labels) -> Trivial:
    """Chance is the expected accuracy of a uniformly random label, 1 / K; the best constant is the commonest class."""
    support = metrics.confusion(predictions, labels).sum(1)
    best = int(support.argmax())
    return Trivial(1 / len(labels.names), float(ratio(support.max(), support.sum())), labels.names[best])


def emotion_uar(predictions: Sequence[Prediction], labels: Labels) -> Trivial:
    """Chance is 1 / K, K the size of the vocabulary; any constant scores 1 / (number of classes with gold support)."""
    support = metrics.confusion(predictions, labels).sum(1)
    best = labels.names[int(support.argmax())]
    return Trivial(1 / len(labels.names), float(ratio(1, (support > 0).sum())), best)


def units_micro(rows: Counts, units: Sequence[int]) -> Trivial:
    """Micro F1 from counts of shape (N, 3, U).

    Chance says each unit with its base rate p, independently: expected hits over expected mentions, sum p^2 / sum p.
    The best constant set is exact: of all sets of k units the k commonest have the most hits, so U + 1 sets are tried.
    """
    rate = base_rates(rows)
    order = np.argsort(-rate, kind="stable")
    scores = 2 * rate[order].cumsum() / (np.arange(1, len(rate) + 1) + rate.sum()) if len(rate) else np.zeros(1)
    best = int(scores.argmax()) + 1
    answer = spell(units[i] for i in order[:best])
    return Trivial(float(ratio((rate**2).sum(), rate.sum())), float(scores.max()), answer)


def units_macro(rows: Counts, units: Sequence[int]) -> Trivial:
    """Macro F1 over the fixed vocabulary from counts of shape (N, 3, U).

    Chance is the mean base rate p, since a unit said at random with rate p has precision and recall p; the best
    constant says every unit that is ever present, with F1 = 2 p / (1 + p) each.
    """
    rate = base_rates(rows)
    present = [unit for unit, p in zip(units, rate, strict=True) if p > 0]
    return Trivial(metrics.mean(rate), metrics.mean(2 * rate / (1 + rate)), spell(present))


def base_rates(rows: Counts) -> Counts:
    """The share of annotated samples that show each unit, of shape (U,), from counts of shape (N, 3, U)."""
    return ratio(rows[:, 0].sum(0) + rows[:, 2].sum(0), len(rows))


def reward(
    predictions: Sequence[Prediction], labels: Labels, units: Sequence[int], score: Reward, seed: int = 0
) -> Trivial:
    """Mean reward of random and of constant well-formed answers.

    Chance answers a uniformly random label and each unit with its base rate, five seeded draws a sample, and a closed
    question with a random choice. The best constant is the best of every gold emotion x (the 12 commonest gold sets of
    units, the k commonest units for every k, and none) and of the trees of `tree_constants`, ranked on up to 200
    samples spread over the set and then scored on all; it says the commonest right answer of questions that have one.
    """
    samples = [p.sample for p in predictions]
    rate = base_rates(metrics.unit_counts(predictions, units))
    rng = np.random.default_rng(seed)
    drawn = [
        score(
            answer(
                str(rng.choice(labels.names)),
                [u for u, p in zip(units, rate, strict=True) if rng.random() < p],
                str(rng.choice(s.choices)) if s.choices else None,
            ),
            s,
        )
        for s in samples
        for _ in range(5)
    ]
    trees = tree_constants.answers(samples, labels, units, common_answer(samples))
    return of_constants(drawn, [*_constants(samples, labels, units, rate), *trees], samples, score)


def of_constants(
    drawn: Sequence[float | None], tried: Sequence[Response], samples: Sequence[Sample], score: Reward
) -> Trivial:
    """Chance from the scores of drawn answers, and the best of constant ones, ranked on up to 200 samples."""
    spread = samples[:: max(1, -(-len(samples) // _RANKED_ON))]
    best = max(tried, key=lambda one: _mean(score(one, s) for s in spread))
    return Trivial(_mean(drawn), _mean(score(best, s) for s in samples), best.text)


def answer(
    emotion: str | None, units: Sequence[int], answered: str | None = None, words: Sequence[str] = ()
) -> Response:
    """A well-formed response that says this emotion or these words, these units, this answer to a question, no more."""
    named = ", ".join(words)
    text = f"{spell(units)}: {emotion or named or 'none'}" + (f", {answered}" if answered else "")
    said = Affect(
        emotion=emotion,
        emotions=dict.fromkeys(words, 1.0) or None,
        aus=tuple(ActionUnit(number=unit) for unit in units),
    )
    reasoning = f"{spell(units)}; {named}" if named else spell(units)
    return Response(text, reasoning, said, well_formed=True, problem=None, answered=answered or named or None)


def spell(units: Iterator[int] | Sequence[int]) -> str:
    """Units in words: `AU6 AU12`, or `no units`."""
    return " ".join(f"AU{unit}" for unit in sorted(units)) or "no units"


def _constants(samples: Sequence[Sample], labels: Labels, units: Sequence[int], rate: Counts) -> list[Response]:
    """The constant answers worth trying, in a fixed order."""
    common = common_answer(samples)
    golds = {labels.canonical(s.gold.emotion) for s in samples if s.gold.emotion is not None}
    emotions: list[str | None] = [name for name in labels.names if name in golds]
    sets = unit_sets(samples, units, rate)
    return [answer(emotion, one, common) for emotion in emotions or [None] for one in sets]


def unit_sets(samples: Sequence[Sample], units: Sequence[int], rate: Counts) -> list[tuple[int, ...]]:
    """The sets of units worth trying: the 12 commonest gold ones, and the k commonest units for every k."""
    sets = Counter(tuple(sorted(s.gold.units & set(units))) for s in samples if s.gold.units is not None)
    frequent = [units_ for units_, _ in sorted(sets.items(), key=lambda item: (-item[1], item[0]))[:12]]
    order = np.argsort(-rate, kind="stable")
    growing = [tuple(sorted(units[i] for i in order[:k])) for k in range(len(units) + 1)]
    return list(dict.fromkeys(frequent + growing))


def common_answer(samples: Sequence[Sample]) -> str | None:
    """The commonest right answer of the questions that have one."""
    right = Counter(s.answer for s in samples if s.answer is not None)
    return right.most_common(1)[0][0] if right else None


def _mean(scores: Sequence[float | None] | Iterator[float | None]) -> float:
    """The mean of the scores that are there, 0 of nothing."""
    there = [score for score in scores if score is not None]
    return sum(there) / len(there) if there else 0.0
