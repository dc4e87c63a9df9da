import json
from collections import Counter

import pytest

from affectreason.errors import InputError
from affectreason.published import scripts

TYPES = ["yes/no"] * 10 + ["other"] * 6 + ["number"] * 4


def write(root, count=20, answered=None):
    asked = [{"question_id": n, "image_id": n // 2, "question": f"What is {n}?"} for n in range(count)]
    people = [{"answer": "cat" if k < 7 else "dog", "answer_confidence": "yes", "answer_id": k} for k in range(10)]
    told = [
        {
            "question_id": n,
            "image_id": n // 2,
            "answer_type": TYPES[n],
            "multiple_choice_answer": "cat",
            "answers": people,
        }
        for n in range(count if answered is None else answered)
    ]
    (root / "v2_OpenEnded_mscoco_val2014_questions.json").write_text(json.dumps({"questions": asked}))
    (root / "v2_mscoco_val2014_annotations.json").write_text(json.dumps({"annotations": told}))


def test_a_question_has_the_answers_of_ten_people(given, tmp_path):
    write(tmp_path)
    sample = given("vqa_v2", root=tmp_path)[3]
    assert (sample.id, sample.question, sample.answer, sample.task) == ("vqa_v2_3", "What is 3?", "cat", "vqa")
    assert sample.attributes == {"answers": ("cat",) * 7 + ("dog",) * 3, "answer_type": "yes/no"}
    assert sample.media[0].path == str(tmp_path / "COCO_val2014_000000000001.jpg")
    assert (sample.group, sample.provenance.split) == ("vqa_v2_val_1", "val")
    (tmp_path / "val2014").mkdir()
    assert given("vqa_v2", root=tmp_path)[3].media[0].path == str(tmp_path / "val2014/COCO_val2014_000000000001.jpg")


def test_a_part_keeps_the_shares_of_the_answer_types(given, tmp_path):
    write(tmp_path)
    drawn = given("vqa_v2", root=tmp_path, limit=10)
    assert Counter(one.attributes["answer_type"] for one in drawn) == {"yes/no": 5, "other": 3, "number": 2}
    assert drawn == given("vqa_v2", root=tmp_path, limit=10)
    assert [one.id for one in drawn] != [one.id for one in given("vqa_v2", root=tmp_path, limit=10, seed=1)]
    assert {len(given("vqa_v2", root=tmp_path, limit=n)) for n in (7, 7)} == {7}
    assert len(given("vqa_v2", root=tmp_path, limit=50)) == 20


def test_questions_without_answers_are_left_out(given, tmp_path):
    write(tmp_path, answered=19)
    last = given("vqa_v2", root=tmp_path)[-1]
    assert (last.id, last.why) == ("vqa_v2_19", "v2_mscoco_val2014_annotations.json has no answers to it")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "test"}, "split=test: known: train, val"),
        ({"limit": 0}, "limit=0 is not a number of questions; write for example limit=2000"),
        ({"limit": True}, "limit=True is not a number of questions"),
        ({"split": "train"}, "has none of v2_OpenEnded_mscoco_train2014_questions.json"),
    ],
)
def test_wrong_keys_are_told(given, tmp_path, options, message):
    write(tmp_path)
    with pytest.raises(InputError) as error:
        given("vqa_v2", root=tmp_path, **options)
    assert message in str(error.value)


def test_files_of_another_form_are_told(given, tmp_path):
    write(tmp_path)
    path = tmp_path / "v2_mscoco_val2014_annotations.json"
    path.write_text('{"annotations": [{"question_id": 1}]}')
    with pytest.raises(InputError, match=r"row 1 of 'annotations' has no 'answer_type'; take the file as published"):
        given("vqa_v2", root=tmp_path)
    path.write_text('{"annotations": [{"question_id": 1, "answer_type": "other", "answers": ["cat"]}]}')
    with pytest.raises(InputError, match=r"question 1: answers is not a list of objects with an 'answer'"):
        given("vqa_v2", root=tmp_path)
    path.write_text("[]")
    with pytest.raises(InputError, match=r"has no list 'annotations'; take the file as published"):
        given("vqa_v2", root=tmp_path)


def test_published_numbers():
    about = scripts.load("vqa_v2").ABOUT
    assert (about.published("train"), about.published("val")) == (443757, 214354)
