"""Agreement of numbers where some were not answered: the lowest that any answers in the range could have made of it.

Leaving out the samples a model would get wrong must not raise a correlation, so silence counts as the worst answer:
each value here is at most the one that any answers in [low, high] in place of the missing ones would give, and exactly
`continuous`'s where none is missing. The bounds are functions of sums of `rows`, of shape (..., 15).

Missing answers are filled twice: for the covariance with `low` where gold is above its mean and `high` elsewhere, no
fill has less; for errors with the far end of the range. Fills are chosen on all samples scored and stay in a draw.
"""

import numpy as np
from numpy.typing import NDArray

from affectreason.scoring import continuous
from affectreason.scoring.continuous import Variance
from affectreason.scoring.intervals import Rows
from affectreason.scoring.metrics import ratio

_HALF = continuous.COLUMNS
COLUMNS = 2 * _HALF + 1


def rows(gold: Rows, said: Rows, mean: Rows | float, low: float, high: float) -> Rows:
    """Rows of shape (..., 15) of gold and said of shape (...); NaN in `gold` is not annotated, in `said` not answered.

    Columns: `moments` of the answered; `moments` of the others with their fill, the absolute error that of the far end;
    its square. `mean` is that of all gold that is summed with a value, and broadcasts.
    """
    coded, said_ = ~np.isnan(gold), ~np.isnan(gold) & ~np.isnan(said)
    known = np.where(coded, gold, 0.0)
    far = np.maximum(np.abs(known - low), np.abs(high - known))
    there = continuous.moments(known, np.where(said_, said, 0.0)) * said_[..., None]
    others = continuous.moments(known, np.where(known > mean, low, high))
    others[..., -1] = far
    others = np.concatenate([others, far[..., None] ** 2], axis=-1) * (coded & ~said_)[..., None]
    return np.concatenate([there, others], axis=-1)


def answered(sums: Rows) -> Rows:
    """The sums of `continuous.moments` of the answered samples."""
    return sums[..., :_HALF]


def asked(sums: Rows) -> Rows:
    """The number of annotated samples, answered or not."""
    return sums[..., 0] + sums[..., _HALF]


def defined(sums: Rows) -> NDArray[np.bool_]:
    """Whether gold varies, and the answers with their fills do."""
    return continuous.defined(_filled(sums))


def ccc(sums: Rows, low: float, high: float, variance: Variance = "population") -> Rows:
    """The least concordance, in [-1, 1]: 2c / (M + 2c) with c the least covariance and M the largest squared error.

    It rises with c, and falls with M where c is not below 0. Where it is, M is the least error, and it is not below
    the ICC, as no concordance below 0 is. The unbiased variance takes (mean y - mean x)^2 / n from what is below, at
    the mean of answers that makes the value least.
    """
    whole = _filled(sums)
    n = whole[..., 0]
    _, _, c = continuous.spreads(whole)
    wrong = ratio(continuous.mse(answered(sums)) * sums[..., 0], n)
    wrong = np.where(c < 0, wrong, wrong + ratio(sums[..., -1], n))
    apart = _apart(sums, low, high, largest=c < 0) ** 2 if variance == "unbiased" else np.zeros_like(c)
    least = _least(2 * c, wrong + 2 * c - ratio(apart, n))
    least = np.where(c < 0, np.maximum(least, icc31(sums, low, high)), least)
    return _unless_all(sums, continuous.ccc(answered(sums), variance), least)


def pcc(sums: Rows, low: float, high: float) -> Rows:
    """The least Pearson correlation, in [-1, 1]: the least covariance over the deviations, said's the largest possible.

    Below 0, said's the least possible, or, where that says more, what Cauchy and Schwarz leave of fills without a
    range: with N times the covariance A + w e and N times the variance at least V + q e^2 (e: how far the fills are
    from the mean of the answers, q: the share answered), at least -sqrt(W^2 / q + min(A, 0)^2 / V).
    """
    whole = _filled(sums)
    var_y, _, c = continuous.spreads(whole)
    smallest, largest = _variances(sums, low, high)
    n, m, there = whole[..., 0], sums[..., _HALF], answered(sums)
    mean = ratio(whole[..., 1], n)
    spread = smallest * n  # V
    along = there[..., 5] - ratio(there[..., 2] * there[..., 1], there[..., 0])  # A
    below = np.where((along < 0) & (spread > 0), along, 0.0)
    free = np.maximum(sums[..., _HALF + 3] - 2 * mean * sums[..., _HALF + 1] + m * mean**2, 0)  # W^2
    squared = _over(free, ratio(there[..., 0], n)) + ratio(below**2, spread)
    loose = -np.sqrt(_over(squared, n * var_y))
    tight = _least(c, np.sqrt(var_y * np.where(c < 0, smallest, largest)))
    return _unless_all(sums, continuous.pcc(there), np.where(c < 0, np.maximum(tight, loose), tight))


