"""Positive or negative: the conformance cases under compat, and our own reading of words."""

import json
from pathlib import Path

import pytest

from affectreason.affect.sample import Affect, Sample
from affectreason.benchmark.protocol import Benchmark, Setting
from affectreason.benchmark.sentiment import SENTIMENT
from affectreason.scoring import measures
from affectreason.scoring.metrics import Prediction

CASES = json.loads((Path(__file__).parents[1] / "data" / "mer_unibench_cases.json").read_text(encoding="utf-8"))


def setting(compat=None):
    one = Benchmark(name="mosi", title="x", task=SENTIMENT, primary="waf", metric="x", prep="cmu_mosi")
    return Setting(one, compat=compat)


def scored(golds, answers, compat=None):
    here, predictions = setting(compat), []
    for name, score in golds.items():
        sample = Sample(id=name, gold=Affect(score=score))
        predictions.append(Prediction(sample, SENTIMENT.read(answers[name], sample, here)))
    return SENTIMENT.score(predictions, here)


@pytest.mark.parametrize("case", CASES["F_sentiment_waf_acc"], ids=["plain", "odd_strings"])
def test_the_public_scorer(case):
    found = scored(case["gt_valence"], case["pred_sentiment"], "affectgpt")
    for name in ("waf", "acc"):
        assert measures.numbers(found.measures[name])["value"] == pytest.approx(case["expected"][name], abs=1e-8)
    assert len(found.measures["waf"].rows) == case["expected"]["n_used"]
    assert found.details["zero"] == 1


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("Positive", "positive"),
        ("negative.", "negative"),
        ("<think>sad</think><answer>positive</answer>", "positive"),
        ("neutral", "neutral"),
        ("[happy, relieved]", "positive"),
        ("She is furious and not happy.", "negative"),
        ("mixed", None),
        ("positive and negative", None),
        ("", None),
    ],
)
def test_our_own_reading(text, sentiment):
    here = setting()
    answer = SENTIMENT.read(text, Sample(id="a"), here)
    assert answer.said.sentiment == sentiment
    assert answer.well_formed == (sentiment is not None)


def test_the_published_rule_for_a_models_own_text():
    """Read as above; neutral and nothing are negative, as pred > 0 makes them in the published code."""
    golds = {"a": 1.0, "b": -1.0, "c": 0.5, "d": -2.0, "e": -1.0}
    texts = {
        "a": "[happy, relieved]",
        "b": "She is furious.",
        "c": "neutral",
        "d": "",
        "e": "<answer>positive</answer>",
    }
    found = scored(golds, texts, "affectgpt_words")
    assert found.details["confusion"] == [[2, 1, 0], [1, 1, 0]]
    assert found.details["notes"] == [
        "2 of 5 answers are neither positive nor negative; they count as negative, as published"
    ]
    assert scored(golds, texts).details["confusion"] == [[1, 1, 1], [0, 1, 1]]
    assert scored(golds, texts).details["notes"] == []


def test_texts_that_are_not_one_word_are_told():
    golds, texts = {"a": 1.0, "b": -1.0, "c": 1.0}, {"a": "positive", "b": "neutral", "c": "She is positive."}
    found = scored(golds, texts, "affectgpt")
    assert found.details["confusion"] == [[1, 0, 0], [1, 1, 0]]
    (note,) = found.details["notes"]
    assert note.startswith("compat=affectgpt scores one word of a language model: 1 of 3 answers are none of positive,")
    assert note.endswith("compat=affectgpt_words reads whole texts")


def test_no_answer_is_wrong_and_not_negative():
    found = scored({"a": -1.0, "b": 1.0}, {"a": "who knows", "b": "positive"})
    assert measures.numbers(found.measures["acc"])["value"] == 0.5
    assert found.details["confusion"] == [[0, 0, 1], [0, 1, 0]]


def test_labels_of_others():
    here, sample = setting(), Sample(id="a")
    assert SENTIMENT.said(SENTIMENT.given(["Negative"], sample, here), here) == ["negative"]
    assert SENTIMENT.said(SENTIMENT.given(["happy", "grateful"], sample, here), here) == ["positive"]
    assert SENTIMENT.said(SENTIMENT.given(["blorp"], sample, here), here) is None
