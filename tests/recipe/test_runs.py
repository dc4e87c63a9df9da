"""Folders of a run: which is chosen, what holds it, what is written whole, and what counts as done."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from affectreason.errors import InputError
from affectreason.recipe import runs, schema
from affectreason.recipe.words import read_yaml

CHAIN = """
model: tiny:qwen3_vl
prompt: tiny
evaluate: {data: [faces:test], limit: 5, rewards: [{use: well_formed}]}
stages:
  - {name: faces, kind: draw, splits: {sft: 7, rl: 7, test: 7}}
  - {name: base, kind: warm_up, data: [faces:sft]}
  - {name: sft, kind: sft, init: base, data: [faces:sft], train: {learning_rate: 5e-6}}
  - {name: grpo, kind: grpo, init: sft, data: [faces:rl], rewards: [{use: au_f1}]}
  - {name: grow, kind: synthesize, init: grpo, data: [faces:rl], keep: [{use: au_f1, at_least: 0.8}]}
  - {name: aside, kind: sft, data: [mine.jsonl]}
  - {name: sft_2, kind: sft, init: grpo, data: [faces:sft, grow]}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chain.yaml").write_text(CHAIN)
    return tmp_path


@pytest.fixture
def scripts(here):
    """The launch points of a checkout, which commands name where they are."""
    for kind in ("sft", "grpo", "synthesize"):
        (here / f"{kind}.py").touch()


def chain(**changes):
    return schema.load("chain.yaml", {key.replace("__", "."): value for key, value in changes.items()})


def begin(recipe, name, out):
    """What a stage leaves behind when it has begun."""
    with runs.opened(recipe, recipe.stage(name), out):
        pass


def finish(recipe, name, out):
    begin(recipe, name, out)
    (out / name / "done.json").write_text("{}")


def test_settings_are_the_stage_and_what_every_model_reads(here):
    recipe = chain()
    assert set(runs.settings(recipe, recipe.stage("faces"))) == {"stage"}
    made = runs.settings(recipe, recipe.stage("sft"))
    assert set(made) == {"stage", "model", "prompt", "labels", "dtype", "media"}
    assert made["stage"]["train"] == {"learning_rate": 5e-6}
    assert runs.settings(recipe, recipe.stage("grow"))["evaluated_on"] == {"data": ["faces:test"], "limit": 5}


def test_settings_written_are_read_back_equal(here):
    recipe = chain(sft__train__run_name="1e5", sft__lora={"target_modules": ["on"]}, sft__train__max_length=None)
    for stage in recipe.stages:
        begin(recipe, stage.name, Path("x"))
        assert runs.made_with(Path("x"), stage.name) == runs.settings(recipe, stage)
    assert read_yaml(Path("x/sft/recipe.yaml").read_text(), "")["stage"]["train"]["max_length"] is None
    assert runs.conflict(recipe, None, Path("x")) is None


def test_inputs_and_ancestors(here):
    recipe = chain()

    def names(found):
        return [stage.name for stage in found]

    assert names(runs.inputs(recipe, recipe.stage("sft_2"))) == ["faces", "grpo", "grow"]
    assert names(runs.ancestors(recipe, recipe.stage("sft"))) == ["faces", "base", "sft"]
    assert names(runs.ancestors(recipe, recipe.stage("aside"))) == ["aside"]
    assert names(runs.ancestors(recipe, recipe.stage("sft_2"))) == ["faces", "base", "sft", "grpo", "grow", "sft_2"]
    assert names(runs.evaluated_on(recipe)) == ["faces"]


def test_a_changed_setting_is_told_with_its_key(here):
    begin(chain(), "sft", Path("runs/chain"))
    changed = chain(sft__train__learning_rate=1e-3)
    said = runs.conflict(changed, changed.stage("sft"), Path("runs/chain"))
    assert said == "runs/chain/sft was made with other settings:\n  train.learning_rate: 5e-06 -> 0.001"
    changed = chain(labels="ekman8", media__fps=1)
    assert 'settings:\n  labels: "ekman7" -> "ekman8"\n  media.fps: 2.0 -> 1.0' in runs.conflict(
        changed, changed.stage("sft_2"), Path("runs/chain")
    )
    assert runs.conflict(changed, changed.stage("aside"), Path("runs/chain")) is None
    assert "sft was made" in runs.conflict(changed, None, Path("runs/chain"))


