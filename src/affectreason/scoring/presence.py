"""Presence of action units as functions of sums: F1 with its variants, accuracy, and what trivial answers reach.

Sums are counts of shape (..., F, 4, U), folds and units: hits, said, present and coded frames of each unit. A unit that
is coded nowhere in a fold leaves the mean over units there. All values are in [0, 1].

`shown`, of shape (F, U), tells a draw which units the samples it is drawn from show. One that shows none of such a unit
cannot tell its F1, so it leaves the unit out, whatever was said of it: both systems of a paired draw leave out the
same. A unit that the samples never show goes on counting 0. NaN where a draw has nothing left.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from affectreason.scoring import trivial
from affectreason.scoring.intervals import Rows
from affectreason.scoring.metrics import ratio
from affectreason.scoring.trivial import Trivial

Statistic = Callable[[Rows], Rows]
Mask = NDArray[np.bool_]


def f1(sums: Rows) -> Rows:
    """F1 of each unit, of shape (..., U), from sums of shape (..., 4, U)."""
    hit, said_, present, _ = np.moveaxis(sums, -2, 0)
    return ratio(2 * hit, said_ + present)


def skewed(sums: Rows) -> Rows:
    """F1 of each unit with its false positives weighted as `skew_f1` says, from sums of shape (..., 4, U)."""
    hit, said_, present, coded = np.moveaxis(sums, -2, 0)
    extra = (said_ - hit) * ratio(present, coded - present)
    return ratio(2 * hit, hit + present + extra)


def over_units(values: Rows, counted: Mask) -> Rows:
    """The mean over counted units of shape (..., F, U), then over the folds that have one."""
    folds = ratio((values * counted).sum(-1), counted.sum(-1))
    return ratio(folds.sum(-1), counted.any(-1).sum(-1))


def fixed_f1(sums: Rows, shown: Mask | None = None) -> Rows:
    """F1 of each unit, 0 where it is never present and never said, from sums of shape (..., F, 4, U)."""
    return _mean_of(f1(sums), sums, shown)


def present_f1(sums: Rows, shown: Mask | None = None) -> Rows:
    """F1 of the units that are present in the gold, from sums of shape (..., F, 4, U)."""
    present = sums[..., 2, :] > 0
    return _known(over_units(f1(sums), present), present.sum((-2, -1)), shown)


def micro_f1(sums: Rows, shown: Mask | None = None) -> Rows:
    """F1 of all decisions together, from sums of shape (..., F, 4, U)."""
    hit, said_, present, _ = np.moveaxis(sums.sum((-3, -1)), -1, 0)
    return _known(ratio(2 * hit, said_ + present), present, shown)


def pooled_f1(sums: Rows, shown: Mask | None = None) -> Rows:
    """F1 of each unit over all folds together, from sums of shape (..., F, 4, U)."""
    return fixed_f1(sums.sum(-3, keepdims=True), None if shown is None else shown.max(0, keepdims=True))


def skew_f1(sums: Rows, shown: Mask | None = None) -> Rows:
    """F1 as if each unit were present in half of the frames, from sums of shape (..., F, 4, U).

    False positives are weighted by P / N, the unit's present over its absent frames: 2 TP / (2 TP + FN + FP P / N).
    Saying always scores 2/3 for every unit. Source: Jeni, Cohn and De la Torre 2013 (skew normalised to 1).
    """
    return _mean_of(skewed(sums), sums, shown)


def _mean_of(values: Rows, sums: Rows, shown: Mask | None) -> Rows:
    """The mean over the units that are coded, without those that a draw lost."""
    counted = sums[..., 3, :] > 0
    if shown is not None:
        counted = counted & ~(shown & (sums[..., 2, :] == 0))
    return _known(over_units(values, counted), counted.sum((-2, -1)), shown)


def _known(values: Rows, counted: Rows, shown: Mask | None) -> Rows:
    """The values of something; NaN of nothing in a draw, where there could be something."""
    return values if shown is None or not shown.any() else np.where(counted > 0, values, np.nan)


def accuracy(sums: Rows, shown: Mask | None = None) -> Rows:
    """The share of coded decisions that are right, from sums of shape (..., F, 4, U); of any unit that is coded."""
    hit, said_, present, coded = np.moveaxis(sums, -2, 0)
    return over_units(ratio(coded - said_ - present + 2 * hit, coded), coded > 0)


STATISTICS: dict[str, Callable[..., Rows]] = {
    "au_f1": fixed_f1,
    "au_f1_present": present_f1,
    "au_f1_micro": micro_f1,
    "au_f1_pooled": pooled_f1,
    "au_f1_skew": skew_f1,
    "au_accuracy": accuracy,
}


def floors(statistic: Statistic, sums: Rows, units: Sequence[int]) -> Trivial:
    """What not looking scores, from the sums of shape (F, 4, U).

    Chance says each unit with its base rate p over all folds, independently: the value at expected counts. The best
    constant is exact: a mean over units is best with every unit that is better said than not, F1 of all decisions with
    the k commonest. The majority says the units with p > 1/2.
    """
    rate = ratio(sums[:, 2].sum(0), sums[:, 3].sum(0))

    def value(says: Rows) -> Rows:
        says = says[:, None]
        shape = (len(says), *sums[:, 2].shape)
        present, coded = np.broadcast_to(sums[:, 2], shape), np.broadcast_to(sums[:, 3], shape)
        return statistic(np.stack([says * present, says * coded, present, coded], axis=-2))

    alone = value(np.eye(len(units))) > value(np.zeros((1, len(units))))
    rank = np.argsort(np.argsort(-rate, kind="stable"))
    sets = np.stack([alone, *(rank < k for k in range(len(units) + 1))]).astype(np.float64)
    values = value(sets)
    best = int(values.argmax())
    answer = trivial.spell([unit for unit, on in zip(units, sets[best], strict=True) if on])
    majority = float(value((rate > 0.5)[None].astype(np.float64))[0])
    return Trivial(float(value(rate[None])[0]), float(values[best]), answer, majority)
