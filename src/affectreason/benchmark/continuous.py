"""A number a sample: CCC with its variance convention, PCC, RMSE, MAE.

`variant`: `of` (score, valence, arousal or dominance), `range` ([low, high] of the annotation), `variance` of the CCC
(population: OMG-Empathy; unbiased: HiCMAE), and `over`, fields of provenance over which correlations are averaged: of
[subject, film] the mean over subjects of the mean over each subject's films (OMG-Empathy, personalised track).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectreason.affect.numbers import parse_number
from affectreason.affect.response import Response
from affectreason.affect.sample import Provenance, Sample
from affectreason.benchmark.protocol import Scores, Setting, Task
from affectreason.errors import InputError, nearest
from affectreason.scoring import continuous, unanswered
from affectreason.scoring.intervals import Rows
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction, ratio
from affectreason.scoring.trivial import Trivial

DIMENSIONS = ("score", "valence", "arousal", "dominance")


def read(text: str, sample: Sample, setting: Setting) -> Response:
    """The one number in the range that a text states, as `said.score`."""
    of, low, high = asked(setting)
    return parse_number(text, low, high, of)


def given(words: Sequence[str], sample: Sample, setting: Setting) -> Response:
    """The number that somebody else took out of a text."""
    return read(", ".join(words), sample, setting)


def said(response: Response, setting: Setting) -> list[str] | None:
    """The number an answer states."""
    return None if response.said.score is None else [f"{response.said.score:g}"]


def gold(sample: Sample, setting: Setting) -> list[str] | None:
    """The number annotated; InputError where it is outside the range."""
    value = _value(sample, setting)
    return None if value is None else [f"{value:g}"]


def asked(setting: Setting) -> tuple[str, float, float]:
    """Which number is asked for, and its range; InputError for a variant that does not say it."""
    variant = setting.benchmark.variant
    of, limits = variant.get("of"), variant.get("range")
    if of not in DIMENSIONS:
        raise InputError(f"benchmark {setting.benchmark.name}: variant of={of!r}; {nearest(of, DIMENSIONS)}")
    if not isinstance(limits, Sequence) or len(limits) != 2 or not limits[0] < limits[1]:
        raise InputError(f"benchmark {setting.benchmark.name}: variant range={limits!r} is not [low, high], as [-1, 1]")
    return str(of), float(limits[0]), float(limits[1])


def score(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """Measures `ccc`, `pcc` in [-1, 1], and `rmse`, `mae`, errors in the unit of the annotation.

    Unparsed: correlations are at most what any answers in the range would have made of them (`scoring.unanswered`),
    errors count the far end of the range. `answered_only` in the details has the four of the parsed, `coverage` is
    their share. With `over`, correlations are means over groups, and errors are of all samples. An undefined
    correlation is 0 and counted in `undefined`.
    """
    known = [p for p in predictions if _value(p.sample, setting) is not None]
    _, low, high = asked(setting)
    variance = setting.benchmark.variant.get("variance", "population")
    samples = tuple(p.sample for p in known)
    true = np.array([_value(s, setting) for s in samples], dtype=np.float64)
    answered = np.array([np.nan if p.response.said.score is None else p.response.said.score for p in known])
    over = tuple(setting.benchmark.variant.get("over", ()))
    group, mean = _groups(samples, over) if over else (np.zeros(len(known), dtype=np.int64), _plain_mean)
    rows = unanswered.rows(true, answered, _means(true, group), low, high)
    grouped = np.zeros((len(rows), int(group.max(initial=-1)) + 1, unanswered.COLUMNS))
    grouped[np.arange(len(rows)), group] = rows
    of: dict[str, tuple[Callable[[Rows], Rows], Callable[[Rows], Rows]]] = {
        "ccc": (
            partial(unanswered.ccc, low=low, high=high, variance=variance),
            partial(continuous.ccc, variance=variance),
        ),
        "pcc": (partial(unanswered.pcc, low=low, high=high), continuous.pcc),
    }
    none = Trivial(0.0, 0.0, "any constant", 0.0)
    measures = {
        name: Measure(grouped, partial(_correlation, statistic=least, mean=mean), samples, none)
        for name, (least, _) in of.items()
    }
    measures["rmse"] = Measure(rows, unanswered.rmse, samples, _rmse_floors(true, low, high), lower_is_better=True)
    measures["mae"] = Measure(rows, unanswered.mae, samples, _mae_floors(true, low, high), lower_is_better=True)
    only, each = unanswered.answered(rows.sum(0)), grouped.sum(0)
    details: dict[str, Any] = {
        "unparsed": int(np.isnan(answered).sum()),
        "coverage": float(ratio(only[0], len(known))),
        "variance": variance,
        "answered_only": {name: float(plain(only)) for name, (_, plain) in of.items()}
        | {"rmse": float(continuous.rmse(only)), "mae": float(continuous.mae(only)), "n": int(only[0])},
        "undefined": int(((unanswered.asked(each) > 0) & ~unanswered.defined(each)).sum()),
        "groups": len(each),
    }
    alone = ", ".join(f"{name} {details['answered_only'][name]:.3f}" for name in of)
    details["notes"] = unanswered.notes(details["unparsed"], len(known), f"of the numbers read alone: {alone}")
    return Scores(measures, details)


def _value(sample: Sample, setting: Setting) -> float | None:
    of, low, high = asked(setting)
    value: float | None = getattr(sample.gold, of)
    if value is not None and not low <= value <= high:
        raise InputError(
            f"sample {sample.id!r} is annotated {of} {value:g}, outside [{low:g}, {high:g}], the range of benchmark "
            f"{setting.benchmark.name}; is this the set it is made for (affectreason prep {setting.benchmark.prep})?"
        )
    return value


def _means(true: Rows, group: NDArray[np.int64]) -> Rows:
    """The mean of gold in the group of each sample, of shape (N,)."""
    return ratio(np.bincount(group, weights=true), np.bincount(group))[group]


def _correlation(sums: Rows, statistic: Callable[[Rows], Rows], mean: Callable[[Rows, Rows], Rows]) -> Rows:
    """The mean over groups of a correlation, from sums of shape (..., G, 15)."""
    return mean(statistic(sums), unanswered.asked(sums))


def _plain_mean(values: Rows, n: Rows) -> Rows:
    return ratio((values * (n > 0)).sum(-1), (n > 0).sum(-1))


def _groups(samples: Sequence[Sample], over: Sequence[str]) -> tuple[NDArray[np.int64], Callable[[Rows, Rows], Rows]]:
    """The group of each sample, and the mean over groups: within one first field, then over those."""
    for field in over:
        if field not in Provenance.model_fields:
            raise InputError(f"variant over={field!r}: {nearest(field, Provenance.model_fields)}")
    keys = [tuple(getattr(s.provenance, field) for field in over) for s in samples]
    for sample, key in zip(samples, keys, strict=True):
        if None in key:
            raise InputError(f"sample {sample.id!r} has no {over[key.index(None)]}, over which the mean is taken")
    names = sorted(set(keys))
    place = {name: index for index, name in enumerate(names)}
    firsts = sorted({name[0] for name in names})
    member = np.array([[name[0] == first for first in firsts] for name in names], dtype=np.float64)

    def nested(values: Rows, n: Rows) -> Rows:
        there = (n > 0).astype(np.float64)
        within = there @ member
        return ratio(ratio((values * there) @ member, within).sum(-1), (within > 0).sum(-1))

    return np.array([place[key] for key in keys], dtype=np.int64), nested


def _rmse_floors(true: Rows, low: float, high: float) -> Trivial:
    """Chance is a number drawn evenly from the range; the best constant is the mean, the commonest the mode."""
    if not len(true):
        return Trivial(None, 0.0, "nothing")
    chance = np.mean(((high - true) ** 3 + (true - low) ** 3) / (3 * (high - low)))
    mode = _mode(true)
    return Trivial(
        float(np.sqrt(chance)), float(true.std()), f"{true.mean():.3g}", float(np.sqrt(((true - mode) ** 2).mean()))
    )


def _mae_floors(true: Rows, low: float, high: float) -> Trivial:
    """Chance is a number drawn evenly from the range; the best constant is the median, the commonest the mode."""
    if not len(true):
        return Trivial(None, 0.0, "nothing")
    chance = np.mean(((high - true) ** 2 + (true - low) ** 2) / (2 * (high - low)))
    middle, mode = np.median(true), _mode(true)
    return Trivial(
        float(chance), float(np.abs(true - middle).mean()), f"{middle:.3g}", float(np.abs(true - mode).mean())
    )


def _mode(true: Rows) -> float:
    values, counts = np.unique(true, return_counts=True)
    return float(values[counts.argmax()])


CONTINUOUS = Task(
    name="continuous",
    question="How positive or negative is what this person expresses?",
    form="one number",
    read=read,
    given=given,
    said=said,
    gold=gold,
    score=score,
)
