"""How an answer is read follows from the question: a label, a choice, several choices, or any words."""

import time

import pytest

from affectreason.affect import labels, samples
from affectreason.affect.open_words import is_list
from affectreason.affect.reading import read
from affectreason.affect.sample import Affect, Sample
from affectreason.affect.wheel import default
from affectreason.errors import InputError
from affectreason.scoring import rewards

OPEN = Sample(id="o", labels="open", gold=Affect(emotions={"happy": 1.0, "relieved": 1.0}))
MAFW = tuple(labels.find("mafw11").names)
SEVERAL = Sample(id="m", choices=MAFW, labels="mafw11", gold=Affect(emotions={"anger": 1.0, "disgust": 1.0}))


@pytest.mark.parametrize(
    ("text", "words", "units", "well_formed"),
    [
        ("<think>The lips are up (AU12).</think><answer>Happy, relieved</answer>", ["happy", "relieved"], {12}, True),
        ("<think>x</think>\n<answer>[happy]</answer>\n", ["happy"], None, True),
        ("happy, blorpy", ["happy", "blorpy"], None, True),
        ("[happy, at ease]", ["happy", "at ease"], None, True),
        ("<answer>neutral</answer>", ["neutral"], None, True),
        ("<think>x</think>happy", ["happy"], None, False),
        ("<think></think><answer>happy</answer>", ["happy"], None, False),
        ("The man is happy.", ["happy"], None, False),
        ("<think>x</think><answer>The man is happy.</answer>", ["happy"], None, False),
        ("<think>x</think><answer>emotions: happy</answer>", ["happy"], None, False),
        ("<answer>happy</answer><answer>sad</answer>", None, None, False),
        ("<answer><b>happy</answer>", ["happy"], None, False),
        ("<think>x</think><answer>[]</answer>", [], None, False),
        ("The cheeks are raised (AU6): happy.", ["happy"], {6}, False),
        ("", None, None, False),
    ],
)
def test_words(text, words, units, well_formed):
    found = read(text, OPEN)
    assert (None if found.said.emotions is None else list(found.said.emotions)) == words
    assert found.said.units == (None if units is None else frozenset(units))
    assert found.well_formed == well_formed
    assert found.text == text
    assert (found.problem is None) == well_formed


def test_what_was_wrong_with_words():
    assert read("The man is happy.", OPEN).problem == "the answer is no list of words"
    assert "<answer> and 0 </answer>" in read("<think>x</think>happy", OPEN).problem
    assert read("", OPEN).problem == "empty text"


LABEL = Sample(id="l", labels="ekman7")
CHOICE = Sample(id="c", labels="ekman7", choices=("yes", "no"), answer="yes")
THOUGHT = "<think>x</think><answer>{}</answer>"


@pytest.mark.parametrize(
    ("form", "sample", "text", "said", "well_formed"),
    [
        ("reasoned", OPEN, THOUGHT.format("happy"), ["happy"], True),
        ("reasoned", OPEN, "happy", ["happy"], False),
        ("reasoned", LABEL, THOUGHT.format("joy"), ["happiness"], True),
        ("reasoned", LABEL, "joy", ["happiness"], False),
        ("words", OPEN, "happy, sad", ["happy", "sad"], True),
        ("words", OPEN, "<answer>happy, sad</answer>", ["happy", "sad"], True),
        ("words", OPEN, THOUGHT.format("happy"), ["happy"], False),
        ("words", OPEN, "He is happy.", ["happy"], False),
        ("words", OPEN, "", [], False),
        ("words", LABEL, "joy, sad", ["happiness", "sadness"], True),
        ("words", LABEL, "yes", [], False),
        ("label", LABEL, "Joy", ["happiness"], True),
        ("label", LABEL, "<answer>joy</answer>", ["happiness"], True),
        ("label", LABEL, "She feels joy.", ["happiness"], False),
        ("label", LABEL, "joy, sad", ["happiness", "sadness"], False),
        ("label", LABEL, THOUGHT.format("joy"), ["happiness"], False),
        ("label", OPEN, "happy", ["happy"], True),
        ("label", OPEN, "happy, sad", ["happy", "sad"], False),
        ("label", CHOICE, "yes", [], True),
        ("label", CHOICE, "maybe", [], False),
        ("description", LABEL, "She feels joy.", ["happiness"], True),
        ("description", LABEL, THOUGHT.format("joy"), ["happiness"], False),
        ("description", OPEN, " ", [], False),
    ],
)
def test_the_form_that_a_prompt_asks_for(form, sample, text, said, well_formed):
    found = read(text, sample, form=form)
    assert ([found.said.emotion] if found.said.emotion else list(found.said.emotions or ())) == said
    assert found.well_formed == well_formed
    assert (found.problem is None) == well_formed
    assert found.text == text


