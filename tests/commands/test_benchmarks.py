import json

import pytest

from affectreason.benchmark import extraction, known
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


def test_how_an_extractor_agrees_on_the_shipped_texts(served, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = {case.text: case.emotions for case in extraction.cases()}

    def reply(prompt):
        text = prompt.partition("<text>\n")[2].rpartition("\n</text>")[0]
        said = ", ".join(words.get(text, ()))
        return {"choices": [{"message": {"content": f"[{said}]"}, "finish_reason": "stop"}]}

    with served(reply) as (url, got):
        found = json.loads(told(capsys, f"extractor={url}#m", "json=true", "out=kept"))
        assert [path.name for path in tmp_path.rglob("*")] == ["kept", "judge.sqlite"]
        asked = len(got)
        table = told(capsys, f"extractor={url}#m", "out=kept")
        assert len(got) == asked
    right = sum(one.text == extraction.handed_over(one.text) for one in extraction.cases()) / len(words)
    assert found["extractor"]["exact"]["value"] >= right > 0.8
    assert found["rules"]["exact"]["value"] > 0.7
    assert found["rules against extractor"]["n"] == len(words)
    assert found["asked"]["name"] == "m"
    assert len(got) <= len(words)
    assert table.splitlines()[1].split()[:2] == ["rules", f"{found['rules']['exact']['value']:.3f}"]
    with pytest.raises(
        InputError, match="extractor= is compared on the shipped texts, of no benchmark; leave out name="
    ):
        benchmarks.main(["extractor=a.b", "name=meld"])


def test_an_extractor_leaves_nothing_where_one_stands(served, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with served(lambda prompt: {"choices": [{"message": {"content": "[sad]"}, "finish_reason": "stop"}]}) as (url, _):
        assert "rules against extractor" in told(capsys, f"extractor={url}#m")
    assert list(tmp_path.iterdir()) == []


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
        (["names=dfew"], r"unknown key 'names'; did you mean 'name'\? known: extractor, json, name"),
        (["json=maybe"], r"json=maybe: it is true or false"),
        (["json=1", "extractor=a.b"], r"json=1: it is true or false"),
        (["out=there"], r"out=there keeps the replies of extractor=, and none is given; leave out out="),
    ],
)
def test_errors_in_words(words, message):
    with pytest.raises(InputError, match=message):
        benchmarks.main(words)


def test_help_names_every_key():
    assert benchmarks.HELP.startswith("affectreason benchmarks [name=NAME] [json=true]")
