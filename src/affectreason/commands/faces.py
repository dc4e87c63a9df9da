"""`affectreason faces`: the faces of pictures and clips cut out upright, with what a tool sees of their units."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affectreason.affect import jsonl
from affectreason.affect import samples as samples_file
from affectreason.affect.sample import Media, Sample
from affectreason.affect.samples import readable
from affectreason.errors import InputError, nearest
from affectreason.media.face import Finder, finder, main_face, tool
from affectreason.media.face_files import Cut, clock, keep, made_of, medium, recall
from affectreason.media.image import open_image
from affectreason.media.progress import bar
from affectreason.media.video import read_frames
from affectreason.published import detected
from affectreason.recipe.words import options

HELP = """\
affectreason faces data=FILE.jsonl out=FILE.jsonl   cut faces out of the media of samples
Needs pip install 'affectreason[face]'. A picture becomes a PNG of its largest face, a clip a folder of frames of the
largest face that goes on through it. What MediaPipe sees of action units is written as text into the attributes,
never into gold; units it cannot see (AU6, AU9 and others) are not named. OpenFace and py-feat see them better: where
tables= has a table of a clip or picture, what that says at its peak frame is written instead.
  tables=DIR      a folder of tables of OpenFace 2 or py-feat, each named as the medium it is of: clip7.csv of clip7.mp4
  crops=DIR       where the crops are written (default: FILE.faces beside out)
  size=224        pixels of a crop's side
  margin=0.2      how much of the face's size is left around it on every side
  fps=4           frames a second looked at in a clip
  max_frames=32   the most frames of a clip
  missing=stop    media that are missing or damaged: stop and name them all, or missing=skip: leave their samples out
