"""FABA-Instruct: faces of AffectNet with GPT-4V's descriptions of emotion and units; the test files have labels."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect import facs, jsonl
from affectreason.affect.sample import ActionUnit, Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import clips, tables
from affectreason.published.about import About, LeftOut

UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 16, 17, 20, 23, 24, 25, 26, 27, 43)
SCORED = (1, 2, 4, 5, 6, 10, 12, 17, 24, 25, 26, 43)
"""The units that the authors' F1 is the mean of; the other eight of `UNITS` are too rare in the test set."""
ORDER = ("happiness", "sadness", "surprise", "anger", "neutral", "disgust", "fear")
SPLITS = {"train": "train", "test": "eval"}
PROTOCOLS = ("emotion", "au")
ABOUT = About(
    title="FABA-Instruct",
    holds="19,877 faces of AffectNet described by GPT-4V; test: 403 with one of 7 emotions, 325 with units",
    licence="none stated; the faces are AffectNet's (research only)",
    gate="open link",
    get="the link in the README of JackYFL/EmoLA; where it is dead, that of RobitsG/Facial-R1",
    paper="arXiv 2404.05052",
    layout="""
FABAInstruct/train/train_emotion_anno.json, train_au_anno.json, images/AffectNet/...
FABAInstruct/eval/eval_emotion_anno.json, eval_au_anno.json, images/AffectNet/...
root= is the folder above FABAInstruct, or FABAInstruct itself
""",
    labels=("ekman7",),
    units=UNITS,
    affect="expressed",
    origin="model",
    counts={"emotion:train": 19474, "emotion:test": 403, "au:train": 15838, "au:test": 325},
    notes=(
        "Training rows have a description and no label; their gold is empty.",
        "Test emotions are names, or numbers in the authors' order: " + ", ".join(ORDER) + ".",
        "Test units are coded of 20; the authors score " + ", ".join(map(str, SCORED)) + ".",
        "Whether people checked the test labels is not stated; their origin is left out there.",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "split": None, "protocol": "emotion"}


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each row of the emotion or the AU files; `response` is GPT-4V's text, verbatim."""
    root = tables.root_folder(options["root"])
    split, protocol = options["split"], options["protocol"]
    clips.chosen("split", split, SPLITS)
    if protocol not in PROTOCOLS:
        raise InputError(f"protocol={protocol}: {nearest(str(protocol), PROTOCOLS)}")
    base = tables.first(root, "FABAInstruct", "train", "eval")
    base = base if base.name == "FABAInstruct" else root
    for name, folder in SPLITS.items():
        if split in (None, name):
            path = base / folder / f"{folder}_{protocol}_anno.json"
            for line, row in jsonl.rows(path):
                try:
                    sample = _sample(row, base, name, protocol)
                except InputError as error:
                    raise InputError(f"{path}:{line}: {error}") from error
                yield sample


def _sample(row: dict[str, Any], base: Path, split: str, protocol: str) -> Sample:
    needed = ("id", "image", *(("label", "gpt4") if split == "test" else ("conversations",)))
    missing = [key for key in needed if key not in row]
    if missing:
        raise InputError(f"no {missing[0]!r}; {nearest(missing[0], row)}")
    where = f"sample {row['id']!r}"
    said = _said(row.get("conversations", []), where)
    if split == "test" and not isinstance(row["gpt4"], str):
        raise InputError(f"{where}: gpt4 is {str(row['gpt4'])[:40]!r}, not a text; take the file as published")
    gold = Affect()
    if split == "test":
        gold = _emotion(row["label"], where) if protocol == "emotion" else _units(str(row["label"]), where)
    image = str(row["image"]).removeprefix("FABAInstruct/")
    return Sample(
        id=f"faba_{protocol}_{split}_{row['id']}",
        media=(Media(kind="image", path=str(tables.under(base, image))),),
        question=re.sub(r"\s*<image>\s*", " ", said["human"]).strip() if "human" in said else None,
        response=row["gpt4"] if split == "test" else said.get("gpt"),
        gold=gold,
        labels="ekman7",
        affect="expressed",
        provenance=ABOUT.provenance(split=split, origin=None if split == "test" else "model"),
    )


def _said(turns: object, where: str) -> dict[str, str]:
    """What each of the two says in a conversation."""
    if not isinstance(turns, list) or not all(
        isinstance(turn, dict) and all(isinstance(turn.get(key), str) for key in ("from", "value")) for turn in turns
    ):
        raise InputError(f"{where}: conversations is {str(turns)[:40]!r}, not a list of {{from, value}} texts")
    return {turn["from"]: turn["value"] for turn in turns}


def _emotion(label: object, where: str) -> Affect:
    if re.fullmatch(r"-?\d+", str(label)):
        return Affect(emotion=tables.by_index(str(label), ORDER, where))
    return Affect(emotion=tables.label(str(label), "ekman7", where))


def _units(label: str, where: str) -> Affect:
    """The units of a label, numbers parted by commas; those of the 20 that it does not name are absent."""
    words = [word.strip().removeprefix("AU") for word in label.split(",") if word.strip()]
    unknown = [word for word in words if not word.isdigit() or int(word) not in facs.UNITS]
    if unknown:
        raise InputError(f"{where}: {unknown[0]!r} in {label!r} is not an action unit; write '1, 4, 12'")
    present = {int(word) for word in words}
    numbers = sorted(present | set(UNITS))
    return Affect(aus=tuple(ActionUnit(number=n, intensity=None if n in present else 0) for n in numbers))
