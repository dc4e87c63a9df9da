"""What evaluation uses is never trained on, and what it asks is checked before anything is trained."""

from pathlib import Path

import pytest
from PIL import Image

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.recipe import answers, runs, schema, sources

RECIPE = """
model: tiny:qwen3_vl
prompt: tiny
evaluate: {data: ["mine.jsonl:test"], rewards: [{use: emotion_match}]}
stages:
  - {name: sft, kind: sft, data: [mine.jsonl]}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("r.yaml").write_text(RECIPE)
    for number in range(4):
        Image.new("RGB", (8, 8), (60 * min(number, 2), 0, 0)).save(f"{number}.png")  # 2 and 3 are the same picture
    faces("anger")
    return schema.load("r.yaml")


def faces(emotion, labels="ekman7"):
    splits = ("train", "train", "train", "test")
    write(
        "mine.jsonl",
        [
            Sample(
                id=f"s{number}",
                media=(Media(kind="image", path=f"{number}.png"),),
                gold=Affect(emotion=emotion),
                labels=labels,
                provenance=Provenance(split=split),
            )
            for number, split in enumerate(splits)
        ],
    )


def of(recipe, **changed):
    """The recipe's one stage, changed."""
    return recipe.stages[0].model_copy(update=changed)


def test_held_out_samples_and_pictures_are_left_out(here, capsys):
    found = answers.to_learn_from(here, here.stages[0], Path("out"))
    assert [sample.id for sample in found] == ["s0", "s1"]  # s3 is held out by its id, s2 by its picture
    assert "left out 2 samples of mine.jsonl that evaluation uses" in capsys.readouterr().err
    assert [sample.id for sample in answers.to_learn_from(here, of(here, limit=1), Path("out"))] == ["s0"]


def test_nothing_left_to_learn_from(here):
    with pytest.raises(InputError, match=r"every sample of mine\.jsonl:test is one that evaluation uses; name a split"):
        answers.to_learn_from(here, of(here, data=["mine.jsonl:test"]), Path("out"))


def test_held_out_labels_must_be_the_recipes(here):
    answers.check_held_out(here)
    faces("contempt", labels="ekman8")
    with pytest.raises(InputError, match=r"sample 's3' is annotated 'contempt', which is not in the recipe's labels"):
        answers.check_held_out(here)


def test_a_modality_that_held_out_files_lack_is_told_before_anything_is_trained(here):
    asked = here.evaluate.model_copy(update={"without": [["frames"], ["audio"]]})
    with pytest.raises(InputError, match=r"evaluate\.without: none of the 1 samples has audio; they have: frames"):
        answers.check_held_out(here.model_copy(update={"evaluate": asked}))
    drawn = asked.model_copy(update={"data": ["sft"], "without": [["audio"]]})  # of a stage: not there yet
    answers.check_held_out(here.model_copy(update={"evaluate": drawn}))


def test_an_edited_file_is_other_data(here):
    out = Path("runs/r")
    with runs.opened(here, here.stage("sft"), out):
        pass
    assert runs.conflict(here, here.stage("sft"), out) is None
    faces("fear")
    assert "files" in str(runs.conflict(here, here.stage("sft"), out))


def test_answers_about_an_edited_file_are_asked_again(here):
    folder = Path("runs/r/sft/evaluation")
    answers.forget_others(here, folder)
    (folder / "predictions.jsonl").touch()
    answers.forget_others(here, folder)
    assert (folder / "predictions.jsonl").is_file()
    faces("fear")
    answers.forget_others(here, folder)
    assert not (folder / "predictions.jsonl").is_file()


def test_a_share_of_earlier_data_is_learned_again(here):
    write(
        "earlier.jsonl",
        [Sample(id=f"e{n}", question="?", gold=Affect(emotion="fear"), labels="ekman7") for n in range(200)],
    )
    found = answers.to_learn_from(here, of(here, replay={"earlier.jsonl": 0.25}), Path("out"))
    again = [sample.id for sample in found if sample.id.startswith("e")]
    assert [sample.id for sample in found[:2]] == ["s0", "s1"]
    assert 30 < len(again) < 70
    assert len(set(again)) == len(again)
    held = here.model_copy(update={"evaluate": here.evaluate.model_copy(update={"data": ["earlier.jsonl"]})})
    found = answers.to_learn_from(held, of(here, replay={"earlier.jsonl": 1.0}), Path("out"))
    assert not any(sample.id.startswith("e") for sample in found)  # evaluation uses them


def test_what_is_replayed_is_an_input_of_the_stage(here):
    write("earlier.jsonl", [Sample(id="e", question="?", gold=Affect(emotion="fear"), labels="ekman7")])
    stage = of(here, replay={"earlier.jsonl": 0.5})
    assert set(runs.settings(here, stage)["files"]) == {"mine.jsonl", "earlier.jsonl"}
    with pytest.raises(InputError, match=r"no such file: gone\.jsonl"):
        sources.require_files(here, [of(here, replay={"gone.jsonl": 0.5})])
    Path("wrong.yaml").write_text(RECIPE.replace("data: [mine.jsonl]", "data: [mine.jsonl], replay: {sft_0: 0.5}"))
    with pytest.raises(InputError, match=r"sft\.replay: 'sft_0' is no earlier stage and no JSONL file"):
        schema.load("wrong.yaml")
    Path("wrong.yaml").write_text(RECIPE.replace("[mine.jsonl]}", "[mine.jsonl], replay: {mine.jsonl:test: 0.5}}"))
    with pytest.raises(
        InputError, match=r"sft\.replay: 'mine\.jsonl:test' is learned already, as part of data; remove"
    ):
        schema.load("wrong.yaml")
