"""NPZ and NPY files, and plain pickles, as values of JSON; numpy reads the plain arrays, `unpickle` the others."""

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from affectreason.errors import InputError
from affectreason.published import unpickle

MOST_BYTES = 2**28
_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError)


def members(path: Path) -> Iterator[tuple[str, Any, Counter[str]]]:
    """Each array of an NPZ file, or the one value (named "") of an NPY or pickle file: name, value, types counted.

    InputError names the file, the member and what it may not hold; nothing that is pickled can run.
    """
    if not path.is_file():
        raise InputError(f"no such file: {path}; give the file to convert, for example npz=label-6way.npz")
    with path.open("rb") as file:
        start = file.read(8)
    if start[:4] == b"PK\x03\x04":
        yield from _zipped(path)
    elif start[:6] == b"\x93NUMPY" or start[:1] == b"\x80":
        _check_size(path.stat().st_size, str(path))
        yield "", *_value(path.read_bytes(), str(path))
    else:
        raise InputError(f"{path} is not an NPZ, NPY or pickle file; it begins with {start!r}")


def _zipped(path: Path) -> Iterator[tuple[str, Any, Counter[str]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            for member in archive.infolist():
                where = f"{path}, {member.filename}"
                if not member.filename.endswith(".npy") or names.count(member.filename) > 1:
                    raise InputError(f"{where}: an NPZ file holds arrays, NAME.npy, each once")
                _check_size(member.file_size, where)
                yield member.filename.removesuffix(".npy"), *_value(archive.read(member), where)
    except _DAMAGED as error:
        raise InputError(f"{path}: this NPZ file is damaged: {error}; was the download cut short?") from error


def _value(data: bytes, where: str) -> tuple[Any, Counter[str]]:
    file = io.BytesIO(data)
    try:
        if data[:6] != b"\x93NUMPY":
            return unpickle.load(file, len(data))
        dtype = _header(file)
        if dtype.hasobject:
            return unpickle.load(file, len(data))
        file.seek(0)
        return unpickle.plain(np.lib.format.read_array(file, allow_pickle=False).tolist())
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    except ValueError as error:
        raise InputError(f"{where}: this array is damaged: {error}; was the download cut short?") from error


def _header(file: io.BytesIO) -> np.dtype[Any]:
    """What an NPY file holds; the file is left at its first value."""
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise InputError(f"NPY version {version[0]}.{version[1]} is not read, only 1.0 and 2.0")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    _, _, dtype = read(file)
    if dtype.names is not None or dtype.kind not in "biufUSO":
        raise InputError(f"arrays of {str(dtype)[:40]!r} are not read, only numbers, text and plain values")
    return dtype


def _check_size(size: int, where: str) -> None:
    if size > MOST_BYTES:
        raise InputError(
            f"{where} is {size / 1e6:.0f} MB; at most {MOST_BYTES / 1e6:.0f} MB are read, label files are smaller"
        )
