import json

import pytest

from affectreason.benchmark import known
from affectreason.commands import benchmarks
from affectreason.errors import InputError


def told(capsys, *words):
    assert benchmarks.main(list(words)) == 0
    return capsys.readouterr().out


def test_the_list_names_every_benchmark_and_suite(capsys):
    lines = told(capsys).splitlines()
    first = [line.split()[0] for line in lines if line.strip()]
    assert set(known.benchmarks()) <= set(first)
    assert {f"{suite}:" for suite in known.suites()} <= set(first)
    (meld,) = [line.split() for line in lines if line.startswith("meld ")]
    assert meld == ["meld", "expression", "2,610", "meld7", "weighted_f1"]


def test_one_in_full(capsys):
    found = told(capsys, "name=dfew")
    assert found.startswith("dfew: DFEW, five folds pooled\n")
    assert "  n          11697\n" in found
    assert "  prepare    affectreason prep dfew root=FOLDER out=data/dfew.jsonl\n" in found
    assert "  folds      1, 2, 3, 4, 5\n" in found
    assert "  published  R1-Omni: 0.5627\n" in found
    assert "  compat     r1_omni: the text of the first answer block" in found
    assert "  units" not in found


def test_as_json(capsys):
    (line,) = told(capsys, "name=meld,iemocap6", "json=true").splitlines()
    found = json.loads(line)
    assert list(found) == ["meld", "iemocap6"]
    assert found["meld"]["prepare"] == "affectreason prep meld root=FOLDER split=test out=data/meld.jsonl"
    assert found["meld"]["published"]["M2FNet"] == 0.6671
    everything = json.loads(told(capsys, "json=true"))
    assert set(everything) == set(known.benchmarks())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["name=dfwe"], r"unknown benchmark 'dfwe'; did you mean 'dfew'\? known: "),
        (["names=dfew"], r"unknown key 'names'; did you mean 'name'\? known: json, name"),
    ],
)
def test_errors_in_words(words, message):
    with pytest.raises(InputError, match=message):
        benchmarks.main(words)


def test_help_names_every_key():
    assert benchmarks.HELP.startswith("affectreason benchmarks [name=NAME] [json=true]")
