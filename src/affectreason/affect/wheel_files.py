"""The lexicon of the MER family, read from a folder of the user's: wheel1-5.xlsx, synonym.xlsx, format.csv.

Nothing of it is shipped here. Two versions are public, of 2025 and 2026; they differ in some thirty inflection rows
that confused a word with its opposite, so that `fear` was among the happy words of a wheel until 2026.
"""

import csv
import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from affectreason.affect.wheel import Lexicon, Row, string_to_list
from affectreason.errors import InputError

WHEELS = tuple(f"wheel{number}.xlsx" for number in range(1, 6))
FILES = (*WHEELS, "synonym.xlsx", "format.csv")
PRECOMPUTED = "wheel_mapping.npz"
RINGS = ("level1", "level2", "level3")
RUNS = 8
FEAR = {
    "2025": ("scared", "happy", "joyful", "genius", "joyful"),
    "2026": ("scared", "fearful", "scared", "fear", "scared"),
}
"""What `fear` is on level 1 of wheels 1-5 in each public version."""


def load(folder: Path) -> Lexicon:
    """The lexicon of a folder; its version is told by what `fear` maps to, and by a digest where that tells nothing.

    InputError names every file that is missing, and the file whose columns are not those published.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"lexicon={folder}: no such folder; give the one that holds {', '.join(FILES)}")
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        also = (
            f"; {PRECOMPUTED} holds its maps only, and is not read: take the tables from the same repository"
            if (folder / PRECOMPUTED).is_file()
            else ""
        )
        raise InputError(f"lexicon={folder} lacks {', '.join(missing)}{also}")
    lexicon = Lexicon(
        name=folder.name,
        version=f"unknown (sha256 {_digest(folder)})",
        wheels=tuple(tuple(_wheel(folder / name)) for name in WHEELS),
        synonyms=tuple(_synonyms(folder / "synonym.xlsx")),
        forms=_forms(folder / "format.csv"),
    )
    fear = tuple(lexicon.mapped("fear", wheel, 1) for wheel in range(1, 6))
    version = next((name for name, clusters in FEAR.items() if clusters == fear), None)
    if version is None:
        return lexicon
    known = f"{version} (sha256 {_digest(folder)})"
    return Lexicon(lexicon.name, known, lexicon.wheels, lexicon.synonyms, lexicon.forms)


def _wheel(path: Path) -> Iterator[Row]:
    """The rows of a wheel in lower case; an empty cell of the two inner rings is that of the row above."""
    above = {"level1": "", "level2": ""}
    for row in _sheet(path, RINGS):
        above |= {ring: row[ring] for ring in above if row[ring]}
        if row["level3"]:
            yield above["level1"], above["level2"], row["level3"]


def _synonyms(path: Path) -> list[dict[str, list[str]]]:
    """One mapping a run: wheel word to its synonyms."""
    columns = [f"{kind}_run{run}" for kind in ("word", "synonym") for run in range(1, RUNS + 1)]
    rows = list(_sheet(path, columns))
    return [
        {row[f"word_run{run}"]: _words(row[f"synonym_run{run}"]) for row in rows if row[f"word_run{run}"]}
        for run in range(1, RUNS + 1)
    ]


def _forms(path: Path) -> dict[str, list[str]]:
    """Word to inflections."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        _check_columns(path, reader.fieldnames or (), ("name", "format"))
        return {_plain(row["name"]): _words(row["format"]) for row in reader if _plain(row["name"])}


def _sheet(path: Path, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """The rows of the first sheet of a workbook, the wanted columns as text."""
    try:
        import openpyxl  # only who brings these files needs it
        from openpyxl.utils.exceptions import InvalidFileException
    except ModuleNotFoundError as error:
        raise InputError(f"{path} is a workbook; reading it needs openpyxl: pip install openpyxl") from error
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, OSError, KeyError, ValueError) as error:
        raise InputError(f"{path} is not a readable .xlsx workbook: {error}") from error
    rows = book.worksheets[0].iter_rows(values_only=True)
    header = [_plain(cell) for cell in next(rows, ())]
    _check_columns(path, header, columns)
    places = {name: header.index(name) for name in columns}
    for row in rows:
        yield {name: _plain(row[at]) if at < len(row) else "" for name, at in places.items()}
    book.close()


def _check_columns(path: Path, found: Sequence[str], wanted: Sequence[str]) -> None:
    lacking = [name for name in wanted if name not in found]
    if lacking:
        there = ", ".join(name for name in found if name) or "none"
        raise InputError(f"{path} has no column {', '.join(lacking)}; its columns are {there}")


def _words(cell: str | None) -> list[str]:
    return [word for one in string_to_list(_plain(cell)) if (word := one.strip("[]").strip())]


def _plain(cell: Any) -> str:
    return "" if cell is None else str(cell).strip().lower()


def _digest(folder: Path) -> str:
    """The first 12 digits of SHA-256 over the files in their order."""
    found = hashlib.sha256()
    for name in FILES:
        found.update((folder / name).read_bytes())
    return found.hexdigest()[:12]
