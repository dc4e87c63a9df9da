"""IEMOCAP as MERBench passes it on: label_4way and label_6way, converted once, with clips cut out of the dialogues.

label_6way has the 7,433 utterances of the feature files that most papers share, label_4way 5,531. Their numbers stand
for emotions in the order below: by it both files have the published count of each emotion, and no two are equal.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from affectreason.affect.sample import Media
from affectreason.errors import InputError
from affectreason.published import clips, mer, tables

ORDERS = {
    "4": ("happy", "sad", "neutral", "angry"),
    "6": ("happy", "sad", "neutral", "angry", "excited", "frustrated"),
}
SOURCES = ("file", "votes")
_NAME = re.compile(r"((Ses\d\d)[FM]_\w+)_([FM])\w*\d+")


def emotions(root: Path, protocol: str, source: object) -> dict[str, str] | None:
    """The emotion of each utterance by the label file, None where there is none or the votes are asked for.

    InputError for a file that was not converted, is asked for and missing, or says something else than such labels.
    """
    wanted = clips.chosen("labels_from", source, SOURCES)
    path = root / f"label_{protocol}way.json"
    npz = path.with_suffix(".npz")
    if wanted == "votes" or (wanted is None and not path.is_file() and not npz.is_file()):
        return None
    if not path.is_file() and npz.is_file():
        raise InputError(
            f"{npz} is to be converted once: affectreason convert npz={npz} out={path}; "
            "labels_from=votes takes the corpus's own votes instead"
        )
    if not path.is_file():
        raise InputError(
            f"labels_from=file: {root} has no {path.name}; take {npz.name} of MERBench (github.com/zeroQiaoba/MERTools,"
            f" MERBench/dataset/iemocap-process) and convert it: affectreason convert npz={npz.name} out={path}"
        )
    return dict(_read(path, protocol))


def _read(path: Path, protocol: str) -> Iterator[tuple[str, str]]:
    for name, row, where in mer.corpus(path, "whole"):
        said = str(row["emo"])
        speaker(name, where)
        if said.lstrip("-").isdecimal():
            yield name, tables.by_index(said, ORDERS[protocol], where)
        else:
            yield name, tables.label(said, f"iemocap{protocol}", where)


def speaker(name: str, where: str) -> tuple[str, str]:
    """The dialogue and the speaker of an utterance, both in its name; InputError for another name."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise InputError(f"{where}: {name!r} is not named as Ses01F_impro01_F000 is; take the file as published")
    dialogue, session, sex = match.groups()
    return dialogue, session + sex


def spoken(root: Path) -> dict[str, str]:
    """What is said in each utterance, in English."""
    path = root / "transcription-engchi-polish.csv"
    return {row["name"]: row["english"] for _, row in tables.rows(path, ("name", "english")) if row["english"]}


def clip(root: Path, name: str, kind: str) -> Media:
    """The clip of an utterance: the half of the picture that shows its speaker, or all of it, or its sound."""
    if kind == "audio":
        return Media(kind="audio", path=str(root / f"subaudio/{name}.wav"))
    return Media(kind="video", path=str(clips.either(root / f"subvideo-tgt/{name}.avi", root / f"subvideo/{name}.mp4")))
