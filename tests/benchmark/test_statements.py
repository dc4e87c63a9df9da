"""Statements judged: measures by hand, MVEI's own rule, and judgements in other words."""

import pytest

from affectreason.affect.sample import Sample
from affectreason.benchmark.protocol import Benchmark, Setting
from affectreason.benchmark.statements import STATEMENTS
from affectreason.scoring.measures import numbers
from affectreason.scoring.metrics import Prediction


def setting(compat=None):
    return Setting(
        Benchmark(name="x", title="X", task=STATEMENTS, primary="accuracy", metric="x", prep="x"), compat=compat
    )


def value(scores, name):
    return pytest.approx(numbers(scores.measures[name])["value"])


def statement(name, answer, kind):
    return Sample(id=name, choices=("correct", "incorrect"), answer=answer, attributes={"class": kind})


SAID = [
    (statement("1", "correct", "scene"), "correct"),
    (statement("2", "correct", "scene"), "The statement is incorrect."),
    (statement("3", "correct", "scene"), "who knows"),
    (statement("4", "incorrect", "polarity"), "not correct"),
]


def test_statements():
    where = setting()
    found = STATEMENTS.score([Prediction(sample, STATEMENTS.read(text, sample, where)) for sample, text in SAID], where)
    expected = {"accuracy": 1 / 2, "class_accuracy": 2 / 3, "positive_ratio": 1 / 4, "give_up_ratio": 1 / 4}
    for name, number in expected.items():
        assert number == value(found, name)
    assert found.measures["accuracy"].trivial == (0.5, 0.75, "correct", 0.75)
    assert found.measures["class_accuracy"].trivial == (0.5, 0.5, "correct", 0.5)
    assert found.measures["positive_ratio"].trivial.best_constant is None
    assert found.details["by_class"]["polarity"] == {"value": 1, "n": 1}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<answer>Incorrect</answer> correct", "incorrect"),
        ("correct</think>incorrect", "incorrect"),
        ("not correct", "correct"),
        ("B", "incorrect"),
        ("Beta", "incorrect"),
        ("A sad picture, so B", "correct"),
        ("it is a happy face", "correct"),
        ("happy", None),
    ],
)
def test_mvei_as_published(text, answer):
    assert STATEMENTS.read(text, SAID[0][0], setting("mvei")).answered == answer


@pytest.mark.parametrize(
    ("words", "answer"),
    [(["true"], "correct"), (["Incorrect."], "incorrect"), (["no"], "incorrect"), (["A", "B"], None), ([], None)],
)
def test_labels_that_others_took_out(words, answer):
    assert STATEMENTS.given(words, SAID[0][0], setting()).answered == answer


def test_nothing_to_score_is_no_error():
    assert STATEMENTS.score([], setting()).measures["accuracy"].rows.shape[0] == 0
