import json
import shutil

import pytest
import yaml

from affectreason.errors import InputError
from affectreason.model import chain
from affectreason.recipe import schema


def names(folder):
    return [one.folder.name for one in chain.chain(folder)]


def begun(run, name, **stage):
    """One more stage's folder; done where `done` says when."""
    done = stage.pop("done", None)
    (run / name).mkdir(parents=True)
    (run / name / "recipe.yaml").write_text(yaml.safe_dump({"stage": {"name": name, **stage}}))
    if done:
        (run / name / "done.json").write_text(json.dumps({"finished": done}))
    return run / name


def test_the_last_finished_model_is_taken(tmp_path):
    run = tmp_path / "r"
    begun(run, "faces", kind="draw", done="2026-01-09T00:00:00Z")
    begun(run, "a", kind="sft", done="2026-01-03T00:00:00Z")
    begun(run, "b", kind="grpo", done="2026-01-02T00:00:00Z")
    begun(run, "c", kind="grpo")
    assert chain.stage_folder(str(run)) == run / "a"
    assert chain.stage_folder(str(run / "b")) == run / "b"
    assert chain.stage_folder(str(run / "b" / "model")) == run / "b"


def test_what_is_no_stage_with_a_model(tmp_path):
    run = tmp_path / "r"
    faces = begun(run, "faces", kind="draw", done="2026-01-09T00:00:00Z")
    half = begun(run, "sft", kind="sft")
    for given, message in [
        (faces, r"stage 'faces' is of kind draw and leaves no model; name one that does"),
        (half, r"stage 'sft' is not done \(no .*done.json\); finish it first: affectreason plan recipe=r"),
        (run, r"no model of it is done \(begun: sft\); affectreason run recipe=r"),
        (run / "stf", r"has no stage 'stf'; did you mean 'sft'\? known: faces, sft"),
        (tmp_path / "rr", r"no such folder in .*; did you mean 'r'\? known: r"),
        (tmp_path / "none" / "rr", r"no such folder in .*none; known: none"),
        (tmp_path, r"is no folder of a run: no stage in it has a recipe.yaml; give runs/RECIPE"),
    ]:
        with pytest.raises(InputError, match=message):
            chain.stage_folder(str(given))


def test_damaged_folders(tmp_path):
    stage = begun(tmp_path / "r", "sft", kind="sft", done="2026")
    (stage / "done.json").write_text("{")
    with pytest.raises(InputError, match=r"done.json: not JSON .*; run the stage again"):
        chain.link(stage)
    (stage / "recipe.yaml").write_text("[1]")
    with pytest.raises(InputError, match=r"does not hold a stage's settings"):
        chain.link(stage)


def test_a_chain_has_inputs_first_each_once(tmp_path):
    run = tmp_path / "r"
    begun(run, "faces", kind="draw")
    begun(run, "base", kind="warm_up", data=["faces:train"])
    begun(run, "sft", kind="sft", init="base", data=["faces:train", "/far/more.jsonl"])
    begun(run, "clean", kind="filter", data=["faces:rl"], witnesses=[{"use": "model", "model": "sft"}])
    last = begun(run, "grpo", kind="grpo", init="sft", data=["clean"], replay={"faces:train": 0.1})
    begun(run, "other", kind="sft", init="grpo", data=["faces"])
    assert names(last) == ["faces", "base", "sft", "clean", "grpo"]
    assert chain.chain(last)[-1].data == ["clean", "faces:train"]


def test_a_chain_goes_on_in_another_run(tmp_path):
    begun(tmp_path / "one", "sft", kind="sft", data=["/x.jsonl"])
    (tmp_path / "one" / "sft" / "model").mkdir()
    last = begun(tmp_path / "two", "grpo", kind="grpo", init=str(tmp_path / "one" / "sft" / "model"), data=["/y.jsonl"])
    assert names(last) == ["sft", "grpo"]
    assert [stage["name"] for stage in chain.as_run(chain.chain(last))["stages"]] == ["grpo"]


def test_a_stage_that_reads_itself_ends(tmp_path):
    last = begun(tmp_path / "r", "sft", kind="sft", init="sft", data=["sft"])
    assert names(last) == ["sft"]


def test_the_recipe_as_run_is_a_recipe_without_paths_of_this_machine(finished, tmp_path):
    run = finished()
    made = chain.as_run(chain.chain(run / "grpo"))
    path = tmp_path / "again.yaml"
    path.write_text(yaml.safe_dump(made))
    assert str(tmp_path) not in path.read_text()
    again = schema.load(str(path))
    assert [stage.name for stage in again.stages] == ["sft", "grpo"]
    assert again.stages[0].data == ["mine.jsonl:train"]
    assert again.stages[1].train == {"max_steps": 2}
    assert again.prompt == "facial_r1"


def test_portable():
    given = {"a": ["/home/me/x.jsonl:test", "runs/tiny", "~/y"], "b": 3, "c": {"d": "../z", "e": "Qwen/Qwen2.5"}}
    assert chain.portable(given) == {
        "a": ["x.jsonl:test", "runs/tiny", "y"], "b": 3, "c": {"d": "z", "e": "Qwen/Qwen2.5"},
    }  # fmt: skip


def test_a_removed_stage_is_left_out(finished):
    run = finished()
    shutil.rmtree(run / "sft")
    assert names(run / "grpo") == ["grpo"]


def test_settings_that_were_changed_on_the_way_are_all_kept(tmp_path):
    stage = begun(tmp_path / "r", "sft", kind="sft", data=["old.jsonl"])
    later = {"stage": {"name": "sft", "kind": "sft", "data": ["new.jsonl"]}}
    rows = [
        {"when": "", "changed": ["data: [old.jsonl] -> [new.jsonl]"], "settings": later},
        {"when": "", "changed": ["world: 1 -> 2"], "settings": None},
    ]
    (stage / "changes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = chain.link(stage)
    assert found.stage["data"] == ["new.jsonl"]
    assert found.data == ["old.jsonl", "new.jsonl"]
    assert found.changed == ("data", "world")
