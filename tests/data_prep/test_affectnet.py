import numpy as np
import pytest

from affectreason.errors import InputError
from affectreason.published import scripts
from affectreason.published.about import LeftOut

HEADER = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal\n"


def arrays(root, split, key, *said):
    folder = root / f"{split}_set/annotations"
    folder.mkdir(parents=True, exist_ok=True)
    for kind, value in zip(("exp", "val", "aro"), said, strict=True):
        np.save(folder / f"{key}_{kind}.npy", value)


@pytest.fixture
def later(tmp_path):
    arrays(tmp_path, "train", 10, "7", "-0.5", "0.25")
    arrays(tmp_path, "train", 2, "1", "0.785714", "-0.0555")
    arrays(tmp_path, "train", 11, "3", "-2", "-2")
    arrays(tmp_path, "val", 0, 0, 0.0, 0.0)
    return tmp_path


@pytest.fixture
def first(tmp_path):
    (tmp_path / "training.csv").write_text(
        HEADER + "689/a.JPG,1,2,3,4,0;0,2,-0.6,-0.1\n689/b.jpg,1,2,3,4,0;0,9,-2,-2\n12/c.png,1,2,3,4,0;0,7,-2,0.5\n"
    )
    (tmp_path / "validation.csv").write_text(HEADER + "1/d.jpg,1,2,3,4,0;0,10,-2,-2\n1/e.jpg,1,2,3,4,0;0,8,-2,-2\n")
    return tmp_path


def test_arrays_in_the_order_of_their_numbers(given, later):
    samples = given("affectnet", root=later)
    assert [(one.id, one.gold.emotion, one.gold.valence, one.gold.arousal) for one in samples] == [
        ("affectnet_train_2", "happy", 0.785714, -0.0555),
        ("affectnet_train_10", "contempt", -0.5, 0.25),
        ("affectnet_train_11", "surprise", None, None),
        ("affectnet_val_0", "neutral", 0.0, 0.0),
    ]
    assert samples[0].media[0].path == str(later / "train_set/images/2.jpg")
    assert (samples[0].labels, samples[3].provenance.split) == ("affectnet8", "val")


def test_seven_expressions_leave_contempt_out(given, later):
    samples = given("affectnet", root=later, protocol=7, split="train")
    assert [one.id for one in samples if not isinstance(one, LeftOut)] == ["affectnet_train_2", "affectnet_train_11"]
    where = f"{later}/train_set/annotations/10_*.npy"
    assert [one for one in samples if isinstance(one, LeftOut)] == [
        LeftOut("affectnet_train_10", "contempt is not one of the seven", where)
    ]
    assert samples[0].labels == "affectnet7"


def test_tables_and_faces_without_an_expression(given, first):
    samples = given("affectnet", root=first)
    assert [(one.id, one.gold.emotion, one.gold.valence) for one in samples if not isinstance(one, LeftOut)] == [
        ("affectnet_train_689/a", "sad", -0.6),
        ("affectnet_train_12/c", "contempt", None),
    ]
    assert samples[2].gold.arousal == 0.5
    assert samples[0].media[0].path == str(first / "689/a.JPG")
    assert [(one.why, one.where) for one in samples if isinstance(one, LeftOut)] == [
        ("labelled uncertain", f"{first}/training.csv:3"),
        ("labelled no face", f"{first}/validation.csv:2"),
        ("labelled as none of the eight", f"{first}/validation.csv:3"),
    ]


def test_tables_in_their_own_folder_and_pictures_in_theirs(given, first):
    (first / "Manually_annotated_file_lists").mkdir()
    (first / "training.csv").rename(first / "Manually_annotated_file_lists/training.csv")
    (first / "Manually_Annotated_Images").mkdir()
    sample, *_ = given("affectnet", root=first, split="train")
    assert sample.media[0].path == str(first / "Manually_Annotated_Images/689/a.JPG")


def test_published_numbers():
    about = scripts.load("affectnet").ABOUT
    for key, number in {"8:train": 287651, "7:train": 283901, "8:val": 4000, "7:val": 3500}.items():
        protocol, split = key.split(":")
        assert about.published(split, protocol) == number == sum(about.published_labels(split, protocol).values())


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("689/a.jpg,0,0,0,0,0,11,0,0", "'11' is not a label from 0 (neutral) to 10"),
        ("689/a.jpg,0,0,0,0,0,1,-1.5,0", "'-1.5' is not a number from -1 to 1"),
        ("689/a.jpg,0,0,0,0,0,1,0,calm", "'calm' is not a number from -2 to 1"),
        ("../a.jpg,0,0,0,0,0,1,0,0", "the path '../a.jpg' does not stay below"),
    ],
)
def test_wrong_rows_are_told(given, tmp_path, row, message):
    (tmp_path / "training.csv").write_text(HEADER + row + "\n")
    with pytest.raises(InputError) as error:
        given("affectnet", root=tmp_path, split="train")
    assert str(error.value).startswith(f"{tmp_path}/training.csv:2: {message}")


def test_a_damaged_or_missing_array_is_named(given, later):
    broken = later / "train_set/annotations/2_val.npy"
    broken.write_bytes(b"not an array")
    with pytest.raises(InputError, match=r"2_val.npy is missing, damaged or not one value: .*; unpack it again"):
        given("affectnet", root=later)
    broken.unlink()
    with pytest.raises(InputError, match=r"2_val.npy is missing, damaged"):
        given("affectnet", root=later)
    np.save(broken, np.array([1.0, 2.0]))
    with pytest.raises(InputError, match=r"2_val.npy is missing, damaged or not one value"):
        given("affectnet", root=later)


def test_wrong_options_are_told(given, later):
    with pytest.raises(InputError, match="split=test: known: train, val; the labels of AffectNet's test"):
        given("affectnet", root=later, split="test")
    with pytest.raises(InputError, match="protocol=9: known: 7, 8"):
        given("affectnet", root=later, protocol=9)
    with pytest.raises(InputError, match=r"has none of val_set/annotations, validation.csv"):
        given("affectnet", root=later / "train_set", split="val")
