"""Which answers are shown, how sure and how long they are."""

import pytest
from tests.benchmark.page_report import answered, answers

from affectreason.benchmark import shown


def test_worst_are_the_lowest_then_the_surest():
    some = [answered(0, 1.0), answered(1, 0.0, confidence=0.5), answered(2, 0.0, confidence=0.9), answered(3, None)]
    assert [one.prediction.sample.id for one in shown.worst(some)] == ["s2", "s1", "s0"]
    assert shown.drawn(answers(50), 20) == shown.drawn(answers(50), 20)
    assert [one.prediction.sample.id for one in shown.drawn(some)] == ["s0", "s1", "s2", "s3"]


def test_reliability_by_hand():
    pairs = [(0.95, 1.0), (0.95, 0.0), (0.25, 0.0), (1.0, 1.0), (None, 1.0), (0.5, None)]
    found = shown.reliability([answered(i, score, confidence=c) for i, (c, score) in enumerate(pairs)])
    assert found["n"] == 4
    assert [(one["low"], one["n"]) for one in found["bins"]] == [(0.2, 1), (0.9, 3)]
    assert found["bins"][1]["score"] == pytest.approx(2 / 3)
    assert found["ece"] == pytest.approx(0.25 / 4 + 3 / 4 * (2.9 / 3 - 2 / 3))
    assert shown.reliability([answered(0, 1.0)]) is None


def test_lengths_by_hand():
    some = [answered(0, 1.0, "a"), answered(1, 0.0, "a b c"), answered(2, 1.0, "a b"), answered(3, None, "a " * 9)]
    assert shown.lengths(some) == {"low": [1, 2, 4, 8], "n": [1, 2, 0, 1], "score": [1.0, 0.5, None, None]}
    assert shown.lengths([]) == {"low": [], "n": [], "score": []}
