"""The one number of a text: what is read, what is refused and why, and hostile answers."""

import pytest

from affectreason.affect.numbers import parse_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.3", 0.3),
        ("-0.3", -0.3),
        ("−0.3", -0.3),
        ("–0.3", -0.3),
        ("+.5", 0.5),
        ("minus 0.3", -0.3),
        ("negative 0.3", -0.3),
        ("valence: - 0.3", -0.3),
        ("0,3", 0.3),
        ("0,125", 0.125),
        ("１", 1.0),
        ("1e-1", 0.1),
        ("-0", 0.0),
        ("0.3 and again 0.30.", 0.3),
        ("**0.3**", 0.3),
        ("AU12 and the 1st face: 0.4", 0.4),
        ("<think>first 0.9</think><answer>0.2</answer>", 0.2),
        ("<think>first 0.9</think>\n0.2", 0.2),
        ("<answer>0.2", 0.2),
        ("<answer>0.2</answer><answer>0.2</answer>", 0.2),
        ("valence: -0.3, arousal 0.5", -0.3),
        ('{"valence": -0.3, "arousal": 0.5}', -0.3),
        ("The valence is 0.3; arousal is 0.1", 0.3),
    ],
)
def test_read(text, value):
    found = parse_number(text, -1, 1, of="valence")
    assert found.said.score == value
    assert found.well_formed
    assert found.problem is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no answer"),
        ("happy", "there is no number"),
        ("NaN", "there is no number"),
        ("-inf", "there is no number"),
        ("1.5", "1.5 is outside [-1, 1]"),
        ("1e999", "'1e999' is too large"),
        ("9" * 5000, "is too large"),
        ("0.2 to 0.4", "2 different numbers: 0.2, 0.4"),
        ("0.2-0.4", "'0.2-0' is a share, a fraction or a range, not a number"),
        ("30 %", "'30 %' is a share, a fraction or a range, not a number"),
        ("1/3", "'1/3' is a share, a fraction or a range, not a number"),
        ("½", "is a share, a fraction or a range, not a number"),
        ("1 out of 3", "is a share, a fraction or a range, not a number"),
        ("1,000", "'1,000' is not one number"),
        ("0.1.2", "'0.1.2' is not one number"),
        ("- 0.3", "'- 0.3': a bullet or a minus"),
        ("--0.3", "'-0.3' is joined to what stands before it"),
        ("x-0.3", "'0.3' is joined to what stands before it"),
        ("the valence is not 0.3", "'0.3' is denied"),
        ("less than 0.3", "'0.3' is denied"),
        ("Is it 0.3?", "'0.3' is asked or supposed, not said"),
        ("<think>0.5", "the reasoning is not closed, and there is no answer"),
        ("<think>0.5</think>", "there is no answer"),
        ("<answer></answer>", "the answer is empty"),
        ("<answer>0.1</answer><answer>0.2</answer>", "the answers contradict each other"),
        ("valence 0.1, valence 0.2", "2 different numbers: 0.1, 0.2"),
        ("-0.5 on a scale from -1 to 1", "3 different numbers: -1, -0.5, 1"),
    ],
)
def test_refused(text, why):
    found = parse_number(text, -1, 1, of="valence")
    assert found.said.score is None
    assert not found.well_formed
    assert why in found.problem


@pytest.mark.parametrize("part", ["9", "-", ",", "1,", "valence ", " ", "<answer>", "<think>", "0.5\0", "١ ", "1e9 "])
def test_a_long_hostile_text_is_refused(part):
    found = parse_number(part * 20_000, -1, 1, of="valence")
    assert found.said.score in (None, 0.5 if part == "0.5\0" else None)
