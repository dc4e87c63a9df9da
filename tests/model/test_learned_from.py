import json
import shutil

import pytest
import yaml

from affectreason.errors import InputError
from affectreason.model.chain import chain
from affectreason.model.learned_from import learned_from, terms


def test_each_source_is_counted(finished):
    run = finished(licence="research only", gate="signed form")
    mine, more = learned_from(chain(run / "grpo"))
    assert (mine.name, mine.samples, mine.stages) == ("mine.jsonl:train", 5, ["sft"])
    assert (more.name, more.samples, more.stages) == ("more.jsonl", 4, ["grpo"])
    assert dict(mine.terms) == {("research only", "signed form"): 5}
    assert dict(more.terms) == {("Apache-2.0", None): 4}
    assert dict(mine.datasets) == {"mine": 5}
    assert dict(mine.makers) == {"human": 5}
    assert dict(mine.labels) == {"anger": 4, "fear": 1}
    assert mine.people == {"p0", "p1", "p2"}
    assert mine.card is None
    assert terms([mine, more]) == [
        (("research only", "signed form"), "mine.jsonl:train, 5 samples"),
        (("Apache-2.0", None), "more.jsonl, 4 samples"),
    ]


def test_a_file_that_is_gone_or_changed_has_no_known_licence(finished, tmp_path):
    run = finished()
    data = tmp_path / "data"
    (data / "mine.jsonl").write_text((data / "mine.jsonl").read_text() + "\n")
    (data / "more.jsonl").unlink()
    mine, more = learned_from(chain(run / "grpo"))
    assert "changed after the training" in str(mine.problem)
    assert "no such file from this folder" in str(more.problem)
    assert [one for one, _ in terms([mine, more])] == [(None, None), (None, None)]
    assert mine.samples == more.samples == 0


def test_a_model_that_no_run_left_has_no_known_licence(finished, tmp_path):
    run = finished()
    assert [one.name for one in learned_from(chain(run / "sft"))] == ["mine.jsonl:train"]
    recipe, merged = run / "sft" / "recipe.yaml", tmp_path / "merged"
    merged.mkdir()
    recipe.write_text(yaml.safe_dump({**yaml.safe_load(recipe.read_text()), "model": str(merged)}))
    first, *rest = learned_from(chain(run / "grpo"))
    assert (first.name, first.stages, len(rest)) == ("merged", ["sft"], 2)
    assert terms([first])[0][0] == (None, None)
    assert "merged: a model that no run here left" in terms([first])[0][1]
    assert "merged" not in [one.name for one in learned_from(chain(run / "grpo"), published=True)]
    for known in ("tiny:qwen3_vl", "assets:small", "ann/base"):
        recipe.write_text(yaml.safe_dump({**yaml.safe_load(recipe.read_text()), "model": known}))
        assert [one.name for one in learned_from(chain(run / "sft"))] == ["mine.jsonl:train"]


def test_a_folder_that_is_gone_is_no_repository_with_a_licence_of_its_own(finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = finished()
    recipe = run / "sft" / "recipe.yaml"
    (tmp_path / "merged").mkdir()
    recipe.write_text(yaml.safe_dump({**yaml.safe_load(recipe.read_text()), "model": "merged/gone"}))
    first, *_ = learned_from(chain(run / "grpo"))
    assert (first.name, first.stages) == ("gone", ["sft"])
    assert terms([first])[0][0] == (None, None)


def test_a_stage_that_was_removed_has_no_known_licence(finished):
    run = finished(licence="research only")
    shutil.rmtree(run / "sft")
    for published in (False, True):
        first, _ = learned_from(chain(run / "grpo"), published)
        assert (first.name, first.stages) == ("sft", ["grpo"])
        assert "no run here left" in str(first.problem)


def test_a_row_that_cannot_be_read_is_named(finished, tmp_path):
    run = finished()
    path, recipe = tmp_path / "data" / "more.jsonl", run / "grpo" / "recipe.yaml"
    path.write_text('{"id": "x", "gold": {"valence": 3}}\n')
    made = yaml.safe_load(recipe.read_text())
    del made["files"]
    recipe.write_text(yaml.safe_dump(made))
    with pytest.raises(InputError, match=r"data .*more.jsonl: .*more.jsonl:1: sample 'x': gold.valence"):
        learned_from(chain(run / "grpo"))


def test_the_data_card_of_this_very_file_is_found(finished, tmp_path):
    run = finished()
    (mine, _) = learned_from(chain(run / "grpo"))
    folder = tmp_path / "data" / "mine.card"
    folder.mkdir()
    card = {"sha256": mine.sha256, "unanswered": ["consent"], "answers": {"known_failures": "few old people"}}
    (folder / "card.json").write_text(json.dumps(card))
    found = learned_from(chain(run / "grpo"))[0].card
    assert found is not None
    assert found["unanswered"] == ["consent"]
    assert found["answers"] == {"known_failures": "few old people"}
    (folder / "card.json").write_text(json.dumps(card | {"sha256": "0" * 64}))
    assert learned_from(chain(run / "grpo"))[0].card is None
    (folder / "card.json").write_text("{")
    assert learned_from(chain(run / "grpo"))[0].card is None


def test_the_samples_of_a_stage_are_read_in_its_run(finished):
    run = finished()
    recipe = run / "grpo" / "recipe.yaml"
    (run / "grow").mkdir()
    (run / "grow" / "recipe.yaml").write_text("stage: {name: grow, kind: synthesize, data: []}\n")
    row = {"id": "g", "question": "?", "answer": "a", "provenance": {"licence": "MIT"}}
    (run / "grow" / "samples.jsonl").write_text(json.dumps(row) + "\n")
    (run / "grow" / "done.json").write_text(json.dumps({"sha256": {"samples.jsonl": "0" * 64}}))
    made = yaml.safe_load(recipe.read_text())
    made["stage"]["data"] = ["grow"]
    recipe.write_text(yaml.safe_dump(made))
    found = learned_from(chain(run / "grpo"))[-1]
    assert found.name == "grow"
    assert "changed after the training" in str(found.problem)
    (run / "grow" / "done.json").write_text("{}")
    assert dict(learned_from(chain(run / "grpo"))[-1].terms) == {("MIT", None): 1}
