"""GGUF files, the format of llama.cpp: metadata and tensors, the kinds of numbers that a 4-bit Llama has.

The layout is that of the GGUF specification, version 3 (ggml-org/ggml, docs/gguf.md).
"""

import math
import os
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
_WIDE = {0: 4, 1: 2}
"""Bytes of a number, of float32 and float16."""
_BLOCKS = {3: 4 + BLOCK // 2, 8: 2 + BLOCK}
"""Bytes of a block of Q4_1 and Q8_0."""
_AXES = 4  # ggml has no more
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
    except (struct.error, ValueError) as error:
        raise InputError(f"{path} cannot be read as GGUF: {error}; fetch it again") from error


def _read(file: BinaryIO) -> Gguf:
    if file.read(4) != b"GGUF":
        raise ValueError("it does not begin with GGUF")
    version, tensors, pairs = (_number(file, form) for form in ("<I", "<Q", "<Q"))
    if version != 3:
        raise ValueError(f"it is of version {version}; 3 is known")
    if max(tensors, pairs) > _MOST:
        raise ValueError(f"{tensors} tensors and {pairs} facts")
    facts: dict[str, Any] = {}
    for _ in range(pairs):
        key = _text(file)
        if key in facts:
            raise ValueError(f"{key} is said twice")
        facts[key] = _value(file, _number(file, "<I"))
    about = [_about(file) for _ in range(tensors)]
    return Gguf(facts, _tensors(file, about, facts.get("general.alignment", 32)))


def _number(file: BinaryIO, form: str) -> Any:
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def _text(file: BinaryIO) -> str:
    size = _number(file, "<Q")
    if size > _MOST:
        raise ValueError(f"a text of {size} bytes")
    raw = file.read(size)
    if len(raw) != size:
        raise ValueError("it is cut")
    return raw.decode("utf-8")


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
    if axes > _AXES:
        raise ValueError(f"{name} has {axes} axes; {_AXES} are the most")
    shape = tuple(_number(file, "<Q") for _ in range(axes))[::-1]
    return name, shape, _number(file, "<I"), _number(file, "<Q")


def _tensors(file: BinaryIO, about: list[tuple[str, tuple[int, ...], int, int]], align: Any) -> dict[str, np.ndarray]:
    """The tensors behind the metadata: each where the one before it ends, filled up to `align` bytes, and no more."""
    if not isinstance(align, int) or align <= 0 or align % 8:
        raise ValueError(f"general.alignment is {align!r}, and it is a multiple of 8")
    start = -(-file.tell() // align) * align
    whole = file.seek(0, os.SEEK_END)
    found: dict[str, np.ndarray] = {}
    at = 0
    for name, shape, kind, said in about:
        size = _size(name, shape, kind)
        if said != at or name in found:
            raise ValueError(f"{name} begins at {said}, and {at} is where it would" if said != at else f"two {name}")
        if start + at + size > whole:
            raise ValueError("it is cut")
        file.seek(start + at)
        found[name] = _numbers(np.frombuffer(file.read(size), dtype=np.uint8), shape, kind)
        at += -(-size // align) * align
    if about and whole != start + at:
        raise ValueError(f"it has {whole} bytes, and {start + at} are told of")
    return found


def _size(name: str, shape: tuple[int, ...], kind: int) -> int:
    """Bytes of a tensor; blocks lie along its last axis."""
    if kind in _WIDE:
        return math.prod(shape) * _WIDE[kind]
    if kind not in _BLOCKS:
        raise ValueError(f"{name} has numbers of kind {kind}; {', '.join(map(str, (*_WIDE, *_BLOCKS)))} are known")
    if not shape or shape[-1] % BLOCK:
        raise ValueError(f"{name} has the shape {shape}, whose last axis is no multiple of {BLOCK}")
    return math.prod(shape) // BLOCK * _BLOCKS[kind]


def _numbers(raw: np.ndarray, shape: tuple[int, ...], kind: int) -> np.ndarray:
    """The numbers of a tensor, of Q4_1 as scale x (0..15) + least, of Q8_0 as scale x (-128..127)."""
    if kind in _WIDE:
        return raw.view("<f4" if kind == 0 else "<f2").astype(np.float32).reshape(shape)
    blocks = raw.reshape(-1, _BLOCKS[kind])
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    if kind == 8:
        return (scale * blocks[:, 2:].copy().view(np.int8)).reshape(shape)
    least = blocks[:, 2:4].copy().view("<f2").astype(np.float32)
    halves = np.concatenate([blocks[:, 4:] & 15, blocks[:, 4:] >> 4], axis=1)
    return (scale * halves + least).reshape(shape)
