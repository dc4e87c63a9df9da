import numpy as np
import pytest
from tests.asset_files import ctranslate

from affectreason.errors import InputError
from affectreason.model import assets_ctranslate


def read(tmp_path, raw):
    path = tmp_path / "model.bin"
    path.write_bytes(raw)
    return assets_ctranslate.read(path)


def test_tensors_and_numbers_about_the_model(tmp_path):
    weight = np.arange(6, dtype=np.float16).reshape(2, 3)
    found = read(tmp_path, ctranslate({"encoder/conv1/weight": weight, "encoder/num_heads": np.int16(6)}))
    assert (found["encoder/conv1/weight"] == weight).all()
    assert found["encoder/num_heads"].shape == ()
    assert int(found["encoder/num_heads"]) == 6


def test_another_name_is_the_same_tensor(tmp_path):
    found = read(tmp_path, ctranslate({"a": np.ones(2, np.float16)}, also=[("b", "a")]))
    assert found["b"] is found["a"]


def test_float32_is_read_whole(tmp_path):
    found = read(tmp_path, ctranslate({"a": np.full(2, 1 / 3, np.float32)}))
    assert found["a"].tolist() == [np.float32(1 / 3)] * 2


TWO = ctranslate({"v": np.zeros(2, np.float16), "w": np.ones(2, np.float16)})


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (ctranslate({}, version=5), "it is of version 5; 6 is known"),
        (ctranslate({"w": np.zeros(4, np.float16)})[:-5], "it is cut"),
        (ctranslate({}) + b"x", "it goes on behind its end"),
        (TWO.replace(b"v\0", b"w\0"), "it has two w"),
        (ctranslate({"w": np.int16(1)}, also=[("v", "u")]), "v cannot stand for u"),
        (ctranslate({"w": np.int16(1)}, also=[("w", "w")]), "w cannot stand for w"),
        (TWO.replace(b"v\0", b"vv"), "a text without its end"),
        (TWO.replace(b"\1\2\0\0\0\4", b"\1\3\0\0\0\4"), "cannot reshape"),
        (b"\6", ""),
        (
            ctranslate({"w": np.int16(1)}).replace(b"\2\2\0\0\0", b"\x11\2\0\0\0"),
            "w holds numbers of the unknown kind 17",
        ),
    ],
)
def test_a_damaged_file_is_told(tmp_path, raw, said):
    with pytest.raises(InputError, match=f"model.bin cannot be read as a model of CTranslate2: .*{said}.*; fetch it"):
        read(tmp_path, raw)


def test_a_file_cut_anywhere_is_told(tmp_path):
    whole = ctranslate({"a": np.ones(2, np.float16), "b": np.int16(3)}, also=[("c", "a")])
    for size in range(len(whole)):
        with pytest.raises(InputError, match="cannot be read as a model of CTranslate2"):
            read(tmp_path, whole[:size])
