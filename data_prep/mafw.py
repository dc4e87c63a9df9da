"""MAFW: clips of films, series and short videos; eleven emotions, alone or together, and a sentence on the face.

Lists of five folds give the single emotions. Descriptions, and the clips of several emotions, are in caption-label.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError
from affectreason.published import clips, tables
from affectreason.published.about import About

ABOUT = About(
    title="MAFW",
    holds="10,045 clips, eleven raters each: 11 single emotions, 32 compounds of them, bilingual descriptions",
    licence="non-commercial research only, no redistribution",
    gate="signed form",
    get="github.com/MAFW-database/MAFW: the agreement is signed by university staff and sent by e-mail",
    paper="Liu et al., MAFW (ACM MM 2022)",
    layout="""\
Train & Test Set/single/no_caption/set_{1..5}/{train,test}.txt    00025.mp4 anger
caption-label/{single_label,multi_label}.txt                      20045.mp4 anger_disgust <br>Chinese <br>English
clips/00025.mp4 ...    or data/clips/""",
    labels=("mafw11",),
    affect="expressed",
    origin="human",
    notes=(
        "10,045 counts the clips of both sets, 21 of them without sound; how many the lists of single emotions have is "
        "not in our facts, but with sound each fold has 9,156, tested 1,836, 1,833, 1,827, 1,829 and 1,831",
        "protocol=multi gives the clips of several emotions; the paths of their fold lists are not known to us",
        "the English sentence becomes the sample's reasoning where caption-label is there; the Chinese is not kept",
        "the raters' votes and the 11-number distributions are published, in a layout not known to us",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "split": None, "protocol": "single", "fold": None, "clips": None}
FOLDS = 5


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each clip of the lists; nothing is opened but the lists."""
    root = tables.root_folder(options["root"])
    folder = clips.folder(root, options["clips"], "clips", "data/clips", "data")
    protocol = clips.chosen("protocol", options["protocol"], ("single", "multi"))
    if protocol == "multi":
        if options["fold"] is not None or options["split"] is not None:
            raise InputError("protocol=multi has no fold= and no split=: the paths of its lists are not known to us")
        yield from _several(root, folder)
        return
    split, fold = clips.parts(options["split"], options["fold"], FOLDS)
    said = {row[0]: row[2] for row in _captions(root, "single_label.txt")}
    for row, part, tested in clips.of_folds(partial(_list, root), FOLDS, split, fold):
        gold = Affect(emotion=tables.label(row.label, "mafw11", row.where))
        yield _sample(folder, row.clip, gold, said.get(row.clip), row.where, split=part, fold=tested)


def _list(root: Path, fold: int, part: str) -> Iterator[clips.Listed]:
    path = tables.first(root, f"Train & Test Set/single/no_caption/set_{fold}/{part}.txt")
    for line, words in tables.lines(path, least=2):
        yield clips.Listed(words[0], words[1], f"{path}:{line}")


def _several(root: Path, folder: Path) -> Iterator[Sample]:
    rows = list(_captions(root, "multi_label.txt"))
    if not rows:
        raise InputError(f"protocol=multi needs caption-label/multi_label.txt below {root}; none is there")
    for clip, label, said, where in rows:
        names = [tables.label(word, "mafw11", where) for word in label.split("_")]
        yield _sample(folder, clip, Affect(emotions=dict.fromkeys(names, 1.0)), said, where)


def _captions(root: Path, name: str) -> Iterator[tuple[str, str, str | None, str]]:
    """Clip, label, English sentence and place of each line; nothing where the file is not there."""
    path = next(iter(sorted((root / "caption-label").rglob(name))), None)
    for line, cells in tables.lines(path, least=2, delimiter="<br>") if path else ():
        where = f"{path}:{line}"
        words = cells[0].split()
        if len(words) != 2:
            raise InputError(f"{where}: {cells[0]!r} is not a clip and its label, such as '03747.mp4 anger'")
        yield words[0], words[1], cells[-1] if len(cells) > 2 else None, where


def _sample(folder: Path, clip: str, gold: Affect, said: str | None, where: str, **part: str | None) -> Sample:
    return Sample(
        id=f"mafw_{Path(clip).stem}",
        media=(Media(kind="video", path=str(tables.under(folder, clip, where))),),
        gold=gold,
        reasoning=said,
        labels="mafw11",
        affect=ABOUT.affect,
        provenance=ABOUT.provenance(**part),
    )
