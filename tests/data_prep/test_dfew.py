import pytest

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published import scripts

ABOUT = scripts.load("dfew").ABOUT


@pytest.fixture
def root(tmp_path):
    """Six clips: 1 to 5 are tested in the folds of their number, 16 in fold 1; one clip is a folder of frames."""
    tested = {1: ["00001,1", "16,7"], 2: ["2,2"], 3: ["3,3"], 4: ["4,4"], 5: ["5,6"]}
    for part in ("train", "test"):
        folder = tmp_path / "EmoLabel_DataSplit" / f"{part}(single-labeled)"
        folder.mkdir(parents=True)
        for fold in tested:
            lists = [row for k, rows in tested.items() if (k == fold) == (part == "test") for row in rows]
            (folder / f"set_{fold}.csv").write_text("video_name,label\n" + "\n".join(lists) + "\n")
    clips = tmp_path / "Clip" / "original"
    (clips / "00005").mkdir(parents=True)
    for name in ("00001.mp4", "2.mp4"):
        (clips / name).touch()
    return tmp_path


def test_without_a_fold_each_clip_comes_once_with_the_fold_that_tests_it(given, root):
    found = given("dfew", root=root)
    assert found[0] == Sample(
        id="dfew_00001",
        media=(Media(kind="video", path=str(root / "Clip/original/00001.mp4")),),
        gold=Affect(emotion="happy"),
        labels="dfew7",
        affect="expressed",
        provenance=Provenance(dataset="DFEW", fold="1", origin="human", licence="research only", gate="signed form"),
    )
    assert [(s.id, s.gold.emotion, s.provenance.fold, s.provenance.split) for s in found] == [
        ("dfew_00001", "happy", "1", None), ("dfew_00016", "fear", "1", None), ("dfew_00002", "sad", "2", None),
        ("dfew_00003", "neutral", "3", None), ("dfew_00004", "angry", "4", None), ("dfew_00005", "disgust", "5", None),
    ]  # fmt: skip


def test_a_fold_has_train_and_test_without_a_clip_in_common(given, root):
    train, test = (given("dfew", root=root, fold=2, split=split) for split in ("train", "test"))
    assert [(s.id, s.provenance.split, s.provenance.fold) for s in test] == [("dfew_00002", "test", "2")]
    assert {s.provenance.split for s in train} == {"train"}
    assert len(train) == 5
    assert not {s.id for s in train} & {s.id for s in test}
    assert not {s.media[0].path for s in train} & {s.media[0].path for s in test}
    assert len(given("dfew", root=root, fold=2)) == 6


def test_clips_are_found_by_number_and_as_folders_of_frames(given, root):
    by_id = {s.id: s.media[0] for s in given("dfew", root=root)}
    assert by_id["dfew_00002"] == Media(kind="video", path=str(root / "Clip/original/2.mp4"))
    assert by_id["dfew_00005"] == Media(kind="frames", path=str(root / "Clip/original/00005"))
    assert by_id["dfew_00003"].path.endswith("Clip/original/00003.mp4"), "a missing clip keeps its usual name"
    (root / "faces").mkdir()
    assert given("dfew", root=root, clips="faces")[0].media[0].path == str(root / "faces/00001.mp4")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fold": 6}, "fold=6: known: 1, 2, 3, 4, 5"),
        ({"split": "dev", "fold": 1}, "split=dev: known: test, train"),
        ({"split": "test"}, "split=test: every fold has its own train and test; give fold=1 to fold=5 with it"),
        ({"clips": "nowhere"}, "clips=nowhere: no such folder below"),
    ],
)
def test_wrong_options_are_told(given, root, options, words):
    with pytest.raises(InputError) as error:
        given("dfew", root=root, **options)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("7,0", "set_2.csv:2: '0' is not a label from 1 (happy) to 7"),
        ("7,8", "set_2.csv:2: '8' is not a label from 1 (happy) to 7"),
        ("00001,1", "set_2.csv:2: the clip '00001' stands in"),
        ("../../x,1", "set_2.csv:2: '../../x' is not a number from 1 to 99999"),
    ],
)
def test_wrong_rows_are_told_with_their_line(given, root, row, words):
    (root / "EmoLabel_DataSplit/test(single-labeled)/set_2.csv").write_text(f"video_name,label\n{row}\n")
    with pytest.raises(InputError) as error:
        given("dfew", root=root)
    assert words in str(error.value)


def test_the_published_number_is_that_of_a_fold():
    assert ABOUT.counts == {"all": 9356 + 2341}
