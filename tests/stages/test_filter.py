import json

import pytest

from affectreason.affect.sample import Affect, Sample
from affectreason.affect.samples import read, write
from affectreason.errors import InputError
from affectreason.recipe import runs
from affectreason.stages import filter as stage_file


def silent(sample):
    """A witness of the user's own, that says nothing of clips."""
    return None if sample.media[0].kind != "image" else [sample.gold.emotion]


@pytest.fixture
def clean(recipe, tmp_path, drawn):
    """The micro recipe with a filter of a file of drawn faces, three of which have another's label."""

    def make(wrong=(), **more):
        samples = [one.model_copy(update={"reasoning": f"He looks {one.gold.emotion}."}) for one in drawn["pictures"]]
        names = [one.gold.emotion for one in samples]
        for place in wrong:
            gold = samples[place].gold.model_copy(update={"emotion": names[place - 1]})
            samples[place] = samples[place].model_copy(update={"gold": gold})
        write(tmp_path / "data.jsonl", samples)
        found = recipe()
        keys = {"name": "clean", "kind": "filter", "data": [str(tmp_path / "data.jsonl")], **more}
        whole = found.model_dump(mode="json")
        whole["stages"] = [keys]
        whole["evaluate"] = None
        return type(found).model_validate(whole), samples

    return make


def run(recipe, out):
    stage_file.run(recipe, recipe.stages[0], out)
    folder = out / "clean"
    rows = [json.loads(line) for line in (folder / "votes.jsonl").read_text().splitlines()]
    return read(folder / "samples.jsonl"), rows, json.loads((folder / "manifest.json").read_text())


def test_labels_that_units_and_text_contradict_are_dropped(clean, tmp_path):
    recipe, samples = clean(wrong=(3, 8), witnesses=[{"use": "units"}, {"use": "text"}], agree=2)
    kept, rows, manifest = run(recipe, tmp_path / "out")
    dropped = {row["id"]: row["dropped"] for row in rows if row["dropped"]}
    assert set(dropped) >= {samples[3].id, samples[8].id}
    assert dropped[samples[3].id] == "contradicted by units, text"
    assert len(kept) == manifest["kept"] == 14 - len(dropped)
    assert kept[0] == read(tmp_path / "data.jsonl")[0].model_copy(update={"labels": "ekman7"})  # nothing is changed
    assert manifest["witnesses"]["text"]["rate"] == pytest.approx(12 / 14)
    assert sum(manifest["refused"].values()) == len(dropped)
    assert runs.is_done(tmp_path / "out", "clean")


def test_a_model_and_a_classifier_are_witnesses(clean, tmp_path, qwen):
    voters = [{"use": "classifier"}, {"use": "model", "prompt": "tiny"}, {"use": f"{__name__}.silent"}]
    recipe, _ = clean(witnesses=voters, folds=2, max_new_tokens=4)
    recipe = recipe.model_copy(update={"model": qwen})
    kept, rows, manifest = run(recipe, tmp_path / "out")
    assert len(kept) == 14  # by the user's own witness
    assert manifest["witnesses"]["classifier"]["spoke"] == 14
    assert set(rows[0]["votes"]) == {"classifier", "model", f"{__name__}.silent"}
    assert manifest["pairs"]["classifier, model"]["both"] <= 14


def test_descriptions_that_are_too_short(clean, tmp_path):
    recipe, _ = clean(witnesses=[{"use": "text"}], words=[4, 50])
    with pytest.raises(
        InputError, match=r"stage clean: none of 14 samples was kept .*has not 4 to 50 words.*clean.agree"
    ):
        run(recipe, tmp_path / "out")


def test_what_is_wrong_with_a_filter_is_told_before_anything_runs(recipe, tmp_path):
    from affectreason.recipe import schema

    path = tmp_path / "wrong.yaml"
    path.write_text(
        "model: tiny:qwen3_vl\nprompt: tiny\nstages:\n"
        "  - {name: faces, kind: draw, splits: {a: 7}}\n"
        "  - {name: clean, kind: filter, data: [faces:a], witnesses: [{use: unit}, {use: units, model: faces},"
        " {use: model, prompt: tinny}]}\n"
        "  - {name: again, kind: filter, data: ['clean:a'], witnesses: [{use: text}]}\n"
    )
    with pytest.raises(InputError) as told:
        schema.load(str(path))
    text = str(told.value)
    assert "clean.witnesses: unknown witness 'unit'; did you mean 'units'?" in text
    assert "clean.witnesses: stage 'faces' leaves samples, not a model" in text
    assert "clean.witnesses: 'units' asks no model; remove its model:" in text
    assert "clean.witnesses: unknown prompt 'tinny'; did you mean 'tiny'?" in text
    assert "what stage 'clean' leaves has no splits" in text


