"""The head of a parametric human, cut out of its files: what is published as text becomes one small file of arrays.

Read are a mesh (Wavefront OBJ with named groups) and its targets (`vertex dx dy dz` a line, lengths in decimetres), as
MakeHuman and its packs of face units publish them under CC0. Arrays alone are written; nothing of a package is run.
"""

import gzip
import math
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from affectreason.errors import InputError

HEAD = "head.npz"
PARTS: tuple[str, ...] = ("skin", "eye", "upper teeth", "lower teeth", "tongue", "lash")
_GROUPS = {
    "body": "skin",
    "helper-l-eye": "eye",
    "helper-r-eye": "eye",
    "helper-upper-teeth": "upper teeth",
    "helper-lower-teeth": "lower teeth",
    "helper-tongue": "tongue",
    "helper-l-eyelashes-2": "lash",  # the upper ones; the lower hide more of an eye than they show
    "helper-r-eyelashes-2": "lash",
}
_SHOULDERS = 0.55  # dm below the lowest point that a face unit moves


def write(files: Iterable[Path], folder: Path) -> Path:
    """Make `head.npz` in a folder of `base.obj`, face units (`NAME.target`) and shapes (`NAME.target.gz`).

    It holds `points` (N, 3), `quads` (M, 4), `parts` (M,) into `PARTS`, and the displacements `units` (U, N, 3) and
    `shapes` (S, N, 3) with `unit_names` and `shape_names`.
    """
    files = list(files)
    meshes = [file for file in files if file.suffix == ".obj"]
    if len(meshes) != 1:
        raise InputError(f"a head is made of one mesh (.obj), and {len(meshes)} are given")
    points, quads, groups = mesh(meshes[0])
    units = {file.name.removesuffix(".target"): target(file, len(points)) for file in _ending(files, ".target")}
    shapes = {file.name.removesuffix(".target.gz"): target(file, len(points)) for file in _ending(files, ".target.gz")}
    if not units or not shapes:
        raise InputError(f"a head needs face units (.target) and shapes (.target.gz); {meshes[0].name} came with none")
    kept = _head(points, quads, groups, np.stack(list(units.values())))
    corners = np.unique(quads[kept])
    number = np.full(len(points), -1)
    number[corners] = np.arange(len(corners))
    np.savez_compressed(
        folder / HEAD,
        points=points[corners].astype(np.float32),
        quads=number[quads[kept]].astype(np.int16),
        parts=np.array([PARTS.index(_GROUPS[groups[k]]) for k in kept], np.uint8),
        unit_names=np.array(list(units)),
        units=np.stack([moved[corners] for moved in units.values()]).astype(np.float16),
        shape_names=np.array(list(shapes)),
        shapes=np.stack([moved[corners] for moved in shapes.values()]).astype(np.float16),
    )
    return folder / HEAD


def mesh(file: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The vertices (N, 3) of an OBJ file, its quads (M, 4), and the group of each; InputError for what has no form."""
    points: list[list[float]] = []
    quads: list[list[int]] = []
    groups: list[str] = []
    group = ""
    for at, line in enumerate(_text(file).splitlines(), start=1):
        kind, *words = line.split() or [""]
        try:
            if kind == "v":
                points.append([_number(word) for word in words[:3]])
            elif kind == "g":
                group = words[0]
            elif kind == "f":
                quads.append([int(word.partition("/")[0]) - 1 for word in words])
                groups.append(group)
        except (ValueError, IndexError) as error:
            raise InputError(f"{file.name}:{at}: {line[:60]!r} is no line of a mesh") from error
        if (kind == "v" and len(points[-1]) != 3) or (kind == "f" and len(quads[-1]) != 4):
            raise InputError(f"{file.name}:{at}: {line[:60]!r} has not 3 numbers (v) or 4 corners (f)")
    if not quads or not 0 <= min(map(min, quads)) <= max(map(max, quads)) < len(points):
        raise InputError(f"{file.name}: no faces, or corners that are no vertices")
    return np.array(points), np.array(quads), groups


def target(file: Path, count: int) -> np.ndarray:
    """The displacement of each of `count` vertices, (count, 3), as a target file says; those it leaves out rest."""
    moved = np.zeros((count, 3))
    for at, line in enumerate(_text(file).splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            vertex, (right, up, front) = int(words[0]), (_number(word) for word in words[1:])
        except ValueError as error:
            raise InputError(f"{file.name}:{at}: {line[:60]!r} is not `vertex dx dy dz`") from error
        if not 0 <= vertex < count:
            raise InputError(f"{file.name}:{at}: vertex {vertex}, and the mesh has {count}")
        moved[vertex] = right, up, front
    return moved


def _text(file: Path) -> str:
    """The text of a file, packed or not."""
    raw = file.read_bytes()
    try:
        return (gzip.decompress(raw) if file.suffix == ".gz" else raw).decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"{file.name} cannot be read: {error}") from error


def _number(word: str) -> float:
    """A finite number; ValueError for all else."""
    found = float(word)
    if not math.isfinite(found):
        raise ValueError(word)
    return found


def _ending(files: Sequence[Path], end: str) -> list[Path]:
    return sorted(file for file in files if file.name.endswith(end))


def _head(points: np.ndarray, quads: np.ndarray, groups: list[str], units: np.ndarray) -> np.ndarray:
    """The numbers of the quads of a head and its shoulders: of known groups, and above what the face units move."""
    lowest = points[(units != 0).any(axis=(0, 2)), 1].min() - _SHOULDERS
    named = np.array([group in _GROUPS for group in groups])
    kept = np.flatnonzero(named & (points[quads][:, :, 1].min(axis=1) > lowest))
    if not len(kept):
        raise InputError(f"the mesh has none of the groups {', '.join(_GROUPS)} at the height of its face units")
    return kept
