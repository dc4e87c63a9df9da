"""Yes or no, a choice, a few words: what counts as one answer, and that nothing is guessed."""

import pytest

from affectreason.affect.choices import Choices
from affectreason.affect.plain_answers import parse_choice, parse_short, parse_yes_no

FOUR = Choices(("sad", "happy", "angry", "calm"), {"A": "sad", "B": "happy", "C": "angry", "D": "calm"})


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        *[(text, "yes") for text in ("Yes", "yes.", "**Yes**", "Yes, there is a dog.", "There is a dog.", "It is.")],
        ("No doubt, yes.", "yes"),
        ("Yes. There is no cat.", "yes"),
        ("<answer>Yes</answer>", "yes"),
        ("<think>no, no. It is one.</think><answer>yes</answer>", "yes"),
        *[(text, "no") for text in ("No", "no.", "No, there is no dog", "there isn't", "There are no dogs.", "NO!")],
        ("No dog is visible", "no"),
        ("It does not.", "no"),
        *[(text, None) for text in ("", "maybe", "yes or no", "yes and no.", "I have no idea", "not yes", "nothing")],
        ("Yes, there is no dog", None),
        ("<answer>yes</answer><answer>no</answer>", None),
        ("<think>yes", None),
        ("yesterday", None),
        *[(text, "yes") for text in ("y", "Y.", "(y)", "I have no doubt: yes", "Is it? Yes.", "Yes, no doubt")],
        *[(text, "no") for text in ("n", "N.", "Is there a dog? No.", "Certainly not, no.", "no, no")],
        ("Is it yes or no? Yes.", "yes"),
        *[(text, None) for text in ("Not no", "no way to tell", "No information", "No clear answer", "N/A")],
        *[(text, None) for text in ("No picture is given.", "Yes?", "No?", "If yes, it is small", "I cannot say yes")],
        *[(text, None) for text in ("yes (unlikely)", "I would not say no.", "yes: 0%", "any", "Y N", "why")],
    ],
)  # fmt: skip
def test_yes_or_no(text, answer):
    found = parse_yes_no(text)
    assert (found.answered, found.well_formed, found.problem is None) == (answer, answer is not None, bool(answer))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        *[(text, "happy") for text in ("B", "b", "(B)", "B.", "**B**", "B. happy", "happy", "Option B", "I think B")],
        *[(text, "happy") for text in ("The answer is B", "The answer is B. happy", "A man is happy", "not A but B")],
        *[(text, "happy") for text in ("B, not A", "<answer>B</answer>", "<think>A or C</think><answer>(B)</answer>")],
        ("First A. sad seems off. The answer is B because he smiles.", "happy"),
        *[(text, "sad") for text in ("A", "A.", "Answer: A", "A because of the mouth", "A. sad")],
        *[(text, None) for text in ("", "E", "A man stands there", "unhappy", "A, B, C, D", "A or B", "B. sad")],
        *[(text, None) for text in ("A. sad B. happy C. angry D. calm", "Not B. happy", "neither sad nor happy")],
        ("The answer is A. The answer is B.", None),
        ("The answer is A. B. C. D.", None),
        ("<answer>A</answer><answer>B</answer>", None),
    ],
)
def test_a_choice(text, answer):
    assert parse_choice(text, FOUR).answered == answer


def test_choices_that_are_yes_and_no_are_read_as_such():
    assert parse_choice("No, there is no dog.", Choices(("Yes", "No"))).answered == "No"
    assert parse_choice("Yes and no.", Choices(("Yes", "No"))).answered is None


def test_correct_is_not_in_incorrect():
    judged = Choices(("correct", "incorrect"))
    assert parse_choice("This statement is incorrect.", judged).answered == "incorrect"
    assert parse_choice("correct or incorrect", judged).answered is None


def test_a_short_answer():
    assert parse_short("<think>I count.</think><answer> two dogs </answer>").answered == "two dogs"
    assert parse_short(" two ").answered == "two"
    assert parse_short("<answer></answer>").answered is None
    assert parse_short("<answer>½</answer>").answered == "½"  # as it stands: VQA v2 has a normal form of its own
    assert parse_short("x" * 100).answered == "x" * 100
    assert parse_short("x" * 101).problem == "101 characters are no short answer; the longest may have 100"


@pytest.mark.parametrize("part", ["A B C D ", "yes no. ", "<answer>", "<think>", "\x00", "answer is "])
def test_hostile_texts_earn_nothing(part):
    text = part * (60_000 // len(part))
    assert [parse_yes_no(text).answered, parse_choice(text, FOUR).answered, parse_short(text).answered] == [None] * 3
