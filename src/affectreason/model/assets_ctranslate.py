"""CTranslate2's model.bin, version 6: tensors by name, and other names for some of them.

Header: u32 version, text spec, u32 revision, u32 tensors. A tensor: text name, u8 axes, u32 each axis, u8 kind, u32
bytes, data. Behind them u32 other names, each as text and the text of the name it stands for. A text is its length with
the final zero in a u16, then itself.
"""

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

from affectreason.errors import InputError

VERSION = 6
_KINDS = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}


def read(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a file, also by their other names; InputError where it is cut, damaged, or of another version."""
    try:
        with path.open("rb") as file:
            return _read(file)
    except (struct.error, ValueError) as error:
        raise InputError(f"{path} cannot be read as a model of CTranslate2: {error}; fetch it again") from error


def _read(file: BinaryIO) -> dict[str, np.ndarray]:
    version = _number(file, "<I")
    if version != VERSION:
        raise ValueError(f"it is of version {version}; {VERSION} is known")
    _text(file)
    _number(file, "<I")
    found: dict[str, np.ndarray] = {}
    for _ in range(_number(file, "<I")):
        name, tensor = _tensor(file)
        if name in found:
            raise ValueError(f"it has two {name}")
        found[name] = tensor
    for _ in range(_number(file, "<I")):
        name, of = _text(file), _text(file)
        if name in found or of not in found:
            raise ValueError(f"{name} cannot stand for {of}")
        found[name] = found[of]
    if file.read(1):
        raise ValueError("it goes on behind its end")
    return found


def _number(file: BinaryIO, form: str) -> int:
    return int(struct.unpack(form, file.read(struct.calcsize(form)))[0])


def _text(file: BinaryIO) -> str:
    raw = file.read(_number(file, "<H"))
    if raw[-1:] != b"\0":
        raise ValueError("a text without its end")
    return raw[:-1].decode("utf-8")


def _tensor(file: BinaryIO) -> tuple[str, np.ndarray]:
    name = _text(file)
    shape = tuple(_number(file, "<I") for _ in range(_number(file, "<B")))
    kind, size = _number(file, "<B"), _number(file, "<I")
    if kind not in _KINDS:
        raise ValueError(f"{name} holds numbers of the unknown kind {kind}")
    raw = file.read(size)
    if len(raw) != size:
        raise ValueError("it is cut")
    return name, np.frombuffer(raw, dtype=_KINDS[kind]).reshape(shape)
