"""Which choice a text is, by its words or its letter, and which samples are answered with choices at all."""

import pytest

from affectreason.affect.choices import Choices, of
from affectreason.affect.sample import Affect, Sample


def asked(question=None, *choices, **fields):
    return of(Sample(id="1", question=question, choices=choices or None, **fields))


@pytest.mark.parametrize(
    ("question", "choices", "letters"),
    [
        ("Which?\nA. sad\nB. glad", ("sad", "glad"), {"A": "sad", "B": "glad"}),
        ("Which? (A) sad, (B) glad", ("sad", "glad"), {"A": "sad", "B": "glad"}),
        ("Which? A) glad B) sad", ("sad", "glad"), {"A": "glad", "B": "sad"}),
        ("Which? A: sad; B: sad and tired", ("sad", "sad and tired"), {"A": "sad", "B": "sad and tired"}),
        ("Which? A. sad B. sadness", ("sad", "sadness"), {"A": "sad", "B": "sadness"}),
        ("Which?", ("A. sad", "B. glad"), {"A": "A. sad", "B": "B. glad"}),
        ("Which? J. sad K. glad", ("sad", "glad"), {"J": "sad", "K": "glad"}),
        ("Which? A. sad or glad", ("sad", "glad"), {}),
        ("Is plan A. sad?", ("yes", "no"), {}),
        ("Which? A. sadly B. glad", ("sad", "glad"), {}),
        ("Which?", ("A. sad", "A. glad"), {}),
        (None, ("sad", "glad"), {}),
    ],
)
def test_letters_are_those_the_question_writes(question, choices, letters):
    found = asked(question, *choices)
    assert (found.names, found.letters) == (choices, letters)


LETTERED = asked("Which? (A) very sad (B) glad", "very sad", "glad")


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("very sad", "very sad"),
        ("Very  SAD.", "very sad"),
        ("ｖｅｒｙ_sad", "very sad"),
        *[(mark, "glad") for mark in ("B", "b", "B.", "B)", "(B)", "[B]", "B:", "B. glad", "B glad", "(b)Glad.")],
        ("A. glad", None),
        ("C", None),
        ("AB", None),
        ("Bglad", None),
        ("sad", None),
        ("not glad", None),
        ("very sad or glad", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_choice_is_named_as_a_whole(text, choice):
    assert LETTERED.find(text) == choice


def test_choices_that_bring_their_letters():
    found = asked("Which?", "A. sad", "B. glad")
    assert [found.find(text) for text in ("B. glad", "B", "glad", "A. glad")] == ["B. glad", "B. glad", "B. glad", None]


def test_a_choice_may_be_a_letter_itself():
    found = asked("Which picture?", "A", "B")
    assert (found.letters, found.find("B."), found.find("A or B")) == ({}, "B", None)


def test_an_open_answer_is_any_text():
    assert Choices().find(" A  Street. ") == "a street"
    assert Choices().find(" . ") is None


def test_what_is_answered_by_a_label_has_no_choices():
    assert asked("Which emotion?", gold=Affect(emotion="sad")) is None
    assert asked("Which emotion?", gold=Affect(emotion="sad"), answer="sad") is None
    assert asked("Which?", gold=Affect(emotions={"sad": 1.0}), answer="sad") is None
    assert asked() is None
    assert asked("Where?", answer="outside") == Choices()
    assert asked("Which?", "sad", "glad", gold=Affect(emotion="sad")).names == ("sad", "glad")
