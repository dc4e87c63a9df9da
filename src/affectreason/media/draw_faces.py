"""A data set of drawn faces on disk: pictures and short videos, classes balanced, people of the splits disjoint."""

import functools
import hashlib
import json
import multiprocessing
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

import av
from PIL import Image

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.media.face_truth import EMOTIONS, expression, reasoning
from affectreason.media.faces import PAINTER, Pose, draw, identity
from affectreason.media.faces3d import heads
from affectreason.media.faces3d.rig import rig
from affectreason.recipe.parts import Faces

FPS = 8  # frames a second of a clip
_PEOPLE = 1_000_000  # identity numbers a split has to itself


@dataclass(frozen=True)
class _Job:
    """One file to draw; `frames` is 0 for a picture. A face in 3d has a `HeadPose`."""

    path: str
    number: int
    units: dict[int, float]
    pose: Pose
    frames: int


def draw_faces(
    folder: Path,
    splits: Mapping[str, int],
    *,
    size: int = 96,
    seed: int = 0,
    clips: Mapping[str, int] | None = None,
    faces: Faces = "2d",
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Sample]:
    """Draw `splits[name]` pictures and `clips[name]` videos a split into `folder`, and return their samples.

    Pictures are `images/<split>/<id>.png`, `size` x `size` pixels (an even number); videos are
    `clips/<split>/<id>.mp4`, 8 to 16 frames at 8 frames a second, from rest to the apex and back. Seven samples in a
    row show one person with the seven emotions. The result depends on the seed and the names of the splits only, not
    on `workers` (default: one a core); a file that is there already is not drawn again. `progress(done, total)` is
    called as files are done. `faces` in 3d show the same units on other people, turned and lit. A folder that holds
    faces of another seed, size or painter, a name of a split that cannot name a folder, and faces in 3d without their
    head are InputErrors.
    """
    if size < 16 or size % 2:
        raise InputError(f"size={size}: faces are drawn 16 or more pixels wide, an even number")
    if faces == "3d":
        rig()
    claim(folder, {"seed": seed, "size": size} | ({"painter": PAINTER} if faces == "2d" else {"head": heads.PAINTER}))
    asked = [(split, count, False) for split, count in splits.items()]
    asked += [(split, count, True) for split, count in (clips or {}).items()]
    check_splits({split for split, _, _ in asked})
    samples: list[Sample] = []
    jobs: list[_Job] = []
    for split, count, moving in asked:
        (folder / ("clips" if moving else "images") / split).mkdir(parents=True, exist_ok=True)
        for sample, job in _plan(split, count, moving, seed, faces):
            samples.append(sample)
            jobs.append(job)
    missing = [job for job in jobs if not (folder / job.path).exists()]
    there = len(jobs) - len(missing)
    if progress:
        progress(there, len(jobs))
    for drawn, _ in enumerate(_run(missing, folder, size, workers or os.cpu_count() or 1), start=1):
        if progress:
            progress(there + drawn, len(jobs))
    return samples


def people(split: str, seed: int) -> Iterator[int]:
    """The identity numbers of a split in order: they lie in a block of a million numbers that the name decides."""
    block = int.from_bytes(hashlib.sha256(split.encode()).digest()[:8], "big") % 1_000_000
    start = int.from_bytes(hashlib.sha256(f"{seed}/{split}".encode()).digest()[:8], "big") % _PEOPLE
    return (block * _PEOPLE + (start + k) % _PEOPLE for k in range(_PEOPLE))


def check_splits(splits: set[str]) -> None:
    """Two names with one block would share people; of a million blocks that is rare, but it is looked at."""
    blocks: dict[int, str] = {}
    for split in sorted(splits):
        if not re.fullmatch(r"[A-Za-z0-9_-]+", split):
            raise InputError(f"the split {split!r} names a folder; use letters, digits, _ and - only")
        block = next(people(split, 0)) // _PEOPLE
        if block in blocks:
            raise InputError(f"the splits {blocks[block]!r} and {split!r} would share people; give one another name")
        blocks[block] = split