def icc31(sums: Rows, low: float, high: float) -> Rows:
    """The least ICC(3,1), in [-1, 1]: 2c over both variances, said's the largest possible.

    Where c < 0 said's is the least possible, and the ICC is not below Pearson's correlation.
    """
    var_y, _, c = continuous.spreads(_filled(sums))
    smallest, largest = _variances(sums, low, high)
    least = _least(2 * c, var_y + np.where(c < 0, smallest, largest))
    least = np.where(c < 0, np.maximum(least, pcc(sums, low, high)), least)
    return _unless_all(sums, continuous.icc31(answered(sums)), least)


def rmse(sums: Rows) -> Rows:
    """Root of the mean squared error, the missing at the far end of the range."""
    squares = continuous.mse(answered(sums)) * sums[..., 0]
    return np.sqrt(ratio(squares + sums[..., -1], asked(sums)))


def mae(sums: Rows) -> Rows:
    """Mean absolute error, the missing at the far end of the range."""
    return ratio(sums[..., _HALF - 1] + sums[..., 2 * _HALF - 1], asked(sums))


def notes(missing: int, of: int, alone: str) -> list[str]:
    """What to say beside correlations of which some numbers are missing; nothing where none is."""
    if not missing:
        return []
    share = f"{missing:,} of {of:,} numbers could not be read ({1 - missing / of:.1%} were)"
    return [f"{share}; correlations are no higher than with any others in their place; {alone}"]


def _filled(sums: Rows) -> Rows:
    return answered(sums) + sums[..., _HALF : 2 * _HALF]


def _apart(sums: Rows, low: float, high: float, largest: NDArray[np.bool_]) -> Rows:
    """How far the means of gold and said are apart over all fills: the largest distance, else the smallest."""
    whole, m = _filled(sums), sums[..., _HALF]
    first, last = (ratio(sums[..., 2] + m * end - whole[..., 1], whole[..., 0]) for end in (low, high))
    most, least = np.maximum(np.abs(first), np.abs(last)), np.minimum(np.abs(first), np.abs(last))
    return np.where(largest, most, np.where((first < 0) & (last > 0), 0.0, least))


def _variances(sums: Rows, low: float, high: float) -> tuple[Rows, Rows]:
    """The least variance of said over all fills (all at the mean of the answers), and the largest (all at the ends).

    With k of m at `high` it is a parabola of k that is largest where the mean is the middle of the range.
    """
    n, m = asked(sums), sums[..., _HALF]
    x, xx = sums[..., 2], sums[..., 4]
    least = ratio(xx - ratio(x**2, sums[..., 0]), n)
    least = np.where(least > continuous.FLAT * ratio(xx, n), least, 0.0)
    top = (n * (low + high) / 2 - x - m * low) / (high - low)
    most = least
    for k in (np.clip(np.floor(top), 0, m), np.clip(np.ceil(top), 0, m)):
        mean = ratio(x + k * high + (m - k) * low, n)
        most = np.maximum(most, ratio(xx + k * high**2 + (m - k) * low**2, n) - mean**2)
    return least, most


def _least(above: Rows, below: Rows) -> Rows:
    """`above / below`, not under -1; -1 of what is negative over nothing, 0 of 0."""
    return np.clip(np.where(below > 0, ratio(above, below), np.sign(above)), -1.0, 1.0)


def _over(above: Rows, below: Rows) -> Rows:
    """`above / below`, infinite where something is over nothing."""
    return np.where(below > 0, ratio(above, below), np.where(above > 0, np.inf, 0.0))


def _unless_all(sums: Rows, whole: Rows, least: Rows) -> Rows:
    """The value where all are answered, its bound elsewhere."""
    return np.where(sums[..., _HALF] > 0, least, whole)
