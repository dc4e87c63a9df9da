"""Denials behind a name, and what looks like one."""

import pytest

from affectreason.affect.denial import affirmed
from affectreason.affect.denial_after import denied_after, means_no
from affectreason.affect.labels import find
from affectreason.affect.mentions import read_units

EKMAN = find("ekman7")

GONE = [
    "{}: no", "{} - no", "{} – no", "{} -> no", "{} = 0", "{}: 0.0", "{}: 0%", "{} 0%", "{} 0 %", "{} (0)", "{} (no)",
    "{} (unlikely)", "{} (not likely)", "{} (not present)", "{}: not present", "{}: absent", "{}: false", "{}: N",
    "{}: none", "{}: 0/5", "{} at 0%", "{} with 0 intensity", "{} at intensity 0", "{} (intensity: 0)", "{}: ✗",
    "{}, no", "{}, 0", "{}, absent", "{} is unlikely", "{} is 0", "{} is out of the question", "{} is wrong",
    "{} is not the case",
    "{} present: no", "{} presence: 0", "'{}': False", '"{}": 0,', "**{}**: no", "{} (seen from the side): no",
    "{} absent", "{} isn't there", "{}: not at all", "| {} | no |", "{} 0", "{} - 0 (nothing)",
]  # fmt: skip
THERE = [
    "{}: yes", "{} - yes", "{}: no doubt", "{} - no other one", "{} (no doubt)", "{}: 0.5", "{} 10%", "{}: 1", "{} (1)",
    "{} - not much", "{}, no more", "{}: none the less", "{} is not absent", "{}: off-centre", "{} (no tears)",
    "{}: 100%", "{}, not alone", "{} = 5", "{}: 05", "| {} | yes |", "{}, absent-minded", "{} 0.5", "{}: true",
    "{} - 2",
    "{}: never mind",
    "{} is no surprise here", "{} in 0.5 s",
]  # fmt: skip


@pytest.mark.parametrize("text", GONE)
def test_denied(text):
    assert affirmed(text.format("happy"), EKMAN) == []
    assert read_units(text.format("AU12")).aus == ()


@pytest.mark.parametrize("text", THERE)
def test_affirmed(text):
    assert "happiness" in affirmed(text.format("happy"), EKMAN)
    aus = read_units(text.format("AU12")).aus or ()
    assert 12 in {unit.number for unit in aus}


@pytest.mark.parametrize("text", ["{}: unknown", "{}: null", "{} (unclear)", "{}: ?", '"{}": NaN', '"{}": -1'])
def test_left_open(text):
    assert affirmed(text.format("happy"), EKMAN) == []
    assert read_units(text.format("AU12")).aus is None


def test_a_value_behind_a_list_is_of_the_whole_list_and_an_aside_of_the_last():
    assert affirmed("happy, sad: no. angry: yes", EKMAN) == ["anger"]
    assert affirmed("happy, sad (unlikely)", EKMAN) == ["happiness"]
    assert affirmed("happy: no sad: yes", EKMAN) == ["sadness"]
    assert affirmed("happy 0% sad 100%", EKMAN) == ["sadness"]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("AU4 ✓ AU12 ✗", {4}),
        ("AU4 yes AU12 no", {4}),
        ("AU12 cannot be seen", set()),
        ("AU6 is present, AU12 isn't.", {6}),
        ("AU6 is there whereas AU12 is not", {6}),
        ("AU12 is not only seen but strong", {12}),
        ("no AU12; AU4 neither", set()),
        ("AU12 fails to appear", set()),
        ("AU12: level 0", set()),
        ("AU12 is at level 0, AU4 at level 3", {4}),
        ("AU12 n/a", set()),
        ("AU12 is conspicuously absent", set()),
        ("AU12 rating: 0 out of 10", set()),
        ("AU12 rating: 10 out of 10", {12}),
        ("AU12 can be excluded, AU4 cannot be", {4}),
        ("AU12 does not occur", set()),
        ("AU12 can be seen", {12}),
        ("AU12,1\nAU4,0", {12}),  # a value is no unit
        ("AU4 - Brow Lowerer: absent", set()),
        ("AU4: brow lowerer - yes", {4}),
        ("Brow lowerer (AU4): 0, cheek raiser (AU6): 2", {6}),
        ("AU4 (the brows): 0, AU6 (the cheeks): 1", {6}),
        ("AU12 0, AU4 1", {4}),
        ("12: 0", None),
    ],
)
def test_units_by_code_and_name(text, units):
    aus = read_units(text).aus
    assert (None if aus is None else {unit.number for unit in aus}) == units


@pytest.mark.parametrize(
    ("value", "says_no"),
    [
        *[(value, True) for value in ("no", "absent", "0", "0.0", "0 %", "", " ", "not visible", "**No**", "unlikely")],
        *[(value, False) for value in ("yes", "0.1", "1", "no doubt", "normal", "knows", "strong", "no " * 50)],
    ],
)
def test_values(value, says_no):
    assert means_no(value) is says_no


def test_how_far_it_was_read():
    assert denied_after("A: no B", 1) == (None, 1)
    assert denied_after("A: no, B", 1) == ("all", 5)
    assert denied_after("A (absent), B", 1) == ("last", 9)
