"""Units: F1 by unit, fold and variant against scikit-learn, missing against absent, floors, and reading of answers."""

from itertools import product

import numpy as np
import pytest
from sklearn import metrics as sk

from affectreason.affect.sample import ActionUnit, Affect, Provenance, Sample
from affectreason.benchmark.intensity import INTENSITY
from affectreason.benchmark.protocol import Benchmark, Setting
from affectreason.benchmark.units import UNITS
from affectreason.errors import InputError
from affectreason.scoring import measures, presence
from affectreason.scoring.metrics import Prediction

NUMBERS = (1, 2, 4, 6, 9, 12, 25, 26)  # disfa8


def setting(task=UNITS, units="disfa8", compat=None, **more):
    return Setting(
        Benchmark(name="b", title="b", task=task, primary="au_f1", metric="", prep="disfa", units=units, **more),
        compat=compat,
    )


def sample(name, aus, fold=None, dataset="d"):
    return Sample(id=name, gold=Affect(aus=aus), provenance=Provenance(fold=fold, dataset=dataset, subject=fold))


def levels(values, units=NUMBERS):
    return tuple(ActionUnit(number=u, intensity=v) for u, v in zip(units, values, strict=True) if v is not None)


def decided(row):
    return levels([None if on is None else 3 if on else 0 for on in row])


def predictions(gold, said, one, folds=None, task=UNITS):
    found = []
    for i, (g, words) in enumerate(zip(gold, said, strict=True)):
        s = sample(f"s{i}", g, folds[i] if folds else None)
        found.append(Prediction(s, task.given(words, s, one)))
    return found


def random_set(n=300, seed=0):
    draw = np.random.default_rng(seed)
    gold = draw.random((n, 8)) < [0.1, 0.3, 0.5, 0.7, 0.05, 0.4, 0.6, 0.2]
    said = gold ^ (draw.random((n, 8)) < 0.25)
    return gold, said


def as_words(said):
    return [[f"AU{u}" for u, on in zip(NUMBERS, row, strict=True) if on] for row in said]


def value(scores, name):
    m = scores.measures[name]
    return float(m.statistic(m.rows.sum(0)[None])[0])


def test_the_mean_over_units_then_folds_equals_scikit_learn():
    gold, said = random_set()
    folds = ["A" if i < 100 else "B" for i in range(300)]
    one = setting(folds=("A", "B"))
    scores = UNITS.score(predictions(map(decided, gold), as_words(said), one, folds), one)
    each = [sk.f1_score(gold[part], said[part], average="macro") for part in (slice(100), slice(100, 300))]
    assert value(scores, "au_f1") == pytest.approx(np.mean(each))
    assert value(scores, "au_f1_pooled") == pytest.approx(sk.f1_score(gold, said, average="macro"))
    assert value(scores, "au_f1_micro") == pytest.approx(sk.f1_score(gold, said, average="micro"))
    assert value(scores, "au_accuracy") == pytest.approx(
        np.mean([(gold[part] == said[part]).mean() for part in (slice(100), slice(100, 300))])
    )
    assert scores.details["folds"]["A"]["au_f1"] == pytest.approx(each[0])
    assert scores.details["over_folds"]["au_f1"] == pytest.approx({"mean": np.mean(each), "sd": np.std(each, ddof=1)})
    assert list(scores.details["units"]) == [f"AU{u}" for u in NUMBERS]
    assert measures.numbers(scores.measures["au_f1"])["low"] < np.mean(each)


def test_skew_normalised_f1_is_f1_with_negatives_weighted_to_balance():
    gold, said = random_set()
    one = setting()
    scores = UNITS.score(predictions(map(decided, gold), as_words(said), one), one)
    expected = []
    for g, s in zip(gold.T, said.T, strict=True):
        weights = np.where(g, 1, g.sum() / (~g).sum())
        expected.append(sk.f1_score(g, s, sample_weight=weights))
    assert value(scores, "au_f1_skew") == pytest.approx(np.mean(expected))
    assert scores.measures["au_f1_skew"].trivial.best_constant == pytest.approx(2 / 3)


