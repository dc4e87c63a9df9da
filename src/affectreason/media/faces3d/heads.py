"""Drawn heads with exact truth: an invented person, the strength of 15 facial action units, a pose and a light.

As `media.faces` draws, in 3d: a parametric head is bent by the weights of its face units, turned, and shaded.
"""

import functools
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image

from affectreason.media.faces import Pose
from affectreason.media.faces3d import raster, skin, surface
from affectreason.media.faces3d.convert import PARTS
from affectreason.media.faces3d.people import Person, person
from affectreason.media.faces3d.rig import Rig, middle, rig
from affectreason.media.faces3d.units import UNITS, weights

__all__ = ["PAINTER", "UNITS", "HeadPose", "Person", "draw", "person", "posed"]

PAINTER = 1  # grows with every change of the looks, so that old and new pictures never mix
_ZOOM = 0.43  # frame widths a decimetre of the mean adult
_EYES = 0.455  # frame heights from the top to the eyes
_AWAY = 9.0  # decimetres from the eye of the viewer to the face
_PIVOT = np.array([0.0, -0.5, -0.75])  # about where a head turns, from the middle between the eyes
_INSIDE = {
    "upper teeth": (232, 226, 212),
    "lower teeth": (214, 206, 192),
    "tongue": (176, 84, 86),
    "lash": (34, 24, 22),
}
_VOLUME = {"short": 0.03, "thick": 0.13, "long": 0.09}  # decimetres of hair over the scalp


@dataclass(frozen=True)
class HeadPose(Pose):
    """A pose with the turn of the head to its left and up, in degrees, and where the light comes from (x, y, z)."""

    turn: float = 0.0
    lift: float = 0.0
    lamp: tuple[float, float, float] = (-0.45, 0.5, 0.75)


def posed(pose: Pose, rng: Random) -> HeadPose:
    """A pose in the plane with a random turn and light."""
    aside, height = rng.uniform(-0.9, 0.9), rng.uniform(0.15, 0.8)
    turn, lift = rng.uniform(-24, 24), rng.uniform(-9, 9)
    return HeadPose(pose.shift, pose.scale, pose.roll, pose.light, turn, lift, (aside, height, 0.75))


def draw(
    identity: Person,
    units: Mapping[int, float],
    size: int = 96,
    pose: Pose | None = None,
    shut: Collection[int] = (),
) -> Image.Image:
    """Draw a face as an RGB image of `size` x `size` pixels; without a `pose` it looks straight ahead.

    `units` maps action units (of `UNITS`) to intensities, 0 to 5; a unit left out is at rest. `shut` names the eyes
    that are closed: -1 on the left of the picture, 1 on the right. A unit that cannot be drawn, an intensity out of
    range, and a head that was not fetched is an InputError.
    """
    head = rig()
    bent = weights(units, head.units, shut)
    given = pose or Pose()
    at = given if isinstance(given, HeadPose) else HeadPose(given.shift, given.scale, given.roll, given.light)
    rest = _rest(head, identity)
    moved = rest + sum((np.float32(weight) * head.units[name] for name, weight in bent.items()), np.zeros_like(rest))
    fine = round(size * (2 if size < 200 else 1.5))
    points, space = _placed(head, rest, moved, at, fine)
    seen = raster.seen(points, head.triangles, fine)
    of_points = np.column_stack(
        [surface.normals(space, head.triangles), head.places, surface.creases(rest, moved, head.triangles)]
    )
    of_pixels = surface.mixed(of_points.astype(np.float32), head.triangles[seen.triangles], seen.shares)
    part = head.part[seen.triangles]
    colour = _painted(of_pixels[:, 3:6], of_pixels[:, 6], part, identity, units)
    image = _behind(identity, at, fine)
    image[seen.pixels] = _shaded(colour, of_pixels[:, :3], part, at)
    picture = Image.fromarray(np.clip(image * np.float32(at.light), 0, 255).astype(np.uint8).reshape(fine, fine, 3))
    return picture.resize((size, size), Image.Resampling.BOX if fine == 2 * size else Image.Resampling.LANCZOS)


def _painted(
    places: np.ndarray, crease: np.ndarray, part: np.ndarray, who: Person, units: Mapping[int, float]
) -> np.ndarray:
    """The colours (P, 3) of pixels before the light falls on them."""
    colour = np.empty((len(part), 3), np.float32)
    for number, name in enumerate(PARTS):
        at = np.flatnonzero(part == number)
        if name == "skin":
            colour[at] = skin.paint(places[at], who, units, crease[at])
        elif name == "eye":
            colour[at] = skin.eyes(places[at], who)
        else:
            colour[at] = _INSIDE[name]
    return colour


