import json

import pytest

from affectreason.affect.sample import ActionUnit
from affectreason.errors import InputError
from affectreason.published import scripts
from affectreason.published.about import LeftOut

TEXT = "<think>The lip corners are pulled up (AU12).</think><answer>happiness</answer>"


def row(name, dataset, **more):
    return {"id": name, "dataset": dataset, "image": f"{dataset}/{name}.jpg", "question": "Which emotion?"} | more


@pytest.fixture
def root(tmp_path):
    def write(name, *rows):
        (tmp_path / name).write_text("".join(json.dumps(one) + "\n" for one in rows))

    write(
        "RAF-AU_train_stage1.jsonl",
        row("1", "RAF-AU", AUs=["AU12", "AU6"], labels=["happiness"], description=TEXT, meta_info={}),
        row("2", "RAF-AU", AUs=[], labels=["anger"], is_valid=False),
    )
    write("RAF-AU_train_stage2.jsonl", row("1", "RAF-AU", AUs=["AU12"], labels=["happiness"]))
    write("AffectNet_test.jsonl", row("1", "AffectNet", AUs=[], labels=["contempt"], description=TEXT))
    write("notes.jsonl", {"not": "a file of the set"})
    return tmp_path


def test_stage_one_and_the_test_rows_are_the_set(given, root):
    test, train, left_out = given("fea20k", root=root)
    assert train.id == "fea20k_RAF-AU_train_stage1_1"
    assert train.media[0].path == str(root / "RAF-AU/1.jpg")
    assert train.gold.aus == (ActionUnit(number=12), ActionUnit(number=6))
    assert (train.gold.emotion, train.labels, train.response) == ("happiness", "ekman6", TEXT)
    assert (train.provenance.split, train.provenance.origin) == ("train", "human+model")
    assert (train.provenance.dataset, train.attributes) == ("FEA-20K", {"source": "RAF-AU"})
    assert train.affect == "expressed"
    assert test.id == "fea20k_AffectNet_test_1"
    assert (test.gold.emotion, test.gold.aus, test.labels) == ("contempt", None, "ekman8")
    assert left_out == LeftOut(
        "fea20k_RAF-AU_train_stage1_2",
        "marked as not valid by its authors",
        f"{root}/RAF-AU_train_stage1.jsonl:2",
    )


def test_another_stage_a_split_and_the_folder_of_faces(given, root, tmp_path):
    (faces := tmp_path / "faces").mkdir()
    (only,) = given("fea20k", root=root, images=faces, split="train", protocol="stage2")
    assert only.id == "fea20k_RAF-AU_train_stage2_1"
    assert only.media[0].path == str(faces / "RAF-AU/1.jpg")


def test_published_counts():
    about = scripts.load("fea20k").ABOUT
    assert [about.published("train", stage) for stage in ("stage1", "stage2")] == [17737, None]
    assert about.published("test", "stage2") == 1688
    assert 17737 + 1688 == 19425


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "val"}, "split=val: known: test, train"),
        ({"protocol": "stage9"}, "protocol=stage9: did you mean 'stage3'? known: stage1, stage2, stage3"),
        ({"protocol": "stage3", "root": "sub"}, "sub has no .jsonl file of stage3 with train or test in its name"),
    ],
)
def test_wrong_options_are_told(given, root, options, message):
    (root / "sub").mkdir()
    options = {**options, "root": root / options.get("root", "")}
    with pytest.raises(InputError) as error:
        given("fea20k", **options)
    assert message in str(error.value)


def test_a_file_of_other_rows_is_told(given, root):
    (root / "my_train.jsonl").write_text('{"id": "x", "media": []}\n')
    with pytest.raises(InputError) as error:
        given("fea20k", root=root)
    assert str(error.value) == (
        f"{root}/my_train.jsonl:1: not a row of FEA-20K, it has id, media; keep other .jsonl files, also out=, outside "
        "root="
    )


def test_files_of_one_name_in_two_folders_have_their_own_ids(given, tmp_path):
    for name in ("DISFA", "BP4D"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.jsonl").write_text(json.dumps(row("1", name, AUs=["AU1"], labels=[])))
    assert [one.id for one in given("fea20k", root=tmp_path)] == ["fea20k_BP4D/train_1", "fea20k_DISFA/train_1"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": ["contempt"]}, "sample 'fea20k_x_train_7': the label 'contempt' is not in the vocabulary 'ekman7'"),
        ({"image": "../up.jpg"}, "the path '../up.jpg' does not stay below"),
        ({"AUs": ["12"]}, "'12' in AUs is not written as 'AU12'"),
    ],
)
def test_wrong_rows_are_told_with_file_and_line(given, tmp_path, change, message):
    (tmp_path / "x_train.jsonl").write_text(json.dumps(row("7", "RAF-DB", AUs=[], labels=["anger"]) | change))
    with pytest.raises(InputError) as error:
        given("fea20k", root=tmp_path)
    assert str(error.value).startswith(f"{tmp_path}/x_train.jsonl:1: ")
    assert message in str(error.value)
