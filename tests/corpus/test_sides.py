from pathlib import Path

import pytest

from affectreason.corpus.sides import is_against, is_held_out, is_known, named, side_of


@pytest.mark.parametrize(
    "split",
    ["test", "Test_2", "test1", "val", "valid", "validation-a", "dev.clean", "devel", "eval", "evaluation",
     "heldout", "held_out", "Held-Out", "public test"],
)  # fmt: skip
def test_splits_that_models_are_measured_on(split):
    assert is_held_out(split)
    assert is_known(split)


@pytest.mark.parametrize("split", ["train", "training", "fit", "train_val", "test_train", "trainval"])
def test_splits_of_training(split):
    assert not is_held_out(split)
    assert is_known(split)


@pytest.mark.parametrize("split", ["latest", "interval", "contest", "valence", "device", "private", "sft", "held", ""])
def test_names_that_only_hold_such_words_say_nothing(split):
    assert not is_held_out(split)
    assert not is_known(split)


def test_sides():
    assert side_of("data", "test") == "test"
    assert side_of("data", None) == "(data, no split)"
    assert side_of("data", "against") == "data:against"
    assert side_of("data", "against:x") == "data:against:x"
    assert side_of("against", None) == "against"
    assert side_of("against", "test") == "against:test"
    assert [is_against(side) for side in ("against", "against:x", "against_x", "data:against")] == [
        True,
        True,
        False,
        False,
    ]


def test_files_and_splits():
    assert named("a/b.jsonl:train") == (Path("a/b.jsonl"), "train")
    assert named("a/b.jsonl") == (Path("a/b.jsonl"), None)
    assert named(Path("b.jsonl:x")) == (Path("b.jsonl:x"), None)