def test_fixed_vocabulary_counts_a_unit_that_never_occurs():
    one = setting()
    gold = [decided([1, 1, 0, 0, 0, 0, 0, 0])] * 2
    scores = UNITS.score(predictions(gold, [["AU1", "AU2"]] * 2, one), one)
    assert value(scores, "au_f1") == pytest.approx(2 / 8)
    assert value(scores, "au_f1_present") == 1


def test_a_missing_unit_leaves_its_own_counts_and_no_others():
    one = setting()
    gold = [decided([1, None, 0, 0, 0, 0, 0, 1]), decided([1, 1, 0, 0, 0, 0, 0, 1])]
    scores = UNITS.score(predictions(gold, [["AU1", "AU2"], ["AU1"]], one), one)
    found = scores.details["units"]["AU2"]
    assert (found["coded"], found["base_rate"], found["precision"], found["f1"]) == (1, 1, 0, 0)
    assert scores.details["units"]["AU1"]["coded"] == 2
    assert scores.details["not_coded"] == 1


def test_in_a_set_that_lists_only_what_is_present_the_rest_is_absent():
    one = setting()
    scores = UNITS.score(predictions([levels([3], (1,)), ()], [["AU2"], []], one), one)
    assert scores.details["units"]["AU2"]["coded"] == 2
    assert scores.details["not_coded"] == 0


def test_a_silent_answer_misses_every_unit_and_is_right_of_none():
    one = setting()
    pair = predictions([decided([1, 0, 0, 0, 0, 0, 0, 0])], [["happy"]], one)
    scores = UNITS.score(pair, one)
    assert scores.details["silent"] == 1
    assert [value(scores, name) for name in scores.measures] == [0.0] * 5
    spoken = UNITS.score(predictions([decided([1, 0, 0, 0, 0, 0, 0, 0])], [[]], one), one)
    assert value(spoken, "au_accuracy") == pytest.approx(7 / 8)


@pytest.mark.parametrize("name", presence.STATISTICS)
def test_the_best_constant_is_the_best_of_all_sets(name):
    draw = np.random.default_rng(3)
    coded = draw.integers(20, 40, (2, 5)).astype(float)
    present = np.floor(coded * draw.random((2, 5)) * [1, 1, 0.3, 0.1, 0])
    sums = np.stack([np.zeros((2, 5)), np.zeros((2, 5)), present, coded], axis=1)
    every = []
    for says in product((0.0, 1.0), repeat=5):
        told = np.stack([np.array(says) * present, np.array(says) * coded, present, coded], axis=1)
        every.append(float(presence.STATISTICS[name](told)))
    found = presence.floors(presence.STATISTICS[name], sums, (1, 2, 4, 6, 12))
    assert found.best_constant == pytest.approx(max(every))


def test_a_draw_without_a_unit_leaves_it_out_as_numpy_does():
    """Every unit is said right: a draw that lost AU9, which two of 60 frames show, is no reason to go below 1."""
    draw = np.random.default_rng(5)
    gold = draw.random((60, 8)) < 0.4
    gold[:, 4] = np.arange(60) < 2
    said = gold.copy()
    said[:, 1] ^= draw.random(60) < 0.3
    said[30, 4] = True
    one = setting()
    found = UNITS.score(predictions(map(decided, gold), as_words(said), one), one).measures
    picks = np.random.default_rng(0).integers(0, 60, (1000, 60))
    hit, spoken, there = ((one[picks].sum(1)).astype(float) for one in (gold & said, said, gold))
    each = 2 * hit / np.maximum(spoken + there, 1)
    fixed = np.nanmean(np.where(there > 0, each, np.nan), axis=1)
    micro = 2 * hit.sum(1) / (spoken + there).sum(1)
    for name, values in (("au_f1", fixed), ("au_f1_present", fixed), ("au_f1_micro", micro)):
        held = measures.numbers(found[name])
        assert (held["low"], held["high"]) == pytest.approx(tuple(np.percentile(values, [2.5, 97.5]))), name
        assert "draws_left_out" not in held
    assert np.percentile(each.mean(1), 2.5) < measures.numbers(found["au_f1"])["low"] - 0.05  # lost units as 0


