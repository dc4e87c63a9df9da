import json

import pytest

from affectreason.errors import InputError
from affectreason.published import scripts

ROW = {
    "image_id": "contentment/contentment_14236.jpg",
    "ov_emotion": ["serenity", "peaceful"],
    "statement_list": [
        {"statement": "The lake calms.", "label": "correct", "class": "scene context", "subclass": "event"},
        {"statement": "It is sad. ", "label": "Incorrect", "class": "sentiment polarity"},
    ],
}


@pytest.fixture
def root(tmp_path):
    (tmp_path / "MVEI_metadata.json").write_text(json.dumps([ROW], indent=1))
    return tmp_path


def test_each_statement_is_a_closed_question(given, root):
    right, wrong = given("mvei", root=root)
    assert right.id == "mvei_contentment/contentment_14236_1"
    assert right.media[0].path == str(root / "images/contentment/contentment_14236.jpg")
    assert right.question == (
        "Is this statement about the emotion of the picture correct or incorrect?\nThe lake calms."
    )
    assert (right.choices, right.answer, wrong.answer) == (("correct", "incorrect"), "correct", "incorrect")
    assert right.attributes == {"emotions": ("serenity", "peaceful"), "class": "scene context", "subclass": "event"}
    assert wrong.attributes == {"emotions": ("serenity", "peaceful"), "class": "sentiment polarity"}
    assert (right.labels, right.affect, right.task) == (None, "evoked", "statement")
    assert right.group == wrong.group == "mvei_contentment/contentment_14236"
    assert (right.provenance.split, right.provenance.origin) == ("test", "human+model")


def test_silver_statements_are_for_training(given, tmp_path):
    row = {key: value for key, value in ROW.items() if key != "ov_emotion"}
    (tmp_path / "INSETS-462k.json").write_text(json.dumps([row]))
    (tmp_path / "other.json").write_text(json.dumps([row, {**row, "image_id": "awe/awe_1.jpg"}]))
    first, _ = given("insets", root=tmp_path)
    assert first.id == "insets_contentment/contentment_14236_1"
    assert first.media[0].path == str(tmp_path / "images/contentment/contentment_14236.jpg")
    assert (first.provenance.dataset, first.provenance.origin) == ("INSETS-462k", "model")
    assert (first.provenance.split, "emotions" in first.attributes) == ("train", False)
    (faces := tmp_path / "image").mkdir()
    *_, last = given("insets", root=tmp_path, metadata="other.json", images=faces)
    assert (last.id, last.media[0].path) == ("insets_awe/awe_1_2", str(faces / "awe/awe_1.jpg"))


def test_published_numbers():
    assert scripts.load("mvei").ABOUT.published("test") == 3086
    assert scripts.load("insets").ABOUT.published("train") == 462369


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"statement_list": [{"statement": "x", "label": "true"}]},
            "the label 'true' is neither correct nor incorrect",
        ),
        ({"statement_list": [{"statement": "x", "lable": "correct"}]}, "no 'label'; did you mean 'lable'?"),
        ({"ov_emotion": "awe"}, "ov_emotion is 'awe', not a list; take the file as published"),
        ({"statement_list": ["x"]}, "statement 1 is 'x', not an object; take it as published"),
        ({"image_id": "../a.jpg"}, "the path '../a.jpg' does not stay below"),
    ],
)
def test_wrong_rows_are_told(given, root, change, message):
    path = root / "MVEI_metadata.json"
    path.write_text(json.dumps([{**ROW, **change}]))
    with pytest.raises(InputError) as error:
        given("mvei", root=root)
    assert str(error.value).startswith(f"{path}:1: ")
    assert message in str(error.value)


def test_a_missing_file_is_told(given, tmp_path):
    with pytest.raises(InputError, match=r"has none of INSETS\*.json, \*/INSETS\*.json"):
        given("insets", root=tmp_path)