def test_a_bare_choice_is_the_answer():
    assert rewards.answer_match(read("yes", CHOICE, form="label"), CHOICE) == 1
    assert rewards.answer_match(read("no", CHOICE, form="label"), CHOICE) == 0
    assert rewards.answer_match(read("yes", CHOICE), CHOICE) == 0
    assert read("joy, sad", LABEL, form="label").problem == "it is not one label alone"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("happy", True), ("happy and sad", True), ("- happy\n- sad", True), ("happy;sad", True), ("at ease", True),
        ("happy,", False), ("", False), ("[]", False), ("[happy], sad", False), ("she is happy", False),
        ("happy: 0.9", False), (", ".join(["joy"] * 32), True), (", ".join(["joy"] * 33), False),
    ],
)  # fmt: skip
def test_a_list(text, is_one):
    assert is_list(text, default()) == is_one


def test_labels_and_choices_are_read_as_before():
    one = Sample(id="a", labels="ekman7")
    assert read("<think>x</think><answer>joy</answer>", one).said.emotion == "happiness"
    assert read("<answer>joy</answer>", Sample(id="a"), "mer6").said.emotion == "happy"
    closed = Sample(id="c", choices=("correct", "incorrect"), answer="correct", labels="open")
    found = read("<think>x</think><answer>correct</answer>", closed)
    assert (found.answered, found.well_formed, found.said) == ("correct", True, Affect())
    assert read("<think>x</think><answer>happy</answer>", closed).well_formed is False
    free = Sample(id="f", answer="two", labels="open")
    assert read("<think>x</think><answer>Two.</answer>", free).well_formed
    assert read("", Sample(id="f", answer="two")).well_formed is False
    with pytest.raises(InputError, match=r"sample 'n' names no label set; give it labels, such as ekman7 or open"):
        read("happy", Sample(id="n"))


@pytest.mark.parametrize(
    ("answer", "said", "f1"),
    [
        ("AB", {"anger", "disgust"}, 1),
        ("A, B", {"anger", "disgust"}, 1),
        ("(A)", {"anger"}, 2 / 3),
        ("anger and contempt", {"anger", "contempt"}, 1 / 2),
        ("ABCDEFGHIJK", set(MAFW), 2 * 2 / 13),
        ("AA", set(), 0),
        ("Z", set(), 0),
        ("no emotion", set(), 0),
    ],
)
def test_a_question_with_several_right_choices(answer, said, f1):
    """VidEmo's multi-label question: the F1 of the two sets is `emotion_match`."""
    found = read(f"<think>x</think><answer>{answer}</answer>", SEVERAL)
    assert set(found.said.emotions or ()) == said
    assert found.well_formed == bool(said)
    assert rewards.emotion_match(found, SEVERAL) == pytest.approx(f1)


def test_choices_of_no_vocabulary():
    one = Sample(id="m", choices=("blow", "chew"), labels="open", gold=Affect(emotions={"blow": 1.0}))
    assert read("<think>x</think><answer>B</answer>", one).said.emotions == {"chew": 1.0}
    assert read("<think>x</think><answer>blow</answer>", one).said.emotions == {"blow": 1.0}


@pytest.mark.parametrize(
    ("text", "earned"),
    [
        ("happy, " * 20_000, 14 / 15),  # one word, said often; the form is wrong, and `repetition` sees it
        ("<think>" * 20_000, 0),
        ("<answer>" + "[" * 100_000, 0),
        ("\x00\ud800 nan", 0),
        (", ".join(default().surfaces), 0),
    ],
)
def test_a_hostile_answer_is_not_well_formed(text, earned):
    begin = time.monotonic()
    for sample in (OPEN, SEVERAL):
        found = read(text, sample)
        assert not found.well_formed
    assert rewards.wheel_f(read(text, OPEN), OPEN) == pytest.approx(earned)
    assert time.monotonic() - begin < 10


def test_gold_words_of_an_open_sample():
    one = Sample(id="o", labels="open", gold=Affect(emotions={" Happy": 1.0, "At  Ease": 1.0}))
    assert samples.check_labels([one])[0].gold.emotions == {"happy": 1.0, "at ease": 1.0}
    assert labels.find("open").names == ()
    with pytest.raises(InputError, match="unknown label set 'opne'; did you mean 'open'"):
        labels.find("opne")
