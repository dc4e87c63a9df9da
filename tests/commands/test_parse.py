import io
import json

import pytest

from affectreason.commands import parse
from affectreason.errors import InputError


def run(monkeypatch, capsys, lines: str, *words: str) -> list[dict]:
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    assert parse.main(list(words)) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_object_a_line(monkeypatch, capsys):
    texts = ["<think>R12A, AU4 (left)\nAU06_r=2.5</think><answer>joy</answer>", "<answer>happy, ｓａｄ</answer>"]
    found = run(monkeypatch, capsys, "\n\n".join(map(json.dumps, texts)) + "\n", "labels=mer6")
    assert found == [
        {
            "emotion": "happy",
            "emotions": None,
            "aus": ["AUR12A", "AUL4", "AU6=2.5"],
            "reasoning": "R12A, AU4 (left)\nAU06_r=2.5",
            "well_formed": True,
            "problem": None,
        },
        {
            "emotion": None,
            "emotions": {"happy": 1.0, "sad": 1.0},
            "aus": None,
            "reasoning": None,
            "well_formed": False,
            "problem": "0 <think> and 0 </think>, not one of each; "
            "the answer 'happy, sad' affirms 2 labels: happy, sad",
        },
    ]


def test_units_are_kept_to_a_set(monkeypatch, capsys):
    text = json.dumps("<think>AU12, AU15</think><answer>sad</answer>")
    (found,) = run(monkeypatch, capsys, text, "labels=ekman7", "units=disfa8")
    assert (found["aus"], found["problem"]) == (["AU12"], "AU15 is not a known unit here")


@pytest.mark.parametrize(
    ("lines", "words", "message"),
    [
        (
            '"sad"\nsad\n',
            ["labels=mer6"],
            r"line 2: not JSON \(Expecting value.*\); write each text as one JSON string on a",
        ),
        ('{"a": 1}\n', ["labels=mer6"], r'line 1: dict is not a JSON string; .* such as "<answer>happy</answer>"'),
        ("", ["labels=mer5"], r"unknown label set 'mer5'; did you mean 'mer6'\?"),
        ("", ["labels=mer6", "units=disfa9"], r"unknown set of action units 'disfa9'; did you mean 'disfa8'\?"),
        ("", [], r"missing labels="),
        ("", ["label=mer6"], r"unknown key 'label'; did you mean 'labels'\? known: labels, units"),
    ],
)
def test_errors_in_words(monkeypatch, capsys, lines, words, message):
    with pytest.raises(InputError, match=message):
        run(monkeypatch, capsys, lines, *words)


def test_help_names_every_key():
    assert parse.HELP.startswith("affectreason parse labels=NAME")
    assert "units" in parse.HELP


def test_any_words(monkeypatch, capsys):
    text = json.dumps("<think>The lips are up (AU12).</think><answer>happy, blorpy</answer>")
    (row,) = run(monkeypatch, capsys, text, "labels=open")
    assert (row["emotions"], row["aus"], row["well_formed"]) == ({"happy": 1.0, "blorpy": 1.0}, ["AU12"], True)
