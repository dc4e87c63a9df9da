"""Intensity of action units, 0-5: ICC(3,1), PCC and MAE of each unit, the mean over units, the mean over folds.

An answer that says something of units says 0 of those it does not name. One that says nothing of units is unparsed for
all of them, one that names a unit without an intensity for that unit.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectreason.affect.levels import parse_levels, read_levels
from affectreason.affect.response import Response
from affectreason.affect.sample import ActionUnit, Affect, Sample
from affectreason.benchmark import units as presence_task
from affectreason.benchmark.protocol import Scores, Setting, Task
from affectreason.scoring import continuous, unanswered
from affectreason.scoring.intervals import Rows
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction, ratio
from affectreason.scoring.presence import over_units
from affectreason.scoring.trivial import Trivial

MOST = 5.0
_STEPS = np.linspace(0, MOST, 51)


def read(text: str, sample: Sample, setting: Setting) -> Response:
    """The units a text names and the intensity it gives to each."""
    return parse_levels(text)


def given(words: Sequence[str], sample: Sample, setting: Setting) -> Response:
    """Units with intensities that somebody else took out of a text, such as `AU4=3`; an empty list: all are 0."""
    text = "\n".join(word[:100] for word in words)
    aus = read_levels(text) if words else ()
    problem = "no action unit" if aus is None else None
    return Response(", ".join(words), None, Affect(aus=aus), aus is not None, problem)


def said(response: Response, setting: Setting) -> list[str] | None:
    """The units an answer names with their intensity, `?` where it gives none."""
    aus = response.said.aus
    return None if aus is None else _spelled(aus)


def gold(sample: Sample, setting: Setting) -> list[str] | None:
    """The units annotated with an intensity above 0; None where no intensity was annotated."""
    graded = [au for au in sample.gold.aus or () if au.intensity is not None]
    wanted = set(presence_task.vocabulary(setting))
    return _spelled([au for au in graded if au.intensity and au.number in wanted]) if graded else None


def score(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """Measures `au_icc`, `au_pcc` in [-1, 1] and `au_mae` in [0, 5] (an error), means over units, then over folds.

    Unparsed: correlations are at most what any intensities would have made of them (`scoring.unanswered`), absolute
    errors count the far end of the scale, max(gold, 5 - gold). `coverage` in the details is the share of parsed
    intensities. An undefined correlation is 0 and counted in `undefined`.
    """
    known = [p for p in predictions if gold(p.sample, setting) is not None]
    units, samples = presence_task.vocabulary(setting), tuple(p.sample for p in known)
    level = _levels([s.gold for s in samples], units)
    coded = ~np.isnan(level)
    presence_task.check_coded(coded, units, setting)
    answered = _answered(known, units)
    folds = setting.benchmark.folds
    rows = presence_task.by_fold(_rows(level, answered, samples, folds), samples, folds, setting)
    sums = rows.sum(0)
    none = Trivial(0.0, 0.0, "any constant", 0.0)
    trivials = {"au_icc": none, "au_pcc": none, "au_mae": _mae_floors([level[here] for here in _masks(samples, folds)])}
    measures = {
        name: Measure(rows, f, samples, trivials[name], lower_is_better=name == "au_mae")
        for name, f in STATISTICS.items()
    }
    unread = coded & np.isnan(answered)
    details: dict[str, Any] = {
        "units": _units(sums.sum(0), units),
        "silent": sum(p.response.said.aus is None for p in known),
        "unparsed_levels": int(unread.sum()),
        "coverage": float(1 - ratio(unread.sum(), coded.sum())),
        "not_coded": int((~coded).sum()),
        "undefined": int(((unanswered.asked(sums) > 0) & ~unanswered.defined(sums)).sum()),
    }
    alone = "of those read alone see `icc` and `pcc` of each unit in report.json"
    details["notes"] = unanswered.notes(int(unread.sum()), int(coded.sum()), alone)
    return Scores(measures, details | presence_task.folds_of(measures, STATISTICS, folds))


def correlation(sums: Rows, least: Callable[[Rows, float, float], Rows]) -> Rows:
    """Mean over units and folds of a correlation, from sums of shape (..., F, U, 15)."""
    return over_units(least(sums, 0.0, MOST), unanswered.asked(sums) > 0)


def mae(sums: Rows) -> Rows:
    """Mean absolute error over units and folds, from sums of shape (..., F, U, 15)."""
    return over_units(unanswered.mae(sums), unanswered.asked(sums) > 0)


STATISTICS: dict[str, Callable[[Rows], Rows]] = {
    "au_icc": partial(correlation, least=unanswered.icc31),
    "au_pcc": partial(correlation, least=unanswered.pcc),
    "au_mae": mae,
}


def _levels(affects: Sequence[Affect], units: Sequence[int]) -> Rows:
    """Intensities of shape (N, U), NaN where none is given; of a unit listed twice the higher."""
    place = {unit: index for index, unit in enumerate(units)}
    found = np.full((len(affects), len(units)), np.nan)
    for row, affect in enumerate(affects):
        for au in affect.aus or ():
            if au.number in place and au.intensity is not None:
                found[row, place[au.number]] = np.fmax(found[row, place[au.number]], au.intensity)
    return found


def _answered(predictions: Sequence[Prediction], units: Sequence[int]) -> Rows:
    """Answered intensities of shape (N, U): 0 for what is not named, NaN where unparsed."""
    affects = [p.response.said for p in predictions]
    found = _levels(affects, units)
    named = np.array([[u in {au.number for au in a.aus or ()} for u in units] for a in affects], dtype=bool)
    spoke = np.array([a.aus is not None for a in affects], dtype=bool)
    return np.where(~named.reshape(found.shape) & spoke[:, None], 0.0, found)


def _rows(level: Rows, answered: Rows, samples: Sequence[Sample], folds: Sequence[str]) -> Rows:
    """Rows of `unanswered`, of shape (N, U, 15), with the mean of gold of each unit in the sample's fold."""
    mean = np.zeros_like(level)
    for here in _masks(samples, folds):
        mean[here] = ratio(np.nansum(level[here], axis=0), (~np.isnan(level[here])).sum(0))
    return unanswered.rows(level, answered, mean, 0.0, MOST)


