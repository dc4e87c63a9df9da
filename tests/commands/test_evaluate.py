"""The command as it is typed, over drawn faces and a tiny model that has learned nothing; scores are counted again."""

import json
from pathlib import Path

import pytest

from affectreason import cli
from affectreason.affect import labels
from affectreason.affect.response import parse
from affectreason.affect.samples import write
from affectreason.model import said

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
    assert [one["title"] for one in report["benchmarks"]["emotion"]["differences"]] == [
        "prompt: direct → think (with media)",
        "media: text only → with media (direct)",
    ]
    before = Path("out/emotion/model-think/predictions.jsonl").stat().st_mtime_ns
    assert run(*words, "think=both", "text_only=true") == 0
    assert Path("out/emotion/model-think/predictions.jsonl").stat().st_mtime_ns == before
    assert run(*words, "think=both", "max_new_tokens=5") == 2
    assert "max_new_tokens" in capsys.readouterr().err


def test_answers_are_asked_again_without_their_reasoning_and_with_anothers(qwen, faces, capsys, monkeypatch):
    """The model's words are made up: it keeps to its answer without reasoning, and follows whatever it reads."""
    told = dict(zip([one.id for one in faces], ["happiness", "anger"] * 4, strict=True))
    begun: dict[str, list[str]] = {}

    def answers(model, processor, asked, loaded, **how):
        texts = []
        for one in asked:
            own = told[one.sample.id]
            begun.setdefault(one.sample.id, []).append(one.begun)
            if not one.begun:
                texts.append(f"<think>I see {own} here</think><answer>{own}</answer>")
            else:
                texts.append(
                    f"{'anger' if 'see anger' in one.begun else 'happiness' if 'see' in one.begun else own}</answer>"
                )
        return [said.Said(text, 5, False, -0.5) for text in texts]

    monkeypatch.setattr(said, "answers", answers)
    words = ("benchmark=emotion", f"model={qwen}", "samples=faces.jsonl", "out=out", "dtype=float32")
    assert run(*words, "survival=true") == 0
    found = json.loads(Path("out/report.json").read_text())["benchmarks"]["emotion"]["systems"]["model"]
    measures = {name: m["value"] for name, m in found["measures"].items() if name.startswith(("surv", "foll"))}
    assert measures == {"survives_removed": 1, "survives_swapped": 0, "follows_swapped": 1}
    assert found["measures"]["survives_removed"]["chance"] == pytest.approx(0.5)
    assert found["details"]["survival"]["asked_again"] == {"removed": 8, "swapped": 8}
    assert (
        "1.00 stay the same without the reasoning (by accident 0.50; 0 could not be read)"
        in (found["details"]["notes"][0])
    )
    assert all(len(those) == 3 for those in begun.values())
    assert begun[faces[0].id][1:] == ["<think></think><answer>", "<think>I see anger here</think><answer>"]
    assert "survival, of the 8 of 8" in " ".join(capsys.readouterr().out.split())
    assert "stay the same without the reasoning" in Path("out/report.html").read_text()
    assert run(*words, "survival=true") == 0
    assert all(len(those) == 3 for those in begun.values())  # nothing was asked again


def test_a_model_that_does_not_reason_has_nothing_that_could_survive(qwen, faces):
    words = ("benchmark=emotion", f"model={qwen}", "samples=faces.jsonl", "out=out", "dtype=float32", "limit=2")
    assert run(*words, "survival=true", "max_new_tokens=3") == 0
    found = json.loads(Path("out/report.json").read_text())["benchmarks"]["emotion"]["systems"]["model"]
    assert found["details"]["notes"] == [
        "survival: none of 2 answers has both reasoning and an answer that can be read"
    ]
    assert not [name for name in found["measures"] if name.startswith("surv")]


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


def test_what_the_tower_makes_is_kept(qwen, faces):
    words = ["benchmark=emotion", f"model={qwen}", "samples=faces.jsonl", "max_new_tokens=4", "dtype=float32"]
    assert run(*words, "out=plain") == 0
    assert run(*words, "vision_cache=kept", "out=first") == 0
    assert len(list(Path("kept").rglob("*.safetensors"))) == 8
    assert run(*words, "vision_cache=kept", "out=again") == 0
    answers = [Path(out, "emotion", "model", "predictions.jsonl").read_text() for out in ("plain", "first", "again")]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["model=a,b"], "names 2 models; choosing a checkpoint by its test score"),
        (["temperature=warm"], "temperature=warm: it must be a number from 0 (greedy) to 10"),
        (
            ["survival=true", "think=false"],
            "survival=true asks whether answers rest on their reasoning, and think=fals",
        ),
        (["survival=true", "temperature=1"], "survival=true compares one greedy answer with another; leave out"),
        (["survival=1"], "survival=1: it is true or false"),
        (["survival=true", "benchmark=action_units"], "survival=true: nothing asked for (action_units: units) uses"),
        (["encoder=x"], "encoder=x: nothing asked for (emotion: expression) uses encoder=; remove it"),
        (["extractor=a.b"], "extractor=a.b: nothing asked for (emotion: expression) uses extractor=; remove it"),
        (["encoder_layer=2"], "encoder_layer=2: write a whole number, beside encoder=FOLDER; layer 0 are the embeddi"),
        (["text_only=maybe"], "text_only=maybe: it is true or false"),
        (["k=2"], "k=2 answers need a temperature above 0"),
        (["groups=hat"], "groups=hat: no sample has this attribute"),
        (["think=perhaps"], "think=perhaps: it is true, false or both"),
        (["limit=0"], "limit"),
        (["benchmark=emotion,action_units"], "samples= is of one benchmark, and 2 are asked for"),
        (["samples=", "benchmark=emotion,action_units", "n=8"], "n= is of one benchmark, and 2 are asked for"),
        (["think=both", "prompt=tiny"], "think=both and prompt=tiny both say how to ask; leave one out"),
        (["lexicon=wheels"], "lexicon=wheels: nothing asked for (emotion: expression) uses lexicon=; remove it"),
        (["judge=mine.ask"], "judge=mine.ask: nothing asked for (emotion: expression) uses judge=; remove it"),
        (["benchmark=meldd"], "unknown benchmark 'meldd'; did you mean 'meld'"),
        (["compat=zzz"], "compat=zzz: benchmark emotion (expression) has no such; known: r1_omni"),
        (["max_new_tokens=0"], "max_new_tokens"),
        (["samples=none.jsonl"], "none.jsonl is not there; make it: affectreason prep table"),
        (["benchmark=crema_d", "n=8"], "faces.jsonl has no sample of fold 1, 2, 3, 4, 5; benchmark crema_d pools"),
        (["benchmark=cmu_mosi", "n=8"], "none of its 8 samples is annotated with what benchmark cmu_mosi (sentiment)"),
        (["benchmark=iemocap4", "n=8"], "which is not in 'iemocap4', the label set of benchmark iemocap4"),
    ],
)
def test_what_is_wrong_is_told_before_a_model_is_loaded(words, told, qwen, faces, capsys):
    keys = {"benchmark": "emotion", "model": qwen, "samples": "faces.jsonl", "out": "out"}
    keys |= dict(word.split("=", 1) for word in words)
    assert run(*(f"{key}={value}" for key, value in keys.items())) == 2
    assert told in capsys.readouterr().err
    assert not Path("out").exists()
