from collections import Counter

import pytest

from affectreason.affect import wheel
from affectreason.affect.response import Response
from affectreason.affect.sample import Affect
from affectreason.benchmark.extraction import Case, agreement, between, cases

AMONG = (
    Case("a_1", "glad and sad", ("glad", "sad")),
    Case("a_2", "angry", ("angry",)),
    Case("a_3", "not angry", ()),
    Case("a_4", "he worries", ("worries",)),
)


def finds(words):
    """An extractor that gives fixed words for each text."""
    return lambda text: Response(
        text, None, Affect(emotions=dict.fromkeys(words[text], 1.0)) if text in words else Affect(), True, None
    )


def test_numbers_by_hand():
    lexicon = wheel.default()
    found = agreement(finds({"glad and sad": ["Sad"], "angry": ["angry"], "not angry": ["angry"]}), AMONG, lexicon)
    # right 2 (sad, angry), too much 1 (angry), missed 2 (glad, worries)
    assert found["exact"]["value"] == 0.25
    assert found["precision"]["value"] == pytest.approx(2 / 3)
    assert found["recall"]["value"] == pytest.approx(2 / 4)
    assert found["f1"]["value"] == pytest.approx(4 / 7)
    assert found["n"] == 4
    assert [miss["id"] for miss in found["misses"]] == ["a_1", "a_3", "a_4"]
    assert found["misses"][1]["said"] == ["angry"]
    assert all(found[name]["low"] <= found[name]["value"] <= found[name]["high"] for name in ("exact", "f1"))


def test_forms_of_one_word_are_one_word():
    found = agreement(finds({"he worries": ["worry"]}), AMONG[3:], wheel.default())
    assert (found["exact"]["value"], found["f1"]["value"]) == (1.0, 1.0)


def test_two_ways_are_compared_with_each_other():
    one, other = finds({"angry": ["angry"]}), finds({"angry": ["angry", "sad"], "not angry": ["angry"]})
    found = between(one, other, AMONG, wheel.default())
    assert (found["precision"]["value"], found["recall"]["value"]) == (1.0, pytest.approx(1 / 3))
    assert found["exact"]["value"] == 0.5


def test_the_shipped_cases_are_what_they_say():
    found = cases()
    assert len(found) >= 120
    assert len({case.id for case in found}) == len({case.text for case in found}) == len(found)
    kinds = Counter(case.id.rpartition("_")[0] for case in found)
    assert {"list", "tag", "negation", "inflection", "refusal", "people", "hedge"} <= set(kinds)
    assert min(kinds.values()) >= 5
    for case in found:
        assert all(word in case.text.lower() for word in case.emotions), case
