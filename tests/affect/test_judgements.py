"""Judgements of a statement in several words, and what is none."""

import pytest

from affectreason.affect.judgements import parse_judgement


@pytest.mark.parametrize(
    "text",
    [
        "correct",
        "true",
        "Right.",
        "yes",
        "not incorrect",
        "The statement is true.",
        "That's right.",
        "**True**",
        "Yes, it is correct.",
        "Is the statement true? Yes.",
        "<think>wrong?</think><answer>True</answer>",
        "The statement is correct.",
        "This is a correct statement",
    ],
)
def test_correct(text):
    assert parse_judgement(text).answered == "correct"


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect.",
        "false",
        "wrong",
        "No.",
        "It is correct? No.",
        "not correct",
        "not entirely correct",
        "The statement is not true.",
        "The man on the right is sad, so it is incorrect",
        "Is it correct or incorrect? Incorrect.",
        "The correct answer is: incorrect",
        "It's wrong.",
        "The answer is False.",
        "Judgement: false",
        "The statement isn't right.",
        "No, the statement is incorrect.",
        "The statement is far from correct.",
        "correct: no",
        "correct - no",
        "It is a false statement",
        "anything but correct",
    ],
)
def test_incorrect(text):
    assert parse_judgement(text).answered == "incorrect"


@pytest.mark.parametrize(
    "text",
    [
        "less than correct",
        "partially correct",
        "The statement is partially correct.",
        "not entirely wrong",
        "correct or incorrect",
        "true or false",
        "His true feelings are hidden.",
        "She stands to the right.",
        "Something is wrong with him.",
        "neither correct nor incorrect",
        "I don't know whether it is correct.",
        "If it were correct, he would smile.",
        "who knows",
        "The statement would be correct if he smiled.",
        "mostly correct",
        "",
        "incorrectly",
    ],
)
def test_no_judgement(text):
    found = parse_judgement(text)
    assert found.answered is None
    assert found.problem


def test_why_there_is_none():
    assert parse_judgement("partly correct").problem == "partly or perhaps correct is no judgement"
    assert parse_judgement("correct, and incorrect").problem == "both correct and incorrect"
