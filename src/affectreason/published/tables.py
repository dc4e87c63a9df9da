"""The files that data sets are published in: tables, lists, JSON, NPZ; every error names the file and the line.

Nothing here trusts a file: no pickle is loaded, and a path that a manifest names must lie below the data set's root.
"""

import ast
import csv
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from affectreason.affect.labels import find
from affectreason.errors import InputError, nearest

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_DRIVE = re.compile("[A-Za-z]:")
csv.field_size_limit(2**24)


def root_folder(root: object) -> Path:
    """The data set's folder, absolute; InputError when there is none."""
    path = Path(str(root)).expanduser().absolute()
    if not path.is_dir():
        raise InputError(f"root={root}: no such folder; give the folder of the data set as you unpacked it")
    return path


def under(root: Path, name: str, where: str = "") -> Path:
    """The file below `root` that a manifest names, at `where`; InputError for one that lies or climbs out of it."""
    plain = name.strip().replace("\\", "/").removeprefix(f"{root}/")
    parts = plain.split("/")
    if not plain or "\0" in plain or plain.startswith(("/", "~")) or _DRIVE.match(plain) or ".." in parts:
        at = f"{where}: " if where else ""
        raise InputError(f"{at}the path {name!r} does not stay below {root}; write paths relative to root=")
    return root.joinpath(*(part for part in parts if part not in ("", ".")))


def first(root: Path, *names: str) -> Path:
    """The first of these paths or patterns below `root` that is there; InputError lists all that were looked for."""
    for name in names:
        found = sorted(root.glob(name)) if any(sign in name for sign in "*?[") else [root / name]
        if found and found[0].exists():
            return found[0]
    beside = sorted(path.name for path in root.iterdir())[:20] if root.is_dir() else []
    there = ", ".join(beside) or "nothing"
    raise InputError(f"{root} has none of {', '.join(names)}; is root= the folder that holds it? there: {there}")


def files(root: Path, suffixes: Iterable[str]) -> Iterator[Path]:
    """All files below a folder with one of these endings, in the order of their paths; a loop of links is met once."""
    wanted = {suffix.lower() for suffix in suffixes}
    above = [os.stat(folder) for folder in root.resolve().parents] if root.is_dir() else []
    seen = {(state.st_dev, state.st_ino) for state in above}  # a link to one of these would read the set again
    for folder, inner, names in os.walk(root, followlinks=True):
        state = os.stat(folder)
        if (state.st_dev, state.st_ino) in seen:
            inner.clear()
            continue
        seen.add((state.st_dev, state.st_ino))
        inner.sort()
        yield from (Path(folder, name) for name in sorted(names) if Path(name).suffix.lower() in wanted)


def header(path: Path, delimiter: str = ",") -> list[str]:
    """The names of a table's columns."""
    try:
        with _existing(path).open(encoding="utf-8-sig", newline="") as file:
            return [name.strip() for name in next(csv.reader(file, delimiter=delimiter), [])]
    except UnicodeDecodeError as error:
        raise InputError(_not_utf8(path, error)) from error


def rows(path: Path, needed: Sequence[str] = (), delimiter: str = ",") -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table in UTF-8 with the line each ends on; cells and names of columns without blanks around.

    Raises InputError for a missing file, missing columns (with the delimiter that would have given them), other
    encodings, and rows with more or fewer cells than the header.
    """
    try:
        with _existing(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            header = [name.strip() for name in next(reader, [])]
            _check_header(path, header, needed, delimiter)
            empty = True
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(header):
                    raise InputError(f"{path}:{reader.line_num}: {len(cells)} cells below a header of {len(header)}")
                empty = False
                yield reader.line_num, dict(zip(header, (cell.strip() for cell in cells), strict=True))
            if empty:
                raise InputError(f"{path} has no rows below its header; was it cut short?")
    except UnicodeDecodeError as error:
        raise InputError(_not_utf8(path, error)) from error
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: this is not a CSV table: {error}") from error


def lines(
    path: Path, least: int = 1, delimiter: str | None = None, may_be_empty: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """The words of each line of a list that has no header, with its line number; blank lines are passed over.

    Words are parted by blanks unless a delimiter is given. InputError for a line with fewer than `least` words, and
    for a list without lines unless it may be empty.
    """
    empty = not may_be_empty
    try:
        with _existing(path).open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                found = [word.strip() for word in line.strip().split(delimiter)]
                if found in ([], [""]):
                    continue
                if len(found) < least:
                    raise InputError(f"{path}:{number}: {line.strip()[:80]!r} has {len(found)} of {least} columns")
                empty = False
                yield number, found
    except UnicodeDecodeError as error:
        raise InputError(_not_utf8(path, error)) from error
    if empty:
        raise InputError(f"{path} is empty; was it cut short?")


def read_json(path: Path) -> Any:
    """A whole JSON file; InputError with the line where it breaks off."""
    _existing(path)
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(_not_utf8(path, error)) from error
    except ValueError as error:
        raise InputError(f"{path}: this is not JSON: {error}; was the download cut short?") from error


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The plain arrays of an NPZ file; InputError when it holds Python objects, which could run code when loaded."""
    with _existing(path).open("rb") as file:
        begins = file.read(2)
    if begins != b"PK" or not zipfile.is_zipfile(path):  # numpy takes any other file for a pickle
        raise InputError(f"{path} is not an NPZ file ({path.stat().st_size} bytes); was the download cut short?")
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except ValueError as error:
        if "pickle" in str(error).lower() or "object arrays" in str(error).lower():
            raise InputError(
                f"{path} holds pickled Python objects, which can run code when loaded, so it was not; "
                f"convert it once: affectreason convert npz={path} out={path.with_suffix('.json')}"
            ) from error
        raise InputError(f"{path}: this is not an NPZ file: {error}") from error
    except (OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path}: this NPZ file is damaged: {error}") from error


