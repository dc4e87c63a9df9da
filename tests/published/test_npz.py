import os
import pickle
import zipfile

import numpy as np
import pytest

from affectreason.errors import InputError
from affectreason.published import npz

LABELS = {"sample_00000001": {"emo": "happy", "val": 2.25}, "sample_00000002": {"emo": "sad", "val": -10}}


class Runs:
    """What a forged label file looks like: a shell command is called while the pickle is read."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("labels.npz", lambda path, forged: np.savez_compressed(path, train_corpus=forged)),
        ("labels.npz", lambda path, forged: np.savez(path, a=np.array([LABELS, forged], object))),
        ("labels.npy", lambda path, forged: np.save(path, np.array(forged, object))),
        ("labels.pkl", lambda path, forged: path.write_bytes(pickle.dumps({"a": forged}))),
    ],
)
def test_nothing_of_a_forged_file_runs(tmp_path, name, write):
    mark, file = tmp_path / "it_ran", tmp_path / name
    write(file, Runs(mark))
    with pytest.raises(InputError, match=r"labels.*: it names posix.system, which could run code; .* nothing was run"):
        list(npz.members(file))
    assert not mark.exists()
    pickle.loads(pickle.dumps(Runs(mark)))
    assert mark.exists(), "the forged file must run when it is read without care, or this test proves nothing"


def test_members_of_an_npz_file(tmp_path):
    np.savez_compressed(tmp_path / "label-6way.npz", train_corpus=LABELS, empty={}, plain=np.array([1.0, np.nan]))
    found = {name: value for name, value, _ in npz.members(tmp_path / "label-6way.npz")}
    assert found == {"train_corpus": LABELS, "empty": {}, "plain": [1.0, None]}
    np.save(tmp_path / "one.npy", LABELS)
    (tmp_path / "one.pkl").write_bytes(pickle.dumps(LABELS))
    for name in ("one.npy", "one.pkl"):
        assert [found[:2] for found in npz.members(tmp_path / name)] == [("", LABELS)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, r"no such file: .*; give the file to convert, for example npz=label-6way.npz"),
        (lambda path: path.write_bytes(b"name,emo\n"), r"is not an NPZ, NPY or pickle file; it begins with b'name,emo"),
        (
            lambda path: path.write_bytes(b"PK\x03\x04 cut"),
            r"this NPZ file is damaged: File is not a zip file; was the",
        ),
        (lambda path: path.write_bytes(b"\x93NUMPY\x01\x00v\x00{"), r"this array is damaged: EOF.*cut short\?"),
        (lambda path: path.write_bytes(b"\x93NUMPY\x09\x00"), r"NPY version 9.0 is not read, only 1.0 and 2.0"),
        (lambda path: np.save(path, np.zeros(2, "i4,f8")), r"arrays of \"\[\('f0', '<i4'\), .* are not read, only"),
        (lambda path: _zip(path, "../a.txt"), r"\.\./a.txt: an NPZ file holds arrays, NAME.npy, each once"),
        (lambda path: _zip(path, "a.npy", "a.npy"), r"a.npy: an NPZ file holds arrays, NAME.npy, each once"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_other_files_are_named(tmp_path, make, message):
    path = tmp_path / "labels.npy"
    make(path)
    with pytest.raises(InputError, match=message):
        list(npz.members(path))


def test_a_file_too_large_for_labels_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(npz, "MOST_BYTES", 1000)
    np.savez_compressed(tmp_path / "bomb.npz", a=np.zeros(10**6, np.int8))
    with pytest.raises(InputError, match=r"bomb.npz, a.npy is 1 MB; at most 0 MB are read, label files are smaller"):
        list(npz.members(tmp_path / "bomb.npz"))


def _zip(path, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
