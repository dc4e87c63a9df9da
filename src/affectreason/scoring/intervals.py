"""How sure a number is: the percentile bootstrap over samples, or over groups of them that belong together."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
_CELLS = 4_000_000  # of weights held at once


class Interval(NamedTuple):
    """The ends of an interval, and the share of draws that said nothing and are left out of it, in [0, 1]."""

    low: float
    high: float
    left_out: float


UNKNOWN = Interval(float("nan"), float("nan"), 0.0)


def mean_value(sums: Rows) -> Rows:
    """The mean of one column: `sums` of shape (..., 2) holds the sum of the values and their number."""
    return sums[..., 0] / np.maximum(sums[..., 1], 1)


def bootstrap(
    rows: Rows,
    statistic: Callable[[Rows], Rows] = mean_value,
    n: int = 1000,
    seed: int = 0,
    groups: Sequence[str] | None = None,
    level: float = 0.95,
) -> tuple[float, float]:
    """The percentile interval (low, high) of `statistic` when samples are drawn again with replacement.

    `rows` is (N,) values, whose mean is taken, or (N, ...) counts; `statistic` maps sums of rows over a draw, of
    shape (B, ...), to (B,) numbers. With `groups`, one name a row, whole groups are drawn. Equal N and `seed` draw
    alike, so an interval of a difference is had by giving both sides' counts in one row. A draw of which `statistic` is
    NaN says nothing and is left out. NaN for no rows. Source: Efron and Tibshirani 1993, chapter 13.
    """
    return together(rows, [statistic], n, seed, groups, level)[0][:2]


def together(
    rows: Rows,
    statistics: Sequence[Callable[[Rows], Rows]],
    n: int = 1000,
    seed: int = 0,
    groups: Sequence[str] | None = None,
    level: float = 0.95,
) -> list[Interval]:
    """The intervals of several statistics of the same rows, which are then drawn once; else as `bootstrap`."""
    rows = np.asarray(rows, dtype=np.float64)
    if rows.ndim == 1:
        rows = np.stack([rows, np.ones_like(rows)], axis=1)
    if groups is not None:
        rows = _summed(rows, groups)
    if not len(rows):
        return [UNKNOWN] * len(statistics)
    count, flat, rng = len(rows), rows.reshape(len(rows), -1), np.random.default_rng(seed)
    values: list[list[Rows]] = [[] for _ in statistics]
    step = max(1, _CELLS // count)
    for start in range(0, n, step):
        draws = min(step, n - start)
        picks = rng.integers(0, count, size=(draws, count)) + np.arange(draws)[:, None] * count
        weights = np.bincount(picks.ravel(), minlength=draws * count).reshape(draws, count).astype(np.float64)
        sums = (weights @ flat).reshape(draws, *rows.shape[1:])
        for found, statistic in zip(values, statistics, strict=True):
            found.append(statistic(sums))
    return [_interval(np.concatenate(found), level) for found in values]


def _interval(values: Rows, level: float) -> Interval:
    """The percentile interval of the values that are numbers."""
    kept = values[~np.isnan(values)]
    if not len(kept):
        return UNKNOWN._replace(left_out=1.0)
    low, high = np.quantile(kept, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), 1 - len(kept) / len(values))


def _summed(rows: Rows, groups: Sequence[str]) -> Rows:
    """Rows added up within each group."""
    names, place = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.zeros((len(names), *rows.shape[1:]))
    np.add.at(sums, place, rows)
    return sums
