"""A folder of other settings: the difference key by key, refused unless told, and what was agreed to stays written."""

import json
from pathlib import Path

import pytest

from affectreason.affect.sample import Affect, Sample
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.recipe import changes, folders, going_on, runs, schema
from affectreason.recipe.words import read_yaml

CHAIN = """
model: tiny:qwen3_vl
prompt: tiny
stages:
  - {name: faces, kind: draw, splits: {sft: 7}}
  - {name: sft, kind: sft, data: [mine.jsonl], train: {learning_rate: 5e-6}}
  - {name: grow, kind: synthesize, init: sft, data: [faces:sft], keep: [{use: au_f1, at_least: 0.8}]}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("chain.yaml").write_text(CHAIN)
    write("mine.jsonl", [Sample(id="a", gold=Affect(emotion="fear"), labels="ekman7")])


def chain(resume="same", **given):
    return changes.told(
        schema.load("chain.yaml", {key.replace("__", "."): value for key, value in given.items()}), resume
    )


def begin(recipe, name, done=False):
    with runs.opened(recipe, recipe.stage(name), Path("x")) as folder:
        if done:
            (folder / "done.json").write_text("{}")
    return folder


def test_the_difference_is_shown_key_by_key(here):
    begin(chain(), "sft")
    other = chain(sft__train={"learning_rate": 1e-3, "max_steps": 4}, sft__limit=2)
    write("mine.jsonl", [Sample(id="b", gold=Affect(emotion="fear"), labels="ekman7")])
    said = runs.conflict(other, other.stage("sft"), Path("x")).splitlines()
    assert said[0] == "x/sft was made with other settings:"
    assert said[1].startswith("  files.mine.jsonl: content ")
    assert len(said[1]) == len("  files.mine.jsonl: content 12345678 -> content 12345678")
    assert said[2:] == [
        "  limit: not given -> 2",
        "  train.learning_rate: 5e-06 -> 0.001",
        "  train.max_steps: not given -> 4",
    ]


def test_a_key_that_a_newer_version_brought_is_no_change(here):
    folder = begin(chain(), "sft")
    text = (folder / "recipe.yaml").read_text()
    assert "on_oom: stop\n" in text
    (folder / "recipe.yaml").write_text(text.replace("  on_oom: stop\n", ""))
    assert runs.conflict(chain(), None, Path("x")) is None
    changed = chain(sft__on_oom="skip")
    assert 'on_oom: "stop" -> "skip"' in runs.conflict(changed, None, Path("x"))


def test_an_unknown_word_of_resume_is_told(here):
    with pytest.raises(
        InputError, match="resume=chnaged: did you mean 'changed'\\? known: changed, same; changed goes on"
    ):
        chain("chnaged")
    Path("chain.yaml").write_text("resume: changed\n" + CHAIN)
    with pytest.raises(InputError, match="resume: unknown key"):
        chain()


def test_a_changed_stage_goes_on_when_told(here, capsys):
    folder = begin(chain(), "sft")
    (folder / "checkpoints").mkdir()
    other = chain("changed", sft__limit=2)
    going_on.go_on(other, other.stage("sft"), Path("x"))
    assert "x/sft goes on with other settings:\n  limit: not given -> 2" in capsys.readouterr().err
    begin(other, "sft")
    assert (folder / "checkpoints").is_dir()
    assert read_yaml((folder / "recipe.yaml").read_text(), "")["stage"]["limit"] == 2
    assert runs.conflict(chain(sft__limit=2), None, Path("x")) is None  # agreed to: not asked again
    assert "limit: 2 -> not given" in runs.conflict(chain(), None, Path("x"))
    folders.write_done(folder, other.stage("sft"), 1.0, {})
    assert json.loads((folder / "done.json").read_text())["changed"] == ["limit: not given -> 2"]


def test_what_is_done_says_with_what_it_was_made(here, capsys):
    folder = begin(chain(), "sft", done=True)
    other = chain("changed", sft__limit=2)
    going_on.go_on(other, other.stage("sft"), Path("x"))
    assert "x/sft is done and stays as it was made; other settings were asked:\n  limit" in capsys.readouterr().err
    assert "limit" not in read_yaml((folder / "recipe.yaml").read_text(), "")["stage"]
    assert runs.conflict(chain(sft__limit=2), None, Path("x")) is None
    assert runs.conflict(chain(), None, Path("x")) is None  # what it was made with
    assert "limit: 2 -> 3" in runs.conflict(chain(sft__limit=3), None, Path("x"))


def test_answers_that_were_asked_otherwise_stay_a_difference(here):
    begin(chain(), "sft", done=True)
    other = chain("changed", prompt="plain")
    going_on.go_on(other, other.stage("sft"), Path("x"))
    assert 'prompt: "plain" -> "tiny"' in runs.conflict(chain(), None, Path("x"))


def test_what_another_run_finished_meanwhile_is_not_made_again(here):
    """One that looked before the other was done, and took the lock after it."""
    begin(chain(), "sft", done=True)
    words = "x/sft was finished by another run meanwhile; the same command goes on from there"
    with pytest.raises(InputError, match=words):
        begin(chain(), "sft")
    with runs.opened(chain(), chain().stage("sft"), Path("x"), done=True) as folder:
        assert folder == Path("x/sft")


def test_rows_of_other_settings_are_made_anew(here):
    folder = begin(chain(), "grow")
    (folder / "parts").mkdir()
    (folder / "samples.jsonl").touch()
    other = chain("changed", grow__tries=9)
    going_on.go_on(other, other.stage("grow"), Path("x"))
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "changes.jsonl", "recipe.yaml"]


def test_rows_are_gone_before_the_change_is_agreed_to(here, monkeypatch):
    """A run that is killed between the two would go on with rows of other settings."""
    folder = begin(chain(), "grow")
    (folder / "parts").mkdir()
    monkeypatch.setattr(changes, "agree", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    other = chain("changed", grow__tries=9)
    with pytest.raises(KeyboardInterrupt):
        going_on.go_on(other, other.stage("grow"), Path("x"))
    assert not (folder / "parts").exists()
    assert runs.changed(other, other.stage("grow"), Path("x"))


def test_what_another_run_agreed_to_meanwhile_is_agreed_to_once(here, monkeypatch, capsys):
    folder, other = begin(chain(), "grow"), chain("changed", grow__tries=9)
    inner, seen = runs.changed, []

    def changed(recipe, stage, out):
        found = inner(recipe, stage, out)
        if found and not seen:  # this run has looked and does not hold the folder yet
            seen.append(found)
            going_on.go_on(recipe, stage, out)
            (folder / "parts").mkdir()
        return found

    monkeypatch.setattr(runs, "changed", changed)
    going_on.go_on(other, other.stage("grow"), Path("x"))
    assert (folder / "parts").exists()
    assert len(folders.changes(folder)) == 1
    assert capsys.readouterr().err.count("goes on with other settings") == 1


def test_answers_to_another_prompt_are_asked_anew(here):
    folder = begin(chain(), "sft", done=True)
    (folder / "evaluation").mkdir()
    other = chain("changed", sft__limit=2)
    going_on.go_on(other, other.stage("sft"), Path("x"))
    assert (folder / "evaluation").is_dir()
    other = chain("changed", sft__limit=2, prompt="plain")
    going_on.go_on(other, other.stage("sft"), Path("x"))
    assert not (folder / "evaluation").exists()


def test_where_a_changed_run_goes(here):
    first, other = chain(), chain(sft__limit=2)
    with runs.opened(first, first.stage("sft"), Path("runs/chain")):
        pass
    folder = runs.choose_out(other, None, None)
    assert folder == Path("runs/chain-2")
    assert going_on.why_not_the_first(other, None, folder) == (
        "runs/chain/sft was made with other settings:\n  limit: not given -> 2\n"
        "so this run is in runs/chain-2; resume=changed out=runs/chain goes on there all the same"
    )
    assert going_on.why_not_the_first(first, None, Path("runs/chain")) is None
    told = changes.told(other, "changed")
    assert runs.choose_out(told, None, None) == Path("runs/chain")
    assert runs.choose_out(told, None, "there") == Path("there")
    Path("runs/chain-2").mkdir()
    with pytest.raises(
        InputError, match="resume=changed: there are runs/chain, runs/chain-2; name the one to go on in"
    ):
        runs.choose_out(told, None, None)