def test_a_unit_that_is_never_there_goes_on_counting_0_and_draws_without_any_are_told():
    gold, said = random_set(40)
    gold[:, 0] = said[:, 0] = False
    one = setting()
    found = measures.numbers(UNITS.score(predictions(map(decided, gold), as_words(said), one), one).measures["au_f1"])
    assert found["value"] == pytest.approx(sk.f1_score(gold, said, average="macro", zero_division=0))
    assert found["high"] < 7 / 8
    lone = np.zeros((40, 8), dtype=bool)
    lone[0, 4] = True
    found = measures.numbers(
        UNITS.score(predictions(map(decided, lone), as_words(lone), one), one).measures["au_f1_micro"]
    )
    assert found["low"] == found["high"] == found["value"] == 1
    assert found["draws_left_out"] == pytest.approx((39 / 40) ** 40, abs=0.05)


def test_chance_says_each_unit_at_its_base_rate():
    gold, said = random_set(1000)
    one = setting()
    floor = UNITS.score(predictions(map(decided, gold), as_words(said), one), one).measures["au_f1"].trivial
    draw = np.random.default_rng(9)
    runs = [sk.f1_score(gold, draw.random(gold.shape) < gold.mean(0), average="macro") for _ in range(12)]
    assert floor.chance == pytest.approx(gold.mean(0).mean())
    assert floor.chance == pytest.approx(np.mean(runs), abs=0.02)
    assert floor.best_constant == pytest.approx((2 * gold.mean(0) / (1 + gold.mean(0))).mean())


def test_missing_folds_other_folds_and_units_nobody_coded_are_told():
    one = setting(folds=("A", "B", "C"))
    gold = [decided([1, 0, 0, 0, 0, 0, 0, 0])]
    with pytest.raises(InputError, match=r"no annotated sample of B, C; prepare and answer the whole set"):
        UNITS.score(predictions(gold, [[]], one, ["A"]), one)
    with pytest.raises(InputError, match=r"sample 's0' is of fold None; benchmark b: known: A, B, C"):
        UNITS.score(predictions(gold, [[]], one), one)
    wide = setting(units="disfa12", options={"protocol": "12"})
    with pytest.raises(InputError, match=r"whether AU5 AU15 AU17 AU20 is there; .* prep disfa protocol=12"):
        UNITS.score(predictions(gold, [[]], wide), wide)
    with pytest.raises(InputError, match=r"AU1 with intensity 3, .* calls a unit present from 2 on; .*at_least=2"):
        UNITS.gold(sample("s", gold[0]), setting(options={"at_least": 2}))
    with pytest.raises(InputError, match="no action unit is annotated in the samples"):
        UNITS.gold(sample("s", ()), setting(units=None))


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("<answer>AU1, AU4</answer>", ["AU1", "AU4"]),
        ("<answer>1, 4 and 12</answer>", ["AU1", "AU4", "AU12"]),
        ("<answer>none</answer>", []),
        ("AU01 and AU12, no AU4", ["AU1", "AU12"]),
        ('{"action_units": [1, 4]}', ["AU1", "AU4"]),
        ("<think>AU6 is seen</think><answer>AU1</answer>", ["AU1"]),
        ("<think>the brows are lowered (AU4)</think><answer>anger</answer>", ["AU4"]),
        ("I see 2 people", None),
        ("", None),
        ("happy", None),
    ],
)
def test_reading(text, units):
    response = UNITS.read(text, sample("s", ()), setting())
    assert UNITS.said(response, setting()) == units
    assert response.well_formed == (units is not None)


def test_compat_facial_r1_takes_every_code_and_scores_what_occurs():
    one = setting(compat="facial_r1", folds=("A", "B"))
    read = [UNITS.read(t, sample("s", ()), one) for t in ("<think>no AU4, AU12</think>AU1", "AU1 and AU04, AU123")]
    assert [UNITS.said(r, one) for r in read] == [["AU4", "AU12"], ["AU1"]]
    gold = [decided([1, 0, 0, 0, 0, 0, 0, 0])]
    assert value(UNITS.score(predictions(gold, [["AU1", "AU2"]], one), one), "au_f1") == 1


