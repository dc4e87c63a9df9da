"""FER2013: 48 x 48 grey faces found by a web search, one of seven expressions.

The pixels stand in the table itself, so the pictures are written below `pictures` before they can be used; a picture's
name holds a digest of its pixels, and one that is there already is not written again.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from affectreason.affect.labels import find
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import clips, tables
from affectreason.published.about import About, LeftOut

USAGES = {"Training": "train", "PublicTest": "val", "PrivateTest": "test"}
PROTOCOLS = ("csv", "folder")
SIDE = 48


def _counts(*numbers: int) -> dict[str, int]:
    return dict(zip(find("fer2013").names, numbers, strict=True))


ABOUT = About(
    title="FER2013",
    holds="35,887 grey 48 x 48 faces found by a web search, one of 7 expressions",
    licence="none stated; made for a public challenge",
    gate="login",
    get="Kaggle: challenges-in-representation-learning-facial-expression-recognition-challenge",
    paper="arXiv 1307.0414",
    layout="""
fer2013.csv                 emotion,pixels,Usage (Training, PublicTest, PrivateTest); needs pictures=DIR
or, with protocol=folder
train/angry/*.jpg, test/angry/*.jpg, ...
""",
    labels=("fer2013",),
    affect="expressed",
    origin="human",
    counts={"train": 28709, "csv:val": 3589, "csv:test": 3589, "folder:test": 7178},
    label_counts={
        "train": _counts(3995, 436, 4097, 7215, 4830, 3171, 4965),
        "csv:val": _counts(467, 56, 496, 895, 653, 415, 607),
        "csv:test": _counts(491, 55, 528, 879, 594, 416, 626),
        "folder:test": _counts(958, 111, 1024, 1774, 1247, 831, 1233),
    },
    notes=(
        "PublicTest is the validation split and PrivateTest the test split; the folder form has both of them in test.",
        "Pictures of one single shade show no face and are left out; papers count them: blank=keep gives the 3,589 of "
        "PrivateTest in any case.",
        "Labels came with the search words and were checked by people; many are known to be wrong.",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "pictures": None, "split": None, "protocol": "csv", "blank": "skip"}


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each row of the table or each picture of the folders; pictures are written where missing."""
    root = tables.root_folder(options["root"])
    split, protocol = options["split"], options["protocol"]
    if protocol not in PROTOCOLS:
        raise InputError(f"protocol={protocol}: {nearest(str(protocol), PROTOCOLS)}")
    splits = tuple(USAGES.values()) if protocol == "csv" else ("train", "test")
    clips.chosen("split", split, splits)
    blank = clips.chosen("blank", options["blank"], ("keep", "skip"))
    if protocol == "folder":
        for name in splits:
            if split in (None, name):
                yield from _of_folders(tables.first(root, name), name)
        return
    if options["pictures"] is None:
        raise InputError("give pictures=DIR: the folder to write the pictures of fer2013.csv into")
    yield from _of_table(
        tables.first(root, "fer2013.csv", "*/fer2013.csv"),
        Path(str(options["pictures"])).absolute(),
        split,
        blank == "keep",
    )


def _of_table(path: Path, pictures: Path, split: str | None, blank: bool) -> Iterator[Sample | LeftOut]:
    """The rows of a split; with `blank` also those that show nothing."""
    for line, row in tables.rows(path, ("emotion", "pixels", "Usage")):
        where = f"{path}:{line}"
        if row["Usage"] not in USAGES:
            raise InputError(f"{where}: Usage is {row['Usage']!r}; {nearest(row['Usage'], USAGES)}")
        own, name = USAGES[row["Usage"]], f"fer2013_{USAGES[row['Usage']]}_{line}"
        emotion = tables.by_index(row["emotion"], find("fer2013").names, where)
        if split not in (None, own):
            continue
        pixels = _pixels(row["pixels"], where)
        if pixels.min() == pixels.max() and not blank:
            yield LeftOut(name, "a picture of one single shade", where)
        else:
            yield _sample(name, _written(pixels, pictures / own, line), emotion, own)


def _of_folders(folder: Path, split: str) -> Iterator[Sample]:
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        emotion = tables.label(inner.name, "fer2013", str(inner))
        for path in tables.files(inner, (".jpg", ".png")):
            yield _sample(f"fer2013_{split}_{inner.name}_{path.stem}", path, emotion, split)


def _sample(name: str, image: Path, emotion: str, split: str) -> Sample:
    return Sample(
        id=name,
        media=(Media(kind="image", path=str(image), role="face"),),
        gold=Affect(emotion=emotion),
        labels="fer2013",
        affect="expressed",
        provenance=ABOUT.provenance(split=split),
    )


def _pixels(cell: str, where: str) -> np.ndarray:
    words = cell.split()
    bad = next((word for word in words if not word.isdigit() or int(word) > 255), None)
    if bad is not None:
        raise InputError(f"{where}: the pixel {bad!r} is not a number from 0 to 255")
    if len(words) != SIDE * SIDE:
        raise InputError(f"{where}: {len(words)} of {SIDE * SIDE} pixels; was the table cut short?")
    return np.array(words, np.uint8).reshape(SIDE, SIDE)


def _written(pixels: np.ndarray, folder: Path, line: int) -> Path:
    """The picture's file, written beside and moved into place if it is not there yet."""
    path = folder / f"{line}_{hashlib.sha256(pixels.tobytes()).hexdigest()[:12]}.png"
    if path.exists():
        return path
    part = folder / f".{path.name}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            Image.fromarray(pixels).save(part, format="PNG")
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"pictures={folder.parent}: cannot write {path}: {error.strerror}; choose another") from error
    return path
