"""The EW set score, hit rate and mscore against values that the public code printed for a lexicon of its own."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from affectreason.affect import wheel
from affectreason.scoring import word_sets

CASES = json.loads((Path(__file__).parents[1] / "data" / "mer_unibench_cases.json").read_text(encoding="utf-8"))
SET_CASES = CASES["C_ew_selfcontained"]["overlap_cases"]
HIT_CASES = CASES["C_ew_selfcontained"]["hit_rate_cases"]


def synthetic():
    """The small lexicon written for the conformance cases."""
    parts = CASES["C_ew_selfcontained"]["lexicon"]
    wheels = tuple(
        tuple(
            (one.strip().lower(), two.strip().lower(), three.strip().lower())
            for one, middles in parts["wheels"][name].items()
            for two, outer in middles.items()
            for three in outer
        )
        for name in "12345"
    )
    return wheel.Lexicon("synthetic", "cases", wheels, tuple(parts["synonym_runs"]), parts["forms"])


LEXICON = synthetic()


def sets_of(case):
    """Gold and said words of a case as codes, with the clusters of every word."""
    codes = {}
    gold, said = ([wheel.labels_of(case[side][name]) for name in case["gt"]] for side in ("gt", "pred"))
    coded = word_sets.coded(gold, codes), word_sets.coded(said, codes)
    return *coded, word_sets.cluster_table(list(codes), LEXICON)


def same(value, expected):
    return math.isnan(value) if expected is None else abs(value - expected) < 1e-8


@pytest.mark.parametrize("case", SET_CASES.values(), ids=SET_CASES)
def test_the_set_score_under_the_rule_of_2025(case):
    sums = word_sets.set_rows(*sets_of(case)).sum(0)
    parts = word_sets.part_values(sums, "nan")
    for name, expected in case["expected"].items():
        if name in word_sets.MAPS:
            found = dict(zip(("precision", "recall", "f"), parts[word_sets.MAPS.index(name)], strict=True))
        else:
            maps = word_sets.LEVEL1 if name == "EW_level1" else word_sets.LEVEL2
            found = {part: word_sets.mean_over(maps, part, "nan")(sums[None])[0] for part in expected}
        assert all(same(found[part], value) for part, value in expected.items()), name


@pytest.mark.parametrize("case", SET_CASES.values(), ids=SET_CASES)
def test_the_set_score_under_the_rule_of_2026(case):
    sums = word_sets.set_rows(*sets_of(case)).sum(0)[None]
    maps = {"EW_level1": word_sets.LEVEL1, "EW_level2": word_sets.LEVEL2}
    for name, expected in case["expected_2026_zero_handling"].items():
        for part, value in expected.items():
            assert word_sets.mean_over(maps[name], part, "zero")(sums)[0] == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize("case", HIT_CASES.values(), ids=HIT_CASES)
def test_hit_rate_and_mscore(case):
    rows = word_sets.hit_rows(*sets_of(case))
    used, hit, mscore = rows.sum(0).T
    for index in range(5):
        expected = case["expected"]["per_wheel"][f"W{index + 1}"]
        with np.errstate(invalid="ignore"):
            assert same(hit[index] / used[index], expected["hit"])
            assert same(mscore[index] / used[index], expected["mscore"])
    sums = rows.sum(0)[None]
    for part in ("hit_rate", "mscore"):
        assert same(word_sets.hit_value(part, "nan")(sums)[0], case["expected"][part])
        kept = [one["hit" if part == "hit_rate" else part] for one in case["expected"]["per_wheel"].values()]
        kept = [value for value in kept if value is not None]
        assert word_sets.hit_value(part, "zero")(sums)[0] == pytest.approx(sum(kept) / len(kept), abs=1e-8)


def test_leaderboards_are_means_of_the_twelve_f():
    sums = word_sets.set_rows(*sets_of(SET_CASES["list_and_csv_forms"])).sum(0)[None]
    f = word_sets.part_values(sums, "zero")[0, :, 2]
    found = {name: statistic(sums)[0] for name, statistic in word_sets.leaderboards("zero").items()}
    assert found["unibench"] == found["mer2026"] == pytest.approx(f[[2, 4, 6, 8, 10]].mean(), abs=1e-12)
    assert found["mer2025"] == pytest.approx((f[[2, 4, 6, 8, 10]].mean() + f[[3, 5, 7, 9, 11]].mean()) / 2, abs=1e-12)
    assert found["ov_mer"] == pytest.approx(f.mean(), abs=1e-12)


def test_words_outside_cost_nothing_and_doubles_collapse():
    def value(said):
        sets = sets_of({"gt": {"a": "happy, sad"}, "pred": {"a": said}})
        return word_sets.mean_over(word_sets.LEVEL1[:1], "f", "zero")(word_sets.set_rows(*sets).sum(0)[None])[0]

    assert value("happy") == value("happy, glad, qqq") == pytest.approx(2 / 3)


def test_a_hundred_thousand_samples_are_summed_at_once():
    rng = np.random.default_rng(0)
    words = np.array(sorted(LEXICON.surfaces))
    gold, said = ([list(one) for one in words[rng.integers(0, len(words), (100_000, 3))]] for _ in range(2))
    codes = {}
    coded = word_sets.coded(gold, codes), word_sets.coded(said, codes)
    rows = word_sets.set_rows(*coded, word_sets.cluster_table(list(codes), LEXICON))
    one = word_sets.set_rows(*sets_of({"gt": {"a": gold[7]}, "pred": {"a": said[7]}}))
    assert np.array_equal(rows[7], one[0])


def test_a_table_too_large_to_hold_gives_the_same_rows(monkeypatch):
    sets = sets_of(SET_CASES["list_and_csv_forms"])
    held = word_sets.set_rows(*sets), word_sets.hit_rows(*sets)
    monkeypatch.setattr(word_sets, "_CELLS", 0)
    assert all(
        np.array_equal(one, other)
        for one, other in zip((word_sets.set_rows(*sets), word_sets.hit_rows(*sets)), held, strict=True)
    )
