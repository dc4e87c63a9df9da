"""Several statistics drawn together are what each is alone; clusters; errors that fall are help."""

import numpy as np
import pytest

from affectreason.affect.sample import Provenance, Sample
from affectreason.scoring import intervals, measures
from affectreason.scoring.measures import Measure
from affectreason.scoring.trivial import NONE, Trivial

ROWS = np.random.default_rng(0).random((50, 2))


def test_drawn_together_is_drawn_alone():
    def first(sums):
        return sums[:, 0]

    both = intervals.together(ROWS, [intervals.mean_value, first])
    assert [one[:2] for one in both] == [intervals.bootstrap(ROWS), intervals.bootstrap(ROWS, first)]


def test_draws_that_say_nothing_are_left_out():
    """The F1 of a unit that two of 20 frames show, against every draw made one by one."""
    shown, said = np.zeros(20), np.zeros(20)
    shown[[0, 1]], said[[0, 2]] = 1, 1
    rows = np.stack([shown * said, said, shown], 1)

    def f1(sums):
        return np.where(sums[:, 2] > 0, 2 * sums[:, 0] / np.maximum(sums[:, 1] + sums[:, 2], 1), np.nan)

    found = intervals.together(rows, [f1])[0]
    each = []
    for pick in np.random.default_rng(0).integers(0, 20, (1000, 20)):
        hits, positives = (shown * said)[pick].sum(), shown[pick].sum()
        each.append(2 * hits / (said[pick].sum() + positives) if positives else np.nan)
    assert found[:2] == pytest.approx(np.nanpercentile(each, [2.5, 97.5]))
    assert found.left_out == pytest.approx(np.isnan(each).mean())
    assert 0.08 < found.left_out < 0.16  # (18 / 20)^20 = 0.12
    nothing = intervals.together(rows, [lambda sums: np.full(len(sums), np.nan)])[0]
    assert np.isnan(nothing[:2]).all()
    assert nothing.left_out == 1


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
    before, after = (Measure(r, intervals.mean_value, samples, NONE) for r in (high, low))
    assert measures.compare(before, after)["verdict"] == "falls"
    assert measures.compare(after, before)["verdict"] == "rises"
    assert measures.numbers(after)["best_constant"] is None


def test_a_value_that_is_not_a_number_has_no_interval():
    samples = tuple(named())
    rows = np.stack([np.arange(30.0), np.ones(30)], 1)

    def unless_whole(sums):  # as a mean that one sample makes undefined
        return np.where(sums[:, 0] == np.arange(30.0).sum(), np.nan, sums[:, 0])

    m = Measure(rows, unless_whole, samples, Trivial(0, 0, ""))
    found = measures.numbers(m)
    assert np.isnan([found["value"], found["low"], found["high"]]).all()
    compared = measures.compare(m, m)
    assert np.isnan([compared["difference"], compared["low"], compared["high"]]).all()
    assert compared["verdict"] == "no clear change"
