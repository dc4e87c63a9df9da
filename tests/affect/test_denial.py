"""What denies an emotion or a unit, and sentences that look alike and affirm it."""

import time

import pytest

from affectreason.affect.denial import affirmed, denials
from affectreason.affect.labels import find
from affectreason.affect.mentions import read_units

EKMAN = find("ekman7")

DENIED = [
    "He is anything but happy.", "all but happy", "It is anything other than happy.", "every emotion except happiness",
    "less happy than before", "less than happy", "far less happy", "0% happy", "0 % happiness", "zero percent happy",
    "not so happy", "not yet happy", "no longer happy", "He isn't so much happy as tired.", "scarcely happy",
    "the opposite of happy", "nothing like happy", "nowhere near happy", "I doubt he is happy", "improbable: happy",
    "He is pretending to be happy.", "feigned happiness", "fake happiness", "acting as if happy", "wants to be happy",
    "trying to look happy", "He used to be happy.", "unable to be happy", "He pretends that he is happy.",
    "Nobody would call this happy.", "He is too tired to be happy.", "The label 'happy' does not apply.",
    "The happy label seems unlikely.", "He'd like to be happy.",
    "She seems incapable of happiness.", "It is wrong to call him happy.",
    "Unlikely: happy", "Ruled out: happiness", "No: happy", "none of: happy",
]  # fmt: skip
AFFIRMED = [
    "The face is not without happiness.", "He'd be like that when happy.", "nothing but happy",
    "It cannot be anything but happiness.", "no emotion but happiness", "more or less happy",
    "no less happy than before", "100% happy", "10% happy", "so happy", "He has doubts, yet he is happy.",
    "He can't hide that he is happy.", "He cannot hide how happy he is.", "no doubt happy", "without a doubt happy",
    "There is no question that he is happy.", "Not only happy", "He looks as if he is happy.", "No, he is happy.",
    "He wants the toy and is happy.", "He stopped crying and is happy.", "a fake tear, then he is happy",
    "Calm at first, so he is happy now.", "It is false that he frowns: he is happy.",
]  # fmt: skip


@pytest.mark.parametrize("text", DENIED)
def test_an_emotion_that_is_denied_is_not_said(text):
    assert affirmed(text, EKMAN) == []


@pytest.mark.parametrize("text", AFFIRMED)
def test_an_emotion_that_is_affirmed_is_said(text):
    assert affirmed(text, EKMAN) == ["happiness"]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("anything but AU12", set()),
        ("every AU except AU12", set()),
        ("all AUs but AU12", set()),
        ("no AU but AU12", {12}),
        ("no sign of AU12", set()),
        ("AU12 with no AU6", {12}),
        ("a less intense AU12", {12}),
        ("He fakes a smile (AU12).", {12}),  # acted or not, the face does it
        ("pretending to be happy, he shows AU12", {12}),
        ("pretending to smile: AU12, not AU6", {12}),
        ("AU12: no movement is seen", set()),
        ("AU12 (smile) - no visible activity", set()),
        ("AU12: no tension elsewhere", {12}),
    ],
)
def test_units(text, units):
    aus = read_units(text).aus
    assert aus is not None
    assert {unit.number for unit in aus} == units


def test_denied_affirmed_and_neither():
    text = "sad, not happy. Angry?"
    assert denials(text, [(0, 3), (9, 14), (16, 21)]) == [False, True, None]
    assert denials("fake joy", [(5, 8)]) == [True]
    assert denials("fake joy", [(5, 8)], feelings=False) == [False]
    assert denials("", []) == []


def test_what_is_only_asked_does_not_take_back_what_was_said():
    assert affirmed("He is happy. Is he happy?", EKMAN) == ["happiness"]
    assert affirmed("He is happy. He is not happy.", EKMAN) == []


@pytest.mark.parametrize(
    "part", ["happy? ", "| happy ", "happy: no ", "- happy\n", "if happy ", "absent:\n", "less ", "\n", "AU4,\n"]
)
def test_a_long_text_is_read_in_linear_time(part):
    start = time.process_time()
    text = part * (100_000 // len(part))
    affirmed(text, EKMAN)
    read_units(text)
    assert time.process_time() - start < 4