def _masks(samples: Sequence[Sample], folds: Sequence[str]) -> list[NDArray[np.bool_]]:
    """Which samples are of each fold; all of one without folds."""
    place = np.array([s.provenance.fold for s in samples])
    return [place == fold for fold in folds] if folds else [np.ones(len(samples), dtype=bool)]


def _mae_floors(folds: Sequence[Rows]) -> Trivial:
    """Errors of not looking: chance answers 0 to 5 equally often; the best constant of each unit is in steps of 0.1.

    The commonest answer is an intensity of 0 for every unit.
    """
    asked = np.stack([(~np.isnan(one)).sum(0) for one in folds]).astype(np.float64)

    def errors(constant: float) -> Rows:
        return ratio(np.stack([np.nansum(np.abs(one - constant), axis=0) for one in folds]), asked)

    table = np.stack([errors(float(step)) for step in _STEPS])  # steps, folds, units
    weight = ratio(asked > 0, (asked > 0).sum(-1, keepdims=True))  # each fold counts the same, each unit in it too
    best = _STEPS[(table * weight).sum(1).argmin(0)]
    value = over_units(_at(table, best), asked > 0)
    answer = ", ".join(f"{level:g}" for level in best)
    chance = float(over_units(np.mean([errors(step) for step in range(6)], axis=0), asked > 0))
    return Trivial(chance, float(value), answer, float(over_units(table[0], asked > 0)))


def _at(table: Rows, best: Rows) -> Rows:
    """The errors of shape (F, U) with one constant for each unit."""
    places = np.searchsorted(_STEPS, best)
    return table[places, :, np.arange(len(best))].T


def _units(sums: Rows, units: Sequence[int]) -> dict[str, dict[str, float]]:
    """The numbers of each unit over all folds together, of its parsed frames, from sums of shape (U, 15)."""
    moments, asked = unanswered.answered(sums), unanswered.asked(sums)
    columns = {
        "icc": continuous.icc31(moments),
        "pcc": continuous.pcc(moments),
        "mae": unanswered.mae(sums),
        "parsed": ratio(moments[..., 0], asked),
        "coded": asked,
    }
    return {f"AU{unit}": {name: float(v[i]) for name, v in columns.items()} for i, unit in enumerate(units)}


def _spelled(aus: Sequence[ActionUnit]) -> list[str]:
    return [f"AU{au.number}=" + ("?" if au.intensity is None else f"{au.intensity:g}") for au in aus]


INTENSITY = Task(
    name="intensity",
    question="How intense is each facial action unit that this face shows, from 0 (absent) to 5 (maximal)?",
    form="each action unit that is present with its intensity, such as AU4=2, AU7=3; none, if there are none",
    read=read,
    given=given,
    said=said,
    gold=gold,
    score=score,
)
