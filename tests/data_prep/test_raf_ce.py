import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published import scripts


@pytest.fixture
def root(tmp_path):
    """Five faces; 0005 has no emotion, 0004 no units, 0001 no split."""
    (tmp_path / "RAFCE_emolabel.txt").write_text("0001.jpg 0\n0002.jpg 11\n0003.jpg 12\n0004.jpg 8\n")
    (tmp_path / "RAFCE_AUlabel.txt").write_text("0001.jpg 1+2+L12\n0002.jpg null\n0003.jpg 4\n0005.jpg 25\n")
    (tmp_path / "RAFCE_partition.txt").write_text("0002.jpg 0\n0003.jpg 1\n0004.jpg 2\n0005.jpg 0\n")
    return tmp_path


def test_a_face_has_a_compound_its_units_and_a_split(root, given):
    found = {sample.id: sample for sample in given("raf_ce", root=root)}
    assert found["raf_ce_0003"] == Sample(
        id="raf_ce_0003",
        media=(Media(kind="image", path=str(root / "aligned/0003_aligned.jpg")),),
        gold=Affect(emotion="happily fearful", aus=(ActionUnit(number=4),)),
        labels="raf_ce14",
        affect="expressed",
        provenance=Provenance(
            dataset="RAF-CE", split="test", gate="e-mail", origin="human",
            licence="non-commercial research only, no redistribution",
        ),
    )  # fmt: skip
    assert {name: (one.provenance.split, one.gold.emotion, one.gold.aus) for name, one in found.items()} == {
        "raf_ce_0001": (
            None, "happily surprised",
            (ActionUnit(number=1), ActionUnit(number=2), ActionUnit(number=12, side="left")),
        ),
        "raf_ce_0002": ("train", "disgustedly surprised", ()),
        "raf_ce_0003": ("test", "happily fearful", (ActionUnit(number=4),)),
        "raf_ce_0004": ("val", "fearfully disgusted", None),
        "raf_ce_0005": ("train", None, (ActionUnit(number=25),)),
    }  # fmt: skip


def test_the_basic_view_has_both_emotions(root, given):
    found = given("raf_ce", root=root, label_view="basic", images="original")
    assert {sample.labels for sample in found} == {"ekman6"}
    assert {sample.id: sample.gold.emotions for sample in found} == {
        "raf_ce_0001": {"happiness": 1, "surprise": 1},
        "raf_ce_0002": {"disgust": 1, "surprise": 1},
        "raf_ce_0003": {"happiness": 1, "fear": 1},
        "raf_ce_0004": {"fear": 1, "disgust": 1},
        "raf_ce_0005": None,
    }
    assert found[0].media[0].path == str(root / "original/0002.jpg")


def test_every_compound_is_two_basic_emotions():
    script = scripts.load("raf_ce")
    assert len(script.COMPOUNDS) == 14
    assert {len(script._gold(name, "basic", None).emotions) for name in script.COMPOUNDS} == {2}
    assert script.COMPOUNDS[0] == "happily surprised"
    assert script.COMPOUNDS[6] == "fearfully angry"
    assert script.COMPOUNDS[13] == "happily sad"
    assert script.ABOUT.counts == {"all": 4_549}


def test_splits_share_no_face(root, given):
    parts = [given("raf_ce", root=root, split=split) for split in ("train", "test", "val")]
    assert [[sample.id for sample in part] for part in parts] == [
        ["raf_ce_0002", "raf_ce_0005"], ["raf_ce_0003"], ["raf_ce_0004"],
    ]  # fmt: skip
    assert len({sample.media[0].path for part in parts for sample in part}) == 4


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("emolabel", "0001.jpg 14\n", ":1: '14' is not a label from 0 (happily surprised) to 13"),
        ("partition", "0001.jpg 3\n", ":1: '3' is not a label from 0 (train) to 2"),
        ("AUlabel", "0001.jpg 1,2\n", ":1: '1,2' in '1,2' is not an action unit"),
    ],
)
def test_a_label_outside_its_set_is_named(root, given, name, text, says):
    path = root / f"RAFCE_{name}.txt"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        given("raf_ce", root=root)
    assert str(error.value).startswith(f"{path}{says}")


def test_a_face_that_stands_twice_is_named(root, given):
    path = root / "RAFCE_emolabel.txt"
    path.write_text("0001.jpg 1\n0001.jpg 2\n")
    with pytest.raises(InputError) as error:
        given("raf_ce", root=root)
    assert str(error.value) == f"{path}:2: '0001.jpg' stands in {path}:1 already; keep one of the lines"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"split": "dev"}, "split=dev: no such split; known: test, train, val"),
        ({"label_view": "seven"}, "label_view=seven: no such label_view; known: basic, compound"),
        ({"images": "raw"}, "images=raw: no such images; known: aligned, original"),
    ],
)
def test_unknown_options_are_errors(root, given, options, says):
    with pytest.raises(InputError) as error:
        given("raf_ce", root=root, **options)
    assert str(error.value) == says
