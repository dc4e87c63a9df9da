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


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (ctranslate({}, version=5), "it is of version 5; 6 is known"),
        (ctranslate({"w": np.zeros(4, np.float16)})[:-1], "it is cut"),
        (b"\6", "cannot be read as a model of CTranslate2"),
        (
            ctranslate({"w": np.int16(1)}).replace(b"\2\2\0\0\0", b"\x11\2\0\0\0"),
            "w holds numbers of the unknown kind 17",
        ),
    ],
)
def test_a_damaged_file_is_told(tmp_path, raw, said):
    with pytest.raises(InputError, match=f"model.bin.*{said}"):
        read(tmp_path, raw)
