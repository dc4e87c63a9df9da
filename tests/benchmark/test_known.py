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


def test_files_of_benchmarks_that_cannot_be_used(tmp_path, monkeypatch):
    monkeypatch.setattr(known, "where", lambda name: tmp_path)
    known.files.cache_clear()
    with pytest.raises(InputError, match=r"benchmarks holds no benchmarks; install affectreason again, or run it from"):
        known.benchmarks()
    (tmp_path / "benchmarks").mkdir()
    room = "from affectreason.benchmark"
    task = f"{room}.expression import EXPRESSION as T\n{room}.protocol import Benchmark\n"
    for name in ("a", "b"):
        made = 'ONE = Benchmark(name="one", title="One", task=T, primary="war", metric="accuracy", prep="table")\n'
        (tmp_path / "benchmarks" / f"{name}.py").write_text(task + made)
    known.files.cache_clear()
    with pytest.raises(InputError, match=r"b\.py: a second benchmark named 'one'; give it another name"):
        known.benchmarks()
    known.files.cache_clear()
