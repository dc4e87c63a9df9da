"""A measure by groups of people or settings that were annotated, and the largest gap between two of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from affectreason.affect.sample import Sample
from affectreason.errors import InputError, nearest
from affectreason.scoring import intervals
from affectreason.scoring.intervals import Rows
from affectreason.scoring.measures import Measure, clusters

USUAL = ("gender", "sex", "age", "age_group", "ethnicity", "race", "skin", "language", "corpus", "dataset", "task")
FEWEST = 10
"""A group of fewer samples is not scored by itself."""
MOST = 24


def chosen(given: object, samples: Sequence[Sample]) -> list[str]:
    """The attributes to group by: those given (a list, or words with commas), else usual ones of 2 to `MOST`."""
    words = given if isinstance(given, list | tuple) else [] if given is None else str(given).split(",")
    wanted = [str(word).strip() for word in words if str(word).strip()]
    there = sorted({key for sample in samples for key in sample.attributes} | {"dataset", "task"})
    unknown = [key for key in wanted if key not in there]
    if unknown:
        raise InputError(f"groups={unknown[0]}: no sample has this attribute; {nearest(unknown[0], there)}")
    if wanted:
        return wanted
    return [key for key in USUAL if key in there and 2 <= len(_large(key, samples)) <= MOST]


def by_group(measure: Measure, attributes: Sequence[str]) -> dict[str, Any]:
    """Value, interval and N of each group with at least `FEWEST` samples, and the gap between best and worst.

    The two are picked after looking, so their gap is the largest of many; its interval does not know that. Samples
    without the attribute are left out, and groups of which the measure says nothing.
    """
    found = {}
    for key in attributes:
        names = _large(key, measure.samples)
        if len(names) < 2:
            continue
        place = [_value(key, sample) for sample in measure.samples]
        masks = {name: np.array([one == name for one in place]) for name in names}
        every = {name: _numbers(measure, mask) for name, mask in masks.items()}
        each = {name: one for name, one in every.items() if not np.isnan(one["value"])}
        if len(each) < 2:
            continue
        rank = sorted(each, key=lambda name: each[name]["value"], reverse=not measure.lower_is_better)
        best, worst = rank[0], rank[-1]
        found[key] = {"groups": each, "gap": _gap(measure, masks, best, worst)}
    return found


def _numbers(measure: Measure, mask: Any) -> dict[str, Any]:
    rows = measure.rows[mask]
    samples = [sample for sample, here in zip(measure.samples, mask, strict=True) if here]
    low, high = intervals.bootstrap(rows, measure.statistic, groups=clusters(samples)[1])
    return {"value": float(measure.statistic(rows.sum(0)[None])[0]), "low": low, "high": high, "n": len(rows)} | (
        {"lower_is_better": True} if measure.lower_is_better else {}
    )


def _gap(measure: Measure, masks: Mapping[str, Any], best: str, worst: str) -> dict[str, Any]:
    """How much better the best is than the worst, not below 0; samples of both are drawn together."""
    both = np.stack([masks[best], masks[worst]], axis=1).astype(float)
    rows = measure.rows[:, None] * both.reshape(*both.shape, *[1] * (measure.rows.ndim - 1))

    sign = -1 if measure.lower_is_better else 1

    def gap(sums: Rows) -> Rows:
        return sign * (measure.statistic(sums[:, 0]) - measure.statistic(sums[:, 1]))

    low, high = intervals.bootstrap(rows, gap, groups=clusters(measure.samples)[1])
    return {"value": float(gap(rows.sum(0)[None])[0]), "low": low, "high": high, "between": [best, worst]}


def _large(key: str, samples: Sequence[Sample]) -> list[str]:
    """The groups with enough samples, by name."""
    counts = Counter(_value(key, sample) for sample in samples)
    return sorted(name for name, n in counts.items() if name is not None and n >= FEWEST)


def _value(key: str, sample: Sample) -> str | None:
    """The group of a sample; None where it was not annotated, or is no one word or number."""
    if key in sample.attributes:
        found = sample.attributes[key]
        return None if isinstance(found, tuple) else str(found)
    if key == "dataset":
        return sample.provenance.dataset
    return sample.task if key == "task" else None
