"""A pen that draws smooth shapes in face coordinates: (0, 0) is the middle of the face's axis at the top of the frame.

One unit is 1/96 of the frame, x grows to the right of the picture and y downwards.
"""

import math
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

from affectreason.media.face_people import Colour, Identity, brightness, mix

Point = tuple[float, float]


class Pen:
    """Draws on a picture through a rotation, a scale and a shift."""

    def __init__(self, image: Image.Image, shift: Point, scale: float, roll: float) -> None:
        """`shift` is in frame widths, `scale` a factor, `roll` in degrees clockwise about the middle of the frame."""
        self._draw = ImageDraw.Draw(image)
        unit = image.width / 96
        turn = math.radians(roll)
        self._unit = unit * scale
        self._cos, self._sin = math.cos(turn) * self._unit, math.sin(turn) * self._unit
        self._x, self._y = (0.5 + shift[0]) * image.width, (0.5 + shift[1]) * image.height

    def _place(self, points: Sequence[Point]) -> list[Point]:
        cos, sin, left, top = self._cos, self._sin, self._x, self._y
        return [(left + x * cos - (y - 48) * sin, top + x * sin + (y - 48) * cos) for x, y in points]

    def shape(self, points: Sequence[Point], fill: Colour) -> None:
        """Fill a polygon."""
        self._draw.polygon(self._place(points), fill=fill)

    def oval(self, x: float, y: float, wide: float, high: float, fill: Colour) -> None:
        """Fill an ellipse given by its middle and its two radii."""
        steps = 12 if wide < 3 else 24
        angles = [math.tau * k / steps for k in range(steps)]
        self.shape([(x + wide * math.cos(a), y + high * math.sin(a)) for a in angles], fill)

    def stroke(self, points: Sequence[Point], fill: Colour, width: float, end: float | None = None) -> None:
        """Draw a round-ended line through the points, its width going from `width` to `end`."""
        placed = self._place(points)
        last = len(placed) - 1
        left: list[Point] = []
        right: list[Point] = []
        for k, (x, y) in enumerate(placed):
            (x0, y0), (x1, y1) = placed[max(k - 1, 0)], placed[min(k + 1, last)]
            length = math.hypot(x1 - x0, y1 - y0) or 1.0
            half = self._unit / 2 * (width + ((width if end is None else end) - width) * k / max(last, 1))
            dx, dy = -(y1 - y0) / length * half, (x1 - x0) / length * half
            left.append((x + dx, y + dy))
            right.append((x - dx, y - dy))
            if k in (0, last):
                self._draw.ellipse((x - half, y - half, x + half, y + half), fill=fill)
        self._draw.polygon(left + right[::-1], fill=fill)

    def curve(self, a: Point, b: Point, c: Point, fill: Colour, width: float, end: float | None = None) -> None:
        """Draw a line from `a` through `b` to `c`."""
        self.stroke(bend(a, b, c), fill, width, end)


class Face:
    """A pen, the person it draws, and how strong each action unit is."""

    def __init__(self, pen: Pen, who: Identity, strength: Mapping[int, float]) -> None:
        """`strength` maps every unit that can be drawn to [0, 1]."""
        self.pen, self.who = pen, who
        self.line = mix(who.skin, (20, 6, 6), 0.85)
        self._strength = strength
        self._dark = brightness(who.skin) < 140

    def au(self, unit: int) -> float:
        """How strong a unit is, in [0, 1]."""
        return self._strength[unit]

    def ink(self, unit: int) -> Colour:
        """The colour of a unit's wrinkles: the stronger the unit, the darker."""
        return mix(self.who.skin, self.line, 0.45 + 0.55 * self.au(unit))

    def fold(self, unit: int, points: Sequence[Point], width: float = 1.0) -> None:
        """Draw a wrinkle of a unit, wider the stronger the unit is; on dark skin with a light edge below it."""
        s = self.au(unit)
        width *= 0.9 + 0.9 * s
        if self._dark:
            edge = [(x, y + 0.8 * width) for x, y in points]
            self.pen.stroke(edge, mix(self.who.skin, (255, 220, 190), 0.18 + 0.17 * s), width * 0.8)
        self.pen.stroke(points, self.ink(unit), width)


def bend(a: Point, b: Point, c: Point, steps: int = 8) -> list[Point]:
    """The points of a parabola from `a` through `b` (in its middle) to `c`: `steps` + 1 of them."""
    px, py = 2 * b[0] - (a[0] + c[0]) / 2, 2 * b[1] - (a[1] + c[1]) / 2
    out: list[Point] = []
    for k in range(steps + 1):
        t = k / steps
        s = 1 - t
        out.append((s * s * a[0] + 2 * s * t * px + t * t * c[0], s * s * a[1] + 2 * s * t * py + t * t * c[1]))
    return out
