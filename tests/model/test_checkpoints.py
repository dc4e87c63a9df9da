"""Checkpoints: torn or altered ones are refused in words, the one before taken; no matter the clock and processes."""

import hashlib
import json
import os
import re
import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file
from transformers import trainer

from affectreason import stages
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.model import checkpoints, training
from affectreason.recipe import changes, schema
from affectreason.stages import sft

MICRO = str(Path(__file__).parents[1] / "data" / "micro.yaml")
TRAIN = {"learning_rate": 1e-3, "per_device_train_batch_size": 2, "max_steps": 6, "save_steps": 2, "logging_steps": 5}


class Stopped(Exception):
    """What ends a run here after its last step."""


@pytest.fixture(scope="module")
def stopped(qwen, drawn, tmp_path_factory):
    """A recipe, the folder of a run that was stopped after its last step, and what it leaves if it is not."""
    place = tmp_path_factory.mktemp("stopped")
    write(place / "s.jsonl", drawn["pictures"][:6])
    given = {"sft.init": qwen, "sft.data": [str(place / "s.jsonl")], "sft.train": TRAIN, "evaluate": None}
    recipe = schema.load(MICRO, given)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "save", stop)
        with pytest.raises(Stopped):
            sft.run(recipe, recipe.stage("sft"), place / "run")
    sft.run(recipe, recipe.stage("sft"), place / "whole")
    return recipe, place / "run", place / "whole"


def stop(*_):
    raise Stopped


@pytest.fixture
def copied(stopped, tmp_path):
    """The recipe, a copy of the stopped run and its checkpoints."""
    shutil.copytree(stopped[1], tmp_path / "run")
    return stopped[0], tmp_path / "run", tmp_path / "run" / "sft" / "checkpoints"


def tear(path, how):
    """Damage a checkpoint as a kill or a bad disk does."""
    if how == "optimizer.pt of":
        os.truncate(path / "optimizer.pt", 100)
    elif how == "mark":
        (path / "complete").write_text('{"files": {"opt')
    elif how == "killed":
        (path / "complete").unlink()
    elif how.startswith("altered"):
        file = path / how.partition(" ")[2]
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    else:
        (path / how).unlink()


def names(place):
    return [path.name for path in checkpoints.every(place)]


def test_a_mark_lists_the_files_and_how_they_came_about(stopped):
    place = stopped[1] / "sft" / "checkpoints"
    assert names(place) == ["checkpoint-4", "checkpoint-6"]
    made = json.loads((place / "checkpoint-6" / "complete").read_text())
    assert {"optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json", "model.safetensors"} <= set(
        made["files"]
    )
    assert made["files"]["optimizer.pt"] == (place / "checkpoint-6" / "optimizer.pt").stat().st_size
    assert made["sha256"].keys() == made["files"].keys()
    weights = hashlib.sha256((place / "checkpoint-6" / "model.safetensors").read_bytes()).hexdigest()
    assert made["sha256"]["model.safetensors"] == weights
    assert (made["processes"], made["samples"]) == (1, 2)
    assert made["place"] == {"epoch": 2, "learned": 0, "arranged": 2, "step": 6}
    assert checkpoints.find(stopped[1] / "sft") == checkpoints.Found(place / "checkpoint-6", {})
    assert checkpoints.find(stopped[1] / "none") == checkpoints.Found(None, {})


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("optimizer.pt of", r"torn, optimizer.pt has 100 of \d+ bytes"),
        ("optimizer.pt", "torn, it has no optimizer.pt"),
        ("trainer_state.json", "torn, it has no trainer_state.json"),
        ("mark", "torn, its complete cannot be read"),
        ("killed", "torn, it was cut short while it was saved"),
        ("altered model.safetensors", "altered, model.safetensors no longer holds what was saved"),
        ("altered trainer_state.json", "altered, trainer_state.json no longer holds what was saved"),
    ],
)
def test_a_torn_or_altered_checkpoint_is_refused_and_the_one_before_taken(copied, stopped, capsys, how, said):
    recipe, run, place = copied
    tear(place / "checkpoint-6", how)
    sft.run(recipe, recipe.stage("sft"), run)
    assert re.search(rf"checkpoints/checkpoint-6: {said}; going on from checkpoint-4\n", capsys.readouterr().err)
    one, other = (load_file(out / "sft" / "model" / "model.safetensors") for out in (run, stopped[2]))
    assert all(one[name].equal(other[name]) for name in other)
    assert log(run) == log(stopped[2])


