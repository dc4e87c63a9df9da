import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published import scripts
from affectreason.published.about import LeftOut

SUBJECTS = ("SN001", "SN006", "SN003")


@pytest.fixture
def root(tmp_path):
    """Three frames of a subject of each fold: AU1 at 1, 2, 5, AU12 at 0, 3, 0, the others at 0."""
    levels = {1: (1, 2, 5), 12: (0, 3, 0)}
    for subject in SUBJECTS:
        folder = tmp_path / "ActionUnit_Labels" / subject
        folder.mkdir(parents=True)
        for unit in scripts.load("disfa").ABOUT.units:
            lines = [f"{frame},{level}" for frame, level in enumerate(levels.get(unit, (0, 0, 0)), start=1)]
            (folder / f"{subject}_au{unit}.txt").write_text("\r\n".join(lines) + "\r\n")
    return tmp_path


def test_a_frame_has_the_intensity_of_twelve_units(root, given):
    found = given("disfa", root=root)
    about = scripts.load("disfa").ABOUT
    levels = {1: 2, 12: 3}
    assert found[1] == Sample(
        id="disfa_SN001_2",
        media=(Media(kind="image", path=str(root / "img/SN001/1.png")),),
        gold=Affect(aus=tuple(ActionUnit(number=n, intensity=levels.get(n, 0)) for n in about.units)),
        affect="expressed",
        provenance=Provenance(
            dataset="DISFA", licence=about.licence, gate="signed form", origin="human", subject="SN001", fold="A"
        ),
    )
    assert [sample.id for sample in found] == [
        f"disfa_{one}_{frame}" for one in sorted(SUBJECTS) for frame in (1, 2, 3)
    ]
    assert {sample.provenance.subject: sample.provenance.fold for sample in found} == {
        "SN001": "A", "SN003": "C", "SN006": "B",
    }  # fmt: skip


def test_the_benchmark_is_presence_of_eight_units(root, given):
    found = given("disfa", root=root, protocol=8, at_least=2)
    assert [sorted(sample.gold.units) for sample in found[:3]] == [[], [1, 12], [1]]
    assert found[0].gold.aus[0] == ActionUnit(number=1, intensity=0)
    assert found[2].gold.aus[0] == ActionUnit(number=1)
    assert {au.number for au in found[0].gold.aus} == {1, 2, 4, 6, 9, 12, 25, 26}


def test_a_fold_parts_the_subjects(root, given):
    parts = {split: given("disfa", root=root, fold="B", split=split) for split in ("train", "test")}
    assert {sample.provenance.split for sample in parts["test"]} == {"test"}
    assert {sample.provenance.subject for sample in parts["test"]} == {"SN006"}
    assert {sample.provenance.subject for sample in parts["train"]} == {"SN001", "SN003"}
    for what in (lambda sample: sample.id, lambda sample: sample.media[0].path):
        assert not {what(one) for one in parts["train"]} & {what(one) for one in parts["test"]}


def test_the_published_folds_have_each_subject_once():
    script = scripts.load("disfa")
    everyone = [subject for subjects in script.FOLDS.values() for subject in subjects]
    assert [len(subjects) for subjects in script.FOLDS.values()] == [9, 9, 9]
    assert len(set(everyone)) == 27
    assert {"SN001", "SN032"} <= set(script.FOLDS["A"])
    assert {"SN006", "SN031"} <= set(script.FOLDS["B"])
    assert {"SN003", "SN029"} <= set(script.FOLDS["C"])
    assert script.ABOUT.counts == {"all": 130_814} == {"all": 43_604 + 43_605 + 43_605}


def test_every_nth_frame_and_own_names(root, given):
    found = given("disfa", root=root, every=2, frames="{subject}_{frame:05d}.jpg")
    assert [sample.media[0].path for sample in found[:2]] == [
        str(root / name) for name in ("SN001_00001.jpg", "SN001_00003.jpg")
    ]


