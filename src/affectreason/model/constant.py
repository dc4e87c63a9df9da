"""Whether a warm-up taught its towers anything: its last losses beside that of one answer for every sample.

A falling loss proves nothing: heads alone soon learn how often each answer is right.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

BLIND = 0.95
"""The share of the constant answer's loss above which nothing was learned that is worth the name."""
LAST = 0.1


def entropy(said: Iterable[Hashable]) -> float:
    """The cross-entropy in nats of the best constant guess at these: that of their own frequencies; 0 of none."""
    counts = Counter(said)
    total = sum(counts.values())
    return -sum(count / total * math.log(count / total) for count in counts.values())


def loss_of_units(said: Sequence[Iterable[int] | None], units: Sequence[int]) -> float:
    """The binary cross-entropy, over units and faces, of always saying how often each unit is there; None: not said."""
    faces = [set(one) for one in said if one is not None]
    return fmean(entropy(unit in face for face in faces) for unit in units) if faces and units else 0.0


def met(count: int, total: int, size: int) -> float:
    """The share of micro-batches of `size` of `total` samples that hold one of `count`: the others lose nothing."""
    size = min(size, total)
    return 1 - math.comb(total - count, size) / math.comb(total, size)


def learned_nothing(rows: Sequence[Mapping[str, Any]], constant: float) -> str | None:
    """What is told where the mean loss of the last tenth of a log is that of one constant answer; else None."""
    losses = [float(row["loss"]) for row in rows if "loss" in row]
    if not losses or not constant:
        return None
    end = fmean(losses[-max(1, round(len(losses) * LAST)) :])
    if end <= BLIND * constant:
        return None
    return (
        f"its loss ended at {end:.3f}, and one answer for every sample loses {constant:.3f}: its towers learned to "
        "perceive nothing; lower train.learning_rate, or raise train.num_train_epochs"
    )
