"""What one text for all samples can score: joined texts too, against every subset and by hand."""

from itertools import permutations

import numpy as np
import pytest

from affectreason.affect.sample import Sample
from affectreason.benchmark import likeness
from affectreason.scoring import measures, texts

GOLD = [
    "the brows are lowered in anger",
    "lip corners are pulled up, a happy smile",
    "the eyes look down and the mouth corners drop",
    "the brows are raised and the jaw drops",
]


def measure(gold, name):
    return likeness.measures(gold, gold, [Sample(id=str(i)) for i in range(len(gold))], names=(name,))[name]


def floor(gold, name):
    return measure(gold, name).trivial


def mean_of(name, said, gold):
    one = texts.text(said)
    rows = [texts.row(name, one, texts.text(other)) for other in gold]
    return float(likeness.statistic(name)(np.array(rows).sum(0)))


def test_two_words_joined_by_hand():
    """One word is right for half of the samples, 1/2; both words have precision 1/2 and recall 1 for all, 2/3."""
    found = floor(["happy", "sad"], "rouge1")
    assert found.best_constant == pytest.approx(2 / 3)
    assert found.answer.startswith("2 texts joined: ")


@pytest.mark.parametrize("name", list(texts.VARIANTS))
def test_the_search_is_between_the_best_single_text_and_the_best_joined_ones(name):
    best = floor(GOLD, name).best_constant
    single = max(mean_of(name, one, GOLD) for one in GOLD)
    joined = max(mean_of(name, " ".join(some), GOLD) for k in range(1, 5) for some in permutations(GOLD, k))
    assert single <= best + 1e-12
    assert best <= joined + 1e-12
    if name == "meteor":
        assert best > single + 0.01  # recall weighs nine times precision


def test_one_text_that_is_right_for_all_is_not_joined():
    found = floor(["a smile"] * 5, "meteor")
    assert found.answer == "a smile"
    assert found.best_constant == pytest.approx(mean_of("meteor", "a smile", ["a smile"]))


def test_no_more_texts_are_joined_than_the_cap():
    gold = [f"word{i}" for i in range(30)]
    assert "8 texts joined" in floor(gold, "meteor").answer


def test_a_floor_that_was_searched_for_says_so():
    assert measures.numbers(measure(GOLD, "meteor"))["at_least"]
