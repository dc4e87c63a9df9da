"""Continuous affect: CCC and errors of a set, the unparsed, floors, and means over groups."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from affectreason.affect.sample import Affect, Provenance, Sample
from affectreason.benchmark.continuous import CONTINUOUS
from affectreason.benchmark.protocol import Benchmark, Setting
from affectreason.errors import InputError
from affectreason.scoring import measures
from affectreason.scoring.metrics import Prediction


def setting(**variant):
    chosen = {"of": "score", "range": [-3, 3], **variant}
    return Setting(
        Benchmark(name="mosi", title="", task=CONTINUOUS, primary="ccc", metric="", prep="cmu_mosi", variant=chosen)
    )


def run(gold, texts, one=None, wheres=None):
    one = one or setting()
    pairs = []
    for i, (g, text) in enumerate(zip(gold, texts, strict=True)):
        where = Provenance(**(wheres[i] if wheres else {}))
        s = Sample(id=f"s{i}", gold=Affect(score=g), provenance=where)
        pairs.append(Prediction(s, CONTINUOUS.read(str(text), s, one)))
    return CONTINUOUS.score(pairs, one)


def value(scores, name):
    m = scores.measures[name]
    return float(m.statistic(m.rows.sum(0)[None])[0])


def test_values_equal_the_libraries_and_the_golden_vector():
    draw = np.random.default_rng(0)
    gold = draw.uniform(-3, 3, 100).round(3)
    said = np.clip(gold * 0.5 + draw.normal(0, 0.7, 100), -3, 3).round(3)
    scores = run(gold, said)
    assert value(scores, "pcc") == pytest.approx(stats.pearsonr(gold, said).statistic)
    assert value(scores, "rmse") == pytest.approx(sk.root_mean_squared_error(gold, said))
    assert value(scores, "mae") == pytest.approx(sk.mean_absolute_error(gold, said))
    assert scores.details["answered_only"]["ccc"] == pytest.approx(value(scores, "ccc"))
    assert scores.details["notes"] == []
    shifted = ([-1, 0, 1, 2], [-0.5, 0.5, 1.5, 2.5])
    assert value(run(*shifted), "ccc") == pytest.approx(0.909091, abs=1e-6)
    assert value(run(*shifted, setting(variance="unbiased")), "ccc") == pytest.approx(0.930233, abs=1e-6)


def test_the_unparsed_are_the_worst_they_could_be():
    scores = run([-1, 0, 1, 2], ["-1", "0", "1", "who knows"])
    assert value(scores, "ccc") == pytest.approx(
        -1.25 / 1.75
    )  # said -3 for gold 2: covariance -0.625; variances 5/4, 1/2
    assert scores.details["coverage"] == 0.75
    assert scores.details["notes"] == [
        "1 of 4 numbers could not be read (75.0% were); correlations are no higher than with any others in their "
        "place; of the numbers read alone: ccc 1.000, pcc 1.000"
    ]
    assert value(scores, "rmse") == pytest.approx(np.sqrt(25 / 4))
    assert value(scores, "mae") == pytest.approx(5 / 4)
    assert scores.details["answered_only"] == pytest.approx({"ccc": 1, "pcc": 1, "rmse": 0, "mae": 0, "n": 3})
    assert scores.details["unparsed"] == 1
    silent = run([-1, 0, 1, 2], ["?"] * 4)
    assert value(silent, "ccc") == value(silent, "pcc") == -1
    assert silent.details["coverage"] == 0
    assert value(silent, "mae") == pytest.approx((4 + 3 + 4 + 5) / 4)


def test_silence_about_bad_answers_does_not_raise_a_ccc():
    gold = [1, 1, 2.8, 3]
    honest, blank = run(gold, [3, 3, 2.8, 3]), run(gold, ["", "", 2.8, 3])
    assert value(blank, "ccc") < value(honest, "ccc")
    assert value(blank, "pcc") < value(honest, "pcc")
    assert blank.details["answered_only"]["ccc"] == pytest.approx(1)


def test_the_mean_that_a_fill_is_chosen_by_is_of_its_group():
    """In film 1 gold 1 is the high one and silence about it is said -3; over both films it would be the low one."""
    gold, texts = [-1, 0, 1, 2, 2.5, 3], [-1, 0, "", 2, 2.5, 3]
    wheres = [{"film": film} for film in ("1", "1", "1", "2", "2", "2")]
    scores = run(gold, texts, setting(over=["film"]), wheres)
    lone = run(gold[:3], texts[:3])
    assert value(scores, "ccc") == pytest.approx((value(lone, "ccc") + 1) / 2)


def test_leaving_out_an_answer_never_raises_a_ccc_of_right_ones():
    gold = [0.1, 0.5, 2.0, 2.5, 2.9]
    full = value(run(gold, gold), "ccc")
    for i in range(5):
        texts = [str(g) if j != i else "" for j, g in enumerate(gold)]
        assert value(run(gold, texts), "ccc") < full


def test_floors_are_exact():
    gold = [-2.0, 0.0, 0.0, 3.0]
    scores = run(gold, ["0"] * 4)
    draws = np.random.default_rng(0).uniform(-3, 3, (200_000, 1))
    rmse, mae = scores.measures["rmse"].trivial, scores.measures["mae"].trivial
    assert rmse.best_constant == pytest.approx(np.std(gold))
    assert rmse.answer == "0.25"
    assert mae.best_constant == pytest.approx(1.25)
    assert mae.answer == "0"
    assert mae.majority == pytest.approx(1.25)
    assert rmse.majority == pytest.approx(np.sqrt(13 / 4))
    assert mae.chance == pytest.approx(np.abs(draws - gold).mean(), abs=0.01)
    assert rmse.chance == pytest.approx(np.sqrt(((draws - gold) ** 2).mean()), abs=0.01)
    assert scores.measures["ccc"].trivial.best_constant == 0
    assert value(scores, "ccc") == 0
    assert scores.details["undefined"] == 1


def test_the_mean_over_listeners_of_the_mean_over_their_stories():
    gold, texts, wheres = [], [], []
    for subject, film, sign in (("a", "1", 1), ("a", "2", 1), ("b", "1", -1)):
        for x in (-1, 0, 1):
            gold.append(x)
            texts.append(sign * x)
            wheres.append({"subject": subject, "film": film})
    scores = run(gold, texts, setting(over=["subject", "film"]), wheres)
    assert value(scores, "ccc") == pytest.approx(0.0)  # (1 + -1) / 2
    assert value(run(gold, texts, setting(over=["film", "subject"]), wheres), "ccc") == pytest.approx(0.5)
    assert scores.details["groups"] == 3


def test_an_interval_holds_the_value():
    draw = np.random.default_rng(1)
    gold = draw.uniform(-3, 3, 60).round(2)
    found = measures.numbers(run(gold, (gold * 0.8).round(2)).measures["ccc"])
    assert found["low"] < found["value"] < found["high"]


def test_wrong_variants_and_scores_out_of_range_are_told():
    with pytest.raises(InputError, match=r"sample 's0' is annotated score 4, outside \[-3, 3\]"):
        run([4], ["1"])
    with pytest.raises(InputError, match=r"variant of='valance'; did you mean 'valence'\?"):
        run([1], ["1"], setting(of="valance"))
    with pytest.raises(InputError, match=r"variant range=\[3, 1\] is not \[low, high\]"):
        run([1], ["1"], setting(range=[3, 1]))
    with pytest.raises(InputError, match=r"sample 's0' has no film, over which the mean is taken"):
        run([1], ["1"], setting(over=["film"]))
    with pytest.raises(InputError, match=r"variant over='story'"):
        run([1], ["1"], setting(over=["story"]))


def test_nothing_annotated_is_scored_0_of_0():
    scores = run([None, None], ["1", ""])
    assert {name: value(scores, name) for name in scores.measures} == dict.fromkeys(("ccc", "pcc", "rmse", "mae"), 0)
    assert scores.details["notes"] == []
