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


def test_no_answer_is_wrong_and_not_negative():
    found = scored({"a": -1.0, "b": 1.0}, {"a": "who knows", "b": "positive"})
    assert measures.numbers(found.measures["acc"])["value"] == 0.5
    assert found.details["confusion"] == [[0, 0, 1], [0, 1, 0]]


def test_labels_of_others():
    here, sample = setting(), Sample(id="a")
    assert SENTIMENT.said(SENTIMENT.given(["Negative"], sample, here), here) == ["negative"]
    assert SENTIMENT.said(SENTIMENT.given(["happy", "grateful"], sample, here), here) == ["positive"]
    assert SENTIMENT.said(SENTIMENT.given(["blorp"], sample, here), here) is None
