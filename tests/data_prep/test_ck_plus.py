import pytest

from affectreason.affect.sample import ActionUnit
from affectreason.errors import InputError
from affectreason.published import scripts


def label(root, kind, key, text):
    subject, take, _ = key.split("_")
    path = root / kind / subject / take / f"{key}_{kind.lower()}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def root(tmp_path):
    (tmp_path / "cohn-kanade-images").mkdir()
    label(tmp_path, "FACS", "S005_001_00000011", "   9.0000000e+00   5.0000000e+00\n   1.7000000e+01   0.0000000e+00\n")
    label(tmp_path, "Emotion", "S005_001_00000011", "   3.0000000e+00\n")
    label(tmp_path, "FACS", "S010_002_00000014", "")
    (tmp_path / "Emotion/S010/002").mkdir(parents=True)
    return tmp_path


def test_units_of_the_peak_and_an_intensity_of_zero(given, root):
    labelled, unlabelled = given("ck_plus", root=root)
    assert (labelled.id, labelled.gold.emotion) == ("ck_plus_S005_001_00000011", "disgust")
    assert labelled.gold.aus == (ActionUnit(number=9, intensity=5), ActionUnit(number=17))
    assert labelled.gold.units == {9, 17}
    assert labelled.media[0].path == str(root / "cohn-kanade-images/S005/001/S005_001_00000011.png")
    assert (labelled.provenance.subject, labelled.provenance.split) == ("S005", None)
    assert (unlabelled.gold.emotion, unlabelled.gold.aus) == (None, ())


def test_the_whole_sequence(given, root):
    first, _ = given("ck_plus", root=root, media="sequence")
    assert (first.media[0].kind, first.media[0].path) == ("frames", str(root / "cohn-kanade-images/S005/001"))


def test_a_sequence_without_a_facs_file_is_not_coded(given, root):
    label(root, "Emotion", "S999_003_00000020", "7.0000000e+00")
    *_, last = given("ck_plus", root=root)
    assert (last.gold.emotion, last.gold.aus) == ("surprise", None)


def test_published_numbers():
    about = scripts.load("ck_plus").ABOUT
    assert about.published("all") == 593
    assert sum(about.published_labels("all").values()) == 327
    assert len(about.units) == 30


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("Emotion", "0.0000000e+00", ":1: '0.0000000e+00' is not a label from 1 (anger) to 7"),
        ("Emotion", "3\n4\n", " has 2 lines and not one number from 1 (anger) to 7 (surprise)"),
        ("FACS", "9\n", ":1: '9' has 1 of 2 columns"),
        ("FACS", "9 6\n", ":1: '6' is not a number from 0 to 5"),
        ("FACS", "9.5 1\n", ":1: '9.5' is not the number of one more unit; take the file as published"),
        ("FACS", "9 1\n9 2\n", ":2: '9' is not the number of one more unit; take the file as published"),
        ("FACS", "120 1\n", ":1: '120' is not a number from 1 to 99"),
    ],
)
def test_wrong_labels_are_told(given, root, kind, text, message):
    path = label(root, kind, "S005_001_00000011", text)
    with pytest.raises(InputError) as error:
        given("ck_plus", root=root)
    assert str(error.value) == f"{path}{message}"


def test_other_mistakes_are_told(given, root):
    with pytest.raises(InputError, match="media=peaks: did you mean 'peak'\\? known: peak, sequence"):
        given("ck_plus", root=root, media="peaks")
    (root / "FACS/S005/001/readme.txt").write_text("")
    with pytest.raises(InputError, match=r"readme.txt is not named as S005_001_00000011_facs.txt"):
        given("ck_plus", root=root)
