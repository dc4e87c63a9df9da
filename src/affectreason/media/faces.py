"""Drawn faces with exact truth: an invented person, the strength of 15 facial action units, and a small pose.

The proportions are a cartoon's, so that a tiny vision model that reads 16-pixel patches can see each unit at 96 pixels.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from PIL import Image

from affectreason.errors import InputError
from affectreason.media.face_eyes import shut_eye, upper_face
from affectreason.media.face_mouth import lower_face
from affectreason.media.face_pen import Face, Pen, Point, bend
from affectreason.media.face_people import Colour, Identity, identity, mix

__all__ = ["PAINTER", "UNITS", "Identity", "Pose", "draw", "draw_turned", "identity", "lit"]

UNITS: tuple[int, ...] = (1, 2, 4, 5, 6, 7, 9, 10, 12, 15, 17, 20, 23, 25, 26)
PAINTER = 4  # grows with every change of the looks, so that old and new pictures never mix
_FINER = 3  # drawn this many times larger, then averaged down


@dataclass(frozen=True)
class Pose:
    """Where the head is: shift in frame widths (right, down), scale factor, roll in degrees clockwise, light gain."""

    shift: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    roll: float = 0.0
    light: float = 1.0


def draw(
    identity: Identity,
    units: Mapping[int, float],
    size: int = 96,
    pose: Pose | None = None,
    shut: Collection[int] = (),
) -> Image.Image:
    """Draw a face as an RGB image of `size` x `size` pixels; without a `pose` it is upright in the middle.

    `units` maps the number of an action unit (one of `UNITS`) to its intensity, 0 to 5 (FACS A-E = 1-5); a unit left
    out is at rest. `shut` names the eyes that are closed: -1 on the left of the picture, 1 on the right. A unit that
    cannot be drawn or an intensity out of range is an InputError.
    """
    for unit, intensity in units.items():
        if unit not in UNITS:
            raise InputError(f"AU{unit} cannot be drawn; the units that can: {', '.join(map(str, UNITS))}")
        if not 0 <= intensity <= 5:
            raise InputError(f"AU{unit} has intensity {intensity}; an intensity lies in 0 to 5")
    pose = pose or Pose()
    image, face = _canvas(identity, units, size, pose)
    _head(face)
    upper_face(face)
    for side in shut:
        shut_eye(face, side)
    lower_face(face)
    if identity.glasses:
        _glasses(face)
    return _lit(image, pose)


def draw_turned(identity: Identity, size: int = 96, pose: Pose | None = None) -> Image.Image:
    """Draw a person from behind, `size` x `size` pixels in RGB: hair or a bald head, and nothing of the face."""
    pose = pose or Pose()
    image, face = _canvas(identity, {}, size, pose)
    _head(face)
    if identity.style == "bald":
        face.pen.shape(_outline(identity, 0), identity.skin)
    else:
        face.pen.shape([(x * 1.02, y - 0.8) for x, y in _outline(identity, 0)], identity.hair)
    return _lit(image, pose)


def _canvas(identity: Identity, units: Mapping[int, float], size: int, pose: Pose) -> tuple[Image.Image, Face]:
    image = Image.new("RGB", (size * _FINER, size * _FINER), identity.background)
    pen = Pen(image, pose.shift, pose.scale, pose.roll)
    return image, Face(pen, identity, {unit: units.get(unit, 0.0) / 5 for unit in UNITS})


def lit(colour: Colour, light: float) -> Colour:
    """A colour in the light of a pose."""
    red, green, blue = (min(255, round(level * light)) for level in colour)
    return red, green, blue


def _lit(image: Image.Image, pose: Pose) -> Image.Image:
    """The picture at its size, in the light of the pose."""
    small = image.reduce(_FINER)
    if pose.light == 1.0:
        return small
    return small.point([min(255, round(level * pose.light)) for level in range(256)] * 3)


def _head(face: Face) -> None:
    """Draw neck, ears, skin, hair and beard; AU26 lengthens the chin."""
    pen, who = face.pen, face.who
    outline = _outline(who, 6 * face.au(26))
    _hair_behind(face)
    pen.shape([(-16, 84), (16, 84), (22, 120), (-22, 120)], mix(who.skin, (40, 14, 10), 0.25))
    for side in (-1, 1):
        pen.oval(side * (who.face_width - 0.5), 50, 4.5, 8, mix(who.skin, (60, 20, 10), 0.12))
    pen.shape(outline, who.skin)
    if who.beard:
        jaw = [(x, y) for x, y in outline if y > 54]
        pen.shape([*sorted(jaw), (24, 69), (10, 65), (-10, 65), (-24, 69)], mix(who.skin, who.hair, 0.38))
    if who.freckles:
        for x, y in ((13, 61), (17, 64), (21, 61), (25, 64), (17, 59), (22, 66)):
            for side in (-1, 1):
                pen.oval(side * x, y, 0.7, 0.7, mix(who.skin, (120, 50, 20), 0.5))
    pen.stroke(outline[len(outline) // 2 :] + outline[:1], mix(who.skin, face.line, 0.35), 1.2)
    if who.style != "bald":
        _hair_front(face, outline)


def _outline(who: Identity, drop: float) -> list[Point]:
    """The outline of the head, from its right side up and round; `drop` lengthens the chin."""
    points: list[Point] = []
    for k in range(48):
        x, y = math.cos(math.tau * k / 48), -math.sin(math.tau * k / 48)
        if y <= 0:
            points.append((who.face_width * x, 46 + 43 * y))
        else:
            points.append((who.face_width * x * (1 - who.jaw * y**3), 46 + (45.5 + drop) * y))
    return points


def _hair_behind(face: Face) -> None:
    pen, who, wide = face.pen, face.who, face.who.face_width
    if who.style == "long":
        pen.oval(0, 44, wide + 7, 46, who.hair)
        pen.shape([(-wide - 7, 44), (wide + 7, 44), (wide + 9, 110), (-wide - 9, 110)], who.hair)
    elif who.style == "curly":
        for k in range(15):
            angle = math.pi * (k / 14 * 1.2 - 0.1)
            pen.oval(math.cos(angle) * (wide + 1), 42 - 40 * math.sin(angle), 8, 8, who.hair)
    elif who.style == "bun":
        pen.oval(0, 1, 13, 9, who.hair)


def _hair_front(face: Face, outline: list[Point]) -> None:
    """Draw the hair above the hairline, which is low enough at the sides only to leave the forehead free."""
    style = face.who.style
    deep = {"short": 10.5, "fade": 9.5, "curly": 11.0, "long": 9.5, "bun": 9.0}[style]
    side = {"short": 34.0, "fade": 22.0, "curly": 34.0, "long": 44.0, "bun": 30.0}[style]
    cap = sorted((x * 1.02, y - 0.8) for x, y in outline if y <= side)
    temple = 7.0 if style == "long" else 5.5
    line = bend((cap[0][0] + temple, side), (0, deep), (cap[-1][0] - temple, side), 12)
    # Flatter than a parabola: a forehead shows its wrinkles from temple to temple.
    flat = [(x, deep + (side - deep) * abs(x / line[0][0]) ** 6) for x, _ in line]
    face.pen.shape([*cap, *flat[::-1]], face.who.hair)


def _glasses(face: Face) -> None:
    pen, who = face.pen, face.who
    frame = who.glasses or who.hair
    ring = [math.tau * k / 28 for k in range(29)]
    for side in (-1, 1):
        x = side * (who.eye_gap + 0.3)
        pen.stroke([(x + 15.5 * math.cos(a), 46 + 13.5 * math.sin(a)) for a in ring], frame, 1.3)
        pen.stroke([(x + side * 15.5, 44), (side * who.face_width, 42)], frame, 1.3)
    pen.stroke([(-4.0, 44), (4.0, 44)], frame, 1.3)
