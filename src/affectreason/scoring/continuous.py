"""Agreement of numbers as functions of sums: CCC, PCC, ICC(3,1), RMSE, MAE, MSE.

Every function takes sums of `moments` over samples, of shape (..., 7), so that `intervals.bootstrap` can resample them.
A correlation of something that does not vary is undefined: it is 0 here, and `defined` tells, so that it can be
counted.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from affectreason.errors import InputError, nearest
from affectreason.scoring.intervals import Rows
from affectreason.scoring.metrics import ratio

Variance = Literal["population", "unbiased"]
VARIANCES: tuple[Variance, ...] = ("population", "unbiased")
COLUMNS = 7
FLAT = 1e-11
"""Of the mean square: a spread below it is the rounding of sums."""


def moments(gold: NDArray[np.float64], said: NDArray[np.float64]) -> Rows:
    """Columns 1, y, x, y^2, x^2, xy, |x - y| of gold y and said x, of shape (..., 7) for arrays of shape (...)."""
    one = np.ones_like(gold)
    return np.stack([one, gold, said, gold**2, said**2, gold * said, np.abs(said - gold)], axis=-1)


def ccc(sums: Rows, variance: Variance = "population") -> Rows:
    """Concordance, 2 cov / (var y + var x + (mean y - mean x)^2), in [-1, 1]; 0 where both are one constant.

    `variance` divides by n ("population": OMG-Empathy) or by n - 1 ("unbiased": HiCMAE). Two different constants score
    0, as do constants against what varies. Source: Lin 1989, equation 1.
    """
    if variance not in VARIANCES:
        raise InputError(f"variance={variance!r} of a CCC; {nearest(variance, VARIANCES)}")
    var_y, var_x, cov = spreads(sums)
    n = sums[..., 0]
    scale = 1.0 if variance == "population" else ratio(n, n - 1)
    apart = ratio(sums[..., 1] - sums[..., 2], n)
    return ratio(2 * cov * scale, (var_y + var_x) * scale + apart**2)


def pcc(sums: Rows) -> Rows:
    """Pearson's correlation, in [-1, 1]; 0 where gold or said is constant."""
    var_y, var_x, cov = spreads(sums)
    return np.clip(ratio(cov, np.sqrt(var_y * var_x)), -1, 1)


def icc31(sums: Rows) -> Rows:
    """ICC(3,1) of two fixed raters, gold and said: (BMS - EMS) / (BMS + EMS) = 2 cov / (var y + var x), in [-1, 1].

    0 where both are constant. Source: Shrout and Fleiss 1979, table 4, with k = 2.
    """
    var_y, var_x, cov = spreads(sums)
    return ratio(2 * cov, var_y + var_x)


def defined(sums: Rows) -> NDArray[np.bool_]:
    """Whether gold and said both vary, without which no correlation is defined."""
    var_y, var_x, _ = spreads(sums)
    return (var_y > 0) & (var_x > 0)


def mse(sums: Rows) -> Rows:
    """Mean squared error, not below 0; 0 of nothing."""
    return np.maximum(ratio(sums[..., 3] + sums[..., 4] - 2 * sums[..., 5], sums[..., 0]), 0)


def rmse(sums: Rows) -> Rows:
    """Root of the mean squared error."""
    return np.sqrt(mse(sums))


def mae(sums: Rows) -> Rows:
    """Mean absolute error; 0 of nothing."""
    return ratio(sums[..., 6], sums[..., 0])


def spreads(sums: Rows) -> tuple[Rows, Rows, Rows]:
    """Population variance of gold and of said, and their covariance; exactly 0 where one of them does not vary."""
    n, y, x, yy, xx, xy, _ = np.moveaxis(sums, -1, 0)
    mean_y, mean_x = ratio(y, n), ratio(x, n)
    var_y, var_x = _variance(ratio(yy, n), mean_y), _variance(ratio(xx, n), mean_x)
    return var_y, var_x, np.where((var_y > 0) & (var_x > 0), ratio(xy, n) - mean_y * mean_x, 0.0)


def _variance(square: Rows, mean: Rows) -> Rows:
    spread = square - mean**2
    return np.where(spread > FLAT * square, spread, 0.0)
