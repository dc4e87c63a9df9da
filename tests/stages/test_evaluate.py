import json

import pytest

from affectreason.affect.samples import write
from affectreason.model import generate
from affectreason.recipe import answers
from affectreason.stages import evaluate


@pytest.fixture
def chain(recipe, qwen, pictures, tmp_path):
    """A stage `sft` that is done, and questions to its model."""
    write(tmp_path / "held.jsonl", pictures[:5])
    (tmp_path / "sft").mkdir()
    (tmp_path / "sft" / "model").symlink_to(qwen)
    (tmp_path / "sft" / "done.json").write_text("{}")

    def run(**more):
        found = recipe(evaluate__data=[str(tmp_path / "held.jsonl")], evaluate__batch_size=2, **more)
        evaluate.run(found, found.stage("sft"), tmp_path)
        return found, [json.loads(line) for line in (tmp_path / "sft" / answers.FILE).read_text().splitlines()]

    return run, tmp_path


def test_one_greedy_and_one_sampled_answer_each(chain, pictures):
    run, out = chain
    found, rows = run()
    assert [row["id"] for row in rows] == [sample.id for sample in pictures[:5]]
    assert all(row.keys() == {"id", "text", "sampled"} for row in rows)
    assert [row["text"] for row in rows] != [row["sampled"] for row in rows]
    greedy = answers.predictions(found, found.stage("sft"), out)
    assert [p.sample.id for p in greedy] == [row["id"] for row in rows]


def test_an_answer_does_not_depend_on_what_ran_before(chain, monkeypatch):
    run, out = chain
    _, first = run()
    (out / "sft" / answers.FILE).unlink()
    part = out / "sft" / "evaluation" / "parts" / "part-0.jsonl"
    lines = part.read_text().splitlines()
    part.write_text("\n".join([*lines[:2], lines[2][:20]]))  # killed in its second batch
    calls, real = [], generate.answer
    monkeypatch.setattr(generate, "answer", lambda *a, **k: calls.append(1) or real(*a, **k))
    _, second = run()
    assert second == first
    assert len(calls) == 4  # two of three batches, greedy and sampled


def test_the_same_settings_ask_nothing_again(chain, monkeypatch):
    run, _ = chain
    _, first = run()
    monkeypatch.setattr(generate, "answer", None)
    assert run()[1] == first
    assert run(evaluate__rewards=[{"use": "well_formed"}])[1] == first  # how they are scored is no new question


@pytest.mark.parametrize("change", [{"evaluate__max_new_tokens": 3}, {"evaluate__limit": 3}])
def test_changed_settings_forget_old_answers(chain, change):
    run, out = chain
    _, first = run()
    _, second = run(**change)
    assert second != first
    assert not list((out / "sft" / "evaluation" / "parts").glob("*.part"))


def test_a_recipe_without_questions_asks_none(recipe, tmp_path):
    found = recipe(evaluate=None)
    evaluate.run(found, found.stage("sft"), tmp_path)
    assert not list(tmp_path.iterdir())
