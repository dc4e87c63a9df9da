"""Reasoning: which texts are compared, REGE, evidence and survival by hand, and Facial-R1's way."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from affectreason.affect.sample import Affect, Sample
from affectreason.benchmark import thin
from affectreason.benchmark.predictions import response
from affectreason.benchmark.protocol import Benchmark, Setting
from affectreason.benchmark.reasoning import REASONING
from affectreason.scoring.metrics import Prediction


def setting(compat=None, labels="ekman7", units="disfa8", **variant):
    own = Benchmark(
        name="b", title="b", task=REASONING, primary="rougeL", metric="", prep="x", labels=labels, units=units,
        variant=variant,
    )  # fmt: skip
    return Setting(own, compat=compat)


def sample(name, response=None, emotion="happiness", aus=(6, 12), reasoning=None):
    return Sample(id=name, response=response, reasoning=reasoning, gold=Affect(emotion=emotion, aus=aus))


def value(scores, name):
    m = scores.measures[name]
    return float(m.statistic(m.rows.sum(0)[None])[0])


def scored(pairs, how):
    return REASONING.score([Prediction(s, REASONING.read(text, s, how)) for s, text in pairs], how)


def test_what_is_compared():
    how = setting()
    tagged = "<think>The cheeks rise (AU6).</think><answer>happiness</answer>"
    assert REASONING.gold(sample("a", tagged), how) == ["The cheeks rise (AU6)."]
    assert REASONING.gold(sample("a", "Plain text.<answer>sad</answer>"), how) == ["Plain text."]
    assert REASONING.gold(sample("a", tagged, reasoning="Another."), how) == ["Another."]
    assert REASONING.gold(sample("a"), how) is None
    whole = setting("facial_r1")
    assert REASONING.gold(sample("a", tagged), whole) == [tagged]
    one = sample("a")
    assert REASONING.said(REASONING.read(tagged, one, how), how) == ["The cheeks rise (AU6)."]
    assert REASONING.said(REASONING.read("Plain. <answer>x</answer>", one, how), how) == ["Plain."]
    assert REASONING.said(REASONING.read("<answer>happiness</answer>", one, how), how) is None
    assert REASONING.said(REASONING.given(["The cheeks rise."], one, how), how) == ["The cheeks rise."]


def test_texts_rege_and_their_floors():
    pairs = [
        (sample("a", "lips smile", "happiness"), "<think>lips smile</think><answer>happiness</answer>"),
        (sample("b", "brows fall", "anger"), "<think>brows rise</think><answer>fear</answer>"),
        (sample("c", "lips smile", "happiness"), "<answer>happiness</answer>"),
        (sample("d", None), "<think>not counted</think><answer>happiness</answer>"),
    ]
    scores = scored(pairs, setting())
    assert value(scores, "rougeL") == pytest.approx((1 + 0.5 + 0) / 3)
    assert value(scores, "rege") == pytest.approx(2 / 3 + 0.5)
    assert scores.details["rege"] == "accuracy of the emotion + ROUGE-L F1, in [0, 2]"
    assert (scores.details["without_text"], scores.details["unsaid"]) == (1, 1)
    floor = scores.measures["rougeL"].trivial
    assert (floor.best_constant, floor.answer) == (pytest.approx(2 / 3), "lips smile")
    rege = scores.measures["rege"].trivial
    assert rege.best_constant == pytest.approx(2 / 3 + 2 / 3)
    assert rege.chance == pytest.approx(1 / 7 + floor.chance)
    by_units = scored(pairs, setting(recognition="au"))
    assert by_units.details["rege"] == "mean F1 of 8 units + ROUGE-L F1, in [0, 2]"
    assert value(by_units, "rege") == pytest.approx(0 + 0.5)


def test_evidence_by_hand():
    pairs = [
        (sample("a", "x y", aus=(6, 12)), "<think>AU6 and AU4, no AU12</think><answer>happiness</answer>"),
        (sample("b", "x y", aus=()), "<think>AU25, AU17</think><answer>happiness</answer>"),
        (sample("c", "x y", aus=None), "<think>AU1</think><answer>happiness</answer>"),
        (sample("d", "x y", aus=(12,)), "<think>the lip corners are pulled up</think><answer>happiness</answer>"),
    ]
    scores = scored(pairs, setting())
    assert value(scores, "evidence_precision") == pytest.approx(2 / 4)  # AU17 is not of DISFA's eight
    assert value(scores, "evidence_recall") == pytest.approx(2 / 3)
    assert value(scores, "evidence_f1") == pytest.approx(4 / 7)
    assert value(scores, "hallucinated_units") == pytest.approx(2 / 3)
    floor = scores.measures["evidence_precision"].trivial
    assert (floor.best_constant, floor.answer) == (pytest.approx(2 / 3), "AU12")
    assert floor.chance == pytest.approx((1 / 9 + 4 / 9) / (1 / 3 + 2 / 3))
    assert scores.measures["hallucinated_units"].trivial.chance == pytest.approx(2 / 9 + 2 / 9)
    assert {name for name, m in scores.measures.items() if m.lower_is_better} == {"hallucinated_units"}
    follows = scores.measures["answer_follows_evidence"]
    by_hand = [0, 2 * 0.5 * 1 / 1.5, 0, 2 * 0.5 * 1 / 1.5]  # of AU12 and AU25, allowing AU6
    assert [row[0] for row in follows.rows] == pytest.approx(by_hand)
    assert follows.trivial.best_constant == 1


def test_the_units_and_text_of_facial_r1():
    texts = [
        "<think>AU6 no AU12 AU04 au99</think><answer>Happiness</answer>",
        "AU4 without tags AU77",
        "<think>AU1</think><think>AU4</think>",
    ]
    golds = [(6,), (4,), (4, 12)]
    pairs = [(sample(str(i), "<think>a b</think><answer>happiness</answer>", aus=g), t)
             for i, (g, t) in enumerate(zip(golds, texts, strict=True))]  # fmt: skip
    scores = scored(pairs, setting("facial_r1"))
    present = [4, 6, 12]
    true = np.array([[u in g for u in present] for g in golds])
    said = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 0]], dtype=bool)
    expected = f1_score(true, said, average="macro", zero_division=0)
    assert value(scores, "au_f1_present") == pytest.approx(expected)
    words = ["think", "au6", "no", "au12", "au04", "au99", "think", "answer", "happiness", "answer"]
    gold = ["think", "a", "b", "think", "answer", "happiness", "answer"]
    assert scores.measures["rougeL"].rows[0, 0] == pytest.approx(2 * 5 / (len(words) + len(gold)))


def test_refusals_and_empty_reasoning_are_not_read_and_score_nothing():
    how, gold = setting(), "I am sorry, but the brows rise."
    texts = {
        "a": "I'm sorry, but I can't identify emotions of people.",
        "b": "<think></think><answer>happiness</answer>",
        "c": "happiness",
        "d": "<think>AU6, AU12 and happiness</think><answer>happiness</answer>",
        "e": "<think>the brows rise quite a lot</think><answer>happiness</answer>",
    }
    answers = [Prediction(sample(name, reasoning=gold), response({"text": text}, sample(name), how))
               for name, text in texts.items()]  # fmt: skip
    assert [REASONING.said(p.response, how) is None for p in answers] == [True, True, False, False, False]
    scores = REASONING.score(answers, how)
    assert [row[0] for row in scores.measures["rouge1"].rows[:3]] == [0, 0, 0]
    told = {key: scores.details[key] for key in ("unsaid", "refused", "few_words", "bare_lists")}
    assert told == {"unsaid": 2, "refused": 1, "few_words": 2, "bare_lists": 2}
    assert scores.details["notes"] == [
        "reasoning, of 5 answers: 2 have none and score 0 in every measure of texts (1 refuse); 2 have fewer than 5 "
        "words; 2 are a bare list of labels or units"
    ]


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("AU 6 and AU12: happiness", True),
        ("cheek raiser, lip corner puller", True),
        ("sad, angry", True),
        ("action units 4 and 7", True),
        ("The cheeks rise (AU6).", False),
        ("I", False),
        ("", False),
    ],
)
def test_what_is_a_bare_list(text, bare):
    assert thin.is_list(text, setting().labels) is bare


def test_hostile_answers_earn_nothing():
    one = sample("a", "The inner brows rise and the lip corners turn down.", aus=(1, 15), emotion="sadness")
    for compat in (None, "facial_r1"):
        how = setting(compat)
        for text in ("", "\x00" * 100, "<think>" * 5000, "AU" + "9" * 6000, "y" * 200_000, "</think>NaN<answer>"):
            scores = scored([(one, text)], how)
            assert value(scores, "rouge2") == 0
            assert value(scores, "rege") < 0.1