def test_a_stage_that_evaluation_draws_from_counts_for_every_model(here):
    begin(chain(), "faces", Path("runs/chain"))
    changed = chain(faces__seed=1)
    assert "runs/chain/faces" in runs.conflict(changed, changed.stage("aside"), Path("runs/chain"))


def test_what_synthesis_left_out_for_an_evaluation_holds_for_that_one_alone(here):
    begin(chain(), "grow", Path("runs/chain"))
    changed = chain(evaluate__data=["faces:sft"])
    assert 'evaluated_on.data: ["faces:test"] -> ["faces:sft"]' in runs.conflict(
        changed, changed.stage("sft_2"), Path("runs/chain")
    )
    assert runs.conflict(chain(evaluate__max_new_tokens=9), None, Path("runs/chain")) is None


def test_the_folder_is_the_first_that_holds_no_other_settings(here):
    recipe, other, third = chain(), chain(sft__limit=3), chain(sft__limit=4)
    stage = recipe.stage("sft")
    assert runs.choose_out(recipe, stage, None) == Path("runs/chain")
    begin(recipe, "sft", Path("runs/chain"))
    assert runs.choose_out(recipe, stage, None) == Path("runs/chain")
    assert runs.choose_out(other, other.stage("sft"), None) == Path("runs/chain-2")
    begin(other, "sft", Path("runs/chain-2"))
    assert runs.choose_out(other, other.stage("sft"), None) == Path("runs/chain-2")
    assert runs.choose_out(third, third.stage("sft"), None) == Path("runs/chain-3")
    assert runs.choose_out(third, third.stage("aside"), None) == Path("runs/chain")
    assert runs.choose_out(third, None, None) == Path("runs/chain-3")


def test_a_named_folder_with_other_settings_is_refused(here):
    begin(chain(), "sft", Path("mine"))
    other = chain(sft__limit=3)
    with pytest.raises(
        InputError,
        match=r"(?s)mine/sft was made with other settings:\n  limit: not given -> 3\nrun with .* name a new folder "
        "with out=, or go on all the same with resume=changed",
    ):
        runs.choose_out(other, other.stage("sft"), "mine")
    assert runs.choose_out(chain(), None, "mine") == Path("mine")
    assert runs.choose_out(chain(), None, 5) == Path("5")


def test_commands(here, scripts):
    recipe = chain(sft__data=["a b.jsonl"])
    assert runs.command(recipe, recipe.stage("faces")) == (
        "affectreason run recipe=chain.yaml stage=faces 'sft.data=[\"a b.jsonl\"]'"
    )
    assert runs.command(chain(), chain().stage("grow"), Path("runs/chain")) == (
        "accelerate launch synthesize.py recipe=chain.yaml stage=grow"
    )
    Path("synthesize.py").unlink()
    assert runs.command(chain(), chain().stage("grow"), Path("runs/chain")) == (
        "accelerate launch -m affectreason launch synthesize recipe=chain.yaml stage=grow"
    )
    assert runs.given(chain(), Path("a b")) == "recipe=chain.yaml 'out=a b'"
    launched = schema.load("facial_r1")
    config = Path(runs.command(launched, launched.stage("grpo")).split()[3])
    assert config.name == "zero3.yaml"
    assert config.is_file()


def test_a_command_says_what_was_loaded(here, scripts):
    import shlex

    from affectreason.recipe.words import pairs

    recipe = chain(sft__train__learning_rate=1e-5, sft__data=["a b.jsonl", "c.jsonl"], grow__hint=False, prompt="plain")
    words = pairs(shlex.split(runs.command(recipe, recipe.stage("sft"), Path("x")))[3:])
    name, out, stage = words.pop("recipe"), words.pop("out"), words.pop("stage")
    assert schema.load(name, words) == recipe
    assert (out, stage) == ("x", "sft")


