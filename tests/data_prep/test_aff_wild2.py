import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published import scripts

HEADER = "AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26"
ROWS = ("1,0,0,0,0,0,1,0,0,0,1,0", ",".join(["-1"] * 12), "0,-1,0,0,0,0,0,0,0,0,0,0")


@pytest.fixture(params=[".", "annotations"])
def root(tmp_path, request):
    """Two videos to train, one of two people, and one to validate; the header of one has a blank at its end."""
    labels = tmp_path / request.param / "AU_Detection_Challenge"
    for name, header in (
        ("Train_Set/1-30-1280x720", HEADER),
        ("Train_Set/2_left", HEADER),
        ("Validation_Set/3", HEADER + " "),
    ):
        path = labels / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join((header, *ROWS)) + "\n")
    return tmp_path


def test_a_frame_has_the_presence_of_twelve_units(root, given):
    found = given("aff_wild2", root=root)
    about = scripts.load("aff_wild2").ABOUT
    assert found[0] == Sample(
        id="aff_wild2_1-30-1280x720_1",
        media=(Media(kind="image", path=str(root / "cropped_aligned/1-30-1280x720/00001.jpg")),),
        gold=Affect(aus=tuple(ActionUnit(number=n, intensity=None if n in (1, 12, 25) else 0) for n in about.units)),
        affect="expressed",
        provenance=Provenance(
            dataset="Aff-Wild2 (action units)", split="train", film="1-30-1280x720", licence=about.licence,
            gate="signed form", origin="human",
        ),
    )  # fmt: skip
    assert about.units == (1, 2, 4, 6, 7, 10, 12, 15, 23, 24, 25, 26)
    assert found[1].gold.aus is None
    assert [au.number for au in found[2].gold.aus] == [unit for unit in about.units if unit != 2]
    assert len(found) == 9
    assert [sample.provenance.film for sample in found[::3]] == ["1-30-1280x720", "2", "3"]


def test_splits_share_no_video(root, given):
    parts = {split: given("aff_wild2", root=root, split=split) for split in ("train", "val")}
    assert [len(part) for part in parts.values()] == [6, 3]
    assert {sample.provenance.split for sample in parts["val"]} == {"val"}
    for what in (lambda one: one.id, lambda one: one.media[0].path, lambda one: one.provenance.film):
        assert not {what(one) for one in parts["train"]} & {what(one) for one in parts["val"]}


def test_every_nth_frame_of_a_video(root, given):
    found = given("aff_wild2", root=root, every=2, images="cropped", split="val")
    assert [sample.media[0].path for sample in found] == [str(root / f"cropped/3/0000{n}.jpg") for n in (1, 3)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{HEADER}\n2{ROWS[0][1:]}\n", ":2: aff_wild2_3_1: AU1 is '2', not one of 0 (absent), 1 (present), -1 (not"),
        (f"{HEADER[:-5]}\n{ROWS[0][:-2]}\n", " has no column 'AU26'"),
        (f"{HEADER}\n0,0\n", ":2: 2 cells below a header of 12"),
    ],
)
def test_a_broken_file_is_named(root, given, text, says):
    path = next(root.rglob("3.txt"))
    path.write_text(text)
    with pytest.raises(InputError) as error:
        given("aff_wild2", root=root, split="val")
    assert str(error.value).startswith(f"{path}{says}")


def test_an_unknown_split_is_an_error(root, given):
    with pytest.raises(InputError, match=r"split=test: no such split; .*known: train, val"):
        given("aff_wild2", root=root, split="test")