@functools.lru_cache(maxsize=64)
def _rest(head: Rig, who: Person) -> np.ndarray:
    """The vertices of a person at rest, with the volume of the hair."""
    found: np.ndarray = head.points + sum(np.float32(weight) * head.shapes[name] for name, weight in who.shape)
    if who.style in _VOLUME:
        body = np.isin(np.arange(len(found)), head.triangles[head.part == PARTS.index("skin")])
        grown = skin.hair(head.places, who.hairline, soft=0.3) * body * _VOLUME[who.style]
        found = found + surface.normals(found, head.triangles) * grown[:, None]
    return found.astype(np.float32)


def _placed(head: Rig, rest: np.ndarray, moved: np.ndarray, pose: HeadPose, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The vertices in the picture (x, y, nearness), and in space; everybody's face is brought to one height."""
    eyes = middle(rest, head.triangles, head.part)
    chin = int(np.argmin(np.square(head.places - (0.0, -1.0, 0.2)).sum(axis=1)))
    high = head.places[chin, 1] / (rest[chin, 1] - eyes[1])
    space = ((moved - eyes) * high - _PIVOT) @ _turned(pose).T + _PIVOT
    near = _AWAY / (_AWAY - space[:, 2])
    scale = _ZOOM * pose.scale * size
    x = (0.5 + pose.shift[0]) * size + space[:, 0] * near * scale
    y = (_EYES + pose.shift[1]) * size - space[:, 1] * near * scale
    return np.column_stack([x, y, space[:, 2]]), space


def _turned(pose: HeadPose) -> np.ndarray:
    """The rotation of a pose: lifted, then turned, then rolled."""
    lift, turn, roll = (math.radians(angle) for angle in (-pose.lift, pose.turn, -pose.roll))
    about_x = np.array([[1, 0, 0], [0, math.cos(lift), -math.sin(lift)], [0, math.sin(lift), math.cos(lift)]])
    about_y = np.array([[math.cos(turn), 0, math.sin(turn)], [0, 1, 0], [-math.sin(turn), 0, math.cos(turn)]])
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    found: np.ndarray = about_z @ about_y @ about_x
    return found


def _shaded(colour: np.ndarray, normal: np.ndarray, part: np.ndarray, pose: HeadPose) -> np.ndarray:
    """The colours in the light of a lamp and of the room, with a soft shine on skin and eyes."""
    normal = normal / np.sqrt(np.einsum("pc,pc->p", normal, normal) + np.float32(1e-9))[:, None]
    lamp = np.array(pose.lamp, np.float32) / np.float32(math.hypot(*pose.lamp))
    half = lamp + np.array((0, 0, 1), np.float32)  # between the lamp and the viewer
    half /= np.linalg.norm(half)
    soft = ((normal @ lamp + np.float32(0.25)) / np.float32(1.25)).clip(0, 1)
    room = np.float32(0.5) + normal @ np.array((0, 0.12, 0.1), np.float32)
    outside = part == PARTS.index("skin")
    light = np.where(outside | (part == PARTS.index("eye")), room + np.float32(0.62) * soft, 0.72 + 0.3 * soft)
    shine = np.float32(26) * (normal @ half).clip(0, 1) ** 24 * outside
    found: np.ndarray = colour * light[:, None].astype(np.float32) + shine[:, None]
    return found


def _behind(who: Person, pose: HeadPose, size: int) -> np.ndarray:
    """The background as (size * size, 3) floats, with the long hair that falls behind the head."""
    image = np.empty((size * size, 3), np.float32)
    image[:] = who.background
    if who.style == "long":
        row, column = np.mgrid[0:size, 0:size].astype(np.float32) + np.float32(0.5)
        scale = _ZOOM * pose.scale * size * _AWAY / (_AWAY - _PIVOT[2])
        right = (column - (0.5 + pose.shift[0]) * size) / scale
        up = ((_EYES + pose.shift[1]) * size - row) / scale - _PIVOT[1]
        roll = math.radians(pose.roll)
        x = right * math.cos(roll) - up * math.sin(roll)
        y = right * math.sin(roll) + up * math.cos(roll) + _PIVOT[1]
        wide = np.where(y > 0.2, 0.86 * np.sqrt((1 - ((y - 0.2) / 1.02) ** 2).clip(0, 1)), 0.86 + 0.1 * (0.2 - y))
        at = np.flatnonzero(np.abs(x) < wide)
        strand = 0.62 + 0.14 * np.sin(38 * x.ravel()[at] + 3 * np.sin(4 * y.ravel()[at]))
        image[at] = np.array(who.hair, np.float32) * strand[:, None]
    return image
