"""Several statistics drawn together are what each is alone; clusters; errors that fall are help."""

import numpy as np
import pytest

from affectreason.affect.sample import Provenance, Sample
from affectreason.scoring import intervals, measures
from affectreason.scoring.measures import Measure
from affectreason.scoring.trivial import Trivial

ROWS = np.random.default_rng(0).random((50, 2))


def test_drawn_together_is_drawn_alone():
    def first(sums):
        return sums[:, 0]

    both = intervals.together(ROWS, [intervals.mean_value, first])
    assert both == [intervals.bootstrap(ROWS), intervals.bootstrap(ROWS, first)]


def named(**fields):
    group = fields.pop("group", None)
    return [Sample(id=str(i), group=group and f"g{i % 6}", provenance=Provenance(**{k: f"{i % v}" for k, v in fields.items()})) for i in range(30)]  # fmt: skip # noqa: E501


@pytest.mark.parametrize(
    ("fields", "by"),
    [
        ({"subject": 6, "dialogue": 7}, "subject"),
        ({"subject": 4, "dialogue": 7}, "dialogue"),
        ({"film": 5}, "film"),
        ({"group": True}, "group"),
        ({"subject": 4}, "sample"),
        ({}, "sample"),
    ],
)
def test_what_is_drawn_together(fields, by):
    found, names = measures.clusters(named(**fields))
    assert found == by
    assert (names is None) == (by == "sample")


def test_an_error_that_falls_helps():
    samples = tuple(named())
    high, low = (np.stack([np.full(30, value), np.ones(30)], 1) for value in (2.0, 1.0))
    before, after = (Measure(r, intervals.mean_value, samples, Trivial(0, 0, ""), True) for r in (high, low))
    assert measures.compare(before, after)["verdict"] == "helps"
    assert measures.compare(after, before)["verdict"] == "hurts"
