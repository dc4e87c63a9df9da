"""A small head in the layout that the real one is published in: an ellipsoid with eyes, teeth, and a foot to be cut."""

import gzip
import json
from itertools import product
from math import cos, pi, sin
from pathlib import Path

from affectreason.media.faces3d import convert
from affectreason.recipe import assets

EYES = (0.0, 7.3, 1.2)
_MOVES = {  # place between the eyes, direction, by the beginning of a unit's name
    "browInner": ((0.0, 0.25), (0, 1, 0)), "browOuter": ((0.4, 0.25), (0, 1, 0)), "brow": ((0.25, 0.25), (0, -1, 0)),
    "eye": ((0.3, 0.0), (0, 1, 0)), "cheek": ((0.35, -0.25), (0, 1, 0)), "nose": ((0.1, -0.35), (0, 1, 0)),
    "jawOpen": ((0.0, -0.9), (0, -1, 0)), "mouthSmile": ((0.3, -0.7), (0, 1, 0)), "": ((0.1, -0.7), (0, -1, 0)),
}  # fmt: skip


def write(folder):
    """Write base.obj, the face units and the shapes under their published names; all files."""
    folder.mkdir(parents=True, exist_ok=True)
    head = _Mesh()
    head.ball("body", (0, 7.25, 0.45), (0.72, 1.08, 0.95), 20, 14)
    for side, x in (("l", 0.308), ("r", -0.308)):
        head.ball(f"helper-{side}-eye", (x, 7.3, 1.22), (0.15, 0.15, 0.15), 8, 6)
    head.ball("helper-upper-teeth", (0, 6.6, 1.0), (0.2, 0.05, 0.1), 4, 4)
    head.ball("body", (0, -8, 0), (0.4, 0.2, 0.9), 4, 4)  # a foot
    head.ball("helper-tights", (0, 7, 0), (1, 1, 1), 4, 4)
    text = ["# a mesh", *(f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in head.points), "vt 0.5 0.5"]
    group = None
    for name, quad in head.quads:
        text += [f"g {name}"] if name != group else []
        text.append("f " + " ".join(f"{corner + 1}/{corner + 1}" for corner in quad))
        group = name
    (folder / "base.obj").write_text("\n".join(text) + "\n")
    (folder / "LICENSE.md").write_text("CC0\n")
    for name in assets.SMALL[-1].files:
        place = folder / Path(name).name
        if place.name.endswith(".target"):
            place.write_text(_unit(place.stem, head.points))
        elif place.name.endswith(".gz"):
            place.write_bytes(gzip.compress(_shape(place.name, head.points).encode()))
    return [folder / Path(name).name for name in assets.SMALL[-1].files]


def keep(cache, scratch):
    """Put the head into a cache, as `assets get small` leaves it."""
    place = cache / "assets" / "small" / "head"
    place.mkdir(parents=True)
    convert.write(write(scratch), place)
    (place / assets.NOTE).write_text(json.dumps(assets.note_of("small", "head")))


class _Mesh:
    def __init__(self):
        self.points, self.quads = [], []

    def ball(self, group, centre, radii, columns, rows):
        """An ellipsoid of quads that are counterclockwise from outside."""
        first = len(self.points)
        for row, column in product(range(rows + 1), range(columns)):
            down, round_ = pi * (row + 0.02) / (rows + 0.04), 2 * pi * column / columns
            unit = (sin(down) * sin(round_), cos(down), sin(down) * cos(round_))
            self.points.append(tuple(c + r * u for c, r, u in zip(centre, radii, unit, strict=True)))
        for row, column in product(range(rows), range(columns)):
            here, beside = first + row * columns + column, first + row * columns + (column + 1) % columns
            self.quads.append((group, (here, here + columns, beside + columns, beside)))


def _unit(name, points):
    """The lines of a face unit: the front of the head within 0.45 dm of a place moves, as far as it is near."""
    (x, y), way = next(move for start, move in _MOVES.items() if name.startswith(start))
    x = -x if name.endswith("Right") else x
    lines = ["# a face unit"]
    for number, point in enumerate(points):
        far = ((point[0] - EYES[0] - x) ** 2 + (point[1] - EYES[1] - y) ** 2) ** 0.5
        if far < 0.45 and point[2] > 0.9:
            lines.append(" ".join([str(number), *(_short(0.3 * (0.45 - far) * step) for step in way)]))
    return "\n".join(lines) + "\n"


def _shape(name, points):
    """The lines of a shape: everybody is taller than the mesh, and some are wider."""
    wide = (
        0.05 * ("african" in name)
        - 0.04 * ("child" in name)
        + 0.03 * ("maxweight" in name)
        - 0.02 * ("minweight" in name)
    )
    up = 0.0 if name.startswith("universal") else 0.9
    rows = (f"{number} {_short(wide * x)} {_short(up)} 0" for number, (x, _, _) in enumerate(points))
    return "\n".join(rows) + "\n"


def _short(number):
    """A number as the published files have it: .05, -.05, 1, 0."""
    text = f"{number:.3f}".rstrip("0").rstrip(".")
    if text in ("0", "-0"):
        return "0"
    return text.replace("0.", ".") if abs(number) < 1 else text
