import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published.about import LeftOut

OPENFACE = """\
frame, face_id, timestamp, confidence, success, AU06_r, AU12_r, AU12_c, AU28_c
1, 0, 0.000, 0.98, 1, 0.50, 0.00, 1.00, 0.00
2, 0, 0.033, 0.98, 1, 2.00, 3.25, 0.00, 1.00
3, 0, 0.067, 0.60, 1, 5.00, 5.00, 1.00, 0.00
4, 0, 0.100, 0.00, 0, -nan, -nan, -nan, -nan
"""
PY_FEAT = """\
FaceScore,AU06,AU12,happiness,input,frame
0.99,0.20,0.50,0.9,/tmp/b.mp4,0
0.99,0.70,0.10,0.1,/tmp/b.mp4,1
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "day").mkdir()
    (tmp_path / "day/a.csv").write_text(OPENFACE)
    return tmp_path


def test_a_row_is_an_aligned_face_with_intensities(root, given):
    found = given("openface", root=root, dataset="our clips", licence="ours")
    assert found[1] == Sample(
        id="openface_day/a_2",
        media=(Media(kind="image", path=str(root / "day/a_aligned/frame_det_00_000002.bmp")),),
        gold=Affect(
            aus=(ActionUnit(number=6, intensity=2), ActionUnit(number=12, intensity=3.25), ActionUnit(number=28))
        ),
        affect="expressed",
        provenance=Provenance(
            dataset="our clips", licence="ours", gate="open", origin="model", labeller="OpenFace", film="day/a"
        ),
    )
    assert found[0].gold.aus[-1] == ActionUnit(number=28, intensity=0)
    path = root / "day/a.csv"
    assert found[2:] == [
        LeftOut("openface_day/a_3", "the program's confidence is 0.6, less than confidence=0.8", f"{path}:4"),
        LeftOut("openface_day/a_4", "the program found no face", f"{path}:5"),
    ]


def test_a_row_without_a_face_stays_out_whatever_the_confidence(root, given):
    found = given("openface", root=root, confidence=0)
    assert [type(one) for one in found] == [Sample, Sample, Sample, LeftOut]


def test_intensities_become_presence(root, given):
    found = given("openface", root=root, at_least=1)
    assert [sorted(sample.gold.units) for sample in found[:2]] == [[], [6, 12, 28]]
    assert found[1].gold.aus[0] == ActionUnit(number=6)


def test_the_peak_stands_for_the_clip(root, given):
    (found,) = given("openface", root=root, take="peak", file="{clip}.mp4")
    assert found.id == "openface_day/a_2"
    assert found.media == (Media(kind="video", path=str(root / "day/a.mp4")),)
    assert found.attributes == {"peak_frame": 2.0}
    assert found.gold.aus[1] == ActionUnit(number=12, intensity=3.25)


def test_the_peak_may_be_a_picture_and_every_nth_row_is_looked_at(root, given):
    (found,) = given("openface", root=root, take="peak", every=2)
    assert found.media[0].path == str(root / "day/a_aligned/frame_det_00_000001.bmp")
    assert found.attributes == {}


def test_a_clip_nobody_was_seen_in_is_named(root, given):
    assert given("openface", root=root, take="peak", confidence=0.99) == [
        LeftOut("openface_day/a_3", "the program's confidence is 0.6, less than confidence=0.99", f"{root}/day/a.csv:4")
    ]


def test_py_feat_probabilities_are_presence(tmp_path, given):
    (tmp_path / "b.csv").write_text(PY_FEAT)
    first, second = given("openface", root=tmp_path, file="{clip}/{frame:04d}.jpg")
    assert first.media[0].path == str(tmp_path / "b/0000.jpg")
    assert first.gold.aus == (ActionUnit(number=6, intensity=0), ActionUnit(number=12))
    assert second.gold.units == {6}
    assert first.provenance.labeller == "py-feat"
    (peak,) = given("openface", root=tmp_path, file="{clip}.mp4", take="peak", at_least=0.75)
    assert peak.attributes == {"peak_frame": 1.0}
    assert peak.gold.units == frozenset()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"take": "best"}, "take=best: no such choice; known: peak, rows"),
        ({"confidence": 98}, "confidence: '98' is not a number from 0 to 1"),
        ({"at_least": 6}, "at_least: '6' is not a number from 0 to 5"),
        ({"file": "{clip}.mp4"}, "file={clip}.mp4 names a clip and no frame; put {frame} into it, or give take=peak"),
        ({"file": "{frame}.bmp"}, "file={frame}.bmp names one file for every clip; put {clip} into it"),
        ({"file": "{name}.bmp"}, "file={name}.bmp cannot be filled in ('name'); parts: {clip}, {frame}, {index}, "),
        ({"csv": "../*.csv"}, "csv=: the path '../*.csv' does not stay below"),
        ({"csv": "*.csv"}, "has none of *.csv; is root= the folder that holds it? there: day"),
    ],
)
def test_options_that_mean_nothing_are_errors(root, given, options, says):
    with pytest.raises(InputError) as error:
        given("openface", root=root, **options)
    assert says in str(error.value)


def test_py_feat_needs_to_be_told_where_the_pictures_are(tmp_path, given):
    (tmp_path / "b.csv").write_text(PY_FEAT)
    with pytest.raises(InputError) as error:
        given("openface", root=tmp_path)
    assert str(error.value) == (
        f"{tmp_path}/b.csv is of py-feat, which writes no faces; give file=, for example file='{{clip}}.mp4'"
    )