def test_a_published_list_counts_from_zero(root, given):
    path = root / "list.txt"
    path.write_text("SN001/0.png\nSN001/2.png\nSN001/3.png\nSN003/1.png\n")
    found = given("disfa", root=root, frame_list=path)
    assert [one.id for one in found] == ["disfa_SN001_1", "disfa_SN001_3", "disfa_SN001_3", "disfa_SN003_2"]
    assert found[2] == LeftOut("disfa_SN001_3", "the list names a frame that is not annotated", f"{path}:3")


@pytest.mark.parametrize(("subject", "published"), [("SN010", 4844), ("SN001", 4845)])
def test_frames_after_those_of_the_published_lists_are_left_out(tmp_path, given, subject, published):
    folder = tmp_path / "ActionUnit_Labels" / subject
    folder.mkdir(parents=True)
    for unit in (1, 2, 4, 6, 9, 12, 25, 26):
        lines = "\n".join(f"{frame},0" for frame in range(1, published + 2))
        (folder / f"{subject}_au{unit}.txt").write_text(lines)
    first, last, after = (
        given("disfa", root=tmp_path, protocol=8, every=published - 1)
        + given("disfa", root=tmp_path, protocol=8, every=published)[1:]
    )
    assert [first.id, last.id] == [f"disfa_{subject}_1", f"disfa_{subject}_{published}"]
    why = "the published lists end before this frame"
    assert after == LeftOut(f"disfa_{subject}_{published + 1}", why, str(folder))
    (tmp_path / "list.txt").write_text(f"{subject}/{published}.png\n")
    (one,) = given("disfa", root=tmp_path, protocol=8, frame_list=tmp_path / "list.txt")
    assert one.id == f"disfa_{subject}_{published + 1}"


def test_a_unit_that_lacks_a_frame_is_not_absent_there(root, given):
    path = root / "ActionUnit_Labels/SN001/SN001_au1.txt"
    path.write_text("1,1\n2,2\n")
    found = given("disfa", root=root)
    assert [len(sample.gold.aus) for sample in found[:3]] == [12, 12, 11]
    assert 1 not in {au.number for au in found[2].gold.aus}
    assert found[3] == LeftOut(
        "disfa_SN001_au1", "no AU1 in 1 of 3 frames, which are given without it; is the file whole?", str(path)
    )
    path.write_text("")
    with pytest.raises(InputError, match=r"SN001_au1.txt is empty; was it cut short\?"):
        given("disfa", root=root)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"protocol": 10}, "protocol=10: did you mean '12'? known: 12, 8"),
        ({"frames": "{subject}.png"}, "frames={subject}.png names one file for every frame; put {frame} into it"),
        ({"frames": "/img/{subject}/{frame}.png"}, "the path '/img/SN001/1.png' does not stay below"),
        ({"split": "test"}, "split=test: there are splits only within a fold; add fold=A"),
    ],
)
def test_options_that_mean_nothing_are_errors(root, given, options, says):
    with pytest.raises(InputError) as error:
        given("disfa", root=root, **options)
    assert str(error.value).startswith(says)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1,6\n", ":1: '6' is not a number from 0 to 5"),
        ("1,0\n1,1\n", ":2: frame 1 has two intensities of AU4; keep one of the lines"),
        ("1\n", ":1: '1' has 1 of 2 columns"),
    ],
)
def test_a_broken_label_file_is_named(root, given, text, says):
    path = root / "ActionUnit_Labels/SN001/SN001_au4.txt"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        given("disfa", root=root)
    assert str(error.value).startswith(f"{path}{says}")


def test_a_missing_unit_and_an_unknown_subject_are_named(root, given):
    path = root / "ActionUnit_Labels/SN001/SN001_au4.txt"
    path.unlink()
    with pytest.raises(InputError, match=r"no such file: .*SN001_au4\.txt"):
        given("disfa", root=root)
    (root / "ActionUnit_Labels/SN000").mkdir()
    with pytest.raises(InputError, match=r"SN000: 'SN000' is not a subject of this set"):
        given("disfa", root=root)