def test_states(here):
    recipe, out = chain(), Path("x")

    def states():
        return [state for _, state in runs.states(recipe, out)]

    assert states() == ["next", "waiting", "waiting", "waiting", "waiting", "next", "waiting"]
    begin(recipe, "faces", out)
    assert states()[0] == "next"
    finish(recipe, "faces", out)
    assert states() == ["done", "next", "waiting", "waiting", "waiting", "next", "waiting"]
    for name in ("base", "sft", "grpo"):
        finish(recipe, name, out)
    assert states() == ["done", "next", "next", "next", "next", "next", "waiting"]  # trained, but not asked yet
    for name in ("base", "sft", "grpo"):
        (out / name / runs.ANSWERS).parent.mkdir()
        (out / name / runs.ANSWERS).touch()
    assert states() == ["done", "done", "done", "done", "next", "next", "waiting"]
    finish(recipe, "grow", out)
    assert states()[-1] == "next"


HOLD = """
import sys, time
from pathlib import Path
from affectreason.recipe import runs, schema
recipe = schema.load("chain.yaml")
with runs.opened(recipe, recipe.stage("sft"), Path("x")):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_held_folder_is_refused_and_free_after_kill_9(here):
    recipe = chain()
    with subprocess.Popen([sys.executable, "-c", HOLD], cwd=here, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(
            InputError, match=rf"another run \(pid {holder.pid} on .*, since 20.*\) is working in x/sft; wait"
        ):
            begin(recipe, "sft", Path("x"))
        begin(recipe, "aside", Path("x"))
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    begin(recipe, "sft", Path("x"))


def test_a_folder_of_other_settings_is_not_opened(here):
    begin(chain(), "sft", Path("x"))
    before = Path("x/sft/recipe.yaml").read_text()
    with pytest.raises(InputError, match="made with other settings"):
        begin(chain(sft__limit=3), "sft", Path("x"))
    assert Path("x/sft/recipe.yaml").read_text() == before


def test_a_place_that_cannot_be_written_is_told_in_words(here):
    Path("x").write_text("a file")
    with pytest.raises(InputError, match=r"cannot write in x/sft: .*; name another folder with out="):
        begin(chain(), "sft", Path("x"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[]", r"does not hold a stage's settings"),
        (b"3", r"does not hold a stage's settings"),
        (b"stage: {", r"this is not YAML"),
        (b"\xff\xfe", r"not UTF-8 text \('utf-8' codec can't decode byte 0xff .*\)"),
    ],
)
def test_settings_that_are_damaged_are_told(here, content, why):
    recipe, out = chain(), here / "x"
    begin(recipe, "faces", out)
    (out / "faces" / "recipe.yaml").write_bytes(content)
    said = (
        why if b"{" in content else why + "; put back the file that the run wrote, or begin a new run with out=FOLDER"
    )
    with pytest.raises(InputError, match=rf"x/faces/recipe\.yaml:? {said}"):
        runs.conflict(recipe, recipe.stage("faces"), out)


def test_what_a_stage_leaves(here):
    recipe = chain()
    assert runs.output(Path("x"), recipe.stage("sft")) == Path("x/sft/model")
    assert runs.output(Path("x"), recipe.stage("grow")) == Path("x/grow/samples.jsonl")


def test_a_stage_is_done_when_it_was_asked_without_too(recipe, tmp_path):
    found = recipe(evaluate__without=[["face"]])
    place = tmp_path / "sft"
    (place / "evaluation").mkdir(parents=True)
    (place / "done.json").write_text("{}")
    (place / runs.answer_file()).touch()
    state = {stage.name: said for stage, said in runs.states(found, tmp_path)}
    assert state["sft"] != "done"
    assert runs.answer_file(["audio", "face"]) == Path("evaluation") / "without-face+audio.jsonl"
    (place / runs.answer_file(["face"])).touch()
    assert {stage.name: said for stage, said in runs.states(found, tmp_path)}["sft"] == "done"


def test_samples_that_evaluation_takes_afterwards_make_another_stage(recipe):
    """What a stage left out because evaluation used it is a part of what the stage is."""
    before = recipe(evaluate__data=["faces:test"], sft__data=["faces"])
    after = recipe(evaluate__data=["faces:train"], sft__data=["faces"])
    assert runs.settings(before, before.stage("sft")) != runs.settings(after, after.stage("sft"))
    assert "evaluated_on" not in runs.settings(recipe(evaluate__data=["other.jsonl"]), recipe().stage("sft"))
