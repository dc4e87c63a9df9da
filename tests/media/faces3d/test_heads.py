"""Heads that are drawn: the same picture for the same numbers, every unit seen, the light and the turn as asked."""

import random

import numpy as np
import pytest
from PIL import Image, ImageChops

from affectreason.errors import InputError
from affectreason.media.faces import Pose
from affectreason.media.faces3d import heads
from affectreason.media.faces3d.heads import HeadPose, draw, person


def changed(a, b, levels=30):
    """How many pixels differ by so many levels in some channel."""
    red, green, blue = ImageChops.difference(a, b).split()
    return sum(ImageChops.lighter(ImageChops.lighter(red, green), blue).histogram()[levels:])


def pixels(image):
    return np.asarray(image).astype(int)


def test_a_face_is_its_numbers(cache):
    pose = heads.posed(Pose(shift=(0.02, -0.01), scale=0.97, roll=4, light=0.9), random.Random(1))
    first = draw(person(7), {12: 3.5, 6: 2.0}, 64, pose)
    assert first.mode == "RGB"
    assert first.size == (64, 64)
    assert first.tobytes() == draw(person(7), {6: 2.0, 12: 3.5}, 64, pose).tobytes()
    assert first.tobytes() != draw(person(8), {12: 3.5, 6: 2.0}, 64, pose).tobytes()
    assert draw(person(7), {}, 220).size == (220, 220)


def test_a_unit_of_intensity_0_is_a_unit_left_out(cache):
    assert draw(person(3), dict.fromkeys(heads.UNITS, 0.0), 48).tobytes() == draw(person(3), {}, 48).tobytes()


def test_poses_are_drawn_by_the_seed_within_their_ranges():
    plain = Pose(shift=(0.01, 0.0), scale=0.98, roll=-3, light=0.95)
    assert heads.posed(plain, random.Random(5)) == heads.posed(plain, random.Random(5))
    many = [heads.posed(plain, random.Random(k)) for k in range(300)]
    assert all((p.shift, p.scale, p.roll, p.light) == ((0.01, 0.0), 0.98, -3, 0.95) for p in many)
    assert -24 <= min(p.turn for p in many) < -20 < 20 < max(p.turn for p in many) <= 24
    assert all(-9 <= p.lift <= 9 and p.lamp[2] > 0 for p in many)


def test_a_plain_pose_is_one_that_looks_ahead(cache):
    pose = Pose(shift=(0.03, 0.02), scale=0.9, roll=5, light=0.8)
    with_head = HeadPose(shift=(0.03, 0.02), scale=0.9, roll=5, light=0.8)
    assert draw(person(3), {}, 48, pose).tobytes() == draw(person(3), {}, 48, with_head).tobytes()


def test_the_face_moves_turns_and_is_lit_as_its_pose_says(cache):
    who = person(5)
    back = np.array(who.background)

    def skin(image):  # the columns and rows that are not background
        there = np.abs(pixels(image) - back).sum(axis=2) > 40
        return np.flatnonzero(there.any(axis=0)), there

    rest = draw(who, {}, 64)
    columns, _ = skin(rest)
    assert abs((columns[0] + columns[-1]) / 2 - 31.5) <= 1
    moved, _ = skin(draw(who, {}, 64, Pose(shift=(0.1, 0))))
    assert moved[0] - columns[0] == pytest.approx(6.4, abs=1)
    small, _ = skin(draw(who, {}, 64, Pose(scale=0.8)))
    assert len(small) == pytest.approx(0.8 * len(columns), abs=2)
    left, right = (pixels(draw(who, {}, 64, HeadPose(lamp=(side, 0, 0.3))))[:, :, 0] for side in (-1, 1))
    assert left[20:44, 16:28].mean() > right[20:44, 16:28].mean() + 20
    assert right[20:44, 36:48].mean() > left[20:44, 36:48].mean() + 20
    dim = pixels(draw(who, {}, 64, Pose(light=0.5)))
    assert dim.mean() == pytest.approx(pixels(rest).mean() / 2, rel=0.03)


@pytest.mark.parametrize(
    ("units", "said"), [({43: 2}, "AU43 cannot be drawn in 3d"), ({12: 6}, "AU12 has intensity 6")]
)
def test_what_cannot_be_drawn_is_said(cache, units, said):
    with pytest.raises(InputError, match=said):
        draw(person(1), units)


def test_a_head_turns_to_its_left_and_lifts_its_chin(cache):
    head = heads.rig()
    nose = int(np.argmax(head.places[:, 2]))

    def tip(**pose):
        points, _ = heads._placed(head, head.points, head.points, HeadPose(**pose), 100)
        return points[nose, :2]

    ahead = tip()
    assert tip(turn=20)[0] > ahead[0] + 5  # to the right of the picture
    assert tip(turn=-20)[0] < ahead[0] - 5
    assert tip(lift=9)[1] < ahead[1] - 2
    crown = int(np.argmax(head.places[:, 1]))
    rolled, _ = heads._placed(head, head.points, head.points, HeadPose(roll=45), 100)
    assert rolled[crown, 0] > 50 + 20  # clockwise
    assert tip(scale=1.1)[0] == pytest.approx(ahead[0], abs=0.1)


def test_the_lamp_lights_from_its_side(cache):
    normal, skin = np.array([[1, 0, 0], [-1, 0, 0]], np.float32), np.zeros(2, int)
    found = heads._shaded(np.full((2, 3), 100, np.float32), normal, skin, HeadPose(lamp=(1, 0, 0)))
    assert found[1] == pytest.approx(50, abs=0.1)  # the room alone
    assert found[0, 0] > 112


@pytest.mark.parametrize("unit", heads.UNITS)
def test_every_unit_is_seen_on_everyone(real, unit):
    for number in (0, 3, 5):
        who = person(number)
        rest = draw(who, {}, 112)
        slight, most = (changed(rest, draw(who, {unit: level}, 112), levels=20) for level in (2, 5))
        assert slight >= 15, (number, slight)
        assert most >= 40, (number, most)
        assert most > slight


@pytest.mark.parametrize("pair", [(1, 4), (5, 7), (6, 7), (15, 17), (25, 26), (20, 25), (9, 10), (4, 9), (10, 25)])
def test_two_units_together_are_neither_alone(real, pair):
    for number in (0, 3):
        who = person(number)
        both = draw(who, dict.fromkeys(pair, 4), 112)
        for unit in pair:
            assert changed(both, draw(who, {unit: 4}, 112)) >= 30, (number, unit)


def test_a_shut_eye_hides_its_iris(real):
    who = person(3)
    rest, one = draw(who, {}, 160), draw(who, {}, 160, shut=(-1,))
    box = {-1: (44, 62, 78, 84), 1: (82, 62, 116, 84)}
    assert changed(rest.crop(box[-1]), one.crop(box[-1])) > 100
    assert changed(rest.crop(box[1]), one.crop(box[1])) < 10
    assert isinstance(one, Image.Image)
