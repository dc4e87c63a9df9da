import pytest

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published import scripts
from affectreason.published.about import LeftOut

ABOUT = scripts.load("crema_d").ABOUT


@pytest.fixture
def root(tmp_path):
    """Takes of the first and last actor of each fold, one in two formats, and the four broken ones."""
    names = [f"{actor}_DFA_ANG_XX" for actor in (1001, 1018, 1019, 1036, 1037, 1054, 1055, 1072, 1073, 1091)]
    names += ["1001_IEO_HAP_HI", "1040_ITH_SAD_X", *(name.removeprefix("crema_d_") for name in ABOUT.broken)]
    for folder, ending in (("VideoFlash", ".flv"), ("AudioWAV", ".wav")):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / (name + ending)).touch()
    (tmp_path / "VideoMP4").mkdir()
    (tmp_path / "VideoMP4/1001_DFA_ANG_XX.mp4").touch()
    return tmp_path


def test_the_fields_of_a_name(given, root):
    sample = next(s for s in given("crema_d", root=root) if s.id == "crema_d_1001_IEO_HAP_HI")
    assert sample == Sample(
        id="crema_d_1001_IEO_HAP_HI",
        media=(Media(kind="video", path=str(root / "VideoFlash/1001_IEO_HAP_HI.flv")),),
        transcript="It's eleven o'clock",
        gold=Affect(emotion="happy"),
        attributes={"intensity": "high"},
        labels="crema_d6",
        affect="expressed",
        provenance=Provenance(
            dataset="CREMA-D", subject="1001", fold="1", origin="acted", licence=ABOUT.licence, gate="open"
        ),
    )


def test_the_four_broken_takes_are_left_out_and_named(given, root):
    found = given("crema_d", root=root)
    left_out = [one for one in found if isinstance(one, LeftOut)]
    assert {one.id for one in left_out} == {
        "crema_d_1076_MTI_NEU_XX", "crema_d_1076_MTI_SAD_XX", "crema_d_1064_TIE_SAD_XX", "crema_d_1064_IEO_DIS_MD",
    }  # fmt: skip
    assert left_out[0].where.endswith(".flv")
    assert left_out[0].why == "broken as published"
    assert len(found) == 12 + 4, "a take in two formats comes once"


def test_an_intensity_that_was_not_asked_for_is_absent(given, root):
    by_id = {s.id: s for s in given("crema_d", root=root) if isinstance(s, Sample)}
    assert by_id["crema_d_1001_DFA_ANG_XX"].attributes == by_id["crema_d_1040_ITH_SAD_X"].attributes == {}


def test_sound_alone(given, root):
    assert {s.media[0].kind for s in given("crema_d", root=root, modality="audio") if isinstance(s, Sample)} == {
        "audio"
    }


@pytest.mark.parametrize(
    ("fold", "first", "last"), [(1, 1001, 1018), (2, 1019, 1036), (3, 1037, 1054), (4, 1055, 1072), (5, 1073, 1091)]
)
def test_folds_are_of_actors_in_order(given, root, fold, first, last):
    train, test = (
        [s for s in given("crema_d", root=root, fold=fold, split=split) if isinstance(s, Sample)]
        for split in ("train", "test")
    )
    tested, trained = ({int(s.provenance.subject) for s in part} for part in (test, train))
    assert {first, last} <= tested
    assert all(first <= actor <= last for actor in tested)
    assert not tested & trained
    assert {s.provenance.split for s in train} == {"train"}


def test_the_published_counts_add_up():
    assert sum(ABOUT.label_counts["all"].values()) == ABOUT.counts["all"] == 7442
    assert len(ABOUT.broken) == 4


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("1001_DFA_ANG", "1001_DFA_ANG.flv: the name is not written as 1001_DFA_ANG_XX; move it elsewhere"),
        ("1001_DFA_HAT_XX", "'HAT' is not one of the set's codes; did you mean 'HAP'?"),
        ("1001_DFX_HAP_XX", "'DFX' is not one of the set's codes; did you mean 'DFA'?"),
        ("1001_DFA_HAP_LW", "'LW' is not one of the set's codes; did you mean 'LO'?"),
        ("1092_DFA_HAP_LO", "the actor: '1092' is not a number from 1001 to 1091"),
    ],
)
def test_a_wrong_name_is_told(given, tmp_path, name, words):
    (tmp_path / f"{name}.flv").touch()
    with pytest.raises(InputError) as error:
        given("crema_d", root=tmp_path)
    assert words in str(error.value)


def test_a_wrong_modality_is_told(given, tmp_path):
    with pytest.raises(InputError, match="modality=av: known: audio, video"):
        given("crema_d", root=tmp_path, modality="av")
