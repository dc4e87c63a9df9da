from pathlib import Path

import pytest

from affectreason.errors import InputError
from affectreason.published import clips
from affectreason.published.clips import Listed

LISTS = {
    (1, "test"): [Listed("a", "x", "t1:1")],
    (2, "test"): [Listed("b", "y", "t2:1")],
    (1, "train"): [Listed("b", "y", "r1:1")],
    (2, "train"): [Listed("a", "x", "r2:1")],
}


def of_folds(split=None, fold=None, **more):
    lists = LISTS | more.get("lists", {})
    found = clips.of_folds(lambda k, part: iter(lists[k, part]), 2, split, fold)
    return [(row.clip, part, tested) for row, part, tested in found]


def test_without_a_fold_only_the_test_lists_are_read():
    assert of_folds() == [("a", None, "1"), ("b", None, "2")]


def test_with_a_fold_both_its_lists_are_read():
    assert of_folds(fold="2") == [("a", "train", None), ("b", "test", "2")]
    assert of_folds(fold="2", split="test") == [("b", "test", "2")]


@pytest.mark.parametrize("fold", [None, "2"])
def test_a_clip_in_two_lists_is_told(fold):
    again = {(2, "test"): [Listed("a", "x", "t2:1")]}
    with pytest.raises(InputError, match=r"t2:1: the clip 'a' stands in [tr][12]:1 too, so it would be tested twice"):
        of_folds(fold=fold, lists=again)


def test_options():
    assert clips.chosen("fold", 1, (1, 2)) == "1"
    assert clips.chosen("fold", None, (1, 2)) is None
    assert clips.parts("test", 2, 2) == ("test", "2")
    assert clips.parts(None, None, 2) == (None, None)
    assert clips.count("turns", 0) == 0
    assert [clips.part_of(1, fold) for fold in (None, "1", "2")] == [None, "test", "train"]
    for call, words in (
        (lambda: clips.chosen("fold", 3, (1, 2)), "fold=3: known: 1, 2"),
        (lambda: clips.parts("train", None, 2), "split=train: every fold has its own train and test; give fold=1 to"),
        (lambda: clips.count("turns", True), "turns=True: write a whole number from 0, for example turns=3"),
    ):
        with pytest.raises(InputError) as error:
            call()
        assert words in str(error.value)


def test_folders_and_files(tmp_path):
    (tmp_path / "b").mkdir()
    assert clips.folder(tmp_path, None, "a", "b") == tmp_path / "b"
    assert clips.folder(tmp_path, None, "a", "c") == tmp_path / "a", "what is missing is named by its usual name"
    assert clips.folder(tmp_path, "b", "a") == tmp_path / "b"
    assert clips.either(tmp_path / "1.mp4", tmp_path / "b") == tmp_path / "b"
    assert clips.either(Path("1.mp4"), Path("2.mp4")) == Path("1.mp4")
    with pytest.raises(InputError, match="clips=c: no such folder below"):
        clips.folder(tmp_path, "c", "a")
