"""What a stage asks of its samples is told before anything runs, where the data is there."""

from pathlib import Path

import pytest

from affectreason import cli
from affectreason.affect import samples
from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.affect.samples import write
from affectreason.commands import launch
from affectreason.errors import InputError
from affectreason.recipe import learned, schema

RECIPE = """
model: tiny:qwen3_vl
prompt: tiny
stages:
  - {name: faces, kind: draw, splits: {train: 7}}
  - {name: sft, kind: sft, data: [mine.jsonl], WHAT}
  - {name: more, kind: sft, data: [faces], tasks: {no such: 1.0}}
"""
TASKS = "sft.tasks: no sample has the task 'emotions'; did you mean 'emotion'?"
DROP = "drop on mine.jsonl: none of the 3 samples has audio; they have: face, text"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with three samples of two tasks and two splits, and a way to read a recipe with something asked."""
    monkeypatch.chdir(tmp_path)
    face = Media(kind="image", path="a.png", role="face")
    rows = [
        ("a", "emotion", "train", (face,), None),
        ("b", "QA_hair", "test", (), "Well."),
        ("c", None, "train", (), None),
    ]
    write(
        "mine.jsonl",
        [
            Sample(
                id=name, task=task, media=media, transcript=said, gold=Affect(emotion="anger"), labels="ekman7",
                provenance=Provenance(split=split),
            )
            for name, task, split, media, said in rows
        ],
    )  # fmt: skip

    def read(what):
        Path("r.yaml").write_text(RECIPE.replace("WHAT", what))
        return schema.load("r.yaml")

    return read


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ("tasks: {emotions: 1.0}", TASKS),
        ("tasks: {'emotion': 1.0, 'AU_*': 0.5}", "sft.tasks: no sample has the task 'AU_*'; known: QA_hair, emotion"),
        ("drop: {audio: 0.5}", DROP),
        ("drop: {face: 0.2, frames: 0.5}", "none of the 3 samples has frames; they have: face, text"),
        ("tasks: {emotion: 1.0, 'QA_*': 0.5}, drop: {face: 0.5, text: 0.1}", None),
        ("limit: 2", None),
    ],
)
def test_what_fits_no_sample_is_told(here, what, problem, tmp_path):
    recipe = here(what)
    if problem is None:
        learned.check(recipe, recipe.stages, tmp_path / "out")
        return
    with pytest.raises(InputError) as told:
        learned.check(recipe, recipe.stages, tmp_path / "out")
    assert problem in str(told.value)


def test_one_split_counts_alone(here, tmp_path):
    recipe = here("tasks: {QA_hair: 1.0}")
    (stage,) = [one for one in recipe.stages if one.name == "sft"]
    learned.check(recipe, [stage], tmp_path)
    with pytest.raises(InputError, match="no sample has the task 'QA_hair'; known: emotion"):
        learned.check(recipe, [stage.model_copy(update={"data": ["mine.jsonl:train"]})], tmp_path)


def test_a_file_is_read_no_further_than_needed(here, tmp_path, monkeypatch):
    recipe = here("tasks: {emotion: 1.0}, drop: {face: 0.5}")
    seen = []
    each = learned.each
    monkeypatch.setattr(learned, "each", lambda path: (seen.append(row[0]) or row for row in each(path)))
    learned.check(recipe, recipe.stages, tmp_path)
    assert seen == [1, 1]  # the first row has the task and the face


def test_what_an_earlier_stage_made_is_looked_at_once_it_is_done(here, tmp_path):
    recipe, out = here("limit: 2"), tmp_path / "out"
    (out / "faces").mkdir(parents=True)
    write(
        out / "faces" / "samples.jsonl", [Sample(id="x", gold=Affect(emotion="anger"), labels="ekman7", task="faces")]
    )
    learned.check(recipe, recipe.stages, out)
    (out / "faces" / "done.json").write_text("{}")
    with pytest.raises(InputError, match=r"more\.tasks: no sample has the task 'no such'; known: faces"):
        learned.check(recipe, recipe.stages, out)
    (out / "more").mkdir()
    (out / "more" / "done.json").write_text("{}")
    learned.check(recipe, recipe.stages, out)  # what is done is not looked at again


def test_earlier_data_that_is_learned_again_may_have_what_is_dropped(here, tmp_path):
    recipe = here("drop: {audio: 0.5}, replay: {other.jsonl: 0.5}")
    write("other.jsonl", [Sample(id="y", media=(Media(kind="audio", path="y.wav"),), gold=Affect(emotion="anger"))])
    learned.check(recipe, recipe.stages, tmp_path)


@pytest.mark.parametrize("command", ["plan", "run"])
def test_commands_tell_it_before_they_begin(here, command, capsys):
    here("tasks: {emotions: 1.0}")
    assert cli.main([command, "recipe=r.yaml"]) == 2
    assert TASKS in capsys.readouterr().err
    assert not Path("runs").exists()


def test_a_launched_stage_tells_it_too(here):
    here("drop: {audio: 0.5}")
    with pytest.raises(InputError, match=DROP):
        launch.main("sft", ["recipe=r.yaml", "stage=sft"])
    assert not Path("runs").exists()


QUOTED = r"drop on mine.jsonl: the question or the turns of 2 samples, first 'q0', quote the transcript, which stays th"


@pytest.fixture
def quoting(here):
    """Two samples behind the three that are there whose question quotes what is said, and a way to read a recipe."""
    more = [
        Sample(
            id=f"q{number}", task="emotion", transcript="I am fine, thanks", question="He says: I am fine, thanks",
            gold=Affect(emotion="anger"), labels="ekman7", provenance=Provenance(split="train"),
        )
        for number in range(2)
    ]  # fmt: skip
    write("mine.jsonl", [*samples.read("mine.jsonl"), *more])
    return here


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("drop: {text: 0.5}", True),
        ("drop: {text: 0.5}, tasks: {emotion: 1.0}", True),
        ("drop: {text: 0.5}, tasks: {QA_hair: 1.0}", False),
        ("drop: {text: 0.5}, limit: 5", True),
        ("drop: {text: 0.5}, limit: 3", False),
        ("drop: {face: 0.5}", False),
    ],
)
def test_a_question_that_quotes_what_is_taken_away_is_told(quoting, tmp_path, what, told):
    recipe = quoting(what)
    if told:
        with pytest.raises(InputError, match=QUOTED):
            learned.check(recipe, recipe.stages, tmp_path)
    else:
        learned.check(recipe, recipe.stages, tmp_path)


def test_a_quote_in_what_is_learned_again_is_told(quoting, here, tmp_path):
    Path("mine.jsonl").rename("other.jsonl")
    write("mine.jsonl", samples.read("other.jsonl")[:3])
    recipe = here("drop: {text: 0.5}, replay: {other.jsonl: 0.000001}")
    learned.check(recipe, recipe.stages, tmp_path)  # of it next to nothing is drawn
    recipe = here("drop: {text: 0.5}, replay: {other.jsonl: 1.0}")
    with pytest.raises(InputError, match=QUOTED):
        learned.check(recipe, recipe.stages, tmp_path)


def test_a_quote_in_what_evaluation_uses_is_not_learned_from(quoting, tmp_path):
    quoting("drop: {text: 0.5}")
    asked = {"evaluate.data": ["held.jsonl"], "evaluate.rewards": [{"use": "well_formed"}]}
    write("held.jsonl", samples.read("mine.jsonl")[3:])
    recipe = schema.load("r.yaml", asked)
    learned.check(recipe, recipe.stages, tmp_path)
    write("held.jsonl", samples.read("mine.jsonl")[3:4])
    with pytest.raises(InputError, match=r"turns of 1 samples, first 'q1', quote the transcript"):
        learned.check(recipe, recipe.stages, tmp_path)
    Path("held.jsonl").unlink()
    learned.check(recipe, recipe.stages, tmp_path)  # it is not known yet which samples it uses


def test_plan_tells_a_quote(quoting, capsys):
    quoting("drop: {text: 0.5}")
    assert cli.main(["plan", "recipe=r.yaml"]) == 2
    assert "quote the transcript, which stays there when text is taken away; take it out" in capsys.readouterr().err