def test_intensity_by_hand_and_its_floors():
    one = setting(INTENSITY, "bp4d_intensity5")
    units = (6, 10, 12, 14, 17)
    gold = [levels(v, units) for v in ([0, 1, 2, 0, 0], [2, 1, 3, 0, 0], [4, 1, 4, 0, 5])]
    said = [["AU12=2"], ["AU6=1", "AU12: 3"], ["AU6=4", "AU12 (4)", "AU17=5"]]
    scores = INTENSITY.score(predictions(gold, said, one, task=INTENSITY), one)
    table = scores.details["units"]
    assert table["AU12"]["icc"] == table["AU12"]["pcc"] == table["AU17"]["icc"] == pytest.approx(1)
    assert table["AU6"]["icc"] == pytest.approx(2 * 8 / (8 + 26 / 3))  # squares 8 and 26/3, products 8
    assert value(scores, "au_mae") == pytest.approx((1 / 3 + 1 + 0 + 0 + 0) / 5)
    assert value(scores, "au_icc") == pytest.approx((0.96 + 1 + 1) / 5)
    assert scores.details["undefined"] == 2
    floor = scores.measures["au_mae"].trivial
    assert floor.best_constant == pytest.approx((4 / 3 + 0 + 2 / 3 + 0 + 5 / 3) / 5)
    assert scores.measures["au_icc"].trivial.best_constant == 0


def test_an_unparsed_intensity_is_the_worst_it_could_be():
    one = setting(INTENSITY, "bp4d_intensity5")
    units = (6, 10, 12, 14, 17)
    gold = [levels(v, units) for v in ([0] * 5, [1] * 5, [4] * 5)]
    right = [[f"AU{u}={level}" for u in units] for level in (0, 1, 4)]
    full = INTENSITY.score(predictions(gold, right, one, task=INTENSITY), one)
    assert value(full, "au_icc") == pytest.approx(1)
    assert value(full, "au_mae") == 0
    part = INTENSITY.score(predictions(gold, [*right[:2], [f"AU{u}" for u in units]], one, task=INTENSITY), one)
    # gold 0 1 4, said 0 1 and 0 at the worst: covariance 1/3 - 5/3 * 1/3, variances 26/9 and at least 1/2 / 3
    assert value(part, "au_icc") == pytest.approx(2 * (1 / 3 - 5 / 9) / (26 / 9 + 1 / 6))
    assert part.details["coverage"] == pytest.approx(2 / 3)
    assert part.details["notes"][0].startswith(
        "5 of 15 numbers could not be read (66.7% were); correlations are no higher"
    )
    assert full.details["notes"] == []
    assert value(part, "au_mae") == pytest.approx(4 / 3)
    assert part.details["unparsed_levels"] == 5
    silent = INTENSITY.score(predictions(gold, [["no face"]] * 3, one, task=INTENSITY), one)
    assert value(silent, "au_icc") == value(silent, "au_pcc") == -1
    assert value(silent, "au_mae") == pytest.approx((5 + 4 + 4) / 3)
    assert silent.details["silent"] == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<answer>AU4=3, AU12=2.5</answer>", ["AU4=3", "AU12=2.5"]),
        ("AU6 at level B and AU12 with intensity 4", ["AU6=2", "AU12=4"]),
        ("AU4: 0, AU12: 1", ["AU12=1"]),
        ("AU12 (lip corner puller): 2", ["AU12=2"]),
        ("AU4=7", ["AU4=?"]),
        ("AU4=1 or AU4=2", ["AU4=?"]),
        ("AU4 is visible", ["AU4=?"]),
        ("no AUs", []),
        ("calm", None),
    ],
)
def test_reading_intensity(text, said):
    assert INTENSITY.said(INTENSITY.read(text, sample("s", ()), setting(INTENSITY)), setting(INTENSITY)) == said


@pytest.mark.parametrize("part", ["<think>", "AU", "AU4=", "1 ", "AU1 ", "[", '{"aus":', "9", "AU4 at an intensity "])
def test_long_hostile_answers_do_not_raise(part):
    for task, compat in ((UNITS, None), (UNITS, "facial_r1"), (INTENSITY, None)):
        response = task.read(part * 3_000, sample("s", ()), setting(task, compat=compat))
        assert task.said(response, setting(task)) in (None, [], ["AU1"], ["AU1=?"], ["AU4"], ["AU4=?"])
