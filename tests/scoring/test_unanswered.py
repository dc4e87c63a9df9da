"""Silence never raises a correlation: against answers tried by brute force, and by hand."""

from itertools import product

import numpy as np
import pytest

from affectreason.scoring import continuous, unanswered

LOW, HIGH = -3.0, 3.0
BOUNDED = {
    "ccc": (lambda s: unanswered.ccc(s, LOW, HIGH), continuous.ccc),
    "unbiased": (
        lambda s: unanswered.ccc(s, LOW, HIGH, "unbiased"),
        lambda s: continuous.ccc(s, "unbiased"),
    ),
    "pcc": (lambda s: unanswered.pcc(s, LOW, HIGH), continuous.pcc),
    "icc": (lambda s: unanswered.icc31(s, LOW, HIGH), continuous.icc31),
}


def bounds(gold, said):
    gold, said = np.array(gold, float), np.array(said, float)
    sums = unanswered.rows(gold, said, np.nanmean(gold), LOW, HIGH).sum(0)
    return {name: float(bound(sums)) for name, (bound, _) in BOUNDED.items()}


def exact(gold, said):
    """The values of answers of shape (..., N)."""
    said = np.asarray(said, float)
    sums = continuous.moments(np.broadcast_to(np.array(gold, float), said.shape), said).sum(-2)
    return {name: value(sums) for name, (_, value) in BOUNDED.items()}


def random_case(draw):
    """Gold, answers and who is silent; with ties, ends of the range, constants and answers that are nearly right."""
    n = int(draw.integers(1, 8))
    grid = draw.integers(-3, 4, (2, n)).astype(float)
    gold = grid[0] if draw.random() < 0.5 else draw.uniform(LOW, HIGH, n)
    kind = draw.random()
    said = grid[1] if kind < 0.3 else gold * draw.uniform(0, 1) if kind < 0.7 else np.full(n, draw.uniform(LOW, HIGH))
    return gold, np.where(draw.random(n) < 0.1, draw.choice([LOW, HIGH], n), said), draw.random(n) < draw.random()


def test_silence_is_at_most_what_any_answers_give():
    draw = np.random.default_rng(0)
    blank, filled, silent_, cases = [], [], [], []
    for _ in range(2_000):
        gold, said, silent = random_case(draw)
        n = len(gold)
        blank.append(unanswered.rows(gold, np.where(silent, np.nan, said), gold.mean(), LOW, HIGH).sum(0))
        spare = np.full((1, n), said[~silent].mean() if (~silent).any() else 0.0)
        fills = np.concatenate([said[None], spare, draw.uniform(LOW, HIGH, (30, n)), draw.choice([LOW, HIGH], (30, n))])
        tried = np.where(silent, fills, said)
        filled.append(continuous.moments(np.broadcast_to(gold, tried.shape), tried).sum(1))
        silent_.append((silent.any(), silent.all()))
        cases.append((gold, said, silent))
    some, every = np.array(silent_).T
    for name, (bound, value) in BOUNDED.items():
        least, values = bound(np.stack(blank)), value(np.stack(filled))
        wrong = np.flatnonzero((least > values.min(1) + 1e-9) | (least < -1))
        assert not len(wrong), (name, cases[wrong[0]])
        assert (least[~some] == values[~some, 0]).all()  # exactly as without silence
        assert (least[every] <= 0).all()
        assert ((least > 0) & some).sum() > 20  # not by being -1 always


def test_silence_about_two_bad_answers_earns_nothing():
    gold, said = [1, 1, 2.8, 3], [3, 3, 2.8, 3]
    honest, blank = exact(gold, said), bounds(gold, [np.nan, np.nan, 2.8, 3])
    assert all(blank[name] <= honest[name] for name in BOUNDED)


def test_the_bound_of_a_concordance_by_hand():
    """One of eight is silent, then one of four: said 3 for gold -2 makes the covariance (-6 + 4) / 4."""
    gold = np.array([-3, -2, -1, 0, 0, 1, 2, 3.0])
    blank = bounds(gold, [-3, -2, -1, np.nan, 0, 1, 2, 3])
    assert blank["ccc"] == pytest.approx(2 * 28 / 8 / (9 / 8 + 2 * 28 / 8))  # c = 28 / 8, M = 3^2 / 8
    assert blank["pcc"] == pytest.approx(28 / 8 / np.sqrt(28 / 8 * (37 / 8 - (3 / 8) ** 2)))
    assert blank["icc"] == pytest.approx(2 * 28 / 8 / (28 / 8 + 37 / 8 - (3 / 8) ** 2))
    few = bounds([-2, 0, 0, 2], [np.nan, 0, 0, 2])
    assert (
        few["icc"] == few["ccc"] == pytest.approx(2 * -0.5 / (2 + (4 - 4 / 3) / 4))
    )  # variance of gold, least of said


def test_the_bounds_are_near_the_least_of_all_fills():
    draw = np.random.default_rng(3)
    grid = np.array(list(product(np.linspace(LOW, HIGH, 13), repeat=2)))
    for _ in range(50):
        gold = draw.uniform(LOW, HIGH, 30)
        said = np.clip(gold + draw.normal(0, 0.5, 30), LOW, HIGH)
        every = np.repeat(said[None], len(grid), 0)
        every[:, :2] = grid
        least = bounds(gold, np.concatenate([[np.nan, np.nan], said[2:]]))
        values = {name: found.min() for name, found in exact(gold, every).items()}
        for name in BOUNDED:
            assert values[name] - 0.1 < least[name] <= values[name] + 1e-9, name


def test_one_silent_answer_among_many_constant_ones_costs_little():
    gold = np.random.default_rng(0).uniform(LOW, HIGH, 1000)
    said = np.zeros(1000)
    said[0] = np.nan
    assert all(-0.1 < value <= 0 for value in bounds(gold, said).values())


def test_silence_about_a_gold_near_the_mean_can_do_little():
    """Said 0 but for gold 0.1, 0.075 above the mean: at worst 0.075 / sqrt(3/4 N var) whatever the range allows."""
    found = bounds([-1, 0, 0.1, 1], [0, 0, np.nan, 0])
    least = -0.075 / np.sqrt(0.75 * (2.01 - 4 * 0.025**2))
    assert found == pytest.approx(dict.fromkeys(BOUNDED, least))


def test_nobody_answers_and_nothing_is_annotated():
    assert all(value == -1 for value in bounds([-1, 0, 1], [np.nan] * 3).values())
    assert all(value == 0 for value in bounds([2, 2, 2], [np.nan, 1, 3]).values())  # gold is one constant
    nothing = np.zeros(unanswered.COLUMNS)
    assert all(bound(nothing) == 0 for bound, _ in BOUNDED.values())


def test_many_draws_at_once_and_what_is_not_annotated():
    draw = np.random.default_rng(1)
    gold, said = draw.uniform(LOW, HIGH, (2, 40))
    said[::5], gold[::7] = np.nan, np.nan
    rows = unanswered.rows(gold, said, np.nanmean(gold), LOW, HIGH)
    assert rows[::7].sum() == 0
    sums = np.stack([rows.sum(0), rows[:20].sum(0)])
    for bound, _ in BOUNDED.values():
        assert bound(sums) == pytest.approx([float(bound(one)) for one in sums])
    kept = ~np.isnan(gold)
    far = np.maximum(gold - LOW, HIGH - gold)
    errors = np.where(np.isnan(said), far, np.abs(said - gold))[kept]
    assert unanswered.mae(sums[0]) == pytest.approx(errors.mean())
    assert unanswered.rmse(sums[0]) == pytest.approx(np.sqrt((errors**2).mean()))
