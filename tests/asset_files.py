"""Small files in the formats that assets are read of, written by hand: a test reads back what it wrote."""

import struct
import zipfile

import numpy as np


def gguf_text(text):
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def gguf_value(value):
    """A value with its kind: texts, whole numbers, floats and lists of texts or whole numbers."""
    if isinstance(value, list):
        kind = 8 if isinstance(value[0], str) else 5
        items = [gguf_text(one) if kind == 8 else struct.pack("<i", one) for one in value]
        return struct.pack("<IIQ", 9, kind, len(value)) + b"".join(items)
    if isinstance(value, str):
        return struct.pack("<I", 8) + gguf_text(value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    return struct.pack("<II", 4, value)


def gguf(facts, tensors):
    """A file of `facts` and of tensors by name: float32 arrays, or (kind, shape, bytes)."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(facts))
    head += b"".join(gguf_text(key) + gguf_value(value) for key, value in facts.items())
    body = b""
    for name, one in tensors.items():
        kind, shape, raw = one if isinstance(one, tuple) else (0, one.shape, one.astype("<f4").tobytes())
        head += gguf_text(name) + struct.pack("<I", len(shape))
        head += b"".join(struct.pack("<Q", axis) for axis in reversed(shape)) + struct.pack("<IQ", kind, len(body))
        body += raw + bytes(-len(raw) % 32)
    return head + bytes(-len(head) % 32) + body


def varint(number):
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


def field(number, value):
    """A field of a protocol buffer: an int, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def onnx(tensors, products, kind=1):
    """A file of float32 tensors and of MatMul nodes, each a path with the name of the tensor it takes."""
    graph = b""
    for name, source in products.items():
        node = field(1, b"what_comes_in") + field(1, source.encode()) + field(2, b"out")
        graph += field(1, node + field(3, f"/{name}/MatMul".encode()) + field(4, b"MatMul"))
    for name, one in tensors.items():
        dims = b"".join(field(1, axis) for axis in one.shape)
        raw = field(9, np.ascontiguousarray(one, dtype="<f4").tobytes())
        graph += field(5, dims + field(2, kind) + field(8, name.encode()) + raw)
    return field(1, 7) + field(7, graph)


def ctranslate(tensors, version=6, also=()):
    """A model.bin of float16 or float32 tensors, of small numbers about the model, and of (other name, name)."""

    def text(words):
        return struct.pack("<H", len(words) + 1) + words.encode() + b"\0"

    found = struct.pack("<I", version) + text("WhisperSpec") + struct.pack("<II", 3, len(tensors))
    for name, one in tensors.items():
        one = np.asarray(one)
        kind = {"float16": 4, "float32": 0}.get(str(one.dtype), 2)
        raw = np.ascontiguousarray(one, dtype={4: "<f2", 0: "<f4", 2: "<i2"}[kind]).tobytes()
        found += text(name) + struct.pack("<B", one.ndim) + b"".join(struct.pack("<I", axis) for axis in one.shape)
        found += struct.pack("<BI", kind, len(raw)) + raw
    return found + struct.pack("<I", len(also)) + b"".join(text(words) for pair in also for words in pair)


def wheel(path, files, name="some_pack", licence="Do as you like."):
    """A wheel of files by name, as a registry has it."""
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, content in files.items():
            archive.writestr(inside, content)
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nLicense: MIT\n\nwords"
        archive.writestr(f"{about}/METADATA", metadata)
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/licenses/LICENSE", licence)
        archive.writestr(f"{about}/RECORD", "")
    return path
