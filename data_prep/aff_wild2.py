"""Aff-Wild2, action unit track: videos from the Internet, the presence of 12 action units in each frame.

Line i below the header of a label file is frame i, whose face is `00001.jpg` and so on in the folder of that name.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect import facs
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import frames, tables, units
from affectreason.published.about import About

SPLITS = {"train": "Train_Set", "val": "Validation_Set"}
NOT_CODED = ("-1",)
ABOUT = About(
    title="Aff-Wild2 (action units)",
    holds="videos of people reacting, from the Internet; the presence of 12 action units in each frame",
    licence="non-commercial research only, no redistribution",
    gate="signed form",
    get="the agreement of the ABAW competition, signed and sent by e-mail (D. Kollias)",
    paper="Kollias, ABAW (third competition), arXiv 2202.10659",
    layout=(
        "AU_Detection_Challenge/Train_Set/VIDEO.txt         header `AU1,AU2,...`, one line a frame: 1, 0, -1\n"
        "AU_Detection_Challenge/Validation_Set/VIDEO.txt\n"
        "cropped_aligned/VIDEO/00001.jpg                    the face in frame 1, see images="
    ),
    units=facs.unit_set("affwild2_12"),
    affect="expressed",
    origin="human",
    notes=(
        "-1 says that nobody coded the unit; a frame with nothing else is a sample without annotation.",
        "Where no face was found there is no image, though the frame has a label: missing=skip lists such frames.",
        "Videos with two people have two label files and two folders, NAME_left and NAME_right, or NAME and one of "
        "these; they are of one film.",
        "The labels of the test set are not published; how many frames there are is not known here.",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "split": None, "every": 1, "images": "cropped_aligned"}


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each labelled frame, or each N-th of a video; nothing is opened but the annotation files."""
    root = tables.root_folder(options["root"])
    split, every = options["split"], frames.every(options["every"])
    if split not in (None, *SPLITS):
        raise InputError(f"split={split}: no such split; {nearest(split, SPLITS)}")
    labels = tables.first(root, "AU_Detection_Challenge", "*/AU_Detection_Challenge", "*/*/AU_Detection_Challenge")
    for name in SPLITS if split is None else (split,):
        for path in sorted(tables.first(labels, SPLITS[name]).glob("*.txt")):
            yield from _video(path, tables.under(root, str(options["images"])) / path.stem, name, every)


def _video(path: Path, images: Path, split: str, every: int) -> Iterator[Sample]:
    columns = units.columns(tables.header(path))
    needed = [columns.get(unit, f"AU{unit}") for unit in ABOUT.units]
    film = path.stem.removesuffix("_left").removesuffix("_right")
    for frame, (line, row) in enumerate(tables.rows(path, needed), start=1):
        if (frame - 1) % every:
            continue
        cells = {unit: row[columns[unit]] for unit in ABOUT.units}
        yield Sample(
            id=f"aff_wild2_{path.stem}_{frame}",
            media=(Media(kind="image", path=str(images / f"{frame:05d}.jpg")),),
            gold=Affect(aus=units.presence(cells, NOT_CODED, f"{path}:{line}: aff_wild2_{path.stem}_{frame}")),
            affect=ABOUT.affect,
            provenance=ABOUT.provenance(split=split, film=film),
        )
