"""The upper face and the nose: forehead, brows, eyes, cheeks, moved by the upper action units and AU9."""

import math

from affectreason.media.face_pen import Face, Point, bend
from affectreason.media.face_people import mix

_EYES = 45.0  # where the middle of the eyes is


def upper_face(face: Face) -> None:
    """Draw forehead, cheeks, eyes and nose as far as AU1, 2, 4, 5, 6, 7 and 9 move them; the brows come last."""
    _forehead(face)
    for side in (-1, 1):
        _cheek(face, side)
        _eye(face, side)
    _nose(face)
    for side in (-1, 1):
        _brow(face, side)


def _forehead(face: Face) -> None:
    """Wrinkle the middle (AU1) and the sides (AU2), furrow the skin between the brows (AU4)."""
    if s := face.au(1):
        for y in (13.0, 17.0):
            face.fold(1, bend((-9, y + 1), (0, y - s), (9, y + 1)))
    for side in (-1, 1):
        if s := face.au(2):
            face.fold(2, bend((side * 14, 14.5), (side * 22, 12 - s), (side * 29, 16)), 1.2)
        if s := face.au(4):
            face.fold(4, bend((side * 2.2, 36.5), (side * 1.8, 32), (side * 2.8, 34 - 8 * s)), 1.2)


def _brow(face: Face, side: int) -> None:
    au, wide = face.au, face.who.brow_width
    # With AU1 the corrugator (AU4) draws the inner ends together but cannot lower them: the brow slants.
    lowered = 8 * au(4) * (1 - 0.85 * min(1.0, 1.6 * au(1)))
    inner = (side * (9.0 - 3.5 * au(4)), 31 - 10 * au(1) + lowered)
    middle = (side * (20.0 - 2 * au(4)), 28.5 - 3.5 * au(1) - 7 * au(2) + 4.5 * au(4))
    outer = (side * (32.5 - 1.0 * au(4)), 31.5 - 12 * au(2) + 1.5 * au(4))
    face.pen.stroke(bend(inner, middle, outer), face.who.brow, wide + 0.8, wide * 0.55)


def _eye(face: Face, side: int) -> None:
    """Open the eye between two lids: AU5 lifts the upper, AU6 and AU7 raise the lower, AU7 straightens it."""
    au, pen, skin = face.au, face.pen, face.who.skin
    x, half = side * face.who.eye_gap, face.who.eye_width
    up = 5.6 + 6.2 * au(5) - 2.0 * au(7) * (1 - au(5))
    down = 5.2 - 4.4 * au(7) - 2.6 * au(6) * (1 - au(7)) + 0.6 * au(5) * (1 - au(7))
    steps = [k / 8 for k in range(-8, 9)]
    upper = [(x + u * half, _EYES - up * (1 - abs(u) ** 2.4)) for u in steps]
    straight = 2.4 + 4 * au(7)
    lower = [(x + u * half, _EYES + down * (1 - abs(u) ** straight) + 1.4 * au(7) * (1 - u * u)) for u in steps]
    pen.shape(upper + lower[::-1], (255, 255, 255))
    _iris(face, x, upper, lower)
    pen.stroke(upper, mix(face.line, (10, 6, 8), 0.6), 1.9)
    pen.stroke(lower, mix(skin, face.line, 0.7 + 0.3 * au(7)), 1.0 + 1.2 * au(7))
    if au(7):
        y = _EYES + down + 4.2
        face.fold(7, [(x - half * 0.75, y), (x, y), (x + half * 0.75, y)])


def shut_eye(face: Face, side: int) -> None:
    """Cover an open eye with its lid; `side` is -1 on the left of the picture, 1 on the right."""
    who, x = face.who, side * face.who.eye_gap
    face.pen.oval(x, _EYES, who.eye_width + 1.2, 8.5, mix(who.skin, face.line, 0.12))
    lid = bend((x - who.eye_width, _EYES + 1), (x, _EYES + 5.5), (x + who.eye_width, _EYES + 1))
    face.pen.stroke(lid, mix(face.line, (10, 6, 8), 0.6), 2.2)


def _iris(face: Face, x: float, upper: list[Point], lower: list[Point]) -> None:
    """Draw the iris and the pupil, cut off by the lids."""
    angles = [math.tau * k / 24 for k in range(24)]
    for radius, fill in ((5.4, face.who.iris), (2.7, (8, 8, 10))):
        ring = [(x + radius * math.cos(a), _EYES - 0.2 + radius * math.sin(a)) for a in angles]
        face.pen.shape([(px, min(max(py, _lid(upper, px)), _lid(lower, px))) for px, py in ring], fill)
    if _lid(upper, x - 1.6) < _EYES - 3:
        face.pen.oval(x - 1.7, _EYES - 2.1, 1.2, 1.2, (255, 255, 255))


def _lid(points: list[Point], x: float) -> float:
    """The height of a lid at `x`."""
    first, last = points[0][0], points[-1][0]
    place = min(max((x - first) / (last - first), 0.0), 1.0) * (len(points) - 1)
    k = min(int(place), len(points) - 2)
    return points[k][1] + (points[k + 1][1] - points[k][1]) * (place - k)


def _cheek(face: Face, side: int) -> None:
    """Round the cheek under the eye and draw crow's-feet beside it (AU6)."""
    s = face.au(6)
    if not s:
        return
    x, corner = side * (face.who.eye_gap + 2), side * (face.who.eye_gap + face.who.eye_width + 1.5)
    face.pen.oval(x, 60.5 - 2 * s, 10, 4 + 2 * s, mix(face.who.skin, (236, 84, 84), 0.25 + 0.35 * s))
    face.fold(6, bend((x - side * 10.5, 60 - s), (x, 55.5 - 2 * s), (x + side * 10.5, 60 - s)), 1.1)
    for tilt in (-1, 0, 1):
        start = (corner, _EYES + 1 + 1.6 * tilt)
        face.fold(6, [start, (corner + side * (2.5 + 3 * s), _EYES + 1 + (3 + 2.2 * s) * tilt)], 0.9)


def _nose(face: Face) -> None:
    """Draw the nose; AU9 lifts its wings and wrinkles its bridge."""
    s, pen, skin = face.au(9), face.pen, face.who.skin
    wide, y = face.who.nose_width + 2.0 * s, 60 + face.who.nose_length - 3.0 * s
    ink = mix(skin, face.line, 0.6)
    pen.oval(0, y - 1.5, wide, 3.6, mix(skin, (70, 20, 10), 0.14))
    for side in (-1, 1):
        wing = bend((side * wide, y - 3.5 - s), (side * (wide + 1), y - 0.5), (side * (wide - 2), y + 1.5))
        pen.stroke(wing, ink, 1.3 + 0.8 * s)
        pen.oval(side * wide * 0.5, y + 0.8, 1.5, 1.0, mix(skin, face.line, 0.9))
    pen.stroke(bend((-1.6, y + 2), (0, y + 2.5), (1.6, y + 2)), ink, 1.1)
    if s:
        for k, base in enumerate((40.5, 44.5, 48.5)):
            half = 4.2 + 0.6 * k
            face.fold(9, bend((-half, base + 1.8 * s), (0, base - 1.2 * s), (half, base + 1.8 * s)), 1.1)
        for side in (-1, 1):
            face.fold(9, bend((side * 5, 51), (side * 7.5, 53), (side * (wide + 2.5), 54.5)), 0.9)
