"""Lines of JSON in and out: every error names the file and the line, and a file is written whole or not at all."""

import errno
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from affectreason.errors import InputError, nearest


def rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read each JSON object with the line on which it begins; one object a line, or one JSON array of objects.

    Blank lines are passed over. Raises InputError for a missing file, bytes that are not UTF-8, and what is not JSON.
    """
    if not path.is_file():
        beside = sorted(file.name for file in path.parent.glob("*.json*")) if path.parent.is_dir() else []
        raise InputError(f"no such file: {path}; in {path.parent}: {nearest(path.name, beside)}")
    try:
        if _is_array(path):
            yield from _array(path)
            return
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, _object(line, f"{path}:{number}")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text ({error.reason}); is this a JSONL file?") from error


def write(path: Path, lines: Iterable[str]) -> None:
    """Write lines, as they come, to a file beside and put it in place of `path` in one step; an error leaves the old.

    A full disk is told with the space that was needed so far and the space free.
    """
    written = 0
    folder = path.parent.absolute()
    part = folder / f".{path.name}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("w", encoding="utf-8") as file:
                for line in lines:
                    file.write(line + "\n")
                    written += len(line) + 1
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise InputError(f"cannot write {path}: {error.strerror}; choose another place") from error
        free = shutil.disk_usage(folder).free
        raise InputError(
            f"{path}: the disk is full and nothing was written: more than {written / 1e6:.1f} MB are needed in "
            f"{folder}, {free / 1e6:.1f} MB are free; "
            "free space there, for example old folders in runs/, or write elsewhere"
        ) from error


def absolute(path: str, folder: Path) -> str:
    """A path written in a file of this folder, absolute; links stay, unless `..` would have to go through one."""
    if path.startswith("/") and "/.." not in path:
        return path
    full = folder / path
    return str(full.resolve() if ".." in full.parts else full.absolute())


def relative(path: str, folder: Path) -> str:
    """The path to write into a file of this (absolute) folder: relative where it lies inside, else as it is."""
    return path.removeprefix(f"{folder}/")


def _is_array(path: Path) -> bool:
    with path.open(encoding="utf-8-sig") as file:
        return next((line.lstrip()[0] for line in file if line.strip()), "") == "["


def _array(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """One by one, so that each object keeps its line."""
    text = path.read_text(encoding="utf-8-sig")
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    at, line = text.index("[") + 1, 1
    counted = 0
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        line, counted = line + text.count("\n", counted, at), at
        if text[at : at + 1] == "]":
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except ValueError as error:
            raise InputError(f"{path}:{line}: this is not JSON: {error}") from error
        yield line, _checked(value, f"{path}:{line}")


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        return _checked(json.loads(line, parse_constant=_no_constant), where)
    except ValueError as error:
        if isinstance(error, InputError | UnicodeDecodeError):
            raise
        raise InputError(f"{where}: this is not JSON: {error}; write one whole object a line") from error


def _checked(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f'{where}: {json.dumps(value)[:60]} is not an object; write {{"id": ...}}, one a line')
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number; leave the key out where nothing was annotated")
