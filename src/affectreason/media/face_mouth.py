"""The lower face: mouth, chin and the folds round them, moved by the lower action units."""

import math

from affectreason.media.face_pen import Face, Point, bend
from affectreason.media.face_people import Colour, mix

_INSIDE: Colour = (58, 8, 14)
_TEETH: Colour = (255, 255, 255)
_TONGUE: Colour = (214, 92, 96)
_ACROSS = [k / 10 for k in range(-10, 11)]  # the mouth from its left corner to its right one


def lower_face(face: Face) -> None:
    """Draw the mouth as far as AU10, 12, 15, 17, 20, 23, 25 and 26 move it, and the folds of these units."""
    pen, who, au = face.pen, face.who, face.au
    wide = who.mouth_width + 4 * au(12) + 9 * au(20) - 4.5 * au(23) - 3 * au(26) * (1 - au(20)) * (1 - au(12))
    gap = 6.5 * au(25) + 15 * au(26)
    level = 73.5 - 2 * au(26)
    corner = level - 9 * au(12) + 8 * au(15) + 0.3 * gap
    middle = level + 3 * au(12) - 2.5 * au(15) - 4 * au(17) - 2 * au(10) * (1 - au(25))
    thin = (1 - 0.7 * au(23)) * (1 - 0.45 * au(20))
    above = who.lip_width * thin
    below = (who.lip_width + 1.2) * thin + 2.5 * au(17)
    lift = 6.5 * au(10)
    top: list[Point] = []
    upper: list[Point] = []
    lower: list[Point] = []
    bottom: list[Point] = []
    for u in _ACROSS:
        x, y = u * wide, corner + (middle - corner) * (1 - abs(u) ** (2 + 3 * au(20)))
        opening = gap * math.sqrt(1 - u * u)
        raised = y - 0.2 * opening - 0.4 * lift * (1 - u**4) * min(1.0, 2 * au(25))
        bow = 0.8 * max(0.0, 1 - abs(u) * 5) * thin
        upper.append((x, raised))
        lower.append((x, y + 0.8 * opening))
        top.append((x, min(raised, y) - (above + (lift if abs(u) < 0.75 else 0.6 * lift)) * (1 - abs(u) ** 3) + bow))
        bottom.append((x, lower[-1][1] + below * (1 - u * u)))
    pen.shape(top + upper[::-1], who.lip)
    pen.shape(lower + bottom[::-1], mix(who.lip, (255, 190, 190), 0.14))
    if gap > 0:
        _inside(face, upper, lower)
    else:
        pen.stroke(upper, mix(face.line, (40, 0, 0), 0.4), 1.5 + 0.6 * au(23))
    pen.stroke(upper[:2], face.line, 1.6)
    pen.stroke(upper[-2:], face.line, 1.6)
    _folds(face, wide, corner)
    _tight(face, top[10][1], bottom[10][1])
    _chin(face, bottom[10][1])


def _inside(face: Face, upper: list[Point], lower: list[Point]) -> None:
    """Fill the open mouth: dark, the upper teeth where the lips part (AU25), the tongue where the jaw drops (AU26)."""
    face.pen.shape(upper + lower[::-1], _INSIDE)
    pairs = list(zip(upper, lower, strict=True))
    if s := face.au(26):
        inner = pairs[5:-5]
        edge = [(x, max(y, deep - 5 * s * (1 - (k / 5.5) ** 2))) for k, ((x, y), (_, deep)) in enumerate(inner, -5)]
        face.pen.shape(edge + [low for _, low in inner][::-1], _TONGUE)
    if s := face.au(25):
        inner = pairs[1:-1]
        edge = [(x, min(y + 1 + 3 * s, deep - 0.4)) for (x, y), (_, deep) in inner]
        face.pen.shape([up for up, _ in inner] + edge[::-1], _TEETH)


def _folds(face: Face, wide: float, corner: float) -> None:
    """Fold the cheek beside the nose (AU10), droop below the corners (AU15), bracket the corners (AU20)."""
    for side in (-1, 1):
        if s := face.au(10):
            nose, lip = face.who.nose_width, face.who.mouth_width
            fold = bend((side * (nose + 2.5), 57.5), (side * (lip + 2), 61.5), (side * (lip + 5), 66 + 6 * s))
            face.fold(10, fold, 1.3)
        if s := face.au(15):
            x = side * (wide + 1)
            fold = bend((x, corner + 0.5), (x + side * 2.6, corner + 1 + s), (x + side * 2, corner + 3 + 3 * s))
            face.fold(15, fold, 1.2)
        if s := face.au(20):
            for out in (3.5, 6.5):
                x, half = side * (wide + out), 2.5 + 3.5 * s
                face.fold(20, bend((x - side, corner - half), (x + side * 0.8, corner), (x - side, corner + half)))


def _tight(face: Face, top: float, bottom: float) -> None:
    """Pucker the skin above and below tightened lips (AU23)."""
    if s := face.au(23):
        for x in (-7.5, -2.5, 2.5, 7.5):
            face.fold(23, [(x, top - 1.2), (x * 1.15, top - 2.2 - 3 * s)], 0.9)
            face.fold(23, [(x, bottom + 1.2), (x * 1.15, bottom + 2.2 + 3 * s)], 0.9)


def _chin(face: Face, bottom: float) -> None:
    """Raise the chin boss and dimple it (AU17)."""
    s = face.au(17)
    if not s:
        return
    y = max(85.0, bottom + 5) - 1.5 * s
    face.pen.oval(0, y, 9.5 + 2.5 * s, 3.6 + 2.2 * s, mix(face.who.skin, (255, 250, 240), 0.25 + 0.25 * s))
    face.fold(17, bend((-10 - 2 * s, y), (0, y - 4.5 - 2 * s), (10 + 2 * s, y)), 1.2)
    for x, down in ((-5.5, 0.8), (-1.9, -1.2), (1.9, -1.2), (5.5, 0.8), (-3.6, 3.0), (0.0, 2.2), (3.6, 3.0)):
        face.pen.oval(x, y + down, 0.9 + 0.5 * s, 0.9 + 0.5 * s, face.ink(17))
