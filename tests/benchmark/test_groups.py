import numpy as np
import pytest

from affectreason.affect.sample import Sample
from affectreason.benchmark import groups
from affectreason.errors import InputError
from affectreason.scoring.intervals import mean_value
from affectreason.scoring.measures import Measure
from affectreason.scoring.trivial import Trivial


def people(*counts):
    names = [name for name, n in counts for _ in range(n)]
    return tuple(Sample(id=str(i), attributes={"gender": name} if name else {}) for i, name in enumerate(names))


def test_the_usual_ones_that_are_annotated():
    assert groups.chosen(None, people(("f", 10), ("m", 10))) == ["gender"]
    assert groups.chosen(None, people(("f", 10), ("m", 9))) == []
    assert groups.chosen("gender, task", people(("f", 1))) == ["gender", "task"]
    with pytest.raises(InputError, match=r"groups=gendre: no sample has this attribute; did you mean 'gender'\? known"):
        groups.chosen(["gendre"], people(("f", 1)))


def test_each_group_and_the_gap():
    samples = people(("f", 10), ("m", 20), ("x", 9), (None, 5))
    right = np.array([1] * 8 + [0] * 2 + [1] * 5 + [0] * 15 + [1] * 14, dtype=float)
    measure = Measure(np.stack([right, np.ones(44)], 1), mean_value, samples, Trivial(0.5, 0.5, "x"))
    found = groups.by_group(measure, ["gender"])["gender"]
    assert {name: (one["value"], one["n"]) for name, one in found["groups"].items()} == {
        "f": (0.8, 10),
        "m": (0.25, 20),
    }
    gap = found["gap"]
    assert (gap["value"], gap["between"]) == (pytest.approx(0.55), ["f", "m"])
    assert 0 < gap["low"] < 0.55 < gap["high"] < 1


def test_of_an_error_the_least_is_best():
    samples = people(("f", 10), ("m", 10), ("x", 10))
    errors = np.repeat([0.4, 0.1, 0.2], 10)
    measure = Measure(np.stack([errors, np.ones(30)], 1), mean_value, samples, Trivial(0.5, 0.5, "x"), True)
    found = groups.by_group(measure, ["gender"])["gender"]
    assert found["gap"]["between"] == ["m", "f"]  # best, worst
    assert found["gap"]["value"] == pytest.approx(0.3)
    assert (found["gap"]["low"], found["gap"]["high"]) == (pytest.approx(0.3), pytest.approx(0.3))
    assert all(one["lower_is_better"] for one in found["groups"].values())


def test_a_group_of_which_the_measure_says_nothing_is_left_out():
    samples = people(("f", 10), ("m", 10), ("x", 10))
    rows = np.stack([np.repeat([5.0, 2.0, 0.0], 10), np.repeat([10.0, 10.0, 0.0], 10)], 1)

    def of_some(sums):
        return np.where(sums[:, 1] > 0, sums[:, 0] / np.maximum(sums[:, 1], 1), np.nan)

    found = groups.by_group(Measure(rows, of_some, samples, Trivial(0.5, 0.5, "x")), ["gender"])["gender"]
    assert set(found["groups"]) == {"f", "m"}
    assert found["gap"]["between"] == ["f", "m"]
