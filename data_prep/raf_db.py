"""RAF-DB: faces from the web, each seen by about 40 people; seven basic or eleven compound emotions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.labels import find
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError
from affectreason.published import clips, tables
from affectreason.published.about import About, LeftOut

PROTOCOLS = {"basic": "raf_db7", "compound": "raf_db_compound11"}
SPLITS = ("train", "test")
ABOUT = About(
    title="RAF-DB",
    holds="15,339 faces from the web with one of 7 basic emotions, more with one of 11 compounds; about 40 votes each",
    licence="non-commercial research, no redistribution",
    gate="signed form",
    get="whdeng.cn/RAF/model1.html",
    paper="Li, Deng & Du, CVPR 2017",
    layout="""
basic/EmoLabel/list_patition_label.txt      "train_00001.jpg 5"; the word is spelled so
basic/Image/aligned/train_00001_aligned.jpg
compound/EmoLabel/..., compound/Image/aligned/...
root= is the folder above basic, or basic (or compound) itself
""",
    labels=tuple(PROTOCOLS.values()),
    affect="expressed",
    origin="human",
    counts={"basic:train": 12271, "basic:test": 3068},
    label_counts={
        "basic:train": {
            "surprise": 1290, "fear": 281, "disgust": 717, "happiness": 4772, "sadness": 1982, "anger": 705,
            "neutral": 2524,
        },
        "basic:test": {
            "surprise": 329, "fear": 74, "disgust": 160, "happiness": 1185, "sadness": 478, "anger": 162,
            "neutral": 680,
        },
    },
    notes=(
        "Numbers in the list begin with 1: surprise, fear, disgust, happiness, sadness, anger, neutral.",
        "The list names the original pictures; the aligned ones are used, whose names end in _aligned.jpg.",
        "There is no validation split; the test split is not one.",
        "The list has no names of people, so subjects may be in both splits.",
    ),
)  # fmt: skip
OPTIONS: dict[str, Any] = {"root": ..., "split": None, "protocol": "basic"}


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each line of the list, in its order; the split is the beginning of the picture's name."""
    root = tables.root_folder(options["root"])
    split, protocol = options["split"], str(options["protocol"])
    clips.chosen("split", split, SPLITS)
    clips.chosen("protocol", protocol, PROTOCOLS)
    names = find(PROTOCOLS[protocol]).names
    file = "EmoLabel/list_patition_label.txt"
    itself = root.name == protocol or (protocol == "basic" and root.name != "compound")
    path = tables.first(root, f"{protocol}/{file}", *([file] if itself else []))
    for line, (picture, number, *_) in tables.lines(path, least=2):
        where = f"{path}:{line}"
        emotion = tables.by_index(number, names, where, start=1)
        stem, own = picture.removesuffix(".jpg"), picture.partition("_")[0]
        if own not in SPLITS:
            raise InputError(f"{where}: {picture!r} does not begin with train_ or test_")
        if split in (None, own):
            yield _sample(stem, path.parents[1] / "Image/aligned", emotion, own, protocol)


def _sample(stem: str, images: Path, emotion: str, split: str, protocol: str) -> Sample:
    return Sample(
        id=f"raf_db_{protocol}_{stem}",
        media=(Media(kind="image", path=str(tables.under(images, f"{stem}_aligned.jpg")), role="face"),),
        gold=Affect(emotion=emotion),
        labels=PROTOCOLS[protocol],
        affect="expressed",
        provenance=ABOUT.provenance(split=split),
    )
