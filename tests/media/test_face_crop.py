import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from affectreason.media.face_crop import EYES, Box, aligned, box_of, distance, follow, tilt


def upright():
    """478 points: a box from (100, 100) to (200, 200) with the eyes at (130, 140) and (170, 140)."""
    points = np.full((478, 2), 150.0)
    points[0], points[1] = (100, 100), (200, 200)
    for corners, x in zip(EYES, (130, 170), strict=True):
        points[list(corners)] = (x, 140)
    return points


def turned(points, degrees):
    """The points turned clockwise, as one sees it, around (150, 150)."""
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return (points - 150) @ turn.T + 150


def drawn(points, scale=1):
    """A white picture with a red dot on the left eye and a blue one on the right."""
    image = Image.new("RGB", (300 * scale, 300 * scale), "white")
    for corners, colour in zip(EYES, ("red", "blue"), strict=True):
        x, y = points[list(corners)].mean(axis=0) * scale
        ImageDraw.Draw(image).ellipse((x - 6 * scale, y - 6 * scale, x + 6 * scale, y + 6 * scale), fill=colour)
    return image


@pytest.mark.parametrize("degrees", [0, 30, -75, 170])
def test_tilt_is_the_angle_of_the_eyes(degrees):
    assert math.degrees(tilt(turned(upright(), degrees))) == pytest.approx(degrees)


@pytest.mark.parametrize("degrees", [0, 30, -75, 170])
@pytest.mark.parametrize("scale", [1, 6])
def test_a_crop_is_upright_with_its_margin(degrees, scale):
    """Side 100 and a fifth of it on both sides are 140 pixels, so the eyes lie at (50, 60) and (90, 60)."""
    points = turned(upright(), degrees)
    crop = aligned(drawn(points, scale), points * scale, size=140, margin=0.2)
    assert crop.size == (140, 140)
    assert crop.getpixel((50, 60)) == pytest.approx((255, 0, 0), abs=3)
    assert crop.getpixel((90, 60)) == pytest.approx((0, 0, 255), abs=3)
    assert crop.getpixel((70, 60)) == pytest.approx((255, 255, 255), abs=3)


def test_what_lies_outside_the_picture_is_black():
    crop = aligned(Image.new("RGB", (150, 300), "white"), upright(), size=140)
    assert crop.getpixel((20, 70)) == (255, 255, 255)
    assert crop.getpixel((120, 70)) == (0, 0, 0)


def test_boxes_and_their_distance():
    assert box_of(np.array([[1.0, 5.0], [3.0, 2.0]])) == Box(1, 2, 3, 5)
    assert distance(Box(0, 0, 2, 2), Box(3, 4, 5, 6)) == pytest.approx(5 / 2)
    assert distance(Box(0, 0, 2, 2), Box(0, 0, 4, 4)) == pytest.approx(math.hypot(1, 1) / 3)
    assert distance(Box(0, 0, 2, 2), Box(0, 0, 5, 5)) == math.inf
    assert distance(Box(0, 0, 2, 2), Box(0, 0, 0, 0)) == math.inf


def square(x, side):
    return Box(x, 0, x + side, side)


def test_the_largest_face_that_goes_on_is_followed_whatever_the_order_of_the_boxes():
    frames = [[square(0, 10), square(100, 20)], [square(102, 20), square(1, 10)], [], [square(2, 10), square(104, 20)]]
    assert follow(frames) == [1, 0, None, 1]


def test_a_large_face_in_one_frame_alone_is_not_the_main_person():
    frames = [[square(0, 20)], [square(1, 20), square(200, 30)], [square(2, 20)]]
    assert follow(frames) == [0, 0, 0]


def test_a_cut_to_another_face_begins_another_person():
    frames = [[square(0, 20)], [square(500, 20)], [square(501, 20)]]
    assert follow(frames) == [None, 0, 0]


def test_a_face_may_move_by_its_width_between_frames_and_over_a_gap():
    assert follow([[square(0, 20)], [], [square(19, 20)], [square(38, 20)]]) == [0, None, 0, 0]
    assert follow([[square(0, 20)], [square(22, 20)], [square(44, 20)]]) == [0, None, None]


def test_no_face_at_all():
    assert follow([[], []]) == [None, None]
    assert follow([]) == []