A folder of crops has no clock: whoever reads it takes its frames to lie 1/fps seconds apart by the fps of the recipe.
Frames without the face are not in it; then it runs faster than the clip. The attribute face_frames says how many of
the frames looked at are there, how many a second were looked at, and, where some lack, which are there:
`12 of 16 at 4 a second: 0-5, 8-13`. For such a folder write that fps into the recipe.
An interrupted run goes on where it stopped: crops of the same file with the same keys are not made again."""

SHOWN = 20
MISSING = ("stop", "skip")
SURE = 0.8
"""The confidence that OpenFace calls well tracked, asked of a peak frame where any frame has it."""


class _Unusable(InputError):
    """A medium is missing or cannot be read."""


@dataclass
class Done:
    """How many media had a face, those where none was found, and why samples were left out."""

    found: int = 0
    written: int = 0
    frames: Counter[str] = field(default_factory=Counter)
    without: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def main(words: list[str]) -> int:
    """Write the new samples; 0 also where faces were not found, which are listed."""
    keys = {
        "data": ...,
        "out": ...,
        "crops": None,
        "tables": None,
        "size": 224,
        "margin": 0.2,
        "fps": 4.0,
        "max_frames": 32,
        "missing": "stop",
    }
    given = options(words, keys)
    data, out = Path(str(given["data"])), Path(str(given["out"]))
    if data.resolve() == out.resolve():
        raise InputError(f"out={out} is data=; write the new samples beside it, such as {out.stem}_faces.jsonl")
    crops = Path(str(given["crops"])) if given["crops"] is not None else out.with_suffix(".faces")
    for key, least, most in (("size", 16, 4096), ("margin", 0, 2), ("fps", 0.01, 1000), ("max_frames", 1, 100_000)):
        _check(key, given[key], least, most)
    if given["missing"] not in MISSING:
        raise InputError(f"missing={given['missing']}: {nearest(str(given['missing']), MISSING)}")
    if given["tables"] is not None and not Path(str(given["tables"])).is_dir():
        raise InputError(f"tables={given['tables']}: no such folder; give the folder of CSV tables, or leave it out")
    done, progress = Done(), bar("faces", jsonl.lines(data))
    try:
        with finder() as find:
            samples_file.write(out, _cropped(data, find, crops.absolute(), given, done, progress.move))
    finally:
        progress.close()
    print(f"wrote {out}: {done.found} faces in {crops}, none found in {len(done.without)} pictures or clips")
    if done.frames["without"]:
        print(f"{done.frames['without']} of {done.frames.total()} frames of clips lack their face and were left out")
    if done.without:
        print(_listed([f"{name}: kept whole" for name in done.without]))
    if done.broken:
        print(f"left out {len(done.broken)} samples whose media cannot be used:\n{_listed(done.broken)}")
    return 0


def _cropped(data: Path, find: Finder, crops: Path, given: dict[str, Any], done: Done, moved: Any) -> Iterator[Sample]:
    """Each sample with its faces in place of its pictures and clips; those that cannot be read are left out."""
    keys = {**{key: given[key] for key in ("size", "margin", "fps", "max_frames")}, "tool": tool()}
    for at, sample in enumerate(readable(data), start=1):
        try:
            new = _with_faces(sample, find, crops, keys, given["tables"], done)
        except _Unusable as error:
            done.broken.append(str(error))
        else:
            done.written += 1
            yield new
        moved(at)
    if done.broken and given["missing"] == "stop":
        raise InputError(
            f"{len(done.broken)} samples have media that cannot be used; mend them, or leave them out with "
            f"missing=skip (what was cut is kept):\n{_listed(done.broken)}"
        )
    if done.broken and not done.written:
        raise InputError(f"no sample is left, nothing was written:\n{_listed(done.broken)}")


def _with_faces(sample: Sample, find: Finder, crops: Path, keys: dict[str, Any], tables: object, done: Done) -> Sample:
    media, attributes, seen = list[Media](), dict(sample.attributes), 0
    for number, item in enumerate(sample.media, start=1):
        if item.kind not in ("image", "video", "frames"):
            media.append(item)
            continue
        place = crops / _folder_name(sample.id, number)
        cut = _cut(item, sample.id, place, find, keys)
        if not cut.frames:
            done.without.append(f"{sample.id}, {item.path}")
            media.append(item)
            continue
        done.found, seen = done.found + 1, seen + 1
        media.append(medium(item.kind, place))
        said = _of_table(item, tables) or {
            "aus_by_mediapipe": tuple(cut.said),
            "peak_second_by_mediapipe": round(cut.times[cut.peak], 3) if item.kind == "video" else "",
            "aus_tool": keys["tool"],
        }
        if item.kind != "image":
            done.frames.update({"with": len(cut.frames), "without": len(cut.times) - len(cut.frames)})
            said = {**said, "face_frames": clock(item.kind, cut)}
        attributes |= {_numbered(key, seen): value for key, value in said.items() if value != ""}
    return sample.model_copy(update={"media": tuple(media), "attributes": attributes})


def _of_table(item: Media, folder: object) -> dict[str, str | float | tuple[str, ...]] | None:
    """What a table of this medium says at its peak frame, where there is one with a face."""
    path = Path(str(folder)) / f"{Path(item.path).stem}.csv" if folder is not None else None
    if path is None or not path.is_file():
        return None
    best = max(detected.peaks(detected.rows(path), SURE), key=lambda one: sum(one.levels.values()), default=None)
    if best is None or not best.levels:
        return None
    name = detected.program(path)
    said = tuple(f"AU{unit} {level:.2f}" for unit, level in sorted(best.levels.items()) if level > 0)
    key = name.lower().replace("-", "_")
    return {f"aus_by_{key}": said, f"peak_frame_by_{key}": best.frame, "aus_tool": f"{name}, {path.name}"}


def _listed(lines: list[str]) -> str:
    more = [f"... and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return "\n".join(f"  {line}" for line in [*lines[:SHOWN], *more])


def _numbered(key: str, count: int) -> str:
    return key if count == 1 or key == "aus_tool" else f"{key}_{count}"


def _cut(item: Media, sample_id: str, place: Path, find: Finder, keys: dict[str, Any]) -> Cut:
    """What is found in a picture or a clip, by an earlier run or now; InputError where it cannot be read."""
    made = made_of(item, keys)
    known = recall(place, made)
    if known is not None:
        return known
    try:
        if item.kind == "image":
            frames, times = [open_image(item, sample_id)], [0.0]
        else:
            fps, most = float(keys["fps"]), int(keys["max_frames"])
            frames, times, _ = read_frames(item, sample_id, fps=fps, max_frames=most, min_frames=1)
    except InputError as error:
        raise _Unusable(str(error)) from error
    return keep(place, made, times, main_face(find, frames, int(keys["size"]), float(keys["margin"])))


def _folder_name(sample_id: str, number: int) -> str:
    """A file name that no other medium of any sample has."""
    plain = re.sub(r"[^\w.-]+", "_", sample_id)[:60]
    return f"{plain}_{hashlib.blake2b(f'{sample_id}/{number}'.encode(), digest_size=5).hexdigest()}"


def _check(key: str, value: object, least: float, most: float) -> None:
    whole = key in ("size", "max_frames")
    fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not fits or not least <= value <= most:  # type: ignore[operator]
        raise InputError(f"{key}={value}: write a {'whole ' if whole else ''}number from {least:g} to {most:g}")
