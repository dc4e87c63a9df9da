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
