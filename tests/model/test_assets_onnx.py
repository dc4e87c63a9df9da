import numpy as np
import pytest
from tests.asset_files import field, onnx

from affectreason.errors import InputError
from affectreason.model import assets_onnx


def read(tmp_path, raw):
    path = tmp_path / "a.onnx"
    path.write_bytes(raw)
    return assets_onnx.read(path)


def test_tensors_and_what_products_take(tmp_path):
    one = np.arange(300, dtype=np.float32).reshape(3, 100)
    found = read(tmp_path, onnx({"a.bias": one[0], "onnx::MatMul_7": one}, {"b/layer.0/query": "onnx::MatMul_7"}))
    assert (found.tensors["onnx::MatMul_7"] == one).all()
    assert found.tensors["a.bias"].shape == (100,)
    assert found.products == {"b/layer.0/query": "onnx::MatMul_7"}


def test_packed_axes_and_fields_of_other_kinds(tmp_path):
    tensor = field(1, bytes([2, 3])) + field(2, 1) + field(8, b"w") + field(9, np.arange(6, dtype="<f4").tobytes())
    skipped = bytes([15 << 3 | 5, 0, 0, 0, 0, 14 << 3 | 1]) + bytes(8)
    found = read(tmp_path, field(7, field(5, tensor) + skipped))
    assert found.tensors["w"].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (onnx({"w": np.zeros(4)}, {})[:-2], "it is cut"),
        (onnx({"w": np.zeros(4)}, {}, kind=7), "w holds numbers of kind 7"),
        (bytes([255] * 12), "a number without an end"),
        (bytes([7 << 3 | 3]), "unknown kind 3"),
        (bytes([7 << 3 | 2]), "cannot be read as ONNX"),
        (field(7, field(5, field(1, 5) + field(2, 1) + field(9, bytes(4)))), "cannot reshape"),
        (field(7, 3), "cannot be read as ONNX"),
    ],
)
def test_a_damaged_file_is_told(tmp_path, raw, said):
    with pytest.raises(InputError, match=f"a.onnx.*{said}"):
        read(tmp_path, raw)
