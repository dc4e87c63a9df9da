"""Denials across a comma or a clause, and sentences that look alike and affirm."""

import time

import pytest

from affectreason.affect.denial import affirmed
from affectreason.affect.labels import find
from affectreason.affect.mentions import read_units

EKMAN = find("ekman7")
DENIED = [
    "The last thing he is, is happy.", "The last thing he is is happy.", "Happy is the last thing he is.",
    "The last emotion I would say is happiness.", "The last word I'd use here is happy.",
    "The very last thing she could be is happy.", "'Happy' is the last word I would use.",
    "The last thing that the man feels is happiness.",
    "He is not, as one might think, happy.", "He is not, I believe, happy.", "He isn't, as far as I can tell, happy.",
    "He is not, in my view, really happy.", "He does not, despite the smile, look happy.", "He is never, ever, happy.",
    "He is by no means, despite the smile, happy.", "She is neither, as I see it, happy nor sad.",
    "He is, I think not, happy.", "He seems, I would say not, happy.", "He is not, contrary to the label, 'happy'.",
    "Happy he is not.", "Happy, he is not.", "Happy is he not.", "Calm now. Happy he certainly is not!",
    "Happiness would be expected, but is absent.", "Happiness, which one would expect here, is absent.",
]  # fmt: skip
AFFIRMED = [
    "The last thing I see is that he is happy.", "At last, he is happy.", "The last frame is happy.",
    "The last emotion he shows is happiness.", "The last thing he does is cry, the first is to be happy.",
    "He is not angry, I think happy.", "No, I think he is happy.", "He is not alone, so happy.",
    "He is, I think, happy.", "He is, as one might think, happy.", "He does not frown, I think he is happy.",
    "Tense he is not, as one might think, but happy.", "He is not just, as one might think, happy.",
    "He is not crying, as one might think, he is happy.", "Perhaps not, I think he is happy.",
    "He is happy, she is not tense.", "He is happy, she is not.", "Happy he is, not tense.",
    "Happy, as one would expect, and the frown is absent.", "He is happy, but it is not visible.",
    "Happiness is shown, but the smile is not present.", "Happiness would show here, and it is there.",
]  # fmt: skip


@pytest.mark.parametrize("text", DENIED)
def test_denied(text):
    assert "happiness" not in affirmed(text, EKMAN)


@pytest.mark.parametrize("text", AFFIRMED)
def test_affirmed(text):
    assert affirmed(text, EKMAN) == ["happiness"]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("AU12 would mean joy, but is not there", set()),
        ("AU12 would mean joy, but it is absent.", set()),
        ("AU12 would mean joy but it isn't visible", set()),
        ("AU12 would indicate happiness; it is not visible.", set()),
        ("AU6 and AU12 would mean joy, but they are not there.", set()),
        ("AU12, which would show joy, is absent; AU4 is there.", {4}),
        ("AU12 (lip corner puller), which means joy, is not present", set()),
        ("AU12 is expected, but not seen.", set()),
        ("AU12 was looked for but not found, AU4 is there.", {4}),
        ("AU12 signals joy but is absent here, and AU4 is present.", {4}),
        ("AU12 is the last thing I would say", set()),
        ("AU12 means joy, and AU4 is absent", {12}),
        ("AU12 is there, but AU4 is absent.", {12}),
        ("AU12 is clear, but it is not strong.", {12}),
        ("AU12, which shows joy, is there, but AU6 is not there.", {12}),
        ("AU12 is present but the smile is not there.", {12}),
        ("AU12 would mean joy, and it is there.", {12}),
        ("AU12 shows joy, but sadness is absent.", {12}),
        ("AU12 is weak, but is not absent.", {12}),
        ("AU12 pulls the lips, but a frown is not there.", {12}),
    ],
)
def test_units(text, units):
    aus = read_units(text).aus
    assert aus is not None
    assert {unit.number for unit in aus} == units


@pytest.mark.parametrize(
    "part", ["not, as ", "the last thing he ", "happy would, ", "happy, he is ", "AU12, which ", "AU4 means but it "]
)
def test_a_long_text_is_read_in_linear_time(part):
    start = time.process_time()
    text = part * (100_000 // len(part))
    affirmed(text, EKMAN)
    read_units(text)
    assert time.process_time() - start < 4
