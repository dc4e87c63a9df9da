"""Crops of faces as files, each with a note of what it was made of: what is made already is not made again."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Media
from affectreason.errors import InputError
from affectreason.media.face import Followed
from affectreason.media.face_evidence import as_text

NOTES = ".made"
"""The folder of the notes, inside that of the crops."""


@dataclass(frozen=True)
class Cut:
    """What was found in one medium: the seconds looked at, the numbers of those with the face, and at which is most.

    `frames` is empty where no face was found. `said` is the evidence for units at `peak`, one of `frames`.
    """

    times: list[float]
    frames: list[int]
    said: list[str]
    peak: int


def made_of(item: Media, keys: dict[str, Any]) -> list[Any]:
    """What the crops of a medium depend on: its files by path, size and time of change, its part, and `keys`."""
    path = Path(item.path)
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        stats = [(str(file.absolute()), file.stat()) for file in files]
    except (OSError, ValueError):  # why it cannot be read is said where it is read
        stats = []
    found = [[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats]
    return [item.kind, item.start, item.end, item.colour, found, sorted(map(list, keys.items()))]


def recall(place: Path, made: list[Any]) -> Cut | None:
    """What an earlier run found in the same file with the same keys, where its crops are all there still."""
    try:
        note = json.loads(_note(place).read_text(encoding="utf-8"))
        cut = Cut(**note["cut"]) if note["made_of"] == json.loads(json.dumps(made)) else None
    except (OSError, ValueError, TypeError, KeyError):  # none, or no note of ours
        return None
    return cut if cut is not None and all(path.is_file() for path in _files(made[0], place, cut.frames)) else None


def keep(place: Path, made: list[Any], times: list[float], found: Followed | None) -> Cut:
    """Write the crops, then the note; InputError when they cannot be written."""
    try:
        note = _note(place)
        note.parent.mkdir(parents=True, exist_ok=True)
        note.unlink(missing_ok=True)
        frames = [] if found is None else found.frames
        if made[0] != "image" and found is not None:
            place.mkdir(exist_ok=True)
            for old in place.glob("*.png"):  # of an earlier run with other keys
                old.unlink()
        for path, crop in zip(_files(made[0], place, frames), found.crops if found else [], strict=True):
            crop.save(path)
        cut = Cut(times, [], [], 0)
        if found is not None:
            cut = Cut(times, frames, list(as_text(found.units[found.peak])), frames[found.peak])
        new = note.with_suffix(".new")
        new.write_text(json.dumps({"made_of": made, "cut": asdict(cut)}), encoding="utf-8")
        os.replace(new, note)
    except OSError as error:
        raise InputError(f"cannot write crops in {place.parent}: {error.strerror}; choose another crops=") from error
    return cut


def medium(kind: str, place: Path) -> Media:
    """The crops as a medium of a sample: one PNG of a picture, a folder of PNGs of a clip."""
    if kind == "image":
        return Media(kind="image", path=str(place.with_name(place.name + ".png")), role="face")
    return Media(kind="frames", path=str(place), role="face")


def clock(kind: str, cut: Cut) -> str:
    """`12 of 16 at 4 a second: 0-5, 8-13`: how many frames have the face, how often was looked, and which have it."""
    said = f"{len(cut.frames)} of {len(cut.times)}"
    if kind == "video" and cut.times[-1] > cut.times[0]:
        said += f" at {(len(cut.times) - 1) / (cut.times[-1] - cut.times[0]):.3g} a second"
    runs: list[list[int]] = []
    for number in cut.frames:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return (
        said if len(cut.frames) == len(cut.times) else f"{said}: {', '.join('-'.join(map(str, run)) for run in runs)}"
    )


def _files(kind: str, place: Path, frames: list[int]) -> list[Path]:
    """The crops of frames, named by their numbers among the frames looked at."""
    if kind == "image":
        return [place.with_name(place.name + ".png") for _ in frames]
    return [place / f"{number:05d}.png" for number in frames]


def _note(place: Path) -> Path:
    return place.parent / NOTES / f"{place.name}.json"
