import json

import pytest

from affectreason.errors import InputError

ROW = {"question_id": 1, "image": "COCO_val2014_000000310196.jpg", "text": "Is there a snowboard?", "label": "Yes"}


def write(root, row, name="coco_pope_random.json"):
    (root / name).write_text(json.dumps(row) + "\n")


def test_each_line_is_a_closed_question(given, tmp_path):
    write(tmp_path, ROW)
    write(tmp_path, {**ROW, "label": "no"}, "coco_pope_popular.json")
    popular, random = given("pope", root=tmp_path)
    assert (random.id, random.task, random.answer) == ("coco_pope_random_1", "coco_pope_random", "yes")
    assert (popular.id, popular.choices, popular.answer) == ("coco_pope_popular_1", ("yes", "no"), "no")
    assert random.question == "Is there a snowboard?"
    assert random.media[0].path == str(tmp_path / ROW["image"])
    (images := tmp_path / "val2014").mkdir()
    (one,) = given("pope", root=tmp_path, file="coco_pope_random.json", images=images)
    assert one.media[0].path == str(images / ROW["image"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "maybe"}, "the label 'maybe' is neither yes nor no"),
        ({"image": "../a.jpg"}, "the path '../a.jpg' does not stay below"),
    ],
)
def test_wrong_rows_are_told(given, tmp_path, change, message):
    write(tmp_path, {**ROW, **change})
    with pytest.raises(InputError) as error:
        given("pope", root=tmp_path)
    assert str(error.value).startswith(f"{tmp_path}/coco_pope_random.json:1: ")
    assert message in str(error.value)


def test_a_missing_key_is_told(given, tmp_path):
    write(tmp_path, {"question_id": 1, "image": "a.jpg", "question": "x", "label": "no"})
    with pytest.raises(InputError, match=r"random.json:1: no 'text'; .*known: image, label, question, question_id"):
        given("pope", root=tmp_path)
