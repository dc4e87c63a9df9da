"""What of an ONNX file weights are: its initializers, and the paths of the products that use them.

ONNX is a protocol buffer, of which four messages are read (onnx.proto: ModelProto.graph, GraphProto.node and
.initializer, NodeProto, TensorProto), so that the onnx package is not needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from affectreason.errors import InputError

_FLOAT = 1
_VARINT, _DOUBLE, _BYTES, _SINGLE = 0, 1, 2, 5
_GRAPH = 7
_NODE, _INITIALIZER = 1, 5


@dataclass(frozen=True)
class Onnx:
    """Tensors by name, and by the path of a MatMul node (`encoder/layer.0/.../query`) the name of the one it takes."""

    tensors: dict[str, np.ndarray]
    products: dict[str, str]


def read(path: Path) -> Onnx:
    """Read a file whole; InputError where it is cut, damaged, or holds other numbers than float32."""
    try:
        graphs = [value for field, value in _fields(memoryview(path.read_bytes())) if field == _GRAPH]
        tensors: dict[str, np.ndarray] = {}
        nodes = []
        for field, value in (one for graph in graphs for one in _fields(graph)):
            if field == _INITIALIZER:
                name, found = _tensor(value)
                if name in tensors:
                    raise ValueError(f"it has two {name}")
                tensors[name] = found
            elif field == _NODE:
                nodes.append(_node(value))
        return Onnx(tensors, _products(nodes, tensors))
    except (ValueError, IndexError, TypeError) as error:
        raise InputError(f"{path} cannot be read as ONNX: {error}; fetch it again") from error


def _products(nodes: list[tuple[str, str, list[str]]], tensors: dict[str, np.ndarray]) -> dict[str, str]:
    """By the path of a MatMul node the weight it takes, which stands second: first, it would be the other way round."""
    found: dict[str, str] = {}
    for name, kind, inputs in nodes:
        if kind != "MatMul" or not any(source in tensors for source in inputs):
            continue
        place = name.strip("/").rpartition("/")[0]
        if len(inputs) != 2 or inputs[0] in tensors or place in found:
            raise ValueError(f"{name} is not the one product of what comes in with a weight")
        found[place] = inputs[1]
    return found


def _fields(data: memoryview) -> Iterator[tuple[int, Any]]:
    """The fields of a message: their numbers, with an int or bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            size, at = _varint(data, at)
        elif kind in (_DOUBLE, _SINGLE):
            size = 8 if kind == _DOUBLE else 4
        else:
            raise ValueError(f"a field of the unknown kind {kind}")
        if at + size > len(data):
            raise ValueError("it is cut")
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where the next field begins."""
    found = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        found |= (byte & 127) << shift
        if byte < 128:
            return found, at
    raise ValueError("a number without an end")


def _tensor(data: memoryview) -> tuple[str, np.ndarray]:
    """Name (8) and numbers (raw_data, 9) of a TensorProto, in the shape of its dims (1), packed or not."""
    name, shape, kind, raw = "", [], 0, memoryview(b"")
    for field, value in _fields(data):
        if field == 1:
            shape += [value] if isinstance(value, int) else list(_packed(value))
        elif field == 2:
            kind = value
        elif field == 8:
            name = _text(value)
        elif field == 9:
            raw = value
    if kind != _FLOAT:
        raise ValueError(f"{name} holds numbers of kind {kind}; float32 is known")
    return name, np.frombuffer(raw, dtype="<f4").reshape(shape)


def _packed(data: memoryview) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _text(value: Any) -> str:
    if isinstance(value, int):
        raise ValueError(f"the number {value} in the place of a name")
    return bytes(value).decode("utf-8")


def _node(data: memoryview) -> tuple[str, str, list[str]]:
    """Name (3), kind (4) and inputs (1) of a NodeProto."""
    said: dict[int, list[str]] = {1: [], 3: [""], 4: [""]}
    for field, value in _fields(data):
        if field in said:
            said[field].append(_text(value))
    return said[3][-1], said[4][-1], said[1]
