"""`launch` and `run` do the same with a stage that is done and asked otherwise: its model is asked anew."""

import json
import os
from pathlib import Path

import pytest

from affectreason import stages
from affectreason.affect.sample import Affect, Sample
from affectreason.affect.samples import write
from affectreason.commands import launch, run
from affectreason.recipe import answers, changes, runs, schema
from affectreason.recipe.words import pairs
from affectreason.stages import evaluate

CHAIN = """
model: tiny:qwen3_vl
prompt: tiny
evaluate: {data: [held.jsonl], rewards: [{use: well_formed}]}
stages:
  - {name: sft, kind: sft, data: [mine.jsonl]}
  - {name: sft_2, kind: sft, init: sft, data: [mine.jsonl]}
"""
COMMANDS = {"run": lambda words: run.main([*words, "stage=sft"]), "launch": lambda words: launch.main("sft", words)}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A run of two stages that are done and were asked; what is asked from now on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RANK", raising=False)
    Path("chain.yaml").write_text(CHAIN)
    for name in ("mine", "held"):
        write(f"{name}.jsonl", [Sample(id=name, gold=Affect(emotion="fear"), labels="ekman7")])
    recipe = schema.load("chain.yaml", {})
    asked = []

    def ask(recipe, stage, out):
        folder = (out / stage.name / answers.FILE).parent
        answers.forget_others(recipe, folder)
        if not (out / stage.name / answers.FILE).is_file():
            asked.append((stage.name, recipe.media.fps, recipe.evaluate.limit))
            (out / stage.name / answers.FILE).write_text("")

    monkeypatch.setattr(evaluate, "run", ask)
    for stage in recipe.stages:
        with runs.opened(recipe, stage, Path("x")) as folder:
            (folder / "done.json").write_text("{}")
        ask(recipe, stage, Path("x"))
    asked.clear()
    return asked


@pytest.mark.parametrize("command", ["run", "launch"])
@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["resume=changed", "media.fps=4"], ("sft", 4.0, None)),
        (["evaluate.limit=1"], ("sft", 2.0, 1)),
        (["resume=changed", "sft.limit=1"], None),
        ([], None),
    ],
    ids=["seen otherwise", "fewer samples", "made otherwise", "the same"],
)
def test_a_done_stage_is_asked_anew_where_it_is_asked_otherwise(here, command, words, found, capsys):
    given = ["recipe=chain.yaml", "out=x", *words]
    assert COMMANDS[command](given) == 0
    assert here == ([] if found is None else [found])
    said = capsys.readouterr()
    assert ("is done and stays as it was made; other settings were asked:" in said.err) is ("resume=changed" in words)
    assert ("sft_2 is done in x" in said.out) is (command == "launch" and found is None)
    lines = Path("x/sft/changes.jsonl").read_text().splitlines() if "resume=changed" in words else []
    assert len(lines) == ("resume=changed" in words)
    here.clear()
    assert run.main([*given, "stage=sft"]) == 0  # it is agreed to: neither asked nor written again
    assert here == []
    assert [json.loads(line)["changed"] for line in lines] == [
        json.loads(line)["changed"] for line in (Path("x/sft/changes.jsonl").read_text().splitlines() if lines else [])
    ]


def test_the_stage_that_is_asked_otherwise_is_the_next_one(here):
    words = ["recipe=chain.yaml", "out=x", "resume=changed", "media.fps=4"]
    for _ in range(3):
        launch.main("sft", words)
    assert [name for name, *_ in here] == ["sft", "sft_2"]


def test_other_processes_find_the_same_to_do_while_the_first_agrees(here, monkeypatch):
    """They ask before it agrees, after it removed the answers, and when it has written the change down."""
    given = pairs(["media.fps=4"])
    recipe = changes.told(schema.load("chain.yaml", given), "changed")
    stage, seen = recipe.stage("sft"), []
    inner = changes.agree

    def look(*args):
        seen.append(launch.finished(recipe, stage, Path("x")))
        inner(*args)
        seen.append(launch.finished(recipe, stage, Path("x")))

    seen.append(launch.finished(recipe, stage, Path("x")))
    monkeypatch.setattr(changes, "agree", look)
    stages.run(recipe, stage, Path("x"))
    assert seen == [False, False, False]
    assert os.environ.get("RANK") is None
