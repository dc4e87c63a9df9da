"""What is painted where: places are in decimetres from the middle between the eyes of the mean adult."""

import numpy as np
import pytest

from affectreason.media.faces3d import skin
from affectreason.media.faces3d.people import person
from affectreason.media.faces3d.units import UNITS


def at(*places):
    return np.array(places, np.float32)


def test_lips_brows_and_hair_lie_where_they_are_on_a_face():
    mouth, chin, nose, forehead, crown = (
        (0.0, -0.7, 0.3),
        (0.0, -1.0, 0.2),
        (0.0, -0.4, 0.4),
        (0.0, 0.4, 0.2),
        (0, 1, -0.7),
    )
    brows = ((0.3, 0.21, 0.2), (-0.3, 0.21, 0.2))
    assert skin.lips(at(mouth, chin, nose, forehead, *brows)).tolist() == [1, 0, 0, 0, 0, 0]
    assert skin.brow(at(mouth, chin, nose, forehead, *brows), 1.0).tolist() == [0, 0, 0, 0, 1, 1]
    assert skin.hair(at(mouth, chin, nose, forehead, crown), 0.0).tolist() == [0, 0, 0, 0, 1]
    ear = (0.8, -0.1, -0.7)
    assert skin.hair(at(ear, (0.6, -0.1, -0.9)), 0.0).tolist() == [0, 1]
    assert skin.hair(at((0.0, 0.75, 0.05)), 0.0)[0] == 1
    assert skin.hair(at((0.0, 0.75, 0.05)), 0.3)[0] == 0  # a higher hairline
    assert skin.cavity(at(mouth, (0.0, -0.68, 0.0), chin)).tolist() == [0, 1, 0]


@pytest.mark.parametrize("unit", skin.FOLDS)
def test_the_wrinkles_of_a_unit_are_as_deep_as_it_is_strong_on_both_sides(unit):
    assert unit in UNITS
    for line in skin.FOLDS[unit]:
        x, y = line[0]
        both = at((x, y, 0.2), (-x, y, 0.2))
        assert skin.folds(both, {unit: 5}) == pytest.approx([1, 1], abs=1e-5)
        assert skin.folds(both, {unit: 2}) == pytest.approx([0.4, 0.4], abs=1e-5)
    assert skin.folds(at((0.6, 0.8, 0)), {unit: 5}).tolist() == [0]
    assert not skin.folds(both, {}).any()


def test_an_eye_has_a_pupil_an_iris_and_a_white():
    who = person(3)
    pupil, iris, white = skin.eyes(at((0.308, -0.006, 0.1), (0.308, -0.05, 0.1), (0.42, -0.03, 0.1)), who)
    assert pupil.max() <= 12
    assert iris == pytest.approx(np.array(who.iris) * (1.15 - 0.5 * (0.044 / 0.064) ** 4), rel=0.01)
    assert white.min() > 200


def test_skin_is_darker_where_it_is_compressed():
    flat, folded = skin.paint(at((0.4, -0.2, 0.1), (0.4, -0.2, 0.1)), person(3), {}, np.array([0.0, 0.8]))
    assert (folded < 0.75 * flat).all()
