"""EmoSet-118K: pictures and the emotion they evoke in people, with up to six attributes of what they show."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.labels import find
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError
from affectreason.published import clips, tables
from affectreason.published.about import About, LeftOut

PROTOCOLS = {"8": "mikels8", "2": "sentiment2"}
SPLITS = ("train", "val", "test")
NUMBERS = ("brightness", "colorfulness")
WORDS = ("scene", "facial_expression", "human_action")
ABOUT = About(
    title="EmoSet-118K",
    holds="118,102 pictures, one of 8 evoked emotions (Mikels), scene, objects, action, face, brightness, colour",
    licence="of the pictures not known, they were collected from the web; code MIT",
    gate="open",
    get="vcc.tech/EmoSet; links in the README of JingyuanYY/EmoSet",
    paper="arXiv 2307.07961",
    layout="""
train.json, val.json, test.json    [["amusement", "amusement_12865", "image/...jpg", "annotation/...json"], ...]
image/amusement/amusement_12865.jpg
annotation/amusement/amusement_12865.json
""",
    labels=tuple(PROTOCOLS.values()),
    affect="evoked",
    origin="human+model",
    counts={"all": 118102},
    notes=(
        "Rows have four elements, or three without the picture's id; both are read.",
        "An attribute that was not annotated is absent, which is not the same as not seen.",
        "protocol=2 has positive (amusement, awe, contentment, excitement) and negative (the other four).",
        "Statements of MVEI and INSETS-462k are about pictures of EmoSet: keep them apart from its test split.",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "split": None, "protocol": 8}


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each row of a split's list, with the attributes of its annotation file."""
    root = tables.root_folder(options["root"])
    split, protocol = options["split"], str(options["protocol"])
    clips.chosen("split", split, SPLITS)
    clips.chosen("protocol", protocol, PROTOCOLS)
    for name in SPLITS:
        if split in (None, name):
            path = root / f"{name}.json"
            rows = tables.read_json(path)
            if not isinstance(rows, list):
                raise InputError(f"{path} is not a list of rows; take the file as published")
            for number, row in enumerate(rows, start=1):
                where = f"{path}, row {number}"
                try:
                    sample = _sample(row, root, name, PROTOCOLS[protocol], where)
                except InputError as error:
                    raise error if str(error).startswith(where) else InputError(f"{where}: {error}") from error
                yield sample


def _sample(row: Any, root: Path, split: str, vocabulary: str, where: str) -> Sample:
    if not isinstance(row, list) or len(row) not in (3, 4) or not all(isinstance(cell, str) for cell in row):
        raise InputError(f"{where}: {str(row)[:80]} is not [emotion, id, picture, annotation] or that without id")
    emotion = tables.label(row[0], "mikels8", where)
    image, annotation = tables.under(root, row[-2]), tables.under(root, row[-1])
    return Sample(
        id=f"emoset_{row[1] if len(row) == 4 else image.stem}",
        media=(Media(kind="image", path=str(image)),),
        gold=Affect(emotion=emotion if vocabulary == "mikels8" else _sign(emotion)),
        attributes=_attributes(tables.read_json(annotation), str(annotation)),
        labels=vocabulary,
        affect="evoked",
        provenance=ABOUT.provenance(split=split),
    )


def _sign(emotion: str) -> str:
    return "positive" if find("mikels8").names.index(emotion) < 4 else "negative"


def _attributes(said: Any, where: str) -> dict[str, str | float | tuple[str, ...]]:
    if not isinstance(said, dict):
        raise InputError(f"{where}: {str(said)[:40]!r} is not an object of attributes; take the file as published")
    found: dict[str, str | float | tuple[str, ...]] = {name: str(said[name]) for name in WORDS if name in said}
    found |= {name: tables.number(str(said[name]), f"{where}: {name}", 0, 1) for name in NUMBERS if name in said}
    if "object" in said:
        objects = said["object"]
        found["object"] = tuple(map(str, objects)) if isinstance(objects, list) else (str(objects),)
    return found
