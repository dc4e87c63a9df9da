"""Draws that depend on a seed and on names alone: the same on every run and machine, in whatever order rows come."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from affectreason.affect.hashes import short

T = TypeVar("T")
Near = Callable[[Any, Any], float]
ROUNDS = 1000
MOST = 30.0
"""The most that a name leans: e**30 outweighs any nearness, and no number overflows."""
EVEN = 1e-4
"""The share of all draws by which a name may be expected on one side more often than on the other."""


def number(*words: object) -> int:
    """A number in [0, 2**64) of these words."""
    return short("\x1f".join(map(str, words)))


def one_of(options: Sequence[T], *words: object) -> T:
    """One of the options, each as likely as the others."""
    return options[number(*words) % len(options)]


def pair(true: Iterable[T], false: Iterable[T], near: Near, lean: Mapping[T, float], *words: object) -> tuple[T, T]:
    """A true and a false name, likelier the nearer they are, and as `lean` (of `leaning`) puts names on a side."""
    against = sorted(false)  # type: ignore[type-var]
    pairs = [(one, other) for one in sorted(true) for other in against]  # type: ignore[type-var]
    logs = [math.log(near(a, b)) + lean.get(b, 0.0) - lean.get(a, 0.0) for a, b in pairs]
    weights = [math.exp(log - max(logs)) for log in logs]
    left = number(*words) / 2**64 * sum(weights)
    for one, weight in zip(pairs, weights, strict=True):
        left -= weight
        if left < 0:
            return one
    return pairs[-1]


def leaning(counts: Mapping[tuple[frozenset[T], frozenset[T]], int], near: Near) -> dict[T, float]:
    """How far each name must lean to the false side to be drawn by `pair` as often false as true.

    `counts` says how many draws there are from each two sets, one of true and one of false names, none empty. What
    is sought is the minimum of a convex function, the sum of log sum near * exp(lean[false] - lean[true]): its slope
    in a name is how much more often that is expected false than true. Where no draw can be even, it is as near as
    can be.
    """
    names = sorted({name for sides in counts for side in sides for name in side})  # type: ignore[type-var]
    true, false = (np.array([[name in sides[i] for name in names] for sides in counts], float) for i in (0, 1))
    close = np.array([[near(one, other) for other in names] for one in names])
    many = np.array(list(counts.values()), float)
    either = true.any(0) & false.any(0)  # one that is never true is false only where no other can be
    lean = np.where(either, 0.0, np.where(true.any(0), 2 * MOST, -2 * MOST))
    for _ in range(ROUNDS if names else 0):
        stated, denied = true * np.exp(-lean), false * np.exp(lean)
        beside = stated @ close
        share = (many / (beside * denied).sum(1))[:, None]
        is_true = (share * stated * (denied @ close.T)).sum(0)
        is_false = (share * denied * beside).sum(0)
        if (abs(is_true - is_false)[either] <= EVEN * many.sum()).all():
            break
        moved = lean + np.log((is_true + 1e-9) / (is_false + 1e-9)) / 2
        lean[either] = np.clip(moved - np.median(moved[either]), -MOST, MOST)[either]  # only differences count
    return dict(zip(names, lean.tolist(), strict=True))
