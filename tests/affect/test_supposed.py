"""What is only asked or supposed says nothing; what is asked and answered says the answer."""

import pytest

from affectreason.affect.denial import affirmed, denials
from affectreason.affect.labels import find
from affectreason.affect.mentions import read_units

EKMAN = find("ekman7")


@pytest.mark.parametrize(
    "text",
    [
        "Happy?", "Is the person happy?", "Could she be happy?", "Is he happy? Hard to tell.", "whether he is happy",
        "I cannot see whether she is happy.", "If he is happy, he hides it.", "unless he is happy",
        "He would be happy if it rained.", "If it rained, he would be happy.", "It could be anything: happy",
        "It may be any of happiness", "Options: happy", "Choose from happy", "Is he happy or sad?",
        "Is he happy or sad? Yes.", "He'd be happy if she came.",
        "Were she happy, she would smile.", "Had he been happy",
    ],
)  # fmt: skip
def test_neither_affirmed_nor_denied(text):
    places = [place[:2] for place in EKMAN.mentions(text)]
    assert denials(text, places) == [None] * len(places)
    assert affirmed(text, EKMAN) == []


@pytest.mark.parametrize(
    "text",
    [
        "Is the person happy? Yes.", "Happy? Yes", "Happy? Definitely.", "Is he happy?\nAnswer: yes", "Happy? He is.",
        "Is she sad? No, she is happy.", "Which emotion? Happy.", "Is he happy or sad? Happy.", "He is happy, right?",
        "She is happy, isn't she?", "He could be happy.", "He looks as if he is happy.", "If anything, he is happy.",
        "I would say he is happy.", "The answer would be happy if I had to choose.", "Even if tired, he is happy.",
        "He would be cold, but he is happy.", "Were there tears? He is happy.", "I would be sure that he is happy.",
    ],
)  # fmt: skip
def test_affirmed(text):
    assert affirmed(text, EKMAN) == ["happiness"]


@pytest.mark.parametrize("text", ["Happy? No.", "Is he happy?\nNo, he isn't", "Happy? Not at all", "happy? He is not."])
def test_denied(text):
    assert denials(text, [EKMAN.mentions(text)[0][:2]]) == [True]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("Is AU12 present?", None),
        ("Is AU12 present? No.", set()),
        ("Is AU12 present? Yes.", {12}),
        ("AU4? no", set()),
        ("AU4? No. AU12? Yes. AU6? 1", {12, 6}),
        ("Is AU12 absent? Yes.", set()),
        ("If AU12 is there, so is AU6.", {6}),
        ("Which unit? AU12", {12}),
        ("AU6 and AU12? Yes", {6, 12}),
        ("AU6 or AU12? No", set()),
    ],
)
def test_units(text, units):
    aus = read_units(text).aus
    assert (None if aus is None else {unit.number for unit in aus}) == units
