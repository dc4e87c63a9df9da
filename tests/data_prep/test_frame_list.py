import pytest

from affectreason.affect.sample import Media
from affectreason.errors import InputError
from affectreason.published.about import LeftOut

RAER = {"labels": "raer5", "names": "raer5", "dataset": "RAER", "licence": "by e-mail"}


def test_folders_with_a_number_of_frames(given, tmp_path, picture):
    (tmp_path / "train.txt").write_text("s1/c1 3 2\ns1/c2 2 0\n\n")
    (tmp_path / "test.txt").write_text("s2/c1 3 4\n")
    for number in range(2):
        picture(tmp_path / f"s1/c1/{number}.jpg")
        picture(tmp_path / f"s1/c2/{number}.jpg")
    cut, train, test = given("frame_list", root=tmp_path, **RAER)
    assert cut == LeftOut(
        "frame_list_RAER_s1/c1", f"2 of 3 frames are there: {tmp_path}/s1/c1", f"{tmp_path}/train.txt:1"
    )
    assert (train.id, train.gold.emotion) == ("frame_list_RAER_s1/c2", "neutrality")
    assert train.media == (Media(kind="frames", path=str(tmp_path / "s1/c2")),)
    assert (test.gold.emotion, test.provenance.split) == ("distraction", "test")
    assert (test.provenance.dataset, test.provenance.licence, test.affect) == ("RAER", "by e-mail", "expressed")


def test_frames_with_their_sound_in_a_fold(given, tmp_path):
    folder = tmp_path / "split01"
    folder.mkdir()
    (folder / "train.csv").write_text("/their/disk/frames/1_HAP,/their/disk/wav/1_HAP.wav,1\n")
    (sample,) = given(
        "frame_list", root=tmp_path, lists="split01", labels="crema_d6", names=["angry", "happiness"], fold=1,
        strip="/their/disk", delimiter=",",
    )  # fmt: skip
    assert sample.gold.emotion == "happy"
    assert sample.media == (
        Media(kind="frames", path=str(tmp_path / "frames/1_HAP")),
        Media(kind="audio", path=str(tmp_path / "wav/1_HAP.wav")),
    )
    assert (sample.provenance.fold, sample.provenance.split) == ("1", "train")


def test_clips_with_names(given, tmp_path):
    (tmp_path / "test.txt").write_text("00025.mp4 Angry\n")
    (sample,) = given("frame_list", root=tmp_path, labels="mafw11")
    assert (sample.gold.emotion, sample.media[0].kind) == ("anger", "video")
    assert sample.media[0].path == str(tmp_path / "00025.mp4")


def test_what_is_held_out_is_held_out_only_once(given, tmp_path):
    (tmp_path / "train.txt").write_text("a 0\nb 0\nc 0\n")
    (tmp_path / "val.txt").write_text("b 0\nc 0\n")
    (tmp_path / "test.txt").write_text("c 0\n")
    found = given("frame_list", root=tmp_path, **RAER)
    kept = [(one.id, one.provenance.split) for one in found if not isinstance(one, LeftOut)]
    assert kept == [("frame_list_RAER_a", "train"), ("frame_list_RAER_b", "val"), ("frame_list_RAER_c", "test")]
    assert [(one.why, one.where) for one in found if isinstance(one, LeftOut)] == [
        ("it stands in the val list too", f"{tmp_path}/train.txt:2"),
        ("it stands in the test list too", f"{tmp_path}/train.txt:3"),
        ("it stands in the test list too", f"{tmp_path}/val.txt:2"),
    ]
    (only,) = (one for one in given("frame_list", root=tmp_path, split="val", **RAER) if not isinstance(one, LeftOut))
    assert only.id == "frame_list_RAER_b"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a 3 5", "'5' is not a label from 0 (neutrality) to 4"),
        ("a", "'a' has 1 of 2 columns"),
        ("a b.jpg 3", "'a b.jpg 3' is not <dir> [<frames>] [<sound>] <label>"),
        ("a 1 2 b.wav 3", "'a 1 2 b.wav 3' is not <dir> [<frames>] [<sound>] <label>"),
        ("/data/a 3 4", "the path '/data/a' does not stay below {root}; write paths relative to root=, or give strip="),
    ],
)
def test_wrong_lines_are_told(given, tmp_path, line, message):
    (tmp_path / "test.txt").write_text(f"{line}\n")
    with pytest.raises(InputError) as error:
        given("frame_list", root=tmp_path, **RAER)
    assert str(error.value).startswith(f"{tmp_path}/test.txt:1: {message.format(root=tmp_path)}")


def test_an_empty_list_and_another_beginning_are_told(given, tmp_path):
    (tmp_path / "train.txt").write_text("/their/a 1 3\n")
    with pytest.raises(InputError, match=r"train.txt:1: the path '/their/a' does not begin with strip=/our; give what"):
        given("frame_list", root=tmp_path, strip="/our", **RAER)
    (tmp_path / "test.txt").write_text("\n")
    with pytest.raises(InputError, match=r"test.txt is empty; was it cut short"):
        given("frame_list", root=tmp_path, **RAER)


def test_a_name_that_yaml_reads_as_a_number_stays_text(given, tmp_path):
    (tmp_path / "test.txt").write_text("a 1 4\n")
    (sample,) = given("frame_list", root=tmp_path, **{**RAER, "dataset": 2024, "fold": 3})
    assert (sample.id, sample.provenance.dataset, sample.provenance.fold) == ("frame_list_2024_a", "2024", "3")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"names": None}, "test.txt:1: the label '3' is a number; give names=[...] in the list's order, or names=SET"),
        ({"names": ["joyous", "calm"]}, "names=['joyous', 'calm']: the label 'joyous' is not in 'raer5'; known"),
        ({"names": 3}, "names=3: give a list, names=[neutral, happy], or the name of a label set"),
        ({"names": "raer"}, "unknown label set 'raer'; did you mean 'raer5'?"),
        ({"split": "dev"}, "split=dev: known: test, train, val"),
        ({"affect": "shown"}, "affect=shown: known: clinical, evoked"),
        ({"lists": "none"}, "none has no train, val or test list (.txt, .csv); give lists=FOLDER below root"),
    ],
)
def test_wrong_options_are_told(given, tmp_path, options, message):
    (tmp_path / "test.txt").write_text("a 1 3\n")
    with pytest.raises(InputError) as error:
        given("frame_list", root=tmp_path, **{**RAER, **options})
    assert message in str(error.value)
