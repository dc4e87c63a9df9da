"""A face cut out upright, and the same face followed through a clip: plain geometry on points in pixels."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

EYES = ((33, 133), (362, 263))
"""Of the 478 points the corners of each eye: first the one on the left of the picture."""
REACH = 1.0
"""How far a face may move between two frames, in its own widths; frames are often a quarter of a second apart."""
ALIKE = 4.0
"""How many times larger, in square pixels, the same face may be in the next frame."""


class Box(NamedTuple):
    """A rectangle in pixels, `right` and `bottom` outside it."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """Square pixels."""
        return (self.right - self.left) * (self.bottom - self.top)


def box_of(points: np.ndarray) -> Box:
    """The rectangle around points of shape (N, 2)."""
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return Box(float(left), float(top), float(right), float(bottom))


def tilt(points: np.ndarray) -> float:
    """How far the line through the eyes is turned, in radians, clockwise as one sees it; 0 is upright."""
    one, other = (points[list(corners)].mean(axis=0) for corners in EYES)
    return math.atan2(other[1] - one[1], other[0] - one[0])


def aligned(image: Image.Image, points: np.ndarray, size: int = 224, margin: float = 0.2) -> Image.Image:
    """The face as a square of `size` pixels with the eyes level; what lies outside the picture is black.

    The square is the longer side of the box around the upright points and `margin` of it on every side.
    """
    angle = tilt(points)
    cosine, sine = math.cos(angle), math.sin(angle)
    turn = np.array([[cosine, sine], [-sine, cosine]])  # from the picture to the upright face
    box = box_of(points @ turn.T)
    side = max(box.right - box.left, box.bottom - box.top) * (1 + 2 * margin)
    corner = np.array([(box.left + box.right - side) / 2, (box.top + box.bottom - side) / 2])
    step = side / size
    shrink = max(1, int(step))  # averaged first, or a large face would be sampled with holes
    small = image.reduce(shrink) if shrink > 1 else image
    x, y = turn.T @ corner / shrink
    across, down = step * cosine / shrink, step * sine / shrink
    matrix = (across, -down, x, down, across, y)
    return small.transform((size, size), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)


def distance(one: Box, other: Box) -> float:
    """From centre to centre in mean widths; infinite where one is more than four times larger than the other."""
    if not one.area or not other.area or max(one.area, other.area) > ALIKE * min(one.area, other.area):
        return math.inf
    across = one.left + one.right - other.left - other.right
    down = one.top + one.bottom - other.top - other.bottom
    return math.hypot(across, down) / (math.sqrt(one.area) + math.sqrt(other.area))


def follow(frames: Sequence[Sequence[Box]]) -> list[int | None]:
    """Which box of each frame is the main person's: of all that can be followed, the one that covers most in all.

    A box goes on from the person whose last box is nearest, if no more than its own width away; None where the main
    person has no box. Two people who change places between two frames cannot be told apart by boxes.
    """
    people: list[dict[int, int]] = []
    last: list[Box] = []
    for at, boxes in enumerate(frames):
        pairs = [(distance(was, box), who, number) for who, was in enumerate(last) for number, box in enumerate(boxes)]
        taken: dict[int, int] = {}
        for far, who, number in sorted(pairs):
            if far <= REACH and who not in taken.values() and number not in taken:
                taken[number] = who
        for number, box in enumerate(boxes):
            if number not in taken:
                taken[number] = len(people)
                people.append({})
                last.append(box)
            people[taken[number]][at] = number
            last[taken[number]] = box
    if not people:
        return [None] * len(frames)
    main = max(people, key=lambda seen: sum(frames[at][number].area for at, number in seen.items()))
    return [main.get(at) for at in range(len(frames))]
