import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published import scripts
from affectreason.published.about import LeftOut

UNITS = (1, 2, 4, 5, 6, 7, 10, 12, 14, 15, 17, 23, 24)
FILES = ("F001_T1", "F003_T2", "M003_T8")


@pytest.fixture
def root(tmp_path):
    """Three coded frames of one subject of each fold; AU5 is no unit of the benchmark."""
    folder = tmp_path / "AUCoding/AU_OCC"
    folder.mkdir(parents=True)
    rows = [(640, {1: 1, 5: 1, 12: 1}), (641, {2: 9, 24: 9}), (642, dict.fromkeys(UNITS, 9))]
    for name in FILES:
        lines = [",".join(map(str, (0, *UNITS)))]
        lines += [",".join(map(str, (frame, *(cells.get(unit, 0) for unit in UNITS)))) for frame, cells in rows]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_a_frame_has_the_presence_of_the_benchmark(root, given):
    found = given("bp4d", root=root)
    about = scripts.load("bp4d").ABOUT
    assert found[0] == Sample(
        id="bp4d_F001_T1_640",
        media=(Media(kind="image", path=str(root / "img/F001/T1/640.jpg")),),
        gold=Affect(aus=tuple(ActionUnit(number=n, intensity=None if n in (1, 12) else 0) for n in about.units)),
        affect="expressed",
        provenance=Provenance(
            dataset="BP4D", licence=about.licence, gate="signed form", origin="human", subject="F001", fold="A"
        ),
    )
    assert [sample.id for sample in found] == [f"bp4d_{name}_{frame}" for name in FILES for frame in (640, 641, 642)]
    assert {one.provenance.subject: one.provenance.fold for one in found} == {"F001": "A", "F003": "B", "M003": "C"}


def test_nine_says_that_nobody_coded_the_unit(root, given):
    found = given("bp4d", root=root)
    assert [au.number for au in found[1].gold.aus] == [1, 4, 6, 7, 10, 12, 14, 15, 17, 23]
    assert found[1].gold.units == frozenset()
    assert found[2].gold.aus is None


def test_all_coded_columns(root, given):
    assert [au.number for au in given("bp4d", root=root, protocol="all")[0].gold.aus] == list(UNITS)


def test_padded_names_are_found(root, given, picture):
    picture(root / "img/F001/T1/0640.jpg")
    assert given("bp4d", root=root)[0].media[0].path == str(root / "img/F001/T1/0640.jpg")
    other = given("bp4d", root=root, frames="{subject}_{task}_{frame:05d}.png")[0]
    assert other.media[0].path == str(root / "F001_T1_00640.png")


def test_a_fold_parts_the_subjects(root, given):
    parts = {split: given("bp4d", root=root, fold="C", split=split) for split in ("train", "test")}
    assert {sample.provenance.split for sample in parts["train"]} == {"train"}
    assert {sample.provenance.subject for sample in parts["train"]} == {"F001", "F003"}
    assert {sample.provenance.subject for sample in parts["test"]} == {"M003"}
    for what in (lambda sample: sample.id, lambda sample: sample.media[0].path):
        assert not {what(one) for one in parts["train"]} & {what(one) for one in parts["test"]}


def test_the_published_folds_have_each_subject_once():
    script = scripts.load("bp4d")
    everyone = [subject for subjects in script.FOLDS.values() for subject in subjects]
    assert [len(subjects) for subjects in script.FOLDS.values()] == [14, 14, 13]
    assert len(set(everyone)) == 41
    assert sum(subject.startswith("F") for subject in everyone) == 23
    assert {"F001", "M014"} <= set(script.FOLDS["A"])
    assert {"F003", "M018"} <= set(script.FOLDS["B"])
    assert {"F021", "M015"} <= set(script.FOLDS["C"])
    assert script.ABOUT.counts == {"all": 146_847} == {"all": 50_631 + 50_182 + 46_034}


def test_a_published_list_and_every_nth(root, given):
    path = root / "list.txt"
    path.write_text("F001/T1/640.jpg\nF001/T1/642.jpg\nF001/T1/643.jpg\n")
    assert given("bp4d", root=root, frame_list=path)[2:] == [
        LeftOut("bp4d_F001_T1_643", "the list names a frame that is not annotated", f"{path}:3")
    ]
    assert [one.id for one in given("bp4d", root=root, every=2)[:3]] == [
        "bp4d_F001_T1_640", "bp4d_F001_T1_642", "bp4d_F003_T2_640",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "options", "says"),
    [
        ("F001_T1", "0,1\n1,0\n", {}, " has no column '2', '4', '6', '7', '10', '12', '14', '15', '17', '23', '24'"),
        ("F001_T1", "0,1\n7,3\n", {"protocol": "all"}, ":2: bp4d_F001_T1_7: AU1 is '3', not one of 0 (absent), 1"),
        ("F001_T1", "0,3\n7,1\n", {"protocol": "all"}, ": FACS has no unit for the column '3'; protocol=12 leaves it"),
        ("F001_T1", "0,1\nx,1\n", {"protocol": "all"}, ":2: 'x' is not a number from 0 to 1e+07"),
        ("F001-T1", "", {}, " is not named as F001_T1.csv is; keep only the files of AU_OCC in this folder"),
        ("F024_T1", "", {}, ": 'F024' is not a subject of this set; did you mean"),
    ],
)
def test_a_broken_file_is_named(tmp_path, given, name, text, options, says):
    path = tmp_path / "AU_OCC" / f"{name}.csv"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(InputError) as error:
        given("bp4d", root=tmp_path, **options)
    assert str(error.value).startswith(f"{path}{says}")


def test_an_unknown_protocol_is_an_error(root, given):
    with pytest.raises(InputError, match=r"protocol=27: .*known: 12, all"):
        given("bp4d", root=root, protocol=27)
