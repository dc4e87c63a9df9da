import io
import pickle
from collections import OrderedDict

import numpy as np
import pytest

from affectreason.errors import InputError
from affectreason.published import unpickle

LABELS = {"sample_00000001": {"emo": "happy", "val": 2.25}, "sample_00000002": {"emo": "sad", "val": -10}}


def load(value, protocol=4):
    data = pickle.dumps(value, protocol)
    return unpickle.load(io.BytesIO(data), len(data))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol_gives_the_same_values(protocol):
    value = {
        "dicts": np.array([{"a": 1}, None, [1, 2]], object),
        "lists of one length": np.array([{"x": [1, 2]}, {"x": [3, 4]}], object),
        "numbers": np.array([[1, 2, 3], [4, 5, 6]], np.int16),
        "by column": np.asfortranarray([[1.5, 2.5], [3.5, 4.5]]),
        "swapped": np.array([1, 256], ">i4"),
        "text": np.array(["angry", "sad"]),
        "one": np.float64(0.25),
        "word": np.str_("worried"),
        "flag": np.array([True, False]),
        "tuple": (1, "b"),
        "set": {"b", "a"},
        "bytes": b"caf\xc3\xa9",
        3: True,
    }
    found, _ = load(value, protocol)
    assert found == {
        "dicts": [{"a": 1}, None, [1, 2]],
        "lists of one length": [{"x": [1, 2]}, {"x": [3, 4]}],
        "numbers": [[1, 2, 3], [4, 5, 6]],
        "by column": [[1.5, 2.5], [3.5, 4.5]],
        "swapped": [1, 256],
        "text": ["angry", "sad"],
        "one": 0.25,
        "word": "worried",
        "flag": [True, False],
        "tuple": [1, "b"],
        "set": ["a", "b"],
        "bytes": "café",
        "3": True,
    }


def test_types_are_counted_and_what_is_no_number_becomes_none():
    found, seen = load({"a": [1.5, float("nan"), float("inf")], "b": "x"})
    assert found == {"a": [1.5, None, None], "b": "x"}
    assert seen == {"float": 3, "not finite, now null": 2, "list": 1, "dict": 1, "str": 1}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (pickle.dumps(print), r"it names builtins.print, which could run code"),
        (pickle.dumps(OrderedDict(a=1)), r"it names collections.OrderedDict"),
        (b"cbuiltins\neval\n(S'1'\ntR.", r"it names builtins.eval"),
        (b"cnumpy\nload\n(S'a'\ntR.", r"it names numpy.load"),
        (b"\x80\x04\x8c\x08builtins\x8c\x0ddict.fromkeys\x93.", r"it names builtins.dict.fromkeys"),
        (b"cbuiltins\nset\n}S'x'\nS'y'\nsb.", r"not plain data \(TypeError"),
        (b"cnumpy\nndarray\n(I1\ntR.", r"not plain data \(TypeError"),
        (b"cbuiltins\nset\n.", r"it holds a type, which JSON has no form for"),
        (pickle.dumps({"a": LABELS})[:40], r"damaged or not plain data \((UnpicklingError|EOFError)"),
        (pickle.dumps({1.5: 1}), r"the key 1.5 is no text or number of its own"),
        (pickle.dumps({1: "a", "1": "b"}), r"the key '1' is no text or number of its own"),
        (pickle.dumps(1j), r"it names builtins.complex"),
        (pickle.dumps(b"\xff"), r"not plain data \(UnicodeDecodeError"),
        (pickle.dumps(np.array(["2020-01-01"], "M8[D]")), r"it holds an array of '<M8'; only numbers"),
        (pickle.dumps(np.zeros(2, "i4,f8")), r"it holds an array of '\|V12'; only numbers"),
    ],
)
def test_what_is_not_plain_data_is_named(data, message):
    with pytest.raises(InputError, match=message):
        unpickle.load(io.BytesIO(data), len(data))


class Forged:
    """An array of objects whose values are given as addresses in memory, with a dtype that hides it from numpy."""

    def __reduce__(self):
        make, parts, state = np.empty(0, object).__reduce__()
        return make, parts, (*state[:1], (2,), state[2], False, b"\x08" * 16)


def test_a_forged_array_reads_no_memory():
    with pytest.raises(InputError, match="it holds an array of objects that is written as bytes, not as a list"):
        load(Forged())


def test_small_files_cannot_become_large():
    bomb = ["x"]
    for _ in range(40):
        bomb = [bomb, bomb]
    with pytest.raises(InputError, match="it repeats its own parts many times over, which data do not"):
        load(bomb)
    circle = []
    circle.append(circle)
    with pytest.raises(InputError, match=r"it repeats its own parts|RecursionError"):
        load(circle)
