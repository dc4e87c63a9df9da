"""What a file of features holds: a NumPy array or an archive of them, of which no pickled object is ever loaded."""

import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np

from affectreason.errors import InputError

_AT_ONCE = 2**20
_BROKEN = (OSError, EOFError, ValueError, RuntimeError, SyntaxError, TokenError, zipfile.BadZipFile, zlib.error)
"""What NumPy and zipfile raise for files that are damaged, of another kind, or locked by a password."""


def array_facts(path: Path) -> dict[str, Any]:
    """The fields of `Facts` of a .npy or .npz file of numbers, read to its end; InputError says what is wrong."""
    try:
        if not zipfile.is_zipfile(path):
            with path.open("rb") as file:
                return {"warnings": tuple(_array(file, path.name))}
        odd: list[str] = []
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                with archive.open(name) as member:
                    odd += _array(member, name)
        return {"warnings": tuple(odd)}
    except InputError:
        raise
    except _BROKEN as error:
        raise InputError(f"cannot be read as a NumPy array: {error}") from error


def _array(file: IO[bytes], name: str) -> list[str]:
    """Read one array in pieces; its warnings."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    if dtype.hasobject:
        raise InputError(f"holds pickled Python objects ({name}), which can run code when loaded, so they were not")
    if dtype.kind not in "biuf":
        raise InputError(f"holds {dtype} ({name}), not numbers")
    left, strange = int(np.prod(shape, dtype=object)) * dtype.itemsize, 0
    while left:
        piece = file.read(min(left, _AT_ONCE * dtype.itemsize))
        if not piece or len(piece) % dtype.itemsize:
            raise InputError(f"is cut short ({name}): {left} bytes of an array of shape {shape} are missing")
        left -= len(piece)
        strange += int(np.count_nonzero(~np.isfinite(np.frombuffer(piece, dtype))))
    odd = [f"{name} is empty, of shape {shape}"] if 0 in shape else []
    return [*odd, f"{name} holds {strange} values that are no numbers or infinite"] if strange else odd
