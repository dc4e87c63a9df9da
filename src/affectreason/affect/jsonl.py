"""Lines of JSON in and out: every error names the file and the line, and a file is written whole or not at all."""

import codecs
import errno
import json
import os
import platform
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from affectreason.errors import InputError, nearest

Row = dict[str, Any]
_STREAM = re.compile(r"/dev/(stdin$|fd/)")


def rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Read each JSON object with the line on which it begins; one object a line, or one JSON array of objects.

    Blank lines are passed over. Raises InputError for a missing file, bytes that are not UTF-8, and what is not JSON.
    """
    for line, _, found in each(path):
        if isinstance(found, InputError):
            raise InputError(f"{path}:{line}: {found}") from found
        yield line, found


def each(path: Path) -> Iterator[tuple[int, int, Row | InputError]]:
    """As `rows`, but what is wrong with a line is given in its place; with the line, its first byte (0 in an array).

    An array ends at its first mistake. Raises InputError for a missing file alone.
    """
    must_be_file(path)
    if is_array(path):
        yield from ((line, 0, found) for line, found in _array(path))
        return
    at = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, at, row_or_error(line)
            at += len(line)


def must_be_file(path: Path) -> None:
    """Raise InputError for what is no file: nothing, with the nearest name beside it, a folder, a pipe or a device."""
    if path.is_dir():
        inside = _beside(path)
        raise InputError(f"{path} is a folder; write a file, in it: {', '.join(inside) or 'none that ends in .jsonl'}")
    if _STREAM.match(str(path)) or (path.exists() and not path.is_file()):
        raise InputError(f"{path} is a pipe or a device; a file is needed, for it is read more than once")
    if not path.is_file():
        beside = _beside(path.parent) if path.parent.is_dir() else []
        raise InputError(f"no such file: {path}; in {path.parent}: {nearest(path.name, beside)}")


def _beside(folder: Path) -> list[str]:
    """The names of a folder's files of JSON, without the parts that `write` has not put in place."""
    return sorted(file.name for file in folder.glob("*.json*") if file.suffix != ".part")


def lines(path: Path) -> int:
    """The number of lines of a file, quickly; about that of its samples."""
    if not path.is_file():
        return 0
    found, last = 0, b"\n"
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            found, last = found + block.count(b"\n"), block[-1:]
    return found + (last != b"\n")  # the last line may end without one


def row_or_error(line: bytes) -> Row | InputError:
    """The object on a line, or what is wrong with it."""
    try:
        return _checked(_decoder().decode(line.removeprefix(codecs.BOM_UTF8).decode()))
    except InputError as error:
        return error
    except UnicodeDecodeError as error:
        return InputError(f"not UTF-8 text (byte {line[error.start]:#04x}); is this a JSONL file, saved as UTF-8?")
    except (ValueError, RecursionError) as error:
        return InputError(f"this is not JSON: {error}; write one whole object a line")


def write(path: Path, lines: Iterable[str]) -> None:
    """Write lines, as they come, to a file beside and put it in place of `path` in one step; an error leaves the old.

    A full disk is told with the space that was needed so far and the space free. What killed runs of this machine left
    beside is removed.
    """
    written = 0
    folder = path.parent.absolute()
    stem = f".{path.name}.{platform.node()}."  # another machine may write here too, and numbers its processes anew
    part = folder / f"{stem}{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear(folder, stem)
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


def _clear(folder: Path, stem: str) -> None:
    """Remove the parts of processes that are no more."""
    pattern = re.compile(re.escape(stem) + r"([1-9][0-9]{0,8})\.part")
    for found in [match for match in map(pattern.fullmatch, os.listdir(folder)) if match]:
        try:
            os.kill(int(found[1]), 0)
        except ProcessLookupError:
            with suppress(OSError):  # what cannot be removed is not in the way: each process writes a part of its own
                (folder / found[0]).unlink()
        except PermissionError:  # it lives, and is somebody else's
            continue


def absolute(path: str, folder: Path) -> str:
    """A path written in a file of this folder, absolute; links stay, unless `..` would have to go through one."""
    if path.startswith("/") and "/.." not in path:
        return path
    full = folder / path
    return str(full.resolve() if ".." in full.parts else full.absolute())


def relative(path: str, folder: Path) -> str:
    """The path to write into a file of this (absolute) folder: relative where it lies inside, else as it is."""
    return path.removeprefix(f"{folder}/")


def is_array(path: Path) -> bool:
    """Whether a file holds one JSON array and not one object a line."""
    with path.open("rb") as file:
        return next((line.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] for line in file if line.strip()), b"") == b"["


def _array(path: Path) -> Iterator[tuple[int, Row | InputError]]:
    """One by one, so that each object keeps its line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        yield 1, InputError(f"not UTF-8 text (byte {error.object[error.start]:#04x}); save the file as UTF-8")
        return
    decoder = _decoder()
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
            yield line, _checked(value)
        except InputError as error:
            yield line, error
        except (ValueError, RecursionError) as error:
            yield line, InputError(f"this is not JSON: {error}")
            return


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_once)


def _checked(value: object) -> Row:
    if not isinstance(value, dict):
        raise InputError(f'{json.dumps(value)[:60]} is not an object; write {{"id": ...}}, one a line')
    return value


def _once(pairs: list[tuple[str, Any]]) -> Row:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} stands twice in an object")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number; leave the key out where nothing was annotated")
