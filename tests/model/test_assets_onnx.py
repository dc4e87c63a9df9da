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


def weight(name, value=1.0):
    """A 2 x 2 tensor as a field of a graph."""
    return field(
        5, field(1, 2) + field(1, 2) + field(2, 1) + field(8, name) + field(9, np.full(4, value, "<f4").tobytes())
    )


def product(*inputs, name=b"/b/MatMul"):
    """A MatMul as a field of a graph."""
    return field(1, b"".join(field(1, one) for one in inputs) + field(3, name) + field(4, b"MatMul"))


NOT_ONE = "is not the one product of what comes in with a weight"


def test_products_of_two_that_come_in_are_none_of_weights(tmp_path):
    found = read(tmp_path, field(7, product(b"q", b"k") + product(b"x", b"w", name=b"/c/MatMul") + weight(b"w")))
    assert found.products == {"c": "w"}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (onnx({"w": np.zeros(4)}, {})[:-2], "it is cut"),
        (onnx({"w": np.zeros(4)}, {}, kind=7), "w holds numbers of kind 7"),
        (bytes([255] * 12), "a number without an end"),
        (bytes([7 << 3 | 3]), "unknown kind 3"),
        (bytes([7 << 3 | 2]), ""),
        (field(7, field(5, field(1, 5) + field(2, 1) + field(9, bytes(4)))), "cannot reshape"),
        (field(7, 3), ""),
        (field(7, weight(b"w") + weight(b"w", 2.0)), "it has two w"),
        (field(7, product(b"w", b"x") + weight(b"w")), f"/b/MatMul {NOT_ONE}"),
        (field(7, product(b"v", b"w") + weight(b"v") + weight(b"w")), f"/b/MatMul {NOT_ONE}"),
        (
            field(7, product(b"x", b"v") + product(b"y", b"w", name=b"/b/MatMul_1") + weight(b"v") + weight(b"w")),
            f"/b/MatMul_1 {NOT_ONE}",
        ),
        (field(7, field(5, field(2, 1) + field(8, 1 << 40))), "the number 1099511627776 in the place of a name"),
        (field(7, field(1, field(3, 1 << 40))), "the number 1099511627776 in the place of a name"),
    ],
)
def test_a_damaged_file_is_told(tmp_path, raw, said):
    with pytest.raises(InputError, match=f"a.onnx cannot be read as ONNX: .*{said}.*; fetch it again"):
        read(tmp_path, raw)
