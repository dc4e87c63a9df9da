"""VQA accuracy against hand-worked counts, and the published normal form."""

from itertools import combinations

import pytest

from affectreason.scoring.vqa import accuracy, normal


@pytest.mark.parametrize(("k", "value"), [(0, 0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1), (9, 1), (10, 1)])
def test_matches_of_ten(k, value):
    people = ["cat"] * k + ["dog"] * (10 - k)
    assert accuracy("cat", people) == pytest.approx(value)
    subsets = [min(sum(one == "cat" for one in nine) / 3, 1) for nine in combinations(people, 9)]
    assert accuracy("cat", people) == pytest.approx(sum(subsets) / 10)


def test_only_answers_that_differ_are_normalised():
    assert accuracy("Two.", ["2"] * 10) == 0
    assert accuracy("Two.", ["2"] * 9 + ["many"]) == 1
    assert accuracy("a cat\n", ["a cat"] * 10) == 1
    assert accuracy("cat", []) == 0


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("The two, dogs", "2 dogs"),
        ("none", "0"),
        ("dont know", "don't know"),
        ("couldntve", "couldntve"),
        ("couldn'tve", "couldn't've"),
        ("well", "well"),
        ("somebody'd", "somebodyd"),  # as published
        ("somebodydve", "somebodydve"),
        ("she's", "she's"),
        ("." * 40, "." * 8),  # the published rule drops 32
        ("٣,٤", "٣ ٤"),  # its digits are 0 to 9
        ("black/white cat", "black white cat"),
        ("black/ white", "black white"),
        ("$5", "$5"),
        ("Zero", "0"),
        ("1,000", "1000"),
        ("red-white", "red white"),
        ("3.5 a.m.", "3.5 am"),
        ("what?", "what"),
        ("what? no", "what no"),
        ("An apple", "apple"),
    ],
)
def test_normal_form(text, form):
    assert normal(text) == form
