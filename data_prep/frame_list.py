"""Clips in a list: "dir n label" as RAER's, "dir wav label" as HiCMAE's, "clip.mp4 label" as MAFW's.

affectreason prep frame_list root=RAER labels=raer5 names=raer5 dataset=RAER out=data/raer.jsonl
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from affectreason.affect.labels import find
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import tables
from affectreason.published.about import About, AffectKind, LeftOut

SPLITS = ("train", "val", "test")
SOUND = (".wav", ".flac", ".mp3", ".m4a")
CLIPS = (".mp4", ".avi", ".mov", ".mkv", ".webm")
ABOUT = About(
    title="frame lists",
    holds="RAER, the lists of HiCMAE, or your own: a list of folders of frames or clips, one label each",
    licence="each set's own",
    gate="each set's own",
    get="from each set's authors (RAER: by e-mail of a faculty member)",
    layout="""
train.txt, val.txt, test.txt     or .csv; those that are there, in lists=FOLDER below root
a line is                        <dir or clip> [<number of frames>] [<sound>] <label>
""",
    labels=("raer5",),
    notes=(
        "A number says something else in every list: give names=[...] in the list's order, or names=LABELSET.",
        "What stands in the test list is left out of the others, and what stands in the val list out of train: in "
        "HiCMAE's lists of MSP-IMPROV val is the same as test.",
        "A folder with fewer frames than its line says is left out.",
        "RAER: neutrality, enjoyment, confusion, fatigue, distraction from 0; whether people are in both splits is "
        "not stated; its face.json is not read.",
        "Lists of three numbers a clip (Werewolf-XL) are not read.",
    ),
)
OPTIONS: dict[str, Any] = {
    "root": ..., "labels": ..., "names": None, "lists": ".", "split": None, "fold": None, "strip": None,
    "delimiter": None, "affect": "expressed", "dataset": None, "licence": None,
}  # fmt: skip
TEXTS = ("labels", "fold", "strip", "delimiter", "dataset", "licence")
"""Options that are text, also where YAML makes a number of them."""


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each line; `strip` is taken from the beginning of paths, `fold` is written into each sample."""
    root = tables.root_folder(options["root"])
    if options["split"] not in (None, *SPLITS):
        raise InputError(f"split={options['split']}: {nearest(str(options['split']), SPLITS)}")
    if options["affect"] not in get_args(AffectKind):
        raise InputError(f"affect={options['affect']}: {nearest(str(options['affect']), get_args(AffectKind))}")
    options = {**options, **{key: str(options[key]) for key in TEXTS if options[key] is not None}}
    delimiter = options["delimiter"] or None
    names = _names(options["names"], options["labels"])
    folder = root if options["lists"] == "." else tables.under(root, str(options["lists"]))
    lists = {split: path for split in SPLITS if (path := _list(folder, split))}
    if not lists:
        raise InputError(f"{folder} has no train, val or test list (.txt, .csv); give lists=FOLDER below root")
    held = _held(lists, delimiter)
    for split, path in lists.items():
        if options["split"] in (None, split):
            for line, found in tables.lines(path, 2, delimiter):
                where = f"{path}:{line}"
                name = f"frame_list_{options['dataset'] or root.name}_{found[0]}"
                if held.get(found[0], split) != split:
                    yield LeftOut(name, f"it stands in the {held[found[0]]} list too", where)
                else:
                    yield _sample(name, found, root, split, names, where, options)


def _held(lists: dict[str, Path], delimiter: str | None) -> dict[str, str]:
    """The list that each clip of val and test is kept for; InputError for an empty list, which holds out nothing."""
    held: dict[str, str] = {}
    for split in reversed(lists):
        if split != "train":
            held = {**{found[0]: split for _, found in tables.lines(lists[split], 2, delimiter)}, **held}
    return held


def _names(given: object, vocabulary: str) -> tuple[str, ...] | None:
    """The names that numbers of the list stand for, in the spelling of the label set."""
    if given is None:
        return None
    words = find(given).names if isinstance(given, str) else given
    if not isinstance(words, list | tuple):
        raise InputError(f"names={given}: give a list, names=[neutral, happy], or the name of a label set")
    return tuple(tables.label(str(word), vocabulary, f"names={given}") for word in words)


def _list(folder: Path, split: str) -> Path | None:
    return next((path for ending in ("txt", "csv") if (path := folder / f"{split}.{ending}").is_file()), None)


def _sample(
    name: str,
    found: list[str],
    root: Path,
    split: str,
    names: tuple[str, ...] | None,
    where: str,
    given: dict[str, Any],
) -> Sample | LeftOut:
    first, *between, label = found
    path, *sounds = _paths([first, *(word for word in between if not word.isdigit())], root, given["strip"], where)
    if len(between) > 2 or any(sound.suffix.lower() not in SOUND for sound in sounds):
        raise InputError(f"{where}: {' '.join(found)[:80]!r} is not <dir> [<frames>] [<sound>] <label>")
    clip = path.suffix.lower() in CLIPS
    frames = next((int(word) for word in between if word.isdigit()), 0)
    if not clip and path.is_dir() and (there := len(os.listdir(path))) < frames:
        return LeftOut(name, f"{there} of {frames} frames are there: {path}", where)
    return Sample(
        id=name,
        media=(
            Media(kind="video" if clip else "frames", path=str(path)),
            *(Media(kind="audio", path=str(sound)) for sound in sounds),
        ),
        gold=Affect(emotion=_emotion(label, names, given["labels"], where)),
        labels=given["labels"],
        affect=given["affect"],
        provenance=ABOUT.provenance(
            dataset=given["dataset"],
            licence=given["licence"] or ABOUT.licence,
            split=split,
            fold=given["fold"],
        ),
    )


def _paths(words: list[str], root: Path, strip: object, where: str) -> list[Path]:
    if strip is not None:
        other = next((word for word in words if not word.startswith(str(strip))), None)
        if other is not None:
            raise InputError(f"{where}: the path {other!r} does not begin with strip={strip}; give what all begin with")
        return [tables.under(root, word.removeprefix(str(strip)).lstrip("/"), where) for word in words]
    try:
        return [tables.under(root, word) for word in words]
    except InputError as error:
        raise InputError(f"{where}: {error}, or give strip=, the beginning to take away") from error


def _emotion(label: str, names: tuple[str, ...] | None, vocabulary: str, where: str) -> str:
    if names:
        return tables.by_index(label, names, where)
    if label.lstrip("-").replace(".", "", 1).isdigit():
        raise InputError(
            f"{where}: the label {label!r} is a number; give names=[...] in the list's order, or names=SET"
        )
    return tables.label(label, vocabulary, where)
