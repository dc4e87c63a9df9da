"""BP4D: spontaneous faces in eight tasks; the presence of action units in the coded part of each sequence.

9 in a cell says that nobody could code the unit there: it is then not in the sample, which is not the same as absent.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect import facs
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError
from affectreason.published import clips, frames, tables, units
from affectreason.published.about import About, LeftOut

FOLDS = {
    name: tuple(f"F{number:03d}" for number in women) + tuple(f"M{number:03d}" for number in men)
    for name, (women, men) in {
        "A": ((1, 2, 8, 9, 10, 16, 18, 23), (1, 4, 7, 8, 12, 14)),
        "B": ((3, 5, 11, 13, 20, 22), (2, 5, 10, 11, 13, 16, 17, 18)),
        "C": ((4, 6, 7, 12, 14, 15, 17, 19, 21), (3, 6, 9, 15)),
    }.items()
}
PROTOCOLS = ("12", "all")
NOT_CODED = ("9",)
WIDTHS = (1, 3, 4, 5)
"""How many digits the names of images may have: the frames of some copies are padded with zeros, of others not."""
ABOUT = About(
    title="BP4D",
    holds="41 people (23 women, 18 men) in 8 tasks, the presence of action units in each coded frame",
    licence="research only, no redistribution",
    gate="signed form",
    get="the agreement on the authors' page (L. Yin, Binghamton University)",
    paper="Zhang et al., BP4D-Spontaneous, Image and Vision Computing 2014",
    layout=(
        "AUCoding/AU_OCC/F001_T1.csv    header `0,1,2,4,...`: the first column is the frame, the others are units\n"
        "img/F001/T1/2440.jpg           the frames of the sequence, see frames="
    ),
    units=facs.unit_set("bp4d12"),
    affect="expressed",
    origin="human",
    counts={"all": 146_847},
    notes=(
        "Folds are named by the subjects they test: A has 50,631 frames, B 50,182, C 46,034; the published lists call "
        "testing C fold 1, B fold 2, A fold 3.",
        "protocol=12 (default) are the units of the benchmark, protocol=all every coded column.",
        "Only the coded frames of a sequence stand in its file, so the first is seldom frame 1.",
        "frames= has the parts {subject}, {task} and {frame}; where it names a plain {frame}, names padded to 3, 4 or "
        "5 digits are found too. How the authors' own copy pads them is not known.",
        "The intensity files (AU_INT, five units) are not read.",
    ),
)
OPTIONS: dict[str, Any] = {
    "root": ..., "split": None, "fold": None, "protocol": "12", "every": 1, "frame_list": None,
    "frames": "img/{subject}/{task}/{frame}.jpg",
}  # fmt: skip


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each coded frame, sequence after sequence; nothing is opened but the annotation files."""
    root = tables.root_folder(options["root"])
    protocol, pattern = str(options["protocol"]), str(options["frames"])
    clips.chosen("protocol", protocol, PROTOCOLS)
    wanted = frames.choice(options, FOLDS, depth=3)
    frames.check_pattern(pattern, "frames", ("subject", "task", "frame"), subject="F001", task="T1", frame=1)
    for path in sorted(tables.first(root, "AUCoding/AU_OCC", "AU_OCC").glob("*.csv")):
        match = re.fullmatch(r"([FM]\d{3})_(T\d)", path.stem)
        if match is None:
            raise InputError(f"{path} is not named as F001_T1.csv is; keep only the files of AU_OCC in this folder")
        subject, task = match.groups()
        tested = frames.tested_in(subject, FOLDS, path)
        if not wanted.wants(tested):
            continue
        for position, (frame, cells, line) in enumerate(_rows(path, protocol)):
            if not wanted.takes((subject, task, frame), position):
                continue
            yield Sample(
                id=f"bp4d_{subject}_{task}_{frame}",
                media=(Media(kind="image", path=str(_image(root, pattern, subject, task, frame))),),
                gold=Affect(aus=units.presence(cells, NOT_CODED, f"{path}:{line}: bp4d_{subject}_{task}_{frame}")),
                affect=ABOUT.affect,
                provenance=ABOUT.provenance(split=wanted.split_of(tested), subject=subject, fold=tested),
            )
        yield from wanted.unmet("bp4d", (subject, task))


def _rows(path: Path, protocol: str) -> Iterator[tuple[int, dict[int, str], int]]:
    """The frame, the cells of the asked units and the line of each row."""
    first, *others = tables.header(path) or [""]
    columns = units.columns(others)
    if protocol == "12":
        columns = {unit: columns.get(unit, str(unit)) for unit in ABOUT.units}
    for unit in columns:
        if unit not in facs.UNITS:
            raise InputError(f"{path}: FACS has no unit for the column {columns[unit]!r}; protocol=12 leaves it out")
    for line, row in tables.rows(path, needed=[first, *columns.values()]):
        frame = int(tables.number(row[first], f"{path}:{line}", 0, 1e7))
        yield frame, {unit: row[name] for unit, name in columns.items()}, line


def _image(root: Path, pattern: str, subject: str, task: str, frame: int) -> Path:
    """The image of a frame; where names may be padded, the first that is there."""
    if "{frame}" not in pattern:
        return tables.under(root, frames.named(pattern, "frames", subject=subject, task=task, frame=frame))
    names = dict.fromkeys(f"{frame:0{width}d}" for width in WIDTHS)
    paths = [
        tables.under(root, frames.named(pattern, "frames", subject=subject, task=task, frame=name)) for name in names
    ]
    return next((path for path in paths if path.is_file()), paths[0])
