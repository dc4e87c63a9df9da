"""VidEmo's columns: kinds of question that weigh the same, whose data sets share their weight."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from affectreason.affect.sample import Sample
from affectreason.scoring import intervals
from affectreason.scoring.intervals import Rows
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import ratio
from affectreason.scoring.trivial import Trivial

OPEN = {
    "eyes": "Eyes", "eyebrows": "Eyes", "mouth": "Mouth", "nose": "Nose", "hair": "Hair", "chin": "Chin",
    "faceshape": "Face_shape", "facialfeatures": "Facial_features", "accessories": "Accessories", "age": "Age",
    "gender": "Gender", "skin": "Skin", "bodyactions": "Actions", "facialactions": "Actions", "headactions": "Actions",
}  # fmt: skip
"""The 15 tags of open questions, letters only, and the 12 columns they are printed in."""


def column(sample: Sample) -> tuple[str, str]:
    """The column of a question and the set it is of: `QA_Eyebrows` is of Eyes, `DFEW_Single` DFEW's Single."""
    tag = sample.task or "untagged"
    if tag.startswith("QA_"):
        name = re.sub(r"[^a-z]", "", tag[3:].lower())
        plural = name if name in OPEN or f"{name}s" not in OPEN else f"{name}s"
        return OPEN.get(plural, tag[3:]), tag
    dataset, _, rest = tag.partition("_")
    return rest or tag, dataset


def by_column(values: Sequence[float], samples: Sequence[Sample], floor: Trivial) -> Measure:
    """The mean over columns of the mean over their data sets, from rows (N, cells, 2) of values and their number."""
    cells = [column(sample) for sample in samples]
    names = sorted(set(cells))
    columns = sorted({name for name, _ in names})
    belongs = np.array([[name == one for one in columns] for name, _ in names], dtype=float)
    rows = np.zeros((len(samples), len(names), 2))
    for index, (cell, value) in enumerate(zip(cells, values, strict=True)):
        rows[index, names.index(cell)] = value, 1.0

    def statistic(sums: Rows) -> Rows:
        there = (sums[..., 1] > 0).astype(float)
        count = there @ belongs
        each = ratio((intervals.mean_value(sums) * there) @ belongs, count)
        return ratio(each.sum(-1), (count > 0).sum(-1))

    return Measure(rows, statistic, tuple(samples), floor)


def table(values: Sequence[float], cells: Sequence[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Each column's value and number, and those of its data sets."""
    found: dict[str, dict[str, Any]] = {}
    for name in sorted({name for name, _ in cells}):
        sets = {s: [v for v, c in zip(values, cells, strict=True) if c == (name, s)] for n, s in cells if n == name}
        means = {s: float(np.mean(one)) for s, one in sorted(sets.items())}
        n = sum(map(len, sets.values()))
        found[name] = {"value": float(np.mean(list(means.values()))), "n": n, "sets": means}
    return found
