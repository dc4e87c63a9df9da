import json

import pytest

from affectreason.affect.choices import of
from affectreason.errors import InputError


@pytest.fixture
def asked(given, tmp_path):
    def run(row, name="q.jsonl", **options):
        (tmp_path / name).write_text(row if isinstance(row, str) else json.dumps(row))
        return given("multiple_choice", root=tmp_path, file=name, **options)

    return run


@pytest.mark.parametrize("answer", ["B", "(b)", "glad", 1, "1"])
def test_a_list_of_choices(asked, tmp_path, answer):
    row = {
        "question": "Which?",
        "options": ["A. sad", "B. glad"],
        "answer": answer,
        "image": "a.jpg",
        "category": "mood",
    }
    (sample,) = asked(row)
    assert (sample.id, sample.question, sample.choices) == ("q_1", "Which?\nA. sad\nB. glad", ("sad", "glad"))
    assert (sample.answer, sample.task, sample.media[0].path) == ("glad", "mood", str(tmp_path / "a.jpg"))
    assert of(sample).letters == {"A": "sad", "B": "glad"}


@pytest.mark.parametrize(("name", "sign"), [("q.csv", ","), ("q.tsv", "\t")])
def test_a_table(asked, name, sign):
    text = "id,question,A,B,C,answer\nk7,Which?,sad,glad,,A\nk8,What?,x,y,z,C\n".replace(",", sign)
    one, two = asked(text, name, dataset="mine", split="dev")
    assert (one.id, one.choices, one.answer, one.media) == ("k7", ("sad", "glad"), "sad", ())
    assert (two.choices, two.answer) == (("x", "y", "z"), "z")
    assert (two.provenance.dataset, two.provenance.split) == ("mine", "dev")


FACE = {
    "type": "basic expression",
    "QA": {"question": "Which?", "options": ["fear", "anger", "joy", "sadness"], "answer": 2},
    "image": {"image_paths": {"original": "o/1.jpg", "cropped": "c/1.jpg"}, "source": {"dataset": "RAF-DB"}},
}


def test_face_human_bench(asked, tmp_path):
    (cropped,) = asked({"data": [FACE]}, "faces.json")
    (original,) = asked({"data": [FACE]}, "faces.json", picture="original")
    assert (cropped.answer, cropped.task, cropped.id) == ("joy", "basic expression", "faces_1")
    assert cropped.media[0].path == str(tmp_path / "c/1.jpg")
    assert original.media[0].path == str(tmp_path / "o/1.jpg")
    with pytest.raises(InputError, match=r"faces.json: question 1 is not \{type, QA: .*\('QA'\); take the file as pub"):
        asked({"data": [{"type": "x"}]}, "faces.json")


RIGHT = {"question": "Which?", "options": ["sad", "glad"], "answer": "B"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer": "C"}, "the answer 'C' is none of the 2 choices; write a letter from A to B, the text of one"),
        ({"answer": 2}, "the answer 2 is none of the 2 choices"),
        ({"answer": ""}, "no 'answer'; did you mean 'answer'? known: answer, options, question"),
        ({"options": "sad, glad"}, "options is 'sad, glad', not a list"),
        ({"options": ["sad"]}, "1 choices; write 2 to 11 that are not empty"),
        ({"options": ["sad", "sad"]}, "the choice 'sad' stands there twice"),
        ({"image": "/9j/" + "A" * 500}, "is not a path (base64?); write the pictures to files"),
        ({"image": {"bytes": "x"}}, "is not a path (base64?)"),
    ],
)
def test_wrong_rows_are_told(asked, tmp_path, change, message):
    with pytest.raises(InputError) as error:
        asked({**RIGHT, **change})
    assert str(error.value).startswith(f"{tmp_path}/q.jsonl:1: ")
    assert message in str(error.value)


def test_a_picture_that_is_not_published_is_told(asked):
    with pytest.raises(InputError, match=r"picture=crop: did you mean 'cropped'\? known: cropped, original"):
        asked(RIGHT, picture="crop")
