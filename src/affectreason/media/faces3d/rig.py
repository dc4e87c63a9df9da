"""The head that faces are drawn of: its mesh, its 52 face units and the shapes that people differ by."""

import functools
import zlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import numpy as np

from affectreason.errors import InputError
from affectreason.media.faces3d.convert import HEAD, PARTS
from affectreason.media.faces3d.people import SHAPES
from affectreason.recipe import assets


@dataclass(frozen=True, eq=False)
class Rig:
    """A mesh and how it moves, in decimetres: x to the left of the person, y up, z to the front.

    `points` (N, 3), `triangles` (T, 3) with the `part` of each into `PARTS`; `units` and `shapes` are displacements
    (N, 3) by name. `places` (N, 3) are those of the mean adult from the middle between the eyes: what is painted is
    placed by them, and so moves with the skin.
    """

    points: np.ndarray
    triangles: np.ndarray
    part: np.ndarray
    units: dict[str, np.ndarray]
    shapes: dict[str, np.ndarray]
    places: np.ndarray


def rig() -> Rig:
    """The head that `affectreason assets get small` made; InputError with the command where it is not there."""
    return _kept(assets.head() / HEAD)


@functools.lru_cache(maxsize=1)
def _kept(file: Path) -> Rig:
    return load(file)


def load(file: Path) -> Rig:
    """The head of a file that `convert.write` made; InputError for another file."""
    try:
        return _loaded(file)
    except (OSError, EOFError, KeyError, ValueError, BadZipFile, zlib.error) as error:
        raise InputError(f"{file} is no head ({error}); delete it and run `affectreason assets get small`") from error


def _loaded(file: Path) -> Rig:
    with ZipFile(file):  # else one bare array is loaded too
        pass
    with np.load(file, allow_pickle=False) as kept:
        points, quads, parts = kept["points"], kept["quads"].astype(np.int64), kept["parts"]
        units = dict(zip(kept["unit_names"].tolist(), kept["units"].astype(np.float32), strict=True))
        shapes = dict(zip(kept["shape_names"].tolist(), kept["shapes"].astype(np.float32), strict=True))
    _fit(points, quads, parts, [*units.values(), *shapes.values()])
    lacking = [name for name in SHAPES if name not in shapes]
    if lacking:
        raise ValueError(f"it has no shape {lacking[0]}")
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    adults = [shape for name, shape in shapes.items() if name.endswith("-young")]
    mean = points + np.mean(adults, axis=0)
    part = np.concatenate([parts, parts])
    return Rig(points, triangles, part, units, shapes, mean - middle(mean, triangles, part))


def _fit(points: np.ndarray, quads: np.ndarray, parts: np.ndarray, moves: list[np.ndarray]) -> None:
    """ValueError where the arrays of a file are not those of one mesh."""
    if points.shape[1:] != (3,) or any(one.shape != points.shape for one in moves):
        raise ValueError("its displacements are not of its vertices")
    if not all(np.isfinite(one).all() for one in (points, *moves)):
        raise ValueError("it has numbers that are none")
    if quads.shape != (len(parts), 4) or not 0 <= quads.min() <= quads.max() < len(points):
        raise ValueError("its corners are not its vertices")
    if parts.max() >= len(PARTS) or PARTS.index("eye") not in parts:
        raise ValueError("its parts are not those of a head")


def middle(points: np.ndarray, triangles: np.ndarray, part: np.ndarray) -> np.ndarray:
    """The point between the eyes, (3,)."""
    eyes: np.ndarray = points[np.unique(triangles[part == PARTS.index("eye")])].mean(axis=0)
    return eyes