def words(cell: str, where: str) -> list[str]:
    """A list in one cell: a Python or JSON list literal, `[a, b]` or `a, b`; an empty cell has none."""
    text = cell.strip()
    if not text:
        return []
    if text[0] == "[" and text[-1] == "]":
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            value = [part.strip().strip("'\"") for part in text[1:-1].split(",")]
    elif text[0] == "[" or text[-1] == "]":
        raise InputError(f"{where}: the list {text[:60]!r} is not closed; was the cell cut short?")
    else:
        value = text.split(",")
    if not all(isinstance(item, str) for item in value):
        raise InputError(f"{where}: {text[:60]!r} is not a list of words")
    return [item.strip() for item in value if item.strip()]


def label(word: str, vocabulary: str, where: str) -> str:
    """The name in a label set of a word; InputError with the nearest when it is not in it."""
    known = find(vocabulary)
    name = known.canonical(word)
    if name is None:
        raise InputError(f"{where}: the label {word!r} is not in {vocabulary!r}; {known.nearest(word)}")
    return name


def by_index(cell: str, names: Sequence[str], where: str, start: int = 0) -> str:
    """The name that a number of a published order of labels stands for; `start` is the number of the first."""
    try:
        at = int(float(cell)) - start
    except (ValueError, OverflowError):
        at = -1
    if not 0 <= at < len(names) or float(cell) != at + start:
        raise InputError(f"{where}: {cell!r} is not a label from {start} ({names[0]}) to {start + len(names) - 1}")
    return names[at]


def number(cell: str, where: str, least: float, most: float) -> float:
    """A number in a cell; InputError when it is none or outside the range."""
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise InputError(f"{where}: {cell!r} is not a number from {least:g} to {most:g}")
    return value


def _existing(path: Path) -> Path:
    if not path.is_file():
        there = path.parent.iterdir() if path.parent.is_dir() else ()
        beside = sorted(file.name for file in there if not file.name.startswith("."))
        raise InputError(f"no such file: {path}; {nearest(path.name, beside[:30])}")
    return path


def _check_header(path: Path, header: list[str], needed: Sequence[str], delimiter: str) -> None:
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise InputError(f"{path} has two columns {twice[0]!r}; give each its own name")
    missing = [name for name in needed if name not in header]
    if not missing:
        return
    if not header:
        raise InputError(f"{path} is empty; columns needed: {', '.join(needed)}")
    for sign, name in DELIMITERS.items():
        if sign != delimiter and len(header) == 1 and set(needed) <= {part.strip() for part in header[0].split(sign)}:
            raise InputError(f"{path} is parted by {name}s, not {DELIMITERS[delimiter]}s; save it with {delimiter!r}")
    raise InputError(f"{path} has no column {', '.join(map(repr, missing))}; {nearest(missing[0], header)}")


def _not_utf8(path: Path, error: UnicodeDecodeError) -> str:
    return (
        f"{path} is not UTF-8 text (byte {error.object[error.start]:#04x}); "
        f"convert it first, for example: iconv -f CP1252 -t UTF-8 {path.name} > converted (Chinese: -f GB18030)"
    )