def claim(folder: Path, drawn: dict[str, int], name: str = "drawn.json") -> None:
    """Note in the folder how its faces are drawn, or compare with what it says: old and new files never mix."""
    note = folder / name
    if note.exists():
        before = json.loads(note.read_text())
        if before != drawn:
            raise InputError(
                f"{folder} holds faces drawn with {before}, asked are {drawn}; name another folder or delete it"
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    put(note, lambda path: Path(path).write_text(json.dumps(drawn)))


def _plan(split: str, count: int, moving: bool, seed: int, faces: Faces) -> Iterator[tuple[Sample, _Job]]:
    """Decide each file of a split before any is drawn, so that who draws it does not matter."""
    crowd = people(split, seed)
    number = 0
    for k in range(count):
        if k % len(EMOTIONS) == 0:
            number = next(crowd)
        name = f"{split}_{k:05d}_clip" if moving else f"{split}_{k:05d}"
        rng = Random(f"{seed}/{name}")
        emotion = EMOTIONS[k % len(EMOTIONS)]
        units = expression(emotion, rng)
        pose = Pose(
            shift=(rng.uniform(-0.03, 0.03), rng.uniform(-0.035, 0.02)),
            scale=rng.uniform(0.94, 1.03),
            roll=rng.uniform(-6, 6),
            light=rng.uniform(0.8, 1.06),
        )
        if faces == "3d":
            pose = heads.posed(pose, Random(f"{seed}/{name}/head"))
        frames = rng.randint(8, 16) if moving else 0
        path = f"clips/{split}/{name}.mp4" if moving else f"images/{split}/{name}.png"
        sample = Sample(
            id=name,
            media=(Media(kind="video" if moving else "image", path=path, role="face"),),
            gold=Affect(emotion=emotion, aus=tuple(ActionUnit(number=n, intensity=v) for n, v in units.items())),
            reasoning=reasoning(units, emotion, rng),
            labels="ekman7",
            affect="expressed",
            provenance=Provenance(
                dataset="drawn_faces", split=split, subject=f"id{number:012d}", labeller="drawn", licence="Apache-2.0"
            ),
        )
        yield sample, _Job(path, number, units, pose, frames)


def _run(jobs: list[_Job], folder: Path, size: int, workers: int) -> Iterator[None]:
    task = functools.partial(_make, folder=str(folder), size=size)
    if workers == 1 or len(jobs) < 64:  # starting processes takes longer than a few faces
        yield from map(task, jobs)
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap_unordered(task, jobs, chunksize=16)


def _make(job: _Job, folder: str, size: int) -> None:
    """Draw one file under a temporary name and put it in its place when it is whole."""
    if job.frames:
        put(Path(folder, job.path), lambda path: _film(path, job, size))
    else:
        picture = _drawn(job, job.units, size)
        put(Path(folder, job.path), lambda path: picture.save(path, "PNG", compress_level=1))


def _drawn(job: _Job, units: Mapping[int, float], size: int) -> Image.Image:
    """The face of a job with units at these intensities, in 3d where its pose is."""
    if isinstance(job.pose, heads.HeadPose):
        return heads.draw(heads.person(job.number), units, size, job.pose)
    return draw(identity(job.number), units, size, job.pose)


def put(path: Path, save: Callable[[str], object]) -> None:
    """Let `save` write a file under a temporary name, and put it in its place when it is whole."""
    partial = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    save(str(partial))
    os.replace(partial, path)


def ramp(frames: int) -> list[float]:
    """How far a clip's units are on in each frame, 0 to 1: rest, onset, apex, offset, rest."""
    last = max(frames - 1, 1)
    return [min(1.0, 2.8 * (k / last), 2.8 * (1 - k / last)) for k in range(frames)]


def _film(path: str, job: _Job, size: int) -> None:
    with av.open(path, "w") as movie:
        # One thread: the bytes do not depend on the machine's cores.
        stream = movie.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "14", "threads": "1"})
        stream.width = stream.height = size
        stream.pix_fmt = "yuv420p"
        for share in ramp(job.frames):
            units = {unit: intensity * share for unit, intensity in job.units.items()}
            movie.mux(stream.encode(av.VideoFrame.from_image(_drawn(job, units, size))))
        movie.mux(stream.encode())
