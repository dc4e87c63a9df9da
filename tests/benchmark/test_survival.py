"""Survival: what is asked again, and the numbers by hand."""

import json

import pytest

from affectreason.affect.sample import Affect, Sample
from affectreason.benchmark import survival
from affectreason.benchmark.expression import EXPRESSION
from affectreason.benchmark.protocol import Benchmark, Setting
from affectreason.errors import InputError
from affectreason.scoring.metrics import Prediction

HOW = Setting(Benchmark(name="b", title="b", task=EXPRESSION, primary="war", metric="", prep="x", labels="ekman7"))


def read(name, text, gold="happiness"):
    one = Sample(id=name, gold=Affect(emotion=gold), labels="ekman7")
    return Prediction(one, EXPRESSION.read(text, one, HOW))


def tagged(reasoning, emotion):
    return f"<think>{reasoning}</think>\n<answer>{emotion}</answer>"


def values(found):
    return {name: float(m.statistic(m.rows.sum(0))) for name, m in found.items()}


def test_what_an_answer_is_made_to_begin_with():
    answers = [
        read("a", tagged("lips up", "happiness")),
        read("b", "brows down</think><answer>anger</answer>"),  # the template wrote the opening tag
        read("c", tagged("", "anger")),
        read("d", "<answer>anger</answer>"),
        read("e", tagged("who knows", "no idea")),
        read("f", "So. <THINK>eyes wide</THINK> It is fear."),
    ]
    found = survival.beginnings(answers)
    assert {name: one.begun for name, one in found["removed"].items()} == {
        "a": "<think></think>\n<answer>",
        "b": "</think><answer>",
        "f": "So. <THINK></THINK>",
    }
    theirs = {"happiness": "lips up", "anger": "brows down", "fear": "eyes wide"}
    own = {"a": "happiness", "b": "anger", "f": "fear"}
    for name, one in found["swapped"].items():
        assert one.theirs != own[name]
        assert one.begun == found["removed"][name].begun.replace("</", theirs[one.theirs] + "</", 1)
    assert survival.beginnings(answers) == found


def test_each_other_answer_is_drawn_as_often():
    answers = [read(str(i), tagged(f"r{i}", e)) for i, e in enumerate(["anger"] * 300 + ["fear"] * 100 + ["joy"] * 200)]
    drawn = [one.theirs for name, one in survival.beginnings(answers)["swapped"].items() if int(name) < 300]
    assert len(drawn) == 300
    assert drawn.count("fear") / 300 == pytest.approx(1 / 3, abs=0.08)
    assert set(drawn) == {"fear", "happiness"}


def test_nothing_to_ask_again():
    assert survival.beginnings([read("a", "happiness"), read("b", "")]) == {}
    same = survival.beginnings([read("a", tagged("x", "anger")), read("b", tagged("y", "anger"))])
    assert set(same) == {"removed"}
    found, details = survival.survival([read("a", "happiness")], {}, {})
    assert found == {}
    assert details["notes"] == ["survival: none of 1 answers has both reasoning and an answer that can be read"]


def test_numbers_by_hand():
    own = {"a": "happiness", "b": "anger", "c": "happiness", "d": "fear"}
    answers = [*(read(name, tagged(f"about {name}", emotion)) for name, emotion in own.items()), read("e", "anger")]
    answers[3] = read("d", tagged("about d, Fear", "fear"))
    again = survival.beginnings(answers)
    theirs = {name: one.theirs for name, one in again["swapped"].items()}
    removed = {"a": "happiness", "b": "happiness", "c": "happiness", "d": "nothing of it"}
    swapped = {"a": theirs["a"], "b": "anger", "c": theirs["c"], "d": "surprise"}
    answered = {
        "removed": [read(name, tagged("", emotion)) for name, emotion in removed.items()],
        "swapped": [read(name, tagged("z", emotion)) for name, emotion in swapped.items()],
    }
    found, details = survival.survival(answers, again, answered)
    assert values(found) == pytest.approx(
        {"survives_removed": 2 / 4, "survives_swapped": 1 / 4, "follows_swapped": 2 / 4,
         "accuracy_with_reasoning": 2 / 4, "accuracy_removed": 3 / 4, "accuracy_swapped": 0}
    )  # fmt: skip
    assert found["survives_removed"].trivial.chance == pytest.approx(2 / 4 * 3 / 4)
    assert found["survives_removed"].trivial.best_constant is None  # neither more nor less is better
    assert found["accuracy_removed"].trivial.best_constant == 1
    assert details["survival"] == {
        "asked_again": {"removed": 4, "swapped": 4},
        "unread": {"removed": 1, "swapped": 0},
        "name_the_answer": 1,
        "n": 5,
    }
    assert details["notes"][0].startswith(
        "survival, of the 4 of 5 answers with reasoning: 0.50 stay the same without the reasoning (by accident 0.38; 1 "
        "could not be read); 0.25 stay the same after reasoning that led to another answer"
    )
    assert details["notes"][0].endswith("1 reasonings have their answer in them, which can be copied")


def test_into_a_report():
    block = {"title": "b", "systems": {"model": {"measures": {"war": 1}, "details": {"notes": ["x"]}}, "base": {
        "measures": {}, "details": {}}}}  # fmt: skip
    answers = [read("a", tagged("x", "anger")), read("b", tagged("y", "fear"))]
    again = survival.beginnings(answers)
    made = survival.survival(answers, again, {"removed": answers, "swapped": answers})
    found = survival.into(block, {"model": made})
    assert set(found["systems"]["model"]["measures"]) == {"war", *made[0]}
    assert found["systems"]["model"]["measures"]["survives_removed"]["value"] == 1
    assert found["systems"]["model"]["details"]["notes"] == ["x", *made[1]["notes"]]
    assert found["systems"]["base"] == {"measures": {}, "details": {"notes": []}}


def test_other_answers_than_were_asked_for(tmp_path):
    answers = [read("a", tagged("x", "anger")), read("b", tagged("y", "fear"))]
    again = survival.beginnings(answers)["removed"]
    samples = [p.sample for p in answers]
    path = tmp_path / "p.jsonl"
    path.write_text(
        "".join(json.dumps({"id": n, "text": one.begun + "fear</answer>"}) + "\n" for n, one in again.items())
    )
    assert [p.response.said.emotion for p in survival.read(path, again, samples, HOW)] == ["fear", "fear"]
    path.write_text(json.dumps({"id": "a", "text": "<answer>anger</answer>"}))
    with pytest.raises(InputError, match=r"p.jsonl holds other answers than were asked for again; remove it, and run"):
        survival.read(path, again, samples, HOW)


@pytest.mark.parametrize(
    "text", ["<think>" * 50_000, "</think>" * 50_000, "x" * 1_000_000, "<think>x" + "</think><answer>" * 9999]
)
def test_hostile_texts(text):
    survival.beginnings([read("a", text), read("b", tagged("y", "fear"))])
