"""What evaluation uses is never trained on, and what it asks is checked before anything is trained."""

from pathlib import Path

import pytest
from PIL import Image

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.recipe import answers, runs, schema

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


def test_held_out_samples_and_pictures_are_left_out(here, capsys):
    found = answers.to_learn_from(here, ["mine.jsonl"], None, Path("out"))
    assert [sample.id for sample in found] == ["s0", "s1"]  # s3 is held out by its id, s2 by its picture
    assert "left out 2 samples of mine.jsonl that evaluation uses" in capsys.readouterr().err
    assert [sample.id for sample in answers.to_learn_from(here, ["mine.jsonl"], 1, Path("out"))] == ["s0"]


def test_nothing_left_to_learn_from(here):
    with pytest.raises(InputError, match=r"every sample of mine\.jsonl:test is one that evaluation uses; name a split"):
        answers.to_learn_from(here, ["mine.jsonl:test"], None, Path("out"))


def test_held_out_labels_must_be_the_recipes(here):
    answers.check_held_out(here)
    faces("contempt", labels="ekman8")
    with pytest.raises(InputError, match=r"sample 's3' is annotated 'contempt', which is not in the recipe's labels"):
        answers.check_held_out(here)


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
