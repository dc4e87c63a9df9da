"""A metric before it is a number: counts for each sample, so that intervals and paired differences can be drawn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from affectreason.affect import wheel
from affectreason.affect.labels import Labels
from affectreason.affect.named import words_of
from affectreason.affect.sample import Sample
from affectreason.scoring import intervals, metrics, trivial, word_constants, word_scores
from affectreason.scoring.intervals import Rows
from affectreason.scoring.metrics import Prediction
from affectreason.scoring.trivial import Reward, Trivial
from affectreason.scoring.word_scores import WHEEL, WordScores

_ALSO = ("au_f1", "au_f1_macro", "parse_rate", "mean_reward")
METRICS = ("emotion_accuracy", "uar", *_ALSO)
WORD_METRICS = (*word_scores.WHEEL, *_ALSO)
LEFT_OUT = 0.01
"""The share of draws without a value from which on `numbers` tells it."""
DECIDING = ("emotion_accuracy", "wheel_f", "au_f1")  # few, or one of many intervals would exclude 0 by luck

Floors = dict[tuple[str, ...], Trivial]
"""What trivial answers earn, by the ids of the samples."""


@dataclass(frozen=True)
class Measure:
    """A metric of some samples: counts for each, the function of their sums, and what trivial answers get.

    `lower_is_better` is for errors. `at_least` says that the best constant answer was searched for among too many to
    try: the best there is scores at least that.
    """

    rows: Rows
    statistic: Callable[[Rows], Rows]
    samples: tuple[Sample, ...]
    trivial: Trivial
    lower_is_better: bool = False
    at_least: bool = False


def measures(
    predictions: Sequence[Prediction],
    labels: Labels,
    units: Sequence[int],
    reward: Reward | None = None,
    sampled: Sequence[Prediction] | None = None,
    floors: Floors | None = None,
) -> dict[str, Measure]:
    """The metrics of `names(labels)` that have anything to score; `sampled`: other answers for the mean reward.

    `floors` keeps what trivial answers to a set of samples earn, for further calls with this reward and these units.
    """
    found = _words(predictions) if labels.any_word else {}
    with_emotion = [p for p in predictions if p.sample.gold.emotion is not None and not labels.any_word]
    if with_emotion:
        gold, said = metrics.emotion_codes(with_emotion, labels)
        samples, classes = _samples(with_emotion), np.eye(len(labels.names))
        hit = (gold == said).astype(float)
        found["emotion_accuracy"] = Measure(
            np.stack([hit, np.ones_like(hit)], 1),
            intervals.mean_value,
            samples,
            trivial.emotion_accuracy(with_emotion, labels),
        )
        rows = np.stack([classes[gold] * hit[:, None], classes[gold]], axis=1)
        found["uar"] = Measure(rows, _uar, samples, trivial.emotion_uar(with_emotion, labels))
    with_units = [p for p in predictions if p.sample.gold.units is not None]
    if with_units and units:
        rows, samples = metrics.unit_counts(with_units, units), _samples(with_units)
        found["au_f1"] = Measure(rows, metrics.micro_f1, samples, trivial.units_micro(rows, units))
        macro = partial(metrics.macro_f1, shown=(rows[:, 0] + rows[:, 2]).sum(0) > 0)
        found["au_f1_macro"] = Measure(rows, macro, samples, trivial.units_macro(rows, units))
    if predictions:
        good = np.array([[p.response.well_formed, 1] for p in predictions], dtype=float)
        always = Trivial(1.0, 1.0, "any well-formed answer")
        found["parse_rate"] = Measure(good, intervals.mean_value, _samples(predictions), always)
    if reward is not None:
        found |= _mean_reward(
            predictions if sampled is None else sampled, labels, units, reward, {} if floors is None else floors
        )
    return found


def names(labels: Labels) -> tuple[str, ...]:
    """The metrics of a report: of one label a sample, or of sets of any words."""
    return WORD_METRICS if labels.any_word else METRICS


def word_scores_of(predictions: Sequence[Prediction]) -> WordScores:
    """The annotated against the said words by our own lexicon; samples without an annotated word are left out."""
    pairs = [(p, words) for p in predictions if (words := words_of(p.sample.gold))]
    said = [words_of(p.response.said) for p, _ in pairs]
    return word_scores.scored([p.sample for p, _ in pairs], [g for _, g in pairs], said, wheel.default(), WHEEL)


def _words(predictions: Sequence[Prediction]) -> dict[str, Measure]:
    found = word_scores_of(predictions)
    if not found.samples:
        return {}
    return {name: Measure(found.rows, one, found.samples, found.trivial[name]) for name, one in WHEEL.items()}


def numbers(m: Measure) -> dict[str, float | int | str | None]:
    """Value, low, high, n, floors and the best constant answer of a measure; drawn as `clusters` says."""
    return all_numbers({"it": m})["it"]


def all_numbers(measures: Mapping[str, Measure]) -> dict[str, dict[str, float | int | str | None]]:
    """`numbers` of each measure; those that share their rows are drawn together."""
    drawn_by = {
        place: clusters(samples) for place, samples in {id(m.samples): m.samples for m in measures.values()}.items()
    }
    ends: dict[str, intervals.Interval] = {}
    shared: dict[int, list[str]] = {}
    for name, m in measures.items():
        shared.setdefault(id(m.rows), []).append(name)
    for names in shared.values():
        first = measures[names[0]]
        drawn = [measures[name].statistic for name in names]
        found = intervals.together(first.rows, drawn, groups=drawn_by[id(first.samples)][1])
        ends |= dict(zip(names, found, strict=True))
    values = {name: float(m.statistic(m.rows.sum(0)[None])[0]) for name, m in measures.items()}
    ends |= {name: intervals.UNKNOWN for name, value in values.items() if np.isnan(value)}
    return {
        name: {
            "value": values[name],
            "low": ends[name].low,
            "high": ends[name].high,
            "n": len(m.rows),
            "chance": m.trivial.chance,
            "best_constant": m.trivial.best_constant,
            "majority": m.trivial.majority,
            "answer": m.trivial.answer,
            "drawn_by": drawn_by[id(m.samples)][0],
            "lower_is_better": m.lower_is_better,
        }
        | ({"at_least": True} if m.at_least else {})
        | ({"draws_left_out": ends[name].left_out} if ends[name].left_out > LEFT_OUT else {})
        for name, m in measures.items()
    }


def compare(before: Measure, after: Measure) -> dict[str, float | int | str | None]:
    """The paired difference after - before on the samples both scored, its 95 % interval, and a verdict in words.

    `helps` or `hurts` when the interval excludes 0, `rises` or `falls` of what has no floors, as no value of it is
    better; else `no clear change`; `nothing in common` without shared samples.
    """
    here = {s.id: i for i, s in enumerate(before.samples)}
    shared = [(here[s.id], i) for i, s in enumerate(after.samples) if s.id in here]
    if not shared:
        return {"difference": None, "low": None, "high": None, "n": 0, "verdict": "nothing in common"}
    old, new = before.rows[[i for i, _ in shared]], after.rows[[j for _, j in shared]]
    rows = np.stack([old, new], axis=1)

    def gain(sums: Rows) -> Rows:
        return after.statistic(sums[:, 1]) - before.statistic(sums[:, 0])

    difference = float(gain(rows.sum(0)[None])[0])
    low, high = intervals.bootstrap(rows, gain, groups=clusters([after.samples[j] for _, j in shared])[1])
    low, high = (low, high) if np.isfinite(difference) else intervals.UNKNOWN[:2]
    up, down = ("hurts", "helps") if after.lower_is_better else ("helps", "hurts")
    up, down = ("rises", "falls") if after.trivial == trivial.NONE else (up, down)
    verdict = up if low > 0 else down if high < 0 else "no clear change"
    return {"difference": difference, "low": low, "high": high, "n": len(shared), "verdict": verdict}


def overall(compared: Mapping[str, Mapping[str, Any]]) -> str:
    """One verdict for a stage from the metrics of `DECIDING`, or from the mean reward where neither was scored."""
    used = [name for name in DECIDING if name in compared] or [name for name in ("mean_reward",) if name in compared]
    said = {name: compared[name]["verdict"] for name in used}
    ups, downs = (any(verdict == word for verdict in said.values()) for word in ("helps", "hurts"))
    if ups and downs:
        return "mixed"
    if not said or all(verdict == "nothing in common" for verdict in said.values()):
        return "not comparable"
    return "helps" if ups else "hurts" if downs else "no clear change"


def _mean_reward(
    predictions: Sequence[Prediction], labels: Labels, units: Sequence[int], reward: Reward, floors: Floors
) -> dict[str, Measure]:
    """The mean reward over the samples that can be scored, several answers to one sample averaged first."""
    by_sample: dict[str, tuple[Prediction, list[float]]] = {}
    for p in predictions:
        score = reward(p.response, p.sample)
        if score is not None:
            by_sample.setdefault(p.sample.id, (p, []))[1].append(score)
    if not by_sample:
        return {}
    first = [p for p, _ in by_sample.values()]
    rows = np.array([[sum(scores) / len(scores), 1] for _, scores in by_sample.values()])
    asked = tuple(by_sample)
    if asked not in floors:
        floors[asked] = (
            word_constants.reward(first, units, reward)
            if labels.any_word
            else trivial.reward(first, labels, units, reward)
        )
    return {"mean_reward": Measure(rows, intervals.mean_value, _samples(first), floors[asked])}


def _uar(sums: Rows) -> Rows:
    """Mean recall over the classes with support, from sums of shape (B, 2, K): hits and support."""
    hit, support = sums[:, 0], sums[:, 1]
    return metrics.ratio(metrics.ratio(hit, support).sum(-1), (support > 0).sum(-1))


def _samples(predictions: Sequence[Prediction]) -> tuple[Sample, ...]:
    return tuple(p.sample for p in predictions)


def clusters(samples: Sequence[Sample]) -> tuple[str, list[str] | None]:
    """What belongs together when samples are drawn, and the name of each sample's: subject, dialogue, film or group.

    The first of these that every sample names and that has five or more names; fewer say nothing of spread. `sample`
    and None where there is none.
    """
    for by in ("subject", "dialogue", "film", "group"):
        every = [sample.group if by == "group" else getattr(sample.provenance, by) for sample in samples]
        if None not in every and len(set(every)) >= 5:
            return by, [str(name) for name in every]
    return "sample", None
