from dataclasses import replace

import numpy as np
import pytest

from affectreason.affect.sample import Affect, Sample
from affectreason.benchmark import asked_model, report, similarity
from affectreason.benchmark.expression import EXPRESSION
from affectreason.benchmark.gold import Gold
from affectreason.benchmark.predictions import Answered, response
from affectreason.benchmark.protocol import Benchmark, Setting
from affectreason.benchmark.report import Ran
from affectreason.scoring.metrics import Prediction

FOUR = Benchmark(name="four", title="x", task=EXPRESSION, primary="war", metric="x", prep="x", labels="iemocap4")
SAMPLES = tuple(Sample(id=f"u{i}", gold=Affect(emotion=e)) for i, e in enumerate(("happy", "sad", "sad", "angry")))


def answered(*texts, cut=0):
    here = Setting(FOUR)
    made = [Prediction(s, response({"text": t}, s, here)) for s, t in zip(SAMPLES, texts, strict=True)]
    return Answered(tuple(made), cut=cut)


def scored(*answers):
    return report.benchmark(Gold(FOUR, SAMPLES, "s.jsonl", "", ()), Setting(FOUR), {"it": Ran(answers)})


def test_seeds_are_a_mean_with_their_deviation():
    found = scored(answered("happy", "sad", "sad", "angry"), answered("happy", "sad", "happy", "happy"))
    war = found.block["systems"]["it"]["measures"]["war"]
    assert (war["value"], war["seeds"]) == (0.75, [1.0, 0.5])
    assert war["low"] <= 0.75 <= war["high"]  # of the answers of both seeds together
    assert war["sd"] == pytest.approx(np.std([1, 0.5], ddof=1))


def test_how_it_answers_and_what_to_know_first():
    found = scored(answered("happy", "", "I'm sorry, but I cannot identify emotions of people.", "angry", cut=2))
    told = found.block["systems"]["it"]["answers"]
    assert (told["n"], told["parse_rate"], told["refusals"], told["empty"], told["cut"]) == (4, 0.5, 1, 1, 2)
    assert found.block["warnings"] == [
        "it: 2 of 4 answers were broken off; raise max_new_tokens=",
        "it: 2 of 4 answers could not be read; they count as wrong",
    ]
    assert [one.score for one in found.shown["it"]] == [1.0, 0.0, 0.0, 1.0]
    assert found.shown["it"][1].said is None


def test_counts_are_of_all_seeds_and_say_of_how_many():
    found = scored(answered("happy", "", "", "angry", cut=1), answered("happy", "", "sad", "happy"))
    assert found.block["warnings"] == [
        "it: 1 of 2 x 4 answers was broken off; raise max_new_tokens=",
        "it: 3 of 2 x 4 answers could not be read; they count as wrong",
    ]
    told = found.block["systems"]["it"]["answers"]
    assert (told["n"], told["unread"], told["parse_rate"], told["empty"], told["cut"]) == (8, 3, 0.625, 3, 1)


def test_only_systems_that_differ_in_one_thing_are_compared():
    right, wrong = answered("happy", "sad", "sad", "angry"), answered("sad", "happy", "happy", "happy")
    ran = {
        f"{who}, {way}": Ran((right if way == "think" else wrong,), parts={"model": who, "prompt": way})
        for who in ("model", "base")
        for way in ("direct", "think")
    }
    block = report.benchmark(Gold(FOUR, SAMPLES, "s.jsonl", "", ()), Setting(FOUR), ran).block
    found = {one["title"]: one["measures"]["war"]["difference"] for one in block["differences"]}
    assert found == {
        "prompt: direct → think (model)": 1.0,
        "model: base → model (direct)": 0.0,
        "model: base → model (think)": 0.0,
        "prompt: direct → think (base)": 1.0,
    }


def test_a_suite_is_a_mean_over_all_its_members_or_none():
    one = {"four": scored(answered("happy", "sad", "sad", "sad")), "five": scored(answered("sad", "sad", "", "angry"))}
    suites = {"both": ("four", "five"), "more": ("four", "five", "six"), "other": ("four", "six")}
    means = report.whole(one, suites, "x")["suites"]
    both, each = means["both"]["it"], [one.block["systems"]["it"]["measures"]["war"] for one in one.values()]
    assert (both["mean"], both["of"], both["missing"]) == (0.625, 2, [])
    for key in ("chance", "majority", "best_constant"):
        assert both[key] == pytest.approx(sum(m[key] for m in each) / 2)
    assert both["low"] == pytest.approx(0.625 - sum((m["value"] - m["low"]) ** 2 for m in each) ** 0.5 / 2)
    assert both["high"] == pytest.approx(0.625 + sum((m["high"] - m["value"]) ** 2 for m in each) ** 0.5 / 2)
    more = means["more"]["it"]
    assert (more["mean"], more["low"], more["chance"], more["of"], more["missing"]) == (None, None, None, 3, ["six"])
    assert "other" not in means


def test_models_that_helped_stand_in_the_block_of_a_benchmark_that_they_helped(tmp_path):
    judge = asked_model.cached(lambda prompt: "", "m", "1", tmp_path / "judge.sqlite")
    encoder = similarity.Encoder("small", "sha256 ab", list, list, {"semantic": "cosine"})
    gold = Gold(FOUR, SAMPLES, "s.jsonl", "", ())
    ran = {"it": Ran((answered("happy", "sad", "sad", "angry"),))}
    block = report.benchmark(gold, Setting(FOUR, extractor=judge, encoder=encoder), ran, judge=judge).block
    assert (block["extractor"]["name"], block["extractor"]["version"], block["extractor"]["calls"]) == ("m", "1", 0)
    assert (block["encoder"]["name"], block["encoder"]["version"]) == ("small", "sha256 ab")
    assert block["judge"] is None  # no expression is judged
    captions = replace(FOUR, task=replace(EXPRESSION, uses=frozenset({"judge"})))
    block = report.benchmark(replace(gold, benchmark=captions), Setting(captions), ran, judge=judge).block
    assert (block["judge"]["name"], block["extractor"], block["encoder"]) == ("m", None, None)
