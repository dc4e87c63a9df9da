import pytest

from affectreason.errors import InputError
from affectreason.published import frames
from affectreason.published.about import LeftOut

FOLDS = {"A": ("S1", "S2"), "B": ("S3",)}
GIVEN = {"fold": None, "split": None, "every": 1, "frame_list": None}


def test_the_subjects_of_a_fold_are_its_test():
    choice = frames.choice({**GIVEN, "fold": "A"}, FOLDS, 2)
    assert [choice.split_of(name) for name in "AB"] == ["test", "train"]
    assert [choice.wants(name) for name in "AB"] == [True, True]
    only = frames.choice({**GIVEN, "fold": "A", "split": "train"}, FOLDS, 2)
    assert [only.wants(name) for name in "AB"] == [False, True]
    assert frames.choice(GIVEN, FOLDS, 2).split_of("A") is None
    assert [frames.tested_in(subject, FOLDS, "x") for subject in ("S1", "S3")] == ["A", "B"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"fold": 1}, "fold=1: no such fold; known: A, B"),
        ({"split": "dev", "fold": "A"}, "split=dev: no such split; known: test, train"),
        ({"split": "test"}, "split=test: there are splits only within a fold; add fold=A"),
        ({"every": 1.5}, "every=1.5 is not a whole number; every=10 takes each tenth frame"),
        ({"every": 0}, "every: '0' is not a number from 1 to 1e+09"),
    ],
)
def test_options_that_mean_nothing_are_errors(given, says):
    with pytest.raises(InputError) as error:
        frames.choice({**GIVEN, **given}, FOLDS, 2)
    assert str(error.value) == says


def test_a_subject_no_fold_has_is_an_error():
    with pytest.raises(InputError, match="SN9: 'S9' is not a subject of this set; did you mean 'S3'"):
        frames.tested_in("S9", FOLDS, "SN9")


def test_a_list_chooses_frames_and_what_it_names_in_vain_is_left_out(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("img/S1/0.png 0 1\nS1/2.png\nS1/00009.jpg\nS2/1.png\n")
    choice = frames.choice({**GIVEN, "frame_list": path}, FOLDS, 2)
    assert [choice.takes(("S1", index), index) for index in range(4)] == [True, False, True, False]
    assert list(choice.unmet("disfa", ("S1",))) == [
        LeftOut("disfa_S1_9", "the list names a frame that is not annotated", f"{path}:3")
    ]


def test_every_counts_all_frames_listed_or_not(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("".join(f"S1/{index}.png\n" for index in (1, 2, 4)))
    choice = frames.choice({**GIVEN, "frame_list": path, "every": 2}, FOLDS, 2)
    assert [choice.takes(("S1", index), index) for index in range(5)] == [False, False, True, False, True]
    assert list(choice.unmet("disfa", ("S1",))) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1.png\n", ":1: '1.png' does not end with 1 folder(s) and a numbered image, as SN001/0.png or F001/T1/2440"),
        ("S1/face.png\n", ":1: 'S1/face.png' does not end with 1 folder(s) and a numbered image"),
        ("\n", " is empty; was it cut short?"),
    ],
)
def test_what_is_no_list_of_frames_is_an_error(tmp_path, text, says):
    path = tmp_path / "list.txt"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        frames.choice({**GIVEN, "frame_list": path}, FOLDS, 2)
    assert str(error.value).startswith(f"{path}{says}")


def test_patterns_are_filled_in_and_checked():
    assert frames.named("f/{subject}/{frame:05d}.jpg", "frames", subject="S1", frame=7) == "f/S1/00007.jpg"
    frames.check_pattern("{subject}/{index}.png", "frames", ("subject", "frame"), subject="S1", frame=1, index=0)
    with pytest.raises(InputError) as error:
        frames.named("{person}.jpg", "frames", subject="S1", frame=7)
    assert str(error.value) == (
        "frames={person}.jpg cannot be filled in ('person'); parts: {subject}, {frame}; {frame:05d} writes five digits"
    )
    with pytest.raises(InputError, match=r"cannot be filled in \(Unknown format code 'd'"):
        frames.named("{subject:05d}", "frames", subject="S1", frame=7)
    with pytest.raises(InputError) as error:
        frames.check_pattern("{frame}.jpg", "frames", ("subject", "frame"), subject="S1", frame=1)
    assert str(error.value) == "frames={frame}.jpg names one file for every subject; put {subject} into it"
