import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published import scripts
from affectreason.published.about import LeftOut

ABOUT = scripts.load("raf_au").ABOUT
LABELS = "0007.jpg 1+4+L12\n0008.jpg null \n0010.jpg R14+B23\n"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "RAFAU_label.txt").write_text(LABELS)
    return tmp_path


def test_a_face_has_its_units_with_side(root, given):
    found = given("raf_au", root=root)
    assert found[0] == Sample(
        id="raf_au_0007",
        media=(Media(kind="image", path=str(root / "aligned/0007_aligned.jpg")),),
        gold=Affect(
            aus=(
                ActionUnit(number=1),
                ActionUnit(number=4),
                ActionUnit(number=12, side="left"),
                *(ActionUnit(number=n, intensity=0) for n in ABOUT.units if n not in (1, 4, 12)),
            )
        ),
        affect="expressed",
        provenance=Provenance(
            dataset="RAF-AU", licence="research only, no redistribution", gate="e-mail", origin="human"
        ),
    )
    assert [sorted(sample.gold.units) for sample in found] == [[1, 4, 12], [], [14, 23]]
    assert [len(sample.gold.aus) for sample in found] == [27, 27, 27], "what the coders did not write down is absent"
    assert found[2].gold.aus[:2] == (ActionUnit(number=14, side="right"), ActionUnit(number=23))
    assert len(found) == 3


def test_the_votes_of_the_crowd_are_a_distribution(root, given):
    path = root / "distribution.txt"
    path.write_text("0007.jpg 0 1 1 2 0 0\n0008.jpg 0 0 0.25 0 0.75 0\n")
    found = given("raf_au", root=root, images="original", distribution=path)
    assert found[0].media[0].path == str(root / "original/0007.jpg")
    assert [(sample.labels, sample.gold.emotions) for sample in found] == [
        ("ekman6", {"fear": 0.25, "disgust": 0.25, "happiness": 0.5}),
        ("ekman6", {"disgust": 0.25, "sadness": 0.75}),
        ("ekman6", None),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("test.txt", "0008.jpg\naligned/0010_aligned.jpg x\n0011.jpg\n"),
        ("test.jsonl", '{"image": "RAF-AU/0008.jpg"}\n{"image": "0010_aligned.jpg"}\n{"image": "0011.jpg"}\n'),
    ],
)
def test_a_list_makes_a_test_split(root, given, name, text):
    path = root / name
    path.write_text(text)
    found = given("raf_au", root=root, test_list=path)
    assert [(one.id, one.provenance.split) for one in found[:3]] == [
        ("raf_au_0007", "train"), ("raf_au_0008", "test"), ("raf_au_0010", "test"),
    ]  # fmt: skip
    assert found[3:] == [LeftOut("raf_au_0011", "test_list= names a face that has no label", f"{path}:3")]
    assert [one.id for one in given("raf_au", root=root, test_list=path, split="test")] == [
        "raf_au_0008", "raf_au_0010", "raf_au_0011",
    ]  # fmt: skip


def test_splits_need_a_list_of_faces(root, given):
    with pytest.raises(InputError, match=r"split=test: no split is published; give test_list=FILE, the names of the t"):
        given("raf_au", root=root, split="test")
    path = root / "test.jsonl"
    path.write_text('{"images": "0008.jpg"}\n')
    with pytest.raises(InputError, match=r"test.jsonl:1: the row has no `image`, the name of a face; did you mean 'im"):
        given("raf_au", root=root, test_list=path)


def test_the_published_numbers():
    about = scripts.load("raf_au").ABOUT
    assert about.counts == {"all": 4_601}
    assert {1, 12, 27, 32, 43} <= set(about.units)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0007.jpg 1+x\n", ":1: raf_au_0007: 'x' in '1+x' is not an action unit; write 1+4+L12"),
        ("0007.jpg\n", ":1: '0007.jpg' has 1 of 2 columns"),
    ],
)
def test_a_broken_label_is_named(root, given, text, says):
    path = root / "RAFAU_label.txt"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        given("raf_au", root=root)
    assert str(error.value).startswith(f"{path}{says}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0007.jpg 0 0 0 0 0 0\n", ":1: nobody voted for '0007.jpg'; delete the line, and it has no emotion"),
        ("0007.jpg 0 0 0 0 0 0 1\n", ":1: 7 numbers after '0007.jpg', not six (surprise, fear, disgust, happiness, "),
        ("", " is empty; was it cut short?"),
        ("0007.jpg 0 0 0 0 0 -1\n", ":1: '-1' is not a number from 0 to 10000"),
    ],
)
def test_broken_votes_are_named(root, given, text, says):
    path = root / "distribution.txt"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        given("raf_au", root=root, distribution=path)
    assert str(error.value).startswith(f"{path}{says}")


def test_an_unknown_folder_of_images_is_an_error(root, given):
    with pytest.raises(InputError, match="images=raw: no such folder of images; known: aligned, original"):
        given("raf_au", root=root, images="raw")
