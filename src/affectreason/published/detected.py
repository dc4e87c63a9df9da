"""Tables of action units that OpenFace 2 or py-feat wrote of a clip, read row by row; and the peak frame of a face."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from affectreason.affect.sample import ActionUnit
from affectreason.errors import InputError
from affectreason.published import tables, units

OPENFACE, PY_FEAT = "OpenFace", "py-feat"
INTENSITY, PRESENCE, PROBABILITY = r"AU0*(\d{1,2})_r", r"AU0*(\d{1,2})_c", r"AU0*(\d{1,2})"
PY_FEAT_BAR = 0.5
"""From which probability on a unit counts as present, if nobody says otherwise."""


class Seen(NamedTuple):
    """One row: its line, the frame, whose face, how sure the program is (0-1), and the level of each unit.

    A level is an intensity (OpenFace, 0-5) or a probability (py-feat, 0-1); without a face there are none. `presence`
    has the cells of units without an intensity (AU28 of OpenFace).
    """

    line: int
    frame: int
    face: int
    sure: float
    levels: dict[int, float]
    presence: dict[int, str]


def program(path: Path) -> str:
    """Which program wrote a table: OpenFace (AU01_r: intensity 0-5) or py-feat (AU01: probability)."""
    header = tables.header(path)
    if units.columns(header, INTENSITY):
        return OPENFACE
    if units.columns(header, PROBABILITY):
        return PY_FEAT
    raise InputError(f"{path} has no columns AU01_r (OpenFace) or AU01 (py-feat); csv= chooses the tables")


def rows(path: Path) -> Iterator[Seen]:
    """The rows of a table of either program, in their order; InputError for a value outside its range."""
    return _openface(path) if program(path) == OPENFACE else _py_feat(path)


def peaks(rows: Iterable[Seen], least: float) -> list[Seen]:
    """Each face's row with the greatest sum of levels, of those at least so sure if there are any; the first of equals.

    Emotion-LLaMA (2024) takes the frame with the greatest sum as the peak.
    """
    best: dict[int, tuple[bool, float, Seen]] = {}
    for seen in rows:
        rank = (bool(seen.levels) and seen.sure >= least, sum(seen.levels.values()))
        if seen.face not in best or rank > best[seen.face][:2]:
            best[seen.face] = (*rank, seen)
    return [seen for _, _, seen in best.values()]


def said(seen: Seen, at_least: float | None, where: str) -> tuple[ActionUnit, ...] | None:
    """The units of a row: with intensity, or present from `at_least` on and absent below it."""
    found = units.graded(seen.levels, at_least) or ()
    return (*found, *(units.presence(seen.presence, (), where) or ())) or None


def _openface(path: Path) -> Iterator[Seen]:
    header = tables.header(path)
    levels = units.columns(header, INTENSITY)
    presence = {unit: name for unit, name in units.columns(header, PRESENCE).items() if unit not in levels}
    for line, row in tables.rows(path, needed=("frame", "confidence", "success")):
        where = f"{path}:{line}"
        frame, face = (int(tables.number(row.get(key, "0"), f"{where}: {key}", 0, 1e9)) for key in ("frame", "face_id"))
        found = tables.number(row["success"], f"{where}: success", 0, 1) == 1
        sure = tables.number(row["confidence"], f"{where}: confidence", 0, 1) if found else 0.0
        yield Seen(
            line, frame, face, sure, _levels(row, levels if found else {}, where, 5),
            {unit: row[name] for unit, name in presence.items() if found},
        )  # fmt: skip


def _py_feat(path: Path) -> Iterator[Seen]:
    columns = units.columns(tables.header(path), PROBABILITY)
    last, face = -1, 0
    for line, row in tables.rows(path, needed=("frame", "FaceScore")):
        where = f"{path}:{line}"
        frame = int(tables.number(row["frame"], f"{where}: frame", 0, 1e9))
        last, face = frame, face + 1 if frame == last else 0
        found = row["FaceScore"].lower() not in ("", "nan")
        sure = tables.number(row["FaceScore"], f"{where}: FaceScore", 0, 1) if found else 0.0
        yield Seen(line, frame, face, sure, _levels(row, columns if found else {}, where, 1), {})


def _levels(row: dict[str, str], columns: dict[int, str], where: str, most: float) -> dict[int, float]:
    return {unit: tables.number(row[name], f"{where}: {name}", 0, most) for unit, name in columns.items()}
