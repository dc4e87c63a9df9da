"""Questions with one answer: measures by hand, trivial answers, compats, and what is wrong said in words."""

import pytest

from affectreason.affect.sample import Sample
from affectreason.benchmark.protocol import Benchmark, Setting
from affectreason.benchmark.questions import CHOICE, VQA, YES_NO
from affectreason.errors import InputError
from affectreason.scoring.measures import numbers
from affectreason.scoring.metrics import Prediction


def setting(task, compat=None):
    return Setting(Benchmark(name="x", title="X", task=task, primary="accuracy", metric="x", prep="x"), compat=compat)


def scored(task, pairs, compat=None):
    where = setting(task, compat)
    return task.score([Prediction(sample, task.read(text, sample, where)) for sample, text in pairs], where)


def value(scores, name):
    return pytest.approx(numbers(scores.measures[name])["value"])


def choice(name, answer, **fields):
    question = "Which?\nA. sad\nB. happy\nC. calm"
    return Sample(id=name, question=question, choices=("sad", "happy", "calm"), answer=answer, **fields)


def test_choices():
    pairs = [(choice("1", "happy", task="t"), "B"), (choice("2", "happy"), "A"), (choice("3", "calm"), "A B C")]
    found = scored(CHOICE, pairs)
    assert value(found, "accuracy") == 1 / 3
    chance, best, answer, majority = found.measures["accuracy"].trivial
    assert (chance, best, majority) == pytest.approx((1 / 3, 2 / 3, 2 / 3))
    assert answer == "choice B"
    assert found.details["right_by_place"] == {"B": 2, "C": 1}
    assert found.details["answered_by_place"] == {"A": 1, "B": 1, "none": 1}
    assert found.details["by_task"] == {"t": {"value": 1, "n": 1}}


def test_sentences_are_counted_and_told():
    samples = [Sample(id=str(n), answer="cat", attributes={"answers": ("cat",) * 10}) for n in range(4)]
    texts = [
        "cat",
        "It is a cat on a sofa.",
        "<think>It is a cat on a sofa.</think><answer>cat</answer>",
        "a cat " * 40,
    ]
    found = scored(VQA, list(zip(samples, texts, strict=True)))
    assert value(found, "accuracy") == 2 / 4
    assert found.details["sentences"] == 2
    (note,) = found.details["notes"]
    assert note.startswith("2 of 4 answers have more than 5 words; VQA v2 compares short answers as wholes")
    assert "notes" not in scored(VQA, [(samples[0], "cat")]).details


def question(name, answer):
    return Sample(id=name, question="Is there a dog?", answer=answer)


PAIRS = [
    (question("1", "yes"), "Yes."),
    (question("2", "yes"), "It is not clear"),
    (question("3", "no"), "Yes"),
    (question("4", "no"), "No, there is no dog"),
    (question("5", "no"), "maybe"),
]


def test_yes_and_no():
    found = scored(YES_NO, PAIRS)
    for name, expected in {
        "accuracy": 2 / 5,
        "precision": 1 / 2,
        "recall": 1 / 2,
        "f1": 1 / 2,
        "yes_ratio": 2 / 5,
    }.items():
        assert expected == value(found, name)
    floors = {name: measure.trivial for name, measure in found.measures.items()}
    assert floors["accuracy"] == (0.5, 0.6, "no", 0.6)
    assert floors["f1"] == (pytest.approx(4 / 9), pytest.approx(4 / 7), "yes", 0)
    assert floors["precision"][:2] == pytest.approx((0.4, 0.4))
    assert floors["yes_ratio"] == (None, None, None, None)  # no share of yes is better than another
    assert found.details["answered"] == {"yes": 2, "no": 1, "none": 2}


def test_pope_as_published_takes_all_else_for_yes():
    found = scored(YES_NO, PAIRS, "pope")
    assert value(found, "accuracy") == 2 / 5
    assert found.details["answered"] == {"yes": 3, "no": 2, "none": 0}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("No", "no"),
        ("No, there is none", "no"),
        ("There is no dog. Yes, a cat", "no"),
        ("It is a dog. It is not a cat", "yes"),  # the first sentence alone
        ("NO", "yes"),
        ("no!", "yes"),
        ("There isn't", "yes"),
        ("No\nthere is none", "yes"),  # words are parted by blanks alone
        ("", "yes"),
    ],
)
def test_pope_as_published(text, answer):
    assert YES_NO.read(text, PAIRS[0][0], setting(YES_NO, "pope")).answered == answer


def test_vqa():
    first = Sample(id="1", answer="2", attributes={"answers": ("2",) * 9 + ("three",), "answer_type": "number"})
    other = Sample(id="2", answer="cat", attributes={"answers": ("cat",) * 3 + ("dog",) * 7, "answer_type": "other"})
    found = scored(VQA, [(first, "two"), (other, "<answer>cat</answer>"), (Sample(id="3", answer="x"), "x")])
    assert value(found, "accuracy") == 0.95
    assert found.measures["accuracy"].trivial == (None, 0.5, "2", None)
    assert found.details["by_answer_type"]["other"] == {"value": pytest.approx(0.9), "n": 1}


def test_labels_that_others_took_out():
    where = setting(CHOICE)
    assert CHOICE.said(CHOICE.given(["B"], choice("1", "sad"), where), where) == ["happy"]
    assert CHOICE.given(["A", "B"], choice("1", "sad"), where).problem == "A, B: not one answer"
    assert YES_NO.given(["Yes"], question("1", "no"), where).answered == "yes"
    assert YES_NO.given([], question("1", "no"), where).problem == "nothing: not one answer"
    assert VQA.given([" two "], question("1", "2"), where).answered == "two"


def test_samples_of_another_kind_are_told():
    with pytest.raises(InputError, match=r"sample '1' has no choices; prepare it with them"):
        CHOICE.gold(question("1", "yes"), setting(CHOICE))
    with pytest.raises(InputError, match=r"sample '1': its answer 'yess' is none of its choices; did you mean 'yes'\?"):
        YES_NO.gold(question("1", "yess"), setting(YES_NO))


@pytest.mark.parametrize("task", [CHOICE, YES_NO, VQA])
def test_nothing_to_score_is_no_error(task):
    assert task.score([], setting(task)).measures["accuracy"].rows.shape[0] == 0