def log(run):
    rows = map(json.loads, (run / "sft" / "log.jsonl").read_text().splitlines())
    return [{key: value for key, value in row.items() if not key.endswith(("runtime", "per_second"))} for row in rows]


def test_a_run_stopped_after_its_last_step_trains_no_step_more(copied, stopped, monkeypatch):
    recipe, run, _ = copied
    told = []
    monkeypatch.setattr(trainer.logger, "warning", told.append)
    sft.run(recipe, recipe.stage("sft"), run)
    assert told == []  # the head is tied to the embedding, and saved once
    assert json.loads((run / "sft" / "done.json").read_text())["counts"]["steps"] == 6
    one, other = (load_file(out / "sft" / "model" / "model.safetensors") for out in (run, stopped[2]))
    assert all(one[name].equal(other[name]) for name in other)
    assert log(run) == log(stopped[2])


def test_weights_that_a_checkpoint_lacks_are_told_but_for_tied_ones():
    model, told = torch.nn.Sequential(*(torch.nn.Linear(2, 2, bias=False) for _ in range(3))), []
    model[1].weight = model[0].weight
    inner = SimpleNamespace(model=model)
    for held in ({"0.weight"}, {"1.weight", "2.weight"}, {"2.weight", "more"}):
        found = model.load_state_dict({name: torch.ones(2, 2) for name in held}, strict=False)
        checkpoints.loaded(inner, told.append, found)
    assert [one.missing_keys for one in told] == [["2.weight"], [], ["0.weight", "1.weight"]]
    assert [one.unexpected_keys for one in told] == [[], [], ["more"]]


def test_a_changed_rate_is_learned_at(copied):
    """A checkpoint brings the rates of its own run; the told change would do nothing."""
    recipe, run, place = copied
    tear(place / "checkpoint-6", "killed")
    train = {**TRAIN, "learning_rate": 1e-4, "weight_decay": 0.5, "logging_steps": 1}
    other = changes.told(recipe.model_copy(update={"stages": tuple(
        one.model_copy(update={"train": train}) if one.name == "sft" else one for one in recipe.stages
    )}), "changed")  # fmt: skip
    stages.run(other, other.stage("sft"), run)
    rates = {row["step"]: row["learning_rate"] for row in log(run) if "learning_rate" in row}
    assert rates[4] == pytest.approx(1e-3 * 3 / 6)  # the rate of step 4, of linear decay over six
    assert [rates[5], rates[6]] == pytest.approx([1e-4 * 2 / 6, 1e-4 / 6])


def test_a_checkpoint_of_a_version_without_digests_is_gone_on_from(copied):
    _, run, place = copied
    path = place / "checkpoint-6" / "complete"
    made = json.loads(path.read_text())
    path.write_text(json.dumps({key: value for key, value in made.items() if key not in ("sha256", "place")}))
    assert checkpoints.place_in(path.parent) is None
    assert checkpoints.find(run / "sft") == checkpoints.Found(place / "checkpoint-6", {})


@pytest.mark.parametrize("key", ["processes", "samples", "sha256", "place"])
def test_a_mark_that_lacks_what_is_asked_of_it_is_torn(copied, key):
    _, run, place = copied
    path = place / "checkpoint-6" / "complete"
    made = json.loads(path.read_text())
    if key in ("sha256", "place"):
        del made[key]["model.safetensors" if key == "sha256" else "epoch"]
    else:
        del made[key]
    path.write_text(json.dumps(made))
    said = {place / "checkpoint-6": "torn, its complete cannot be read"}
    assert checkpoints.find(run / "sft") == checkpoints.Found(place / "checkpoint-4", said)


