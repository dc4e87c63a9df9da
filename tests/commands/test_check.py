import json
import subprocess
import sys
from pathlib import Path

import pytest

from affectreason import cli
from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.affect.samples import write

MICRO = str(Path(__file__).parents[1] / "data" / "micro.yaml")


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Two samples of one subject in train and test, in data.jsonl of the working folder."""
    monkeypatch.chdir(tmp_path)
    rows = [
        Sample(id=name, question=name, labels="ekman7", gold=Affect(emotion="joy"),
               provenance=Provenance(split=split, subject="S1"))
        for name, split in (("a", "train"), ("b", "test"))
    ]  # fmt: skip
    write("data.jsonl", rows)
    return rows


def test_findings_are_printed_errors_first_and_the_code_is_1(data, capsys):
    assert cli.main(["check", "data=data.jsonl"]) == 1
    out = capsys.readouterr().out
    lines = [line.rstrip() for line in out.splitlines()]
    assert lines[0] == "error  subject_in_two_splits  1 subject is in training and test or validation"
    assert lines[1].strip() == "a (data.jsonl:1): S1 in train,test"
    assert lines[2].strip() == "-> split by subject"
    assert lines[3].split() == ["note", "samples", "2", "samples:", "1", "train,", "1", "test"]
    assert lines[-1] == "1 error, 0 warnings in 2 samples of data.jsonl"


def test_without_an_error_the_code_is_0(data, capsys):
    write("train.jsonl", data[:1])
    assert cli.main(["check", "data=train.jsonl"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 errors, 0 warnings in 1 sample of train.jsonl"


def test_a_split_of_a_file_is_held_against_another(data, capsys):
    assert cli.main(["check", "data=data.jsonl:train", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["data"], said["samples"]) == (["data.jsonl:train"], 1)
    assert cli.main(["check", "data=data.jsonl:train", "against=data.jsonl:test", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"][0]
    assert (found["kind"], found["examples"]) == (
        "subject_in_two_splits",
        ["a (data.jsonl:1): S1 in train,against:test"],
    )


def test_control_signs_of_the_data_do_not_reach_the_terminal(data, capsys):
    name = "\x1b[2J" + "a" * 200
    write("odd.jsonl", [data[0].model_copy(update={"id": name, "provenance": Provenance(split=name)})])
    cli.main(["check", "data=odd.jsonl"])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\\x1b[2J" in out


@pytest.mark.parametrize("word", ["--json", "json=true"])
def test_json_is_one_object_and_nothing_else(data, capsys, word):
    write("other.jsonl", [data[1].model_copy(update={"id": "c"})])
    write("train.jsonl", data[:1])
    assert cli.main(["check", word, "data=[train.jsonl]", "against=[other.jsonl]", "media=false"]) == 1
    out, error = capsys.readouterr()
    said = json.loads(out)
    assert list(said) == ["data", "against", "samples", "errors", "warnings", "findings", "rows"]
    assert (said["data"], said["against"], said["samples"]) == (["train.jsonl"], ["other.jsonl"], 1)
    assert (said["errors"], said["warnings"], said["rows"]) == (1, 0, [])
    assert said["findings"][0] == {
        "level": "error", "kind": "subject_in_two_splits", "count": 1,
        "text": "1 subject is in training and test or validation, or in data and against",
        "examples": ["a (train.jsonl:1): S1 in train,against:test"], "mend": "split by subject",
    }  # fmt: skip
    assert "{" not in error


def test_silver_labels_may_be_allowed(data, capsys):
    write("silver.jsonl", [data[1].model_copy(update={"provenance": Provenance(split="test", origin="model")})])
    assert cli.main(["check", "data=silver.jsonl"]) == 1
    assert cli.main(["check", "data=silver.jsonl", "accept=silver_test"]) == 0


def test_with_a_recipe_the_loss_is_shown(data, drawn, capsys):
    write("faces.jsonl", drawn["pictures"][:4])
    words = ["check", "data=faces.jsonl", f"recipe={MICRO}", "sft.data=[faces.jsonl]", "sft.hinted=0", "rows=all"]
    assert cli.main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("What carries loss is green and between arrows, the rest is dim:")
    assert lines[at + 1].startswith("sft, train_00000 (faces.jsonl:1): ")
    assert lines[at + 3] == "<|vision_start|><image x 9><|vision_end|>Which action units, which emotion?<|im_end|>"
    assert lines[at + 5].startswith("▶<think>")
    assert lines[at + 5].endswith("</answer><|im_end|>◀")
    assert sum("token_lengths" in line for line in lines) == 1
    assert cli.main([*words, "sft.train.max_length=40", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["findings"][0]["kind"] == "too_long"
    assert [piece["loss"] for piece in said["rows"][0]["pieces"]] == [False, False, False, True]
    assert len(said["rows"]) == 3


def test_the_largest_pictures_are_measured_too(data, drawn, capsys):
    from PIL import Image

    rows = drawn["pictures"][:6]
    Image.open(rows[0].media[0].path).resize((960, 960)).save("large.png")
    media = (Media(kind="image", path=str(Path("large.png").absolute())),)
    small = [rows[1].model_copy(update={"id": f"s{n}", "response": "word " * 40}) for n in range(60)]
    large = rows[0].model_copy(update={"id": "large", "media": media, "response": "a"})
    write("faces.jsonl", [*small, large])
    words = ["check", "data=faces.jsonl", f"recipe={MICRO}", "sft.data=[faces.jsonl]", "rows=1", "--json"]
    words += ["sft.train.max_length=400", "media.max_pixels=921600"]
    assert cli.main([*words, "media=false"]) == 0
    capsys.readouterr()
    assert cli.main(words) == 1
    found = json.loads(capsys.readouterr().out)["findings"][0]
    assert (found["kind"], found["count"], found["examples"][0].split()[0]) == ("too_long", 1, "large")


def test_libraries_that_log_do_not_spoil_the_json(data, drawn):
    write("faces.jsonl", drawn["pictures"][:1])
    words = ["check", "data=faces.jsonl", f"recipe={MICRO}", "sft.data=[faces.jsonl]", "--json"]
    said = subprocess.run([sys.executable, "-m", "affectreason", *words], capture_output=True, text=True, check=True)
    assert json.loads(said.stdout)["samples"] == 1
    assert len(said.stdout.splitlines()) == 1


def test_media_are_opened_unless_told_otherwise(data, capsys):
    Path("a.png").write_bytes(b"no picture")
    broken = data[0].model_copy(update={"media": (Media(kind="image", path=str(Path("a.png").absolute())),)})
    write("broken.jsonl", [broken])
    assert cli.main(["check", "data=broken.jsonl", "media=false"]) == 0
    assert cli.main(["check", "data=broken.jsonl"]) == 1
    assert "broken_media" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "missing data=; for example: affectreason check data=data/mine.jsonl"),
        (["data=dat.jsonl"], "no such file: dat.jsonl; in .: did you mean 'data.jsonl'?"),
        (["data=data.jsonl", "against=x"], "no such file: x; in .: known: data.jsonl"),
        (["data=data.jsonl", "aganst=x"], "unknown key 'aganst'; did you mean 'against'?"),
        (["data=data.jsonl", "media=1"], "media=1: write media=true or media=false"),
        (["data=data.jsonl", "json=yes"], "json=yes: write json=true or json=false"),
        (
            ["data=data.jsonl", "accept=silver"],
            "accept=silver: no finding has this name; did you mean 'silver_test'? known: ",
        ),
        (["data=data.jsonl", "recipe=tiny", "rows=0"], "rows=0: write a whole number from 1"),
        (["data=data.jsonl", "rows=9"], "rows=9: rows are measured for a recipe; add recipe=NAME, or leave rows= out"),
        (["data=data.jsonl", "against="], "against= names no file; write against=FILE.jsonl, or leave against= out"),
        (["data=[data.jsonl,]", "against=[null]"], "against= names no file; write against=FILE.jsonl"),
        (["data=."], ". is a folder; write a file, in it: data.jsonl"),
        (["data=/dev/stdin"], "/dev/stdin is a pipe or a device; a file is needed, for it is read more than once"),
        (
            ["data=data.jsonl:tran"],
            "data.jsonl:tran: no sample of split 'tran'; did you mean 'train'? known: test, train",
        ),
        (["data=data.jsonl", "against=data.jsonl:x"], "data= and against= name one file twice"),
        (["data=data.jsonl", "recipe=tinny"], "unknown recipe 'tinny'; did you mean 'tiny'?"),
        (["data=data.jsonl", "recipe=tiny", "x=1"], "unknown key 'x'; it begins with a stage or a field"),
        (["data=data.jsonl", "against=data.jsonl"], "data= and against= name one file twice"),
        (["data=data.jsonl", "--jsn"], "'--jsn' is not key=value"),
    ],
)
def test_mistakes_in_the_words(data, capsys, words, said):
    assert cli.main(["check", *words]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert said in error
