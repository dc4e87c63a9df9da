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
from affectreason.errors import InputError
from affectreason.media.face import Finder, Followed, finder, main_face, tool
from affectreason.media.face_evidence import as_text
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
  max_frames=32   the most frames of a clip"""

SHOWN = 20
SURE = 0.8
"""The confidence that OpenFace calls well tracked, asked of a peak frame where any frame has it."""


@dataclass
class Done:
    """How many media had a face, and the samples where none was found."""

    found: int = 0
    frames: Counter[str] = field(default_factory=Counter)
    without: list[str] = field(default_factory=list)


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
    }
    given = options(words, keys)
    data, out = Path(str(given["data"])), Path(str(given["out"]))
    if data.resolve() == out.resolve():
        raise InputError(f"out={out} is data=; write the new samples beside it, such as {out.stem}_faces.jsonl")
    crops = Path(str(given["crops"])) if given["crops"] is not None else out.with_suffix(".faces")
    for key, least, most in (("size", 16, 4096), ("margin", 0, 2), ("fps", 0.01, 1000), ("max_frames", 1, 100_000)):
        _check(key, given[key], least, most)
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
    print("\n".join([f"  {name}: kept whole" for name in done.without[:SHOWN]]), end="\n" if done.without else "")
    if len(done.without) > SHOWN:
        print(f"  ... and {len(done.without) - SHOWN} more")
    return 0


def _cropped(data: Path, find: Finder, crops: Path, given: dict[str, Any], done: Done, moved: Any) -> Iterator[Sample]:
    """Each sample with its faces in place of its pictures and clips."""
    by = tool()
    for at, sample in enumerate(readable(data), start=1):
        media, attributes = [], dict(sample.attributes)
        seen = 0
        for number, item in enumerate(sample.media, start=1):
            if item.kind not in ("image", "video", "frames"):
                media.append(item)
                continue
            times, found = _look(item, sample.id, find, given)
            if found is None:
                done.without.append(f"{sample.id}, {item.path}")
                media.append(item)
                continue
            done.found, seen = done.found + 1, seen + 1
            if item.kind != "image":
                done.frames.update({"with": len(found.frames), "without": len(times) - len(found.frames)})
            media.append(_written(item, crops / _folder_name(sample.id, number), found))
            said = _of_table(item, given["tables"]) or {
                "aus_by_mediapipe": as_text(found.units[found.peak]),
                "peak_second_by_mediapipe": round(times[found.frames[found.peak]], 3) if item.kind == "video" else "",
                "aus_tool": by,
            }
            attributes |= {_numbered(key, seen): value for key, value in said.items() if value != ""}
        yield sample.model_copy(update={"media": tuple(media), "attributes": attributes})
        moved(at)


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


def _numbered(key: str, count: int) -> str:
    return key if count == 1 or key == "aus_tool" else f"{key}_{count}"


def _look(item: Media, sample_id: str, find: Finder, given: dict[str, Any]) -> tuple[list[float], Followed | None]:
    """The times of what was looked at, and the face in it."""
    if item.kind == "image":
        frames, times = [open_image(item, sample_id)], [0.0]
    else:
        fps, most = float(given["fps"]), int(given["max_frames"])
        frames, times, _ = read_frames(item, sample_id, fps=fps, max_frames=most, min_frames=1)
    return times, main_face(find, frames, int(given["size"]), float(given["margin"]))


def _written(item: Media, place: Path, found: Followed) -> Media:
    """The crops as files: one PNG, or a folder of PNGs named by their number among the frames looked at."""
    try:
        if item.kind == "image":
            place.parent.mkdir(parents=True, exist_ok=True)
            path = place.with_name(place.name + ".png")
            found.crops[0].save(path)
            return Media(kind="image", path=str(path), role="face")
        place.mkdir(parents=True, exist_ok=True)
        for old in place.glob("*.png"):  # of an earlier run with other keys
            old.unlink()
        for number, crop in zip(found.frames, found.crops, strict=True):
            crop.save(place / f"{number:05d}.png")
    except OSError as error:
        raise InputError(f"cannot write crops in {place.parent}: {error.strerror}; choose another crops=") from error
    return Media(kind="frames", path=str(place), role="face")


def _folder_name(sample_id: str, number: int) -> str:
    """A file name that no other medium of any sample has."""
    plain = re.sub(r"[^\w.-]+", "_", sample_id)[:60]
    return f"{plain}_{hashlib.blake2b(f'{sample_id}/{number}'.encode(), digest_size=5).hexdigest()}"


def _check(key: str, value: object, least: float, most: float) -> None:
    whole = key in ("size", "max_frames")
    fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not fits or not least <= value <= most:  # type: ignore[operator]
        raise InputError(f"{key}={value}: write a {'whole ' if whole else ''}number from {least:g} to {most:g}")
