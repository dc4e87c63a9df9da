"""The head that faces are drawn of: its mesh, its 52 face units and the shapes that people differ by."""

import functools
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from affectreason.errors import InputError
from affectreason.media.faces3d.convert import HEAD, PARTS
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
    except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
        raise InputError(f"{file} is no head ({error}); delete it and run `affectreason assets get small`") from error


def _loaded(file: Path) -> Rig:
    with np.load(file, allow_pickle=False) as kept:
        points, quads, parts = kept["points"], kept["quads"].astype(np.int64), kept["parts"]
        units = dict(zip(kept["unit_names"].tolist(), kept["units"].astype(np.float32), strict=True))
        shapes = dict(zip(kept["shape_names"].tolist(), kept["shapes"].astype(np.float32), strict=True))
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    adults = [shape for name, shape in shapes.items() if name.endswith("-young")]
    mean = points + np.mean(adults, axis=0)
    part = np.concatenate([parts, parts])
    return Rig(points, triangles, part, units, shapes, mean - middle(mean, triangles, part))


def middle(points: np.ndarray, triangles: np.ndarray, part: np.ndarray) -> np.ndarray:
    """The point between the eyes, (3,)."""
    eyes: np.ndarray = points[np.unique(triangles[part == PARTS.index("eye")])].mean(axis=0)
    return eyes
