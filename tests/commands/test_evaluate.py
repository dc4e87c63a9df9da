"""The command as it is typed, over drawn faces and a tiny model that has learned nothing; scores are counted again."""

import json
from pathlib import Path

import pytest

from affectreason import cli
from affectreason.affect import labels
from affectreason.affect.response import parse
from affectreason.affect.samples import write

FILES = {"report.json", "report.html", "table.md", "model_card.yaml", "emotion"}


@pytest.fixture
def faces(pictures, tmp_path, monkeypatch):
    """Eight drawn faces as a file, and a folder to work in."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "faces.jsonl", pictures[:8])
    return pictures[:8]


def run(*words):
    return cli.main(["evaluate", *words])


def test_a_model_is_asked_and_scored_and_not_asked_again(qwen, faces, capsys):
    words = (
        "benchmark=emotion",
        f"model={qwen}",
        "samples=faces.jsonl",
        "out=out",
        "max_new_tokens=4",
        "dtype=float32",
    )
    assert run(*words, "think=both", "text_only=true") == 0
    assert "report: out/report.html" in capsys.readouterr().out
    assert {path.name for path in Path("out").iterdir()} == FILES
    report = json.loads(Path("out/report.json").read_text())
    found = report["benchmarks"]["emotion"]["systems"]
    assert list(found) == ["model, direct", "model, think", "model, direct, text only"]
    vocabulary = labels.find(faces[0].labels)
    rows = [json.loads(line) for line in Path("out/emotion/model-direct/predictions.jsonl").read_text().splitlines()]
    right = sum(parse(r["text"], vocabulary).said.emotion == s.gold.emotion for r, s in zip(rows, faces, strict=True))
    assert found["model, direct"]["measures"]["war"]["value"] == right / 8
    assert found["model, direct"]["measures"]["war"]["chance"] == pytest.approx(1 / 7)
    assert found["model, direct"]["declared"]["model"]["source"] == qwen
    assert found["model, direct, text only"]["how"]["media"] is False
    before = Path("out/emotion/model-think/predictions.jsonl").stat().st_mtime_ns
    assert run(*words, "think=both", "text_only=true") == 0
    assert Path("out/emotion/model-think/predictions.jsonl").stat().st_mtime_ns == before
    assert run(*words, "think=both", "max_new_tokens=5") == 2
    assert "max_new_tokens" in capsys.readouterr().err


def test_several_seeds_give_mean_and_deviation(qwen, faces):
    words = (
        "benchmark=action_units",
        f"model={qwen}",
        "samples=faces.jsonl",
        "out=out",
        "dtype=float32",
        "prompt=tiny",
    )
    assert run(*words, "max_new_tokens=4", "k=2", "temperature=0.7", "limit=3") == 0
    block = json.loads(Path("out/report.json").read_text())["benchmarks"]["action_units"]
    measure = block["systems"]["model"]["measures"]["au_f1"]
    assert measure["value"] == pytest.approx(sum(measure["seeds"]) / 2)
    assert len(measure["seeds"]) == 2
    assert measure["sd"] >= 0
    assert block["n"] == 3
    assert "only the first 3 of 8 samples" in block["warnings"][0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["model=a,b"], "names 2 models; choosing a checkpoint by its test score"),
        (["temperature=warm"], "temperature=warm: it must be a number from 0 (greedy) to 10"),
        (["text_only=maybe"], "text_only=maybe: it is true or false"),
        (["k=2"], "k=2 answers need a temperature above 0"),
        (["groups=hat"], "groups=hat: no sample has this attribute"),
        (["think=perhaps"], "think=perhaps: it is true, false or both"),
        (["limit=0"], "limit"),
        (["benchmark=emotion,action_units"], "samples= is of one benchmark, and 2 are asked for"),
        (["samples=", "benchmark=emotion,action_units", "n=8"], "n= is of one benchmark, and 2 are asked for"),
        (["think=both", "prompt=tiny"], "think=both and prompt=tiny both say how to ask; leave one out"),
        (["lexicon=wheels"], "lexicon=wheels: nothing asked for (emotion: expression) uses a lexicon; remove it"),
        (["judge=mine.ask"], "judge=mine.ask: nothing asked for (emotion: expression) uses a judge; remove it"),
        (["benchmark=meldd"], "unknown benchmark 'meldd'; did you mean 'meld'"),
        (["compat=zzz"], "compat=zzz: benchmark emotion (expression) has no such; known: r1_omni"),
        (["max_new_tokens=0"], "max_new_tokens"),
        (["samples=none.jsonl"], "none.jsonl is not there; make it: affectreason prep table"),
    ],
)
def test_what_is_wrong_is_told_before_a_model_is_loaded(words, told, qwen, faces, capsys):
    keys = {"benchmark": "emotion", "model": qwen, "samples": "faces.jsonl", "out": "out"}
    keys |= dict(word.split("=", 1) for word in words)
    assert run(*(f"{key}={value}" for key, value in keys.items())) == 2
    assert told in capsys.readouterr().err
    assert not Path("out").exists()
