import struct

import numpy as np
import pytest
from tests.asset_files import gguf

from affectreason.errors import InputError
from affectreason.model import assets_gguf


def read(tmp_path, raw):
    path = tmp_path / "a.gguf"
    path.write_bytes(raw)
    return assets_gguf.read(path)


def test_facts_and_tensors_come_back(tmp_path):
    whole = np.arange(64, dtype=np.float32).reshape(2, 32)
    found = read(
        tmp_path, gguf({"a": "ä", "b": ["x", "y"], "c": [1, -2], "d": 0.5, "e": 7}, {"w": whole, "v": whole + 1})
    )
    assert found.facts == {"a": "ä", "b": ["x", "y"], "c": [1, -2], "d": 0.5, "e": 7}
    assert (found.tensors["w"] == whole).all()
    assert (found.tensors["v"] == whole + 1).all()


def test_numbers_of_four_bits_are_scale_times_number_plus_least(tmp_path):
    halves = bytes(i | (15 - i) << 4 for i in range(16))
    block = struct.pack("<ee", 0.5, -1.0) + halves
    found = read(tmp_path, gguf({}, {"w": (3, (1, 32), block)})).tensors["w"]
    assert found.shape == (1, 32)
    assert found[0, :16].tolist() == [i * 0.5 - 1 for i in range(16)]
    assert found[0, 16:].tolist() == [(15 - i) * 0.5 - 1 for i in range(16)]


def test_numbers_of_eight_bits_are_scale_times_number(tmp_path):
    block = struct.pack("<e", 0.25) + struct.pack("<32b", *range(-16, 16))
    found = read(tmp_path, gguf({}, {"w": (8, (32,), block)})).tensors["w"]
    assert found.tolist() == [0.25 * i for i in range(-16, 16)]


def test_half_precision(tmp_path):
    found = read(tmp_path, gguf({}, {"w": (1, (32,), np.arange(32).astype("<f2").tobytes())})).tensors["w"]
    assert found.dtype == np.float32
    assert found.tolist() == list(range(32))


def test_numbers_of_float32_need_no_blocks(tmp_path):
    found = read(tmp_path, gguf({}, {"w": np.arange(3), "v": np.arange(5)})).tensors
    assert found["w"].tolist() == [0, 1, 2]
    assert found["v"].tolist() == [0, 1, 2, 3, 4]


def begun(at, shape=(32,), kind=0):
    """A file of one tensor that is said to begin at `at` and to have a shape, with 128 bytes behind its metadata."""
    head = b"GGUF" + struct.pack("<IQQQ", 3, 1, 0, 1) + b"w" + struct.pack("<I", len(shape))
    head += b"".join(struct.pack("<Q", axis) for axis in reversed(shape)) + struct.pack("<IQ", kind, at)
    return head + bytes(-len(head) % 32) + bytes(128)


def test_what_is_told_of_one_tensor_is_read(tmp_path):
    assert read(tmp_path, begun(0)).tensors["w"].tolist() == [0] * 32


FIRST = gguf({"a": 1, "b": 2}, {})
TWO = gguf({}, {"v": np.zeros(32), "w": np.ones(32)})


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"GGML" + bytes(40), "it does not begin with GGUF"),
        (b"GGUF" + struct.pack("<IQQ", 2, 0, 0), "it is of version 2; 3 is known"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "it is of version 50331648; 3 is known"),
        (gguf({"a": "b"}, {})[:40], ""),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<IQ", 8, 100) + b"short", "it is cut"),
        (gguf({}, {"w": np.zeros(32)})[:-4], "it is cut"),
        (gguf({}, {"w": np.zeros(32)}) + bytes(32), "it has 224 bytes, and 192 are told of"),
        (begun(32), "w begins at 32, and 0 is where it would"),
        (begun(2**64 - 1), "w begins at 18446744073709551615, and 0 is where it would"),
        (begun(0, (2**40, 2**20)), "it is cut"),
        (begun(0, (16,)), "it has 192 bytes, and 128 are told of"),
        (begun(0, (1,) * 5), "w has 5 axes; 4 are the most"),
        (begun(0, (), kind=8), r"w has the shape \(\), whose last axis is no multiple of 32"),
        (gguf({}, {"w": (12, (32,), bytes(32))}), "w has numbers of kind 12; 0, 1, 3, 8 are known"),
        (gguf({}, {"w": (3, (2, 16), bytes(20))}), r"w has the shape \(2, 16\), whose last axis is no multiple of 32"),
        (TWO.replace(b"v" + struct.pack("<I", 1), b"w" + struct.pack("<I", 1)), "two w"),
        (FIRST.replace(b"b" + struct.pack("<I", 4), b"a" + struct.pack("<I", 4)), "a is said twice"),
        (gguf({"general.alignment": 0}, {}), "general.alignment is 0, and it is a multiple of 8"),
        (gguf({"general.alignment": 12}, {}), "general.alignment is 12, and it is a multiple of 8"),
        (gguf({"general.alignment": [32]}, {}), r"general.alignment is \[32\], and it is a multiple of 8"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 60), "a text of 1152921504606846976 bytes"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<I", 99), "unknown kind 99"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<IIQ", 9, 0, 1 << 60), "a list of"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0), "1152921504606846976 tensors and 0 facts"),
    ],
)
def test_a_damaged_file_is_told(tmp_path, raw, said):
    with pytest.raises(InputError, match=f"a.gguf cannot be read as GGUF: .*{said}.*; fetch it again"):
        read(tmp_path, raw)


def test_a_file_cut_anywhere_is_told(tmp_path):
    whole = gguf({"a": "text", "b": [1, 2], "c": ["x", "yz"]}, {"v": np.zeros(32), "w": np.ones(8)})
    assert read(tmp_path, whole).tensors["w"].tolist() == [1] * 8
    for size in range(len(whole)):
        with pytest.raises(InputError, match="cannot be read as GGUF"):
            read(tmp_path, whole[:size])
