import pytest

from affectreason.affect.facs import UNITS
from affectreason.media.face_evidence import SIDES, WHOLE, Evidence, as_text, evidence, peak

NAMES = [name for names in WHOLE.values() for name in names] + ["mouthClose", "cheekPuff"]
NAMES += [f"{name}{side}" for name in (*SIDES.values(), "cheekSquint", "noseSneer") for side in ("Left", "Right")]


def scores(**seen):
    return {**dict.fromkeys(NAMES, 0.0), **seen}


def test_scores_become_evidence_by_unit():
    found = evidence(scores(mouthSmileLeft=0.9, mouthSmileRight=0.7, browInnerUp=0.25, mouthRollUpper=0.5))
    assert found[12] == Evidence(pytest.approx(0.8), 0.9, 0.7)
    assert found[1] == Evidence(0.25)
    assert found[28] == Evidence(0.25)
    assert found[4] == Evidence(0.0, 0.0, 0.0)
    assert list(found) == [1, 2, 4, 5, 7, 10, 12, 14, 15, 16, 17, 18, 20, 22, 24, 26, 28, 43]


def test_units_it_cannot_see_are_absent_however_large_their_scores():
    seen = scores(cheekSquintLeft=1.0, cheekSquintRight=1.0, noseSneerLeft=1.0, noseSneerRight=1.0, cheekPuff=1.0)
    assert not set(evidence(seen)) & {6, 9, 34, 23, 25, 27, 45}


@pytest.mark.parametrize(("jaw", "close", "said"), [(0.5, 0.1, 0.4), (0.5, 0.45, None), (0.05, 0.0, None)])
def test_lips_are_parted_by_the_jaw_or_nothing_is_said_of_them(jaw, close, said):
    found = evidence(scores(jawOpen=jaw, mouthClose=close))
    assert found[26].value == jaw
    assert (found[25].value if 25 in found else None) == (None if said is None else pytest.approx(said))


def test_every_unit_of_the_table_is_one_of_facs():
    assert {*SIDES, *WHOLE} <= set(UNITS)
    assert not set(SIDES) & set(WHOLE)


def test_a_score_that_is_missing_is_an_error_and_not_zero():
    with pytest.raises(KeyError, match="jawOpen"):
        evidence({name: 0.0 for name in NAMES if name != "jawOpen"})


def test_evidence_as_text():
    said = as_text({12: Evidence(0.9, 0.91, 0.89), 14: Evidence(0.35, 0.6, 0.1), 26: Evidence(0.004)})
    assert said == ("AU12 0.90", "AU14 0.35 (left 0.60, right 0.10)", "AU26 0.00")


def test_the_peak_is_the_largest_sum_and_a_blink_is_none():
    frames = [
        {12: Evidence(0.2), 4: Evidence(0.1)},
        None,
        {12: Evidence(0.4)},
        {43: Evidence(1.0)},
        {12: Evidence(0.4)},
    ]
    assert peak(frames) == 2
    assert peak([None, None]) is None
    assert peak([]) is None
