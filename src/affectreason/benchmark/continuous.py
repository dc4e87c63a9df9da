"""A number a sample: CCC with its variance convention, PCC, RMSE, MAE.

`variant`: `of` (score, valence, arousal or dominance), `range` ([low, high] of the annotation), `variance` of the CCC
(population: OMG-Empathy; unbiased: HiCMAE), and `over`, fields of provenance over which correlations are averaged: of
[subject, film] the mean over subjects of the mean over each subject's films (OMG-Empathy, personalised track).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from affectreason.affect.numbers import parse_number
from affectreason.affect.response import Response
from affectreason.affect.sample import Provenance, Sample
from affectreason.benchmark.protocol import Scores, Setting, Task
from affectreason.errors import InputError, nearest
from affectreason.scoring import continuous
from affectreason.scoring.intervals import Rows
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction, ratio
from affectreason.scoring.trivial import Trivial

DIMENSIONS = ("score", "valence", "arousal", "dominance")
_ASKED, _FAR = continuous.COLUMNS, continuous.COLUMNS + 1  # columns: samples, squared errors of the unparsed


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

    Unparsed: correlations are those of the parsed samples times their share (`continuous.credited`), errors count the
    far end of the range. `answered_only` in the details has the four of the parsed. With `over`, correlations are
    means over groups, and errors are of all samples. An undefined correlation is 0 and counted in `undefined`.
    """
    known = [p for p in predictions if _value(p.sample, setting) is not None]
    _, low, high = asked(setting)
    variance = setting.benchmark.variant.get("variance", "population")
    samples = tuple(p.sample for p in known)
    true = np.array([_value(s, setting) for s in samples], dtype=np.float64)
    answered = np.array([np.nan if p.response.said.score is None else p.response.said.score for p in known])
    rows = _rows(true, answered, low, high)
    over = tuple(setting.benchmark.variant.get("over", ()))
    grouped, mean = _grouped(rows, samples, over) if over else (rows[:, None], _plain_mean)
    of: dict[str, Callable[[Rows], Rows]] = {"ccc": partial(continuous.ccc, variance=variance), "pcc": continuous.pcc}
    none = Trivial(0.0, 0.0, "any constant", 0.0)
    measures = {
        name: Measure(grouped, partial(_correlation, statistic=statistic, mean=mean), samples, none)
        for name, statistic in of.items()
    }
    measures["rmse"] = Measure(rows, rmse, samples, _rmse_floors(true, low, high), lower_is_better=True)
    measures["mae"] = Measure(rows, mae, samples, _mae_floors(true, low, high), lower_is_better=True)
    sums, each = rows.sum(0)[: continuous.COLUMNS], grouped.sum(0)
    only = continuous.moments(*(one[~np.isnan(answered)] for one in (true, answered))).sum(0)
    details: dict[str, Any] = {
        "unparsed": int(np.isnan(answered).sum()),
        "variance": variance,
        "answered_only": {name: float(f(sums)) for name, f in of.items()}
        | {"rmse": float(continuous.rmse(only)), "mae": float(continuous.mae(only)), "n": int(only[0])},
        "undefined": int(((each[:, _ASKED] > 0) & ~continuous.defined(each[:, : continuous.COLUMNS])).sum()),
        "groups": len(each),
    }
    return Scores(measures, details)


def rmse(sums: Rows) -> Rows:
    """Root of the mean squared error, the unparsed at the far end, from sums of shape (..., 9)."""
    n, squares = sums[..., 0], continuous.mse(sums[..., : continuous.COLUMNS])
    return np.sqrt(ratio(squares * n + sums[..., _FAR], sums[..., _ASKED]))


def mae(sums: Rows) -> Rows:
    """Mean absolute error, the unparsed at the far end, from sums of shape (..., 9)."""
    return ratio(sums[..., _ASKED - 1], sums[..., _ASKED])


def _value(sample: Sample, setting: Setting) -> float | None:
    of, low, high = asked(setting)
    value: float | None = getattr(sample.gold, of)
    if value is not None and not low <= value <= high:
        raise InputError(
            f"sample {sample.id!r} is annotated {of} {value:g}, outside [{low:g}, {high:g}], the range of benchmark "
            f"{setting.benchmark.name}; is this the set it is made for (affectreason prep {setting.benchmark.prep})?"
        )
    return value


def _rows(true: Rows, answered: Rows, low: float, high: float) -> Rows:
    """Rows of shape (N, 9): moments of the parsed, absolute errors of all, 1, squared errors of the unparsed."""
    parsed = ~np.isnan(answered)
    found = continuous.moments(true, np.where(parsed, answered, 0.0)) * parsed[:, None]
    far = np.maximum(true - low, high - true) * ~parsed
    found[:, -1] += far
    return np.column_stack([found, np.ones(len(true)), far**2])


def _correlation(sums: Rows, statistic: Callable[[Rows], Rows], mean: Callable[[Rows, Rows], Rows]) -> Rows:
    """A correlation of each group, credited and averaged, from sums of shape (..., G, 9)."""
    moments, n = sums[..., : continuous.COLUMNS], sums[..., _ASKED]
    return mean(continuous.credited(statistic(moments), moments[..., 0], n), n)


def _plain_mean(values: Rows, n: Rows) -> Rows:
    return ratio((values * (n > 0)).sum(-1), (n > 0).sum(-1))


def _grouped(rows: Rows, samples: Sequence[Sample], over: Sequence[str]) -> tuple[Rows, Callable[[Rows, Rows], Rows]]:
    """Rows put in their group, (N, G, 9), and the mean over groups: within one first field, then over those."""
    for field in over:
        if field not in Provenance.model_fields:
            raise InputError(f"variant over={field!r}: {nearest(field, Provenance.model_fields)}")
    keys = [tuple(getattr(s.provenance, field) for field in over) for s in samples]
    for sample, key in zip(samples, keys, strict=True):
        if None in key:
            raise InputError(f"sample {sample.id!r} has no {over[key.index(None)]}, over which the mean is taken")
    names = sorted(set(keys))
    place = {name: index for index, name in enumerate(names)}
    found = np.zeros((len(rows), len(names), rows.shape[1]))
    found[np.arange(len(rows)), [place[key] for key in keys]] = rows
    firsts = sorted({name[0] for name in names})
    member = np.array([[name[0] == first for first in firsts] for name in names], dtype=np.float64)

    def nested(values: Rows, n: Rows) -> Rows:
        there = (n > 0).astype(np.float64)
        within = there @ member
        return ratio(ratio((values * there) @ member, within).sum(-1), (within > 0).sum(-1))

    return found, nested


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
