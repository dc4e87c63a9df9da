"""Action units as face units: every name is one of the head's, and on the real head each moves what it should."""

import numpy as np
import pytest

from affectreason.affect.facs import UNITS as FACS
from affectreason.errors import InputError
from affectreason.media import face_truth
from affectreason.media.faces3d import units
from affectreason.recipe import assets

NAMES = [file.rpartition("/")[2].removesuffix(".target") for file in assets.SMALL[-1].files if file.endswith(".target")]


def test_every_unit_that_is_told_can_be_drawn():
    told = {unit for core in face_truth.CORE.values() for unit in core}
    told |= {unit for optional in face_truth.OPTIONAL.values() for unit in optional}
    assert told == set(units.UNITS) == set(face_truth.PHRASES)
    assert set(units.UNITS) <= set(FACS)


@pytest.mark.parametrize("unit", units.UNITS)
def test_every_face_unit_of_the_table_is_one_of_the_head(unit):
    found = units.weights({unit: 5}, NAMES)
    assert found
    assert set(found) <= set(NAMES)
    for name, weight in found.items():  # both sides alike
        other = name.replace("Left", "*").replace("Right", "Left").replace("*", "Right")
        assert found[other] == weight


def test_weights_grow_with_the_intensity_and_add_up():
    assert units.weights({12: 5}, NAMES) == {"mouthSmileLeft": 0.85, "mouthSmileRight": 0.85}
    assert units.weights({12: 2.5}, NAMES)["mouthSmileLeft"] == pytest.approx(0.425)
    both = units.weights({4: 5, 9: 5}, NAMES)
    assert both["browDownLeft"] == pytest.approx(1.7 + 0.5)
    assert units.weights({12: 0}, NAMES) == units.weights({}, NAMES) == {}


def test_a_shut_eye_is_no_wide_one():
    found = units.weights({5: 5}, NAMES, shut=(-1,))
    assert found == {"eyeWideLeft": 1.8, "eyeBlinkRight": 1.0}
    assert units.weights({}, NAMES, shut=(-1, 1)) == {"eyeBlinkRight": 1.0, "eyeBlinkLeft": 1.0}


@pytest.mark.parametrize(
    ("asked", "names", "said"),
    [
        (
            {43: 3},
            NAMES,
            r"AU43 cannot be drawn in 3d; the units that can: 1, 2, 4, 5, 6, 7, 9, 10, 12, 15, 17, 20, 23",
        ),
        ({12: 5.1}, NAMES, r"AU12 has intensity 5\.1; an intensity lies in 0 to 5"),
        ({12: float("nan")}, NAMES, "AU12 has intensity nan"),
        (
            {12: 1},
            ["browInnerUp"],
            "the head has no face unit mouthSmileLeft; run `affectreason assets get small` again",
        ),
    ],
)
def test_what_cannot_be_drawn_is_told(asked, names, said):
    with pytest.raises(InputError, match=said):
        units.weights(asked, names)


UP, DOWN, OUT, IN = (0, 1, 0), (0, -1, 0), (1, 0, 0), (-1, 0, 0)
# Where (from the middle between the eyes, on the person's left) a unit moves the skin, which way, and what rests.
MOVES = {
    1: ((0.08, 0.2, 0.25), UP, (0.2, -0.69, 0.2)),
    2: ((0.45, 0.2, 0.1), UP, (0.05, 0.2, 0.25)),
    4: ((0.15, 0.18, 0.25), DOWN, (0.2, -0.69, 0.2)),
    5: ((0.3, 0.06, 0.2), UP, (0.2, -0.69, 0.2)),
    6: ((0.4, -0.2, 0.1), UP, (0.0, -0.8, 0.3)),
    7: ((0.3, -0.07, 0.15), UP, (0.0, -0.8, 0.3)),
    9: ((0.14, -0.35, 0.25), UP, (0.0, -1.0, 0.2)),
    10: ((0.08, -0.6, 0.33), UP, (0.3, 0.2, 0.2)),
    12: ((0.225, -0.69, 0.2), (1, 1, 0), (0.3, 0.2, 0.2)),
    15: ((0.225, -0.69, 0.2), DOWN, (0.3, 0.2, 0.2)),
    17: ((0.05, -0.8, 0.3), UP, (0.3, 0.2, 0.2)),
    20: ((0.225, -0.69, 0.2), OUT, (0.3, 0.2, 0.2)),
    23: ((0.225, -0.69, 0.2), IN, (0.3, 0.2, 0.2)),
    25: ((0.05, -0.76, 0.33), DOWN, (0.3, 0.2, 0.2)),
    26: ((0.0, -1.0, 0.2), DOWN, (0.3, 0.2, 0.2)),
}


@pytest.mark.parametrize("unit", units.UNITS)
def test_each_unit_moves_the_skin_it_should(real, unit):
    place, way, still = MOVES[unit]
    moved = sum(weight * real.units[name] for name, weight in units.weights({unit: 5}, real.units).items())
    for side in (1, -1):
        here, there = (np.array([side * p[0], p[1], p[2]]) for p in (place, still))
        near = int(np.argmin(np.linalg.norm(real.places - here, axis=1)))
        rests = int(np.argmin(np.linalg.norm(real.places - there, axis=1)))
        direction = np.array([side * way[0], way[1], way[2]]) / np.linalg.norm(way)
        assert moved[near] @ direction > 0.02, (moved[near], side)
        assert np.linalg.norm(moved[rests]) < 0.25 * np.linalg.norm(moved, axis=1).max()
