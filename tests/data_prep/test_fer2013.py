import numpy as np
import pytest
from PIL import Image

from affectreason.errors import InputError
from affectreason.published import scripts
from affectreason.published.about import LeftOut

SHADES = " ".join(str(number % 256) for number in range(48 * 48))


@pytest.fixture
def root(tmp_path):
    rows = [f"0,{SHADES},Training", f"6,{SHADES[2:]} 9,PublicTest", f"3,{SHADES[2:]} 7,PrivateTest"]
    black = "2," + " ".join(["0"] * 48 * 48) + ",Training"
    (tmp_path / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *rows, black]) + "\n")
    return tmp_path


def test_pictures_are_written_once_and_rows_named(given, root, tmp_path):
    pictures = tmp_path / "png"
    samples = given("fer2013", root=root, pictures=pictures)
    assert [(one.id, one.gold.emotion, one.provenance.split) for one in samples[:3]] == [
        ("fer2013_train_2", "angry", "train"),
        ("fer2013_val_3", "neutral", "val"),
        ("fer2013_test_4", "happy", "test"),
    ]
    assert samples[3] == LeftOut("fer2013_train_5", "a picture of one single shade", f"{root}/fer2013.csv:5")
    with Image.open(samples[0].media[0].path) as picture:
        assert picture.mode == "L"
        assert np.array_equal(np.array(picture), np.array(SHADES.split(), np.uint8).reshape(48, 48))
    files = sorted(pictures.rglob("*"))
    assert sum(path.is_file() for path in files) == 3
    times = [path.stat().st_mtime_ns for path in files]
    assert given("fer2013", root=root, pictures=pictures) == samples
    assert [path.stat().st_mtime_ns for path in sorted(pictures.rglob("*"))] == times


def test_blank_pictures_are_kept_where_papers_count_them(given, root, tmp_path):
    samples = given("fer2013", root=root, pictures=tmp_path / "png", split="train", blank="keep")
    assert [(one.id, one.gold.emotion) for one in samples] == [
        ("fer2013_train_2", "angry"), ("fer2013_train_5", "fear"),
    ]  # fmt: skip
    with pytest.raises(InputError, match="blank=yes: known: keep, skip"):
        given("fer2013", root=root, pictures=tmp_path / "png", blank="yes")


def test_another_table_never_takes_the_pictures_of_the_first(given, root, tmp_path):
    before, *_ = given("fer2013", root=root, pictures=tmp_path / "png")
    path = root / "fer2013.csv"
    path.write_text(path.read_text().replace(f"0,{SHADES},", f"0,{SHADES[2:]} 1,"))
    after, *_ = given("fer2013", root=root, pictures=tmp_path / "png")
    assert before.media[0].path != after.media[0].path


def test_only_pictures_of_the_split_are_written(given, root, tmp_path):
    (only,) = given("fer2013", root=root, pictures=tmp_path / "png", split="val")
    assert [path.name for path in (tmp_path / "png").iterdir()] == ["val"]
    assert only.id == "fer2013_val_3"


def test_folders_have_both_tests_in_one(given, tmp_path, picture):
    picture(tmp_path / "train/angry/Training_1.jpg")
    picture(tmp_path / "test/surprise/PrivateTest_2.jpg")
    samples = given("fer2013", root=tmp_path, protocol="folder")
    assert [(one.id, one.gold.emotion) for one in samples] == [
        ("fer2013_train_angry_Training_1", "angry"),
        ("fer2013_test_surprise_PrivateTest_2", "surprise"),
    ]
    assert samples[0].media[0].path == str(tmp_path / "train/angry/Training_1.jpg")


def test_published_numbers():
    about = scripts.load("fer2013").ABOUT
    published = {"csv:train": 28709, "csv:val": 3589, "csv:test": 3589, "folder:train": 28709, "folder:test": 7178}
    for key, number in published.items():
        protocol, split = key.split(":")
        assert about.published(split, protocol) == number == sum(about.published_labels(split, protocol).values())
    assert about.published("val", "folder") is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (f"7,{SHADES},Training", "'7' is not a label from 0 (angry) to 6"),
        (f"1,{SHADES},Test", "Usage is 'Test'; did you mean 'PublicTest'? known: PrivateTest, PublicTest, Training"),
        (f"1,{SHADES[4:]},Training", "2302 of 2304 pixels; was the table cut short?"),
        (f"1,{SHADES[2:]} 256,Training", "the pixel '256' is not a number from 0 to 255"),
    ],
)
def test_wrong_rows_are_told(given, tmp_path, row, message):
    (tmp_path / "fer2013.csv").write_text(f"emotion,pixels,Usage\n{row}\n")
    with pytest.raises(InputError) as error:
        given("fer2013", root=tmp_path, pictures=tmp_path / "png")
    assert str(error.value) == f"{tmp_path}/fer2013.csv:2: {message}"


def test_wrong_options_are_told(given, root, tmp_path):
    with pytest.raises(InputError, match="give pictures=DIR: the folder to write the pictures"):
        given("fer2013", root=root)
    with pytest.raises(InputError, match="split=dev: known: test, train, val"):
        given("fer2013", root=root, pictures=tmp_path, split="dev")
    with pytest.raises(InputError, match="split=val: known: test, train"):
        given("fer2013", root=root, protocol="folder", split="val")
    with pytest.raises(InputError, match="protocol=folders: did you mean 'folder'\\? known: csv, folder"):
        given("fer2013", root=root, protocol="folders")
    (tmp_path / "a file").write_text("")
    with pytest.raises(InputError, match=r"cannot write .*; choose another"):
        given("fer2013", root=root, pictures=tmp_path / "a file")


def test_a_folder_of_no_label_is_told(given, tmp_path):
    (tmp_path / "train/calm").mkdir(parents=True)
    with pytest.raises(InputError, match="train/calm: the label 'calm' is not in 'fer2013'; known: angry"):
        given("fer2013", root=tmp_path, protocol="folder", split="train")
