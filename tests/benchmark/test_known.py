import pytest

from affectreason.benchmark import known
from affectreason.errors import InputError


def test_names_lists_and_suites():
    assert [one.name for one in known.chosen("meld, dfew,meld")] == ["meld", "dfew"]
    assert [one.name for one in known.chosen(["mer_unibench"])] == list(known.suites()["mer_unibench"])


def test_suites_hold_known_benchmarks():
    assert {one for members in known.suites().values() for one in members} <= set(known.benchmarks())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, r"missing benchmark=; for example benchmark=meld, or a list: affectreason benchmarks"),
        ("meld,mer_unibensh", r"unknown benchmark 'mer_unibensh'; did you mean 'mer_unibench'\? known: "),
    ],
)
def test_errors_in_words(given, message):
    with pytest.raises(InputError, match=message):
        known.chosen(given)
