"""Answers of a stage's model, read back beside what is right."""

import json
from pathlib import Path

import pytest

from affectreason.affect import facs
from affectreason.affect.sample import Affect, Provenance, Sample
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.recipe import answers, schema
from affectreason.scoring.rewards import answer_match

CHAIN = """
model: tiny:qwen3_vl
prompt: tiny
evaluate: {data: [test.jsonl:test], rewards: [{use: well_formed}]}
stages:
  - {name: sft, kind: sft, data: [train.jsonl]}
"""
TEXTS = {
    "a": "<think>Lips up (AU12).</think><answer>happiness</answer>",
    "b": "<think>No action unit is active.</think><answer>joy</answer>",
    "c": "mumble",
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chain.yaml").write_text(CHAIN)
    gold = [Affect(emotion="happiness", aus=(12, 6)), Affect(emotion="fear", aus=()), Affect(emotion="fear")]
    test = Provenance(split="test")
    write("test.jsonl", [Sample(id=name, gold=g, provenance=test) for name, g in zip("abc", gold, strict=True)])
    return tmp_path


def chain(**changes):
    return schema.load("chain.yaml", {key.replace("__", "."): value for key, value in changes.items()})


def answered(names="abc"):
    folder = Path("x/sft/evaluation")
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"id": name, "text": TEXTS[name], "sampled": "<answer>fear</answer>"}) for name in names]
    (folder / "predictions.jsonl").write_text("\n".join(lines) + "\n")


def test_predictions_are_parsed_in_the_order_of_the_samples(here):
    recipe = chain()
    answered("cab")
    found = answers.predictions(recipe, recipe.stages[0], Path("x"))
    assert [p.sample.id for p in found] == ["a", "b", "c"]
    assert [p.response.said.emotion for p in found] == ["happiness", "happiness", None]
    assert [p.response.said.units for p in found] == [{12}, set(), None]
    assert [p.response.well_formed for p in found] == [True, True, False]
    assert [p.sample.labels for p in found] == ["ekman7"] * 3
    sampled = answers.predictions(recipe, recipe.stages[0], Path("x"), "sampled")
    assert [p.response.said.emotion for p in sampled] == ["fear"] * 3


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ('{"id": "b", "text": "x"', r"predictions\.jsonl:2: this is not JSON"),
        ("[]", r"predictions\.jsonl:2: \[\] is not an object"),
        (
            '{"id": "b"}',
            r'predictions\.jsonl:2: this is no answer, which has the texts "id" and "text"; put the file back',
        ),
        (
            '{"id": 3, "text": "x"}',
            r"predictions\.jsonl:2: this is no answer, .* asks anew: rm x/sft/evaluation/predict",
        ),
        ('{"id": "b", "text": null}', r"predictions\.jsonl:2: this is no answer"),
    ],
)
def test_answers_that_are_damaged_are_told_by_their_line(here, row, why):
    answered("a")
    path = Path("x/sft/evaluation/predictions.jsonl")
    path.write_text(path.read_text() + row + "\n")
    with pytest.raises(InputError, match=why):
        answers.predictions(chain(), chain().stages[0], Path("x"))


@pytest.mark.parametrize(
    ("text", "why"),
    [("", r"not JSON \(.*\)"), ('{"data": [', r"not JSON \(.*\)"), ("[]", r"it holds no settings \(no JSON object\)")],
)
def test_damaged_settings_keep_the_answers(here, text, why):
    answered()
    folder = Path("x/sft/evaluation")
    (folder / "settings.json").write_text(text)
    said = (
        rf"settings\.json: {why}; how the answers beside it were asked for is not known: put the file back, or remove "
        r"the folder, and the same command asks anew: rm -r x/sft/evaluation"
    )
    for look in (answers.are_others, answers.forget_others):
        with pytest.raises(InputError, match=said):
            look(chain(), folder)
    assert (folder / "predictions.jsonl").is_file()


def test_a_closed_question_is_read_among_its_choices(here):
    asked = Sample(id="a", answer="joy", choices=("joy", "happiness"), provenance=Provenance(split="test"))
    write("test.jsonl", [asked])
    answered("a")
    (found,) = answers.predictions(chain(), chain().stages[0], Path("x"))
    assert (found.response.answered, found.response.well_formed) == ("happiness", True)
    assert answer_match(found.response, found.sample) == 0  # two choices, though one label


def test_what_was_not_evaluated_has_none(here):
    recipe = chain()
    assert answers.predictions(recipe, recipe.stages[0], Path("x")) is None
    answered()
    recipe = recipe.model_copy(update={"evaluate": None})
    assert answers.predictions(recipe, recipe.stages[0], Path("x")) is None


def test_held_out_samples_are_limited(here):
    recipe = chain(evaluate__limit=2)
    assert [s.id for s in answers.held_out(recipe, recipe.evaluate, Path("x"))] == ["a", "b"]


def test_answers_to_other_samples_are_refused(here):
    answered("ab")
    recipe = chain()
    with pytest.raises(InputError) as error:
        answers.predictions(recipe, recipe.stages[0], Path("x"))
    assert str(error.value) == (
        "x/sft/evaluation/predictions.jsonl answers other samples than recipe chain evaluates now; "
        "ask again: affectreason run recipe=chain.yaml out=x"
    )
    recipe = chain(evaluate__limit=2)
    assert len(answers.predictions(recipe, recipe.stages[0], Path("x"))) == 2


def test_answers_asked_for_otherwise_are_removed(here):
    folder = Path("x/sft/evaluation")
    answered()
    for kept in (chain(), chain(evaluate__units="disfa8"), chain(evaluate__rewards=[{"use": "au_f1"}])):
        answers.forget_others(kept, folder)
        assert (folder / "predictions.jsonl").is_file()
    for key, value in (("limit", 2), ("temperature", 0.5), ("max_new_tokens", 9), ("data", ["test.jsonl"])):
        answered()
        answers.forget_others(chain(**{f"evaluate__{key}": value}), folder)
        assert not (folder / "predictions.jsonl").exists()
        assert (folder / "settings.json").is_file()
        assert [path.name for path in folder.parent.iterdir() if path.name.startswith("eval")] == ["evaluation"]


def test_answers_removed_half_way_are_not_taken_for_others(here, monkeypatch):
    answered()
    folder, asked = Path("x/sft/evaluation"), chain(evaluate__limit=2)

    def killed(path, **_):
        if path.exists():
            (path / "settings.json").unlink()
            raise KeyboardInterrupt

    answers.forget_others(chain(), folder)
    with monkeypatch.context() as patched:
        patched.setattr(answers.shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            answers.forget_others(asked, folder)
    answers.forget_others(asked, folder)
    assert [path.name for path in folder.iterdir()] == ["settings.json"]


def test_units_are_the_named_set_or_all_that_are_annotated(here):
    recipe = chain()
    samples = answers.held_out(recipe, recipe.evaluate, Path("x"))
    assert answers.units(recipe, samples) == (6, 12)
    assert answers.units(chain(evaluate__units="disfa8"), samples) == facs.SETS["disfa8"]
