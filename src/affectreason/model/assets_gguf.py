"""GGUF files, the format of llama.cpp: metadata and tensors, the kinds of numbers that a 4-bit Llama has.

The layout is that of the GGUF specification, version 3 (ggml-org/ggml, docs/gguf.md).
"""

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from affectreason.errors import InputError

BLOCK = 32
"""Numbers that share a scale."""
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_TEXT, _LIST = 8, 9
_BYTES = {0: 4 * BLOCK, 1: 2 * BLOCK, 3: 4 + BLOCK // 2, 8: 2 + BLOCK}
"""Bytes of a block of float32, float16, Q4_1 and Q8_0."""
_MOST = 1 << 24  # of a list or a text; a damaged length must not take the memory


@dataclass(frozen=True)
class Gguf:
    """Metadata by key, and tensors by name as float32, their axes from the slowest to the fastest."""

    facts: dict[str, Any]
    tensors: dict[str, np.ndarray]


def read(path: Path) -> Gguf:
    """Read a file whole; InputError where it is cut, damaged, or holds numbers of another kind."""
    try:
        with path.open("rb") as file:
            return _read(file)
    except (struct.error, ValueError, UnicodeDecodeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} cannot be read as GGUF: {error}; fetch it again") from error


def _read(file: BinaryIO) -> Gguf:
    if file.read(4) != b"GGUF":
        raise ValueError("it does not begin with GGUF")
    version, tensors, pairs = (_number(file, form) for form in ("<I", "<Q", "<Q"))
    if version != 3 or max(tensors, pairs) > _MOST:
        raise ValueError(f"it is of version {version}, with {tensors} tensors; 3 is known")
    facts = {_text(file): _value(file, _number(file, "<I")) for _ in range(pairs)}
    about = [_about(file) for _ in range(tensors)]
    align = int(facts.get("general.alignment", 32))
    start = -(-file.tell() // align) * align
    return Gguf(facts, {name: _tensor(file, start + at, shape, kind) for name, shape, kind, at in about})


def _number(file: BinaryIO, form: str) -> Any:
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def _text(file: BinaryIO) -> str:
    size = _number(file, "<Q")
    if size > _MOST:
        raise ValueError(f"a text of {size} bytes")
    return file.read(size).decode("utf-8")


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _TEXT:
        return _text(file)
    if kind == _LIST:
        of, count = _number(file, "<I"), _number(file, "<Q")
        if of == _LIST or count > _MOST:
            raise ValueError(f"a list of {count} values of kind {of}")
        return [_value(file, of) for _ in range(count)]
    if kind not in _SCALARS:
        raise ValueError(f"a value of the unknown kind {kind}")
    return _number(file, _SCALARS[kind])


def _about(file: BinaryIO) -> tuple[str, tuple[int, ...], int, int]:
    """Name, shape, kind of numbers and offset of a tensor; the file has its axes from the fastest to the slowest."""
    name, axes = _text(file), _number(file, "<I")
    shape = tuple(_number(file, "<Q") for _ in range(min(axes, 8)))[::-1]
    return name, shape, _number(file, "<I"), _number(file, "<Q")


def _tensor(file: BinaryIO, at: int, shape: tuple[int, ...], kind: int) -> np.ndarray:
    """The numbers of a tensor, of Q4_1 as scale x (0..15) + least, of Q8_0 as scale x (-128..127)."""
    count = math.prod(shape)
    if kind not in _BYTES or count % BLOCK:
        raise ValueError(f"a tensor {shape} of numbers of kind {kind}; 0, 1, 3 and 8 are known")
    file.seek(at)
    size = count // BLOCK * _BYTES[kind]
    raw = np.frombuffer(file.read(size), dtype=np.uint8)
    if len(raw) != size:
        raise ValueError("it is cut")
    if kind in (0, 1):
        return raw.view("<f4" if kind == 0 else "<f2").astype(np.float32).reshape(shape)
    blocks = raw.reshape(-1, _BYTES[kind])
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    if kind == 8:
        return (scale * blocks[:, 2:].copy().view(np.int8)).reshape(shape)
    least = blocks[:, 2:4].copy().view("<f2").astype(np.float32)
    halves = np.concatenate([blocks[:, 4:] & 15, blocks[:, 4:] >> 4], axis=1)
    return (scale * halves + least).reshape(shape)
