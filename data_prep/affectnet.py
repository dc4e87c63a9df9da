"""AffectNet: faces from the web with one of eight expressions, valence and arousal.

Two forms are read: the later one with one .npy file for each annotation, and the first one with two CSV tables.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from affectreason.affect.labels import find
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import clips, tables
from affectreason.published.about import About, LeftOut

PROTOCOLS = {"8": "affectnet8", "7": "affectnet7"}
NO_EXPRESSION = {
    "none": "labelled as none of the eight",
    "uncertain": "labelled uncertain",
    "no face": "labelled no face",
}
NOT_ANNOTATED = -2
TABLES = {"train": "training.csv", "val": "validation.csv"}
COLUMNS = ("subDirectory_filePath", "expression", "valence", "arousal")
TRAIN = {
    "neutral": 74874, "happy": 134415, "sad": 25459, "surprise": 14090, "fear": 6378, "disgust": 3803, "anger": 24882,
    "contempt": 3750,
}  # fmt: skip
ABOUT = About(
    title="AffectNet",
    holds="291,651 faces from the web, one of 8 expressions, valence and arousal, by one annotator each",
    licence="non-commercial research, no redistribution",
    gate="signed form",
    get="mohammadmahoor.com, pages of AffectNet",
    paper="arXiv 1708.03985",
    layout="""
train_set/images/0.jpg, train_set/annotations/0_exp.npy, 0_val.npy, 0_aro.npy
val_set/images/..., val_set/annotations/...
or
training.csv, validation.csv      also in Manually_annotated_file_lists/
<subDirectory_filePath>           below root, or below Manually_Annotated_Images/
""",
    labels=tuple(PROTOCOLS.values()),
    affect="expressed",
    origin="human",
    counts={"8:train": 287651, "8:val": 4000, "7:train": 283901, "7:val": 3500},
    label_counts={
        "8:train": TRAIN,
        "7:train": {name: count for name, count in TRAIN.items() if name != "contempt"},
        "8:val": dict.fromkeys(find("affectnet8").names, 500),
        "7:val": dict.fromkeys(find("affectnet7").names, 500),
    },
    notes=(
        "No test labels are public: papers report the validation split, so choose no checkpoint on it.",
        "Valence or arousal of -2 is not annotated; expressions 8 to 10 are none, uncertain and no face.",
        "protocol=7 leaves contempt out.",
        "Pictures of the first form lie in Manually_Annotated_Images, also below Manually_Annotated, or in root.",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "split": None, "protocol": 8}


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each annotated picture; no picture is opened."""
    root = tables.root_folder(options["root"])
    split, protocol = options["split"], str(options["protocol"])
    if split not in (None, *TABLES):
        raise InputError(f"split={split}: {nearest(str(split), TABLES)}; the labels of AffectNet's test are not public")
    clips.chosen("protocol", protocol, PROTOCOLS)
    for name, table in TABLES.items():
        if split in (None, name):
            source = tables.first(root, f"{name}_set/annotations", table, f"*/{table}")
            rows = _of_arrays(source) if source.is_dir() else _of_table(source, root)
            for key, image, where, said in rows:
                yield _sample(f"affectnet_{name}_{key}", image, name, PROTOCOLS[protocol], where, said)


def _of_arrays(folder: Path) -> Iterator[tuple[str, Path, str, list[str]]]:
    keys = [path.name.removesuffix("_exp.npy") for path in folder.glob("*_exp.npy")]
    for key in sorted(keys, key=lambda one: (len(one), one)):
        said = [_array(folder / f"{key}_{kind}.npy") for kind in ("exp", "val", "aro")]
        yield key, folder.parent / "images" / f"{key}.jpg", f"{folder}/{key}_*.npy", said


def _array(path: Path) -> str:
    """The one value of an array, which the authors wrote as text."""
    try:
        return str(np.load(path, allow_pickle=False).item())
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path} is missing, damaged or not one value: {error}; unpack it again") from error


def _of_table(path: Path, root: Path) -> Iterator[tuple[str, Path, str, list[str]]]:
    below = ("Manually_Annotated_Images", "Manually_Annotated/Manually_Annotated_Images")
    base = next((root / name for name in below if (root / name).is_dir()), root)
    for line, row in tables.rows(path, COLUMNS):
        try:
            image = tables.under(base, row[COLUMNS[0]])
        except InputError as error:
            raise InputError(f"{path}:{line}: {error}") from error
        yield str(Path(row[COLUMNS[0]]).with_suffix("")), image, f"{path}:{line}", [row[name] for name in COLUMNS[1:]]


def _sample(name: str, image: Path, split: str, vocabulary: str, where: str, said: list[str]) -> Sample | LeftOut:
    names = (*find("affectnet8").names, *NO_EXPRESSION)
    emotion = tables.by_index(said[0], names, where)
    if emotion in NO_EXPRESSION:
        return LeftOut(name, NO_EXPRESSION[emotion], where)
    if emotion not in find(vocabulary).names:
        return LeftOut(name, f"{emotion} is not one of the seven", where)
    valence, arousal = (_level(cell, where) for cell in said[1:])
    return Sample(
        id=name,
        media=(Media(kind="image", path=str(image), role="face"),),
        gold=Affect(emotion=emotion, valence=valence, arousal=arousal),
        labels=vocabulary,
        affect="expressed",
        provenance=ABOUT.provenance(split=split),
    )


def _level(cell: str, where: str) -> float | None:
    """Valence or arousal, None where it was not annotated."""
    value = tables.number(cell, where, NOT_ANNOTATED, 1)
    return None if value == NOT_ANNOTATED else tables.number(cell, where, -1, 1)