def test_the_same_kind_of_witness_twice(clean):
    recipe, _ = clean(witnesses=[{"use": "model"}, {"use": "model", "model": "tiny:llava"}])
    assert list(stage_file.named(recipe.stages[0])) == ["model", "model 2"]


def test_a_sample_of_several_classes_is_one_sample():
    both = Sample(id="a", gold=Affect(emotions={"happy": 1.0, "sad": 1.0}), labels="open")
    found = stage_file.manifest([both, both], [{"dropped": None}, {"dropped": "contradicted by text"}], 0)
    assert (found["asked"], found["kept"]) == (2, 1)
    assert {one["asked"] for one in found["by_class"].values()} == {2}


def test_open_words_are_compared_by_their_clusters():
    from affectreason.scoring import witnesses

    sample = Sample(id="a", gold=Affect(emotions={"joyful": 1.0, "excited": 1.0}), labels="open")
    assert witnesses.agrees(["happy"], sample) is True
    assert witnesses.agrees(["angry"], sample) is False


SEEN = """model: tiny:qwen3_vl
prompt: tiny
labels: LABELS
stages:
  - {name: faces, kind: draw, splits: {a: 7, b: 7}}
  - {name: sft, kind: sft, data: ['faces:a']}
  - {name: sft_2, kind: sft, init: sft, data: ['faces:b']}
  - {name: clean, kind: filter, data: [DATA], WITNESSES}
"""


@pytest.mark.parametrize(
    ("data", "voters", "problem"),
    [
        ("faces:a", "witnesses: [{use: model, model: sft_2}]", "'sft_2' was trained on the labels of 'faces:a', which"),
        ("faces", "witnesses: [{use: classifier, model: sft}]", "'sft' was trained on the labels of 'faces', which it"),
        ("faces:b", "witnesses: [{use: model, model: sft}]", None),
        ("faces:a", "witnesses: [{use: model}]", None),
        ("faces:a", "witnesses: [{use: units}], agree: 2", "clean.agree: 2 of 1 witnesses cannot agree"),
        ("faces:a", "witnesses: [{use: text}], words: [9, 3]", "clean.words: [9, 3] is the least and the most; write"),
        (
            "faces:a",
            "witnesses: [{use: os.getcwd}]",
            "witness 'os.getcwd' must be a function of sample; this one takes",
        ),
        ("faces:a", "witnesses: [{use: builtins.dict}]", "'builtins.dict' must be a function of sample; Python does"),
        ("faces:a", "witnesses: [{use: model, args: {x: 1}}]", "witness 'model' takes no argument 'x'"),
    ],
)
def test_witnesses_that_have_seen_the_labels_and_bars_that_cannot_be_met(data, voters, problem, tmp_path):
    from affectreason.recipe import schema

    path = tmp_path / "seen.yaml"
    path.write_text(SEEN.replace("DATA", f"'{data}'").replace("WITNESSES", voters).replace("LABELS", "ekman7"))
    if problem is None:
        assert schema.load(str(path)).stages[-1].name == "clean"
        return
    with pytest.raises(InputError) as told:
        schema.load(str(path))
    assert problem in str(told.value)


def test_open_words_have_no_labels_to_list_for_a_witness(tmp_path):
    from affectreason.recipe import schema

    path = tmp_path / "open.yaml"
    voters = "witnesses: [{use: model, prompt: label}]"
    path.write_text(SEEN.replace("DATA", "'faces:a'").replace("WITNESSES", voters).replace("LABELS", "open"))
    with pytest.raises(
        InputError, match=r"clean\.witnesses\.prompt: 'label' lists the labels, and labels: open has no"
    ):
        schema.load(str(path))
