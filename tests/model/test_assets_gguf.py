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


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"GGML" + bytes(40), "it does not begin with GGUF"),
        (b"GGUF" + struct.pack("<IQQ", 2, 0, 0), "it is of version 2"),
        (gguf({"a": "b"}, {})[:40], "cannot be read as GGUF"),
        (gguf({}, {"w": np.zeros(32)})[:-4], "it is cut"),
        (gguf({}, {"w": (12, (32,), bytes(32))}), "numbers of kind 12"),
        (gguf({}, {"w": (3, (31,), bytes(32))}), r"a tensor \(31,\)"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 60), "a text of 1152921504606846976 bytes"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<I", 99), "unknown kind 99"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<IIQ", 9, 0, 1 << 60), "a list of"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0), "tensors; 3 is known"),
    ],
)
def test_a_damaged_file_is_told(tmp_path, raw, said):
    with pytest.raises(InputError, match=f"a.gguf.*{said}"):
        read(tmp_path, raw)