def test_where_all_are_torn_it_begins_anew(copied, capsys):
    _, run, place = copied
    for name in ("checkpoint-4", "checkpoint-6"):
        tear(place / name, "killed")
    assert checkpoints.take(run / "sft", 2, "same") is None
    assert capsys.readouterr().err.count("torn, it was cut short while it was saved; beginning anew") == 2
    assert names(place) == []


def test_another_step_is_refused_unless_told(copied, capsys):
    _, run, _ = copied
    with pytest.raises(InputError) as error:
        checkpoints.take(run / "sft", 8, "same")
    assert "checkpoint-6 was made otherwise:\n  samples a step: 2 -> 8\n" in str(error.value)
    assert "start as many processes as then, or keep the samples a step" in str(error.value)
    for _ in range(2):  # stopped again before it saved one of its own
        assert checkpoints.take(run / "sft", 8, "changed").name == "checkpoint-6"
        assert "checkpoint-6: going on with\n  samples a step: 2 -> 8\n" in capsys.readouterr().err
    path = run / "sft" / "checkpoints" / "checkpoint-6" / "complete"
    path.write_text(path.read_text().replace('"processes": 1', '"processes": 4'))
    with pytest.raises(InputError, match=r"processes: 4 -> 1"):
        checkpoints.take(run / "sft", 2, "same")
    rows = [json.loads(line) for line in (run / "sft" / "changes.jsonl").read_text().splitlines()]
    assert [row["changed"] for row in rows] == [["from step 6: samples a step: 2 -> 8"]]
    assert changes.differing({}, {}) == {}


def test_a_clock_set_back_loses_no_checkpoint(qwen, drawn, tmp_path, monkeypatch):
    """The first checkpoints are of the future; the newest by their steps stay, and the log counts on."""
    write(tmp_path / "s.jsonl", drawn["pictures"][:6])
    given = {"sft.init": qwen, "sft.data": [str(tmp_path / "s.jsonl")], "sft.train": TRAIN, "evaluate": None}
    recipe = schema.load(MICRO, given)
    inner = checkpoints.mark

    def later(path, *made):
        inner(path, *made)
        future = path.stat().st_mtime + 10**6 / checkpoints.step_of(path)
        os.utime(path, (future, future))

    now = [2e9]

    def back():
        now[0] -= 1000
        return now[0]

    monkeypatch.setattr(time, "time", back)
    monkeypatch.setattr(checkpoints, "mark", later)
    with monkeypatch.context() as patch:
        patch.setattr(training, "save", stop)
        with pytest.raises(Stopped):
            sft.run(recipe, recipe.stage("sft"), tmp_path / "run")
    assert names(tmp_path / "run" / "sft" / "checkpoints") == ["checkpoint-4", "checkpoint-6"]
    sft.run(recipe, recipe.stage("sft"), tmp_path / "run")
    assert [row["step"] for row in log(tmp_path / "run") if "loss" in row] == [2, 4, 5, 6]
    assert 0 < json.loads((tmp_path / "run" / "sft" / "done.json").read_text())["seconds"] < 100


def test_rotation_keeps_the_newest_steps(tmp_path):
    for step in (2, 10, 12):
        (tmp_path / f"checkpoint-{step}").mkdir()
    (tmp_path / "checkpoint-best").mkdir()
    checkpoints.rotate(tmp_path, None)
    assert names(tmp_path) == ["checkpoint-2", "checkpoint-10", "checkpoint-12"]
    checkpoints.rotate(tmp_path, 2)
    assert names(tmp_path) == ["checkpoint-10", "checkpoint-12"]


class Control:
    should_save = should_log = should_training_stop = False


class State:
    def __init__(self, step, last=10):
        self.global_step, self.max_steps = step, last


def test_a_save_waits_for_the_end_of_a_rollout_and_ends_a_line_of_the_log():
    keep = checkpoints.Keep(2, cycle=4)
    saved = []
    for step in range(1, 11):
        control = Control()
        control.should_save = step in (3, 6, 10)
        keep.on_step_end(None, State(step), control)
        assert control.should_log == control.should_save
        if control.should_save:
            saved.append(step)
            keep.due = False
    assert saved == [4, 8, 10]
