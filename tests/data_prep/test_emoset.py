import json

import pytest

from affectreason.errors import InputError
from affectreason.published import scripts


def entry(root, emotion, number, annotation, short=False):
    name = f"{emotion}_{number}"
    path = root / f"annotation/{emotion}/{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(annotation))
    row = [emotion, name, f"image/{emotion}/{name}.jpg", f"annotation/{emotion}/{name}.json"]
    return row[:1] + row[2:] if short else row


@pytest.fixture
def root(tmp_path):
    whole = {
        "image_id": "awe_00001", "emotion": "awe", "brightness": 0.7, "colorfulness": 0.0, "scene": "mountain",
        "object": ["Tree", "Person"], "facial_expression": "happy", "human_action": "hiking",
    }  # fmt: skip
    (tmp_path / "train.json").write_text(json.dumps([entry(tmp_path, "awe", "00001", whole)]))
    bare = {"image_id": "anger_00002", "emotion": "anger", "brightness": 0.2}
    (tmp_path / "val.json").write_text(json.dumps([entry(tmp_path, "anger", "00002", bare, short=True)]))
    (tmp_path / "test.json").write_text(json.dumps([entry(tmp_path, "sadness", "00003", {})]))
    return tmp_path


def test_attributes_and_their_absence(given, root):
    train, val, test = given("emoset", root=root)
    assert (train.id, train.gold.emotion, train.labels) == ("emoset_awe_00001", "awe", "mikels8")
    assert train.media[0].path == str(root / "image/awe/awe_00001.jpg")
    assert train.attributes == {
        "scene": "mountain", "facial_expression": "happy", "human_action": "hiking", "brightness": 0.7,
        "colorfulness": 0.0, "object": ("Tree", "Person"),
    }  # fmt: skip
    assert (train.affect, train.provenance.origin, train.provenance.split) == ("evoked", "human+model", "train")
    assert (val.id, val.attributes) == ("emoset_anger_00002", {"brightness": 0.2})
    assert test.attributes == {}


def test_two_classes_and_a_split(given, root):
    assert [one.gold.emotion for one in given("emoset", root=root, protocol=2)] == ["positive", "negative", "negative"]
    (test,) = given("emoset", root=root, split="test")
    assert test.id == "emoset_sadness_00003"


def test_splits_share_nothing(given, root):
    samples = given("emoset", root=root)
    assert len({one.id for one in samples}) == len({one.media[0].path for one in samples}) == 3


def test_published_number():
    assert scripts.load("emoset").ABOUT.published("all") == 118102


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["awe", "image/awe/a.jpg"], "['awe', 'image/awe/a.jpg'] is not [emotion, id, picture, annotation]"),
        (["joyous", "a", "i.jpg", "a.json"], "the label 'joyous' is not in 'mikels8'; known: amusement, anger"),
        (["awe", "a", "/i.jpg", "a.json"], "the path '/i.jpg' does not stay below"),
        (["awe", "a", "i.jpg", "none.json"], "no such file: "),
    ],
)
def test_wrong_rows_are_told(given, root, row, message):
    (root / "val.json").write_text(json.dumps([row]))
    with pytest.raises(InputError) as error:
        given("emoset", root=root, split="val")
    assert str(error.value).startswith(f"{root}/val.json, row 1: ")
    assert message in str(error.value)


def test_an_attribute_out_of_its_range_is_told(given, root):
    (root / "annotation/sadness/sadness_00003.json").write_text('{"brightness": 7}')
    with pytest.raises(InputError, match=r"sadness_00003.json: brightness: '7' is not a number from 0 to 1"):
        given("emoset", root=root)


def test_files_of_another_form_are_told(given, root):
    (root / "annotation.json").write_text("[1]")
    (root / "val.json").write_text(json.dumps([["awe", "a", "i.jpg", "annotation.json"]]))
    with pytest.raises(InputError, match=r"annotation.json: '\[1\]' is not an object of attributes; take the file as"):
        given("emoset", root=root, split="val")
    (root / "val.json").write_text("{}")
    with pytest.raises(InputError, match=r"val.json is not a list of rows; take the file as published"):
        given("emoset", root=root, split="val")


def test_wrong_options_are_told(given, root):
    with pytest.raises(InputError, match="split=dev: known: test, train, val"):
        given("emoset", root=root, split="dev")
    with pytest.raises(InputError, match="protocol=7: known: 2, 8"):
        given("emoset", root=root, protocol=7)
