import json

import numpy as np
import pytest

from affectreason import cli
from affectreason.commands import convert
from affectreason.errors import InputError
from affectreason.published import tables

LABELS = {"sample_00000001": {"emo": "happy", "val": 2.25}, "sample_00000002": {"emo": "sad", "val": -10}}


@pytest.fixture
def source(tmp_path):
    np.savez_compressed(tmp_path / "label-6way.npz", train_corpus=LABELS, test3_corpus={"中": {"emo": "angry"}})
    return tmp_path / "label-6way.npz"


def test_it_says_what_it_converted(source, tmp_path, capsys):
    out = tmp_path / "label-6way.json"
    assert convert.main([f"npz={source}", f"out={out}"]) == 0
    assert json.loads(out.read_text(encoding="utf-8")) == {
        "train_corpus": LABELS,
        "test3_corpus": {"中": {"emo": "angry"}},
    }
    assert capsys.readouterr().out.splitlines() == [
        f"{source}: pickled data, read as plain values, nothing in it was run",
        "  train_corpus: 2 entries with emo, val; in it 3 dict, 2 str, 1 float, 1 int",
        "  test3_corpus: 1 entries with emo; in it 2 dict, 1 str",
        f"wrote {out}, {out.stat().st_size} bytes",
    ]


def test_the_command_that_the_reader_of_npz_names_works(source, tmp_path, monkeypatch):
    with pytest.raises(InputError) as refused:
        tables.read_arrays(source)
    command = str(refused.value).split("convert it once: affectreason ")[1]
    assert cli.main(command.split()) == 0
    assert tables.read_json(source.with_suffix(".json"))["train_corpus"] == LABELS


def test_one_value_stays_one_value(tmp_path, capsys):
    np.save(tmp_path / "faces.npy", np.arange(3))
    assert convert.main([f"npz={tmp_path / 'faces.npy'}", f"out={tmp_path / 'faces.json'}"]) == 0
    assert json.loads((tmp_path / "faces.json").read_text()) == [0, 1, 2]
    assert "  the whole: 3 entries; in it 3 int, 1 list" in capsys.readouterr().out


def test_nothing_is_overwritten(source, tmp_path):
    out = tmp_path / "there.json"
    out.write_text("mine")
    with pytest.raises(InputError, match=r"out=.*there.json is there already and is not overwritten; remove it, or"):
        convert.main([f"npz={source}", f"out={out}"])
    assert out.read_text() == "mine"


def test_a_file_that_is_half_readable_leaves_nothing(tmp_path):
    np.savez(tmp_path / "half.npz", a=LABELS, b=np.array(print, object))
    with pytest.raises(InputError, match=r"half.npz, b.npy: it names builtins.print, which could run code"):
        convert.main([f"npz={tmp_path / 'half.npz'}", f"out={tmp_path / 'half.json'}"])
    assert [path.name for path in tmp_path.iterdir()] == ["half.npz"]


def test_help_names_every_key():
    assert convert.HELP.startswith("affectreason convert npz=FILE.npz out=FILE.json")
