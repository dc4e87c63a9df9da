import json
from pathlib import Path

import pytest

from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.model import generate, tree_search
from affectreason.recipe import answers, runs, searched
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


@pytest.fixture
def spoken(chain, pictures):
    """The same chain, its questions with something said."""
    run, out = chain
    write(out / "held.jsonl", [sample.model_copy(update={"transcript": "I love it!"}) for sample in pictures[:5]])
    return run, out


def rows(out, name):
    return [json.loads(line) for line in (out / "sft" / "evaluation" / f"{name}.jsonl").read_text().splitlines()]


def test_it_is_asked_again_without(spoken, monkeypatch):
    run, out = spoken
    put, real = [], generate.answer
    monkeypatch.setattr(generate, "answer", lambda *a, **k: put.append((a[2], k)) or real(*a, **k))
    found, whole = run(evaluate__without=[["text"], ["face"]])
    assert [row["id"] for row in rows(out, "without-text")] == [row["id"] for row in whole]
    assert all(row.keys() == {"id", "text"} for row in rows(out, "without-face"))  # greedy alone
    told = [("I love it!" in str(asked[0].dialogue), "'image'" in str(asked[0].dialogue)) for asked, _ in put]
    assert told == [(True, True)] * 6 + [(False, True)] * 3 + [(True, False)] * 3
    blind = answers.predictions(found, found.stage("sft"), out, gone=["face"])
    assert all(p.sample.media for p in blind)  # scored as whole samples
    assert answers.predictions(found, found.stage("sft"), out, gone=["audio"]) is None


def test_what_is_asked_without_comes_and_goes(spoken, monkeypatch):
    run, out = spoken
    _, first = run()
    calls, real = [], generate.answer
    monkeypatch.setattr(generate, "answer", lambda *a, **k: calls.append(1) or real(*a, **k))
    _, second = run(evaluate__without=[["text"]])
    assert second == first
    assert len(calls) == 3  # three batches, greedy only, and nothing of before
    (out / "sft" / "evaluation" / "without-text.jsonl").unlink()
    run(evaluate__without=[["text"]])
    assert len(calls) == 3  # the parts were kept
    run(evaluate__max_new_tokens=3)
    assert not (out / "sft" / "evaluation" / "without-text.jsonl").exists()


def test_a_modality_that_no_question_has_is_refused(spoken):
    with pytest.raises(InputError, match=r"evaluate.without: none of the 5 samples has audio; they have: face, text"):
        spoken[0](evaluate__without=[["audio"]])


SEARCH = {"candidates": 2, "form": "reasoned", "by": [{"use": "well_formed"}]}


def test_searched_answers_stand_beside_the_single_ones(chain, monkeypatch):
    run, out = chain
    _, first = run()
    monkeypatch.setattr(generate, "answer", None)  # no single answer is asked for again
    found, second = run(evaluate__search=SEARCH)
    assert second == first
    file = Path(runs.searched_file(found.evaluate.search)).stem
    told = rows(out, file)
    assert [row["id"] for row in told] == [row["id"] for row in first]
    assert all("</think><answer>" in row["text"] and row["generations"] == 4 for row in told)
    assert [row["greedy_tokens"] for row in told] == [8] * 5  # a model that knows nothing does not end
    monkeypatch.setattr(tree_search, "answers", None)
    run(evaluate__search=SEARCH)  # searched already
    read = searched.found(found, found.stage("sft"), out)
    assert [p.response.text for p in read["predictions"]] == [row["text"] for row in told]
    assert read["cost"]["generations"] == 4
    assert 1 < read["cost"]["tokens_ratio"] <= 4
    with pytest.raises(TypeError):
        run(evaluate__search={**SEARCH, "candidates": 3})  # other settings are another search
    assert searched.found(run()[0], found.stage("sft"), out) is None  # off by default
