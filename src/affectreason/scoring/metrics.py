"""Metrics of a test set: `list[Prediction] -> dict`; unparsed is wrong, unannotated is left out, both are counted.

Every score is a function of counts that can be summed over samples, so that `intervals.bootstrap` can resample them.
Where a ratio has nothing below it (a unit never present and never said) it is 0, as scikit-learn's `zero_division=0`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectreason.affect.labels import Labels
from affectreason.affect.response import Response
from affectreason.affect.sample import Sample
from affectreason.errors import InputError, nearest

Counts = NDArray[np.float64]


@dataclass(frozen=True)
class Prediction:
    """A sample and what the model answered to it."""

    sample: Sample
    response: Response


def emotion_codes(predictions: Sequence[Prediction], labels: Labels) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Gold and said emotion of each annotated prediction as places in `labels.names`; said is K where unparsed.

    Raises InputError for a gold emotion that the vocabulary does not have.
    """
    place = {name: index for index, name in enumerate(labels.names)}
    gold, said = [], []
    for p in predictions:
        if p.sample.gold.emotion is None:
            continue
        name = labels.canonical(p.sample.gold.emotion)
        if name is None:
            word = p.sample.gold.emotion
            raise InputError(
                f"sample {p.sample.id!r}: gold emotion {word!r} is not in the vocabulary {labels.name!r}; "
                f"{nearest(word, labels.names)}"
            )
        answer = labels.canonical(p.response.said.emotion) if p.response.said.emotion else None
        gold.append(place[name])
        said.append(place[answer] if answer is not None else len(place))
    return np.array(gold, dtype=np.int64), np.array(said, dtype=np.int64)


def confusion(predictions: Sequence[Prediction], labels: Labels) -> Counts:
    """Counts of shape (K, K + 1): gold emotion by said emotion, the last column *unparsed*."""
    gold, said = emotion_codes(predictions, labels)
    table = np.zeros((len(labels.names), len(labels.names) + 1))
    np.add.at(table, (gold, said), 1)
    return table


def emotion(predictions: Sequence[Prediction], labels: Labels) -> dict[str, float]:
    """Single-label emotion scores in [0, 1] over the annotated predictions, with counts `n`, `unparsed`, `unannotated`.

    `accuracy` is the weighted average recall (WAR) and `uar` the unweighted one (balanced accuracy) of the field.
    `uar` and `macro_f1` are means over the classes with gold support; `macro_f1_fixed` is over the whole vocabulary.
    `recall/<class>`, `precision/<class>`, `f1/<class>` and `support/<class>` follow for every class.
    """
    table = confusion(predictions, labels)
    support, said, hits = table.sum(1), table[:, :-1].sum(0), np.diagonal(table)
    recall, precision, f1 = ratio(hits, support), ratio(hits, said), ratio(2 * hits, support + said)
    present, n = support > 0, float(support.sum())
    scores = {
        "accuracy": float(ratio(hits.sum(), support.sum())),
        "uar": mean(recall[present]),
        "macro_f1": mean(f1[present]),
        "macro_f1_fixed": mean(f1),
        "weighted_f1": float(ratio((f1 * support).sum(), support.sum())),
        "n": n,
        "unparsed": float(table[:, -1].sum()),
        "unannotated": float(len(predictions) - n),
    }
    for index, name in enumerate(labels.names):
        scores[f"recall/{name}"] = float(recall[index])
        scores[f"precision/{name}"] = float(precision[index])
        scores[f"f1/{name}"] = float(f1[index])
        scores[f"support/{name}"] = float(support[index])
    return scores


def unit_counts(predictions: Sequence[Prediction], units: Sequence[int]) -> Counts:
    """Counts of shape (N, 3, U), true positives, false positives and misses, a row for each annotated prediction.

    An answer that says nothing of units counts as saying that there are none; units outside `units` are left out.
    """
    pairs = [(p.sample.gold.units, p.response.said.units or frozenset()) for p in predictions]
    kept = [(gold, said) for gold, said in pairs if gold is not None]
    gold = np.array([[unit in one for unit in units] for one, _ in kept], dtype=bool).reshape(len(kept), len(units))
    said = np.array([[unit in one for unit in units] for _, one in kept], dtype=bool).reshape(len(kept), len(units))
    return np.stack([gold & said, ~gold & said, gold & ~said], axis=1).astype(np.float64)


def micro_f1(sums: Counts) -> Counts:
    """F1 of all decisions together, from counts of shape (..., 3, U)."""
    hit, extra, missed = np.moveaxis(sums.sum(-1), -1, 0)
    return ratio(2 * hit, 2 * hit + extra + missed)


def macro_f1(sums: Counts, shown: NDArray[np.bool_] | None = None) -> Counts:
    """Mean of the per-unit F1 over the fixed vocabulary, from counts of shape (..., 3, U).

    `shown`, of shape (U,), are the units that the samples show; a draw that shows none of one leaves it out, and is NaN
    where it shows nothing at all.
    """
    hit, extra, missed = np.moveaxis(sums, -2, 0)
    values = ratio(2 * hit, 2 * hit + extra + missed)
    if shown is None:
        return values.mean(-1)
    counted = ~(shown & (hit + missed == 0))
    return np.where(counted.any(-1), ratio((values * counted).sum(-1), counted.sum(-1)), np.nan)


def action_units(predictions: Sequence[Prediction], units: Sequence[int]) -> dict[str, float]:
    """Presence scores in [0, 1] over the fixed vocabulary `units`, over the predictions whose gold units are annotated.

    `au_f1_micro` pools all decisions; `au_f1_macro_fixed` is the mean over `units`, a unit never present and never
    said counting 0; `au_f1_macro_present` is the mean over the units present in the gold (Facial-R1's variant).
    Counts: `n`, `unannotated`, `silent` (nothing said of units), `outside` (said units that `units` lacks).
    """
    rows = unit_counts(predictions, units)
    sums = rows.sum(0)
    hit, extra, missed = sums
    present, n = hit + missed, len(rows)
    f1 = ratio(2 * hit, 2 * hit + extra + missed)
    annotated = [p for p in predictions if p.sample.gold.units is not None]
    outside = sum(len((p.response.said.units or frozenset()) - set(units)) for p in annotated)
    scores = {
        "au_f1_micro": float(micro_f1(sums)),
        "au_precision_micro": float(ratio(hit.sum(), (hit + extra).sum())),
        "au_recall_micro": float(ratio(hit.sum(), present.sum())),
        "au_f1_macro_fixed": mean(f1),
        "au_f1_macro_present": mean(f1[present > 0]),
        "units_per_answer": float(ratio((hit + extra).sum(), n)),
        "units_per_gold": float(ratio(present.sum(), n)),
        "n": float(n),
        "unannotated": float(len(predictions) - n),
        "silent": float(sum(p.response.said.units is None for p in annotated)),
        "outside": float(outside),
    }
    for index, unit in enumerate(units):
        scores[f"f1/AU{unit}"] = float(f1[index])
        scores[f"precision/AU{unit}"] = float(ratio(hit, hit + extra)[index])
        scores[f"recall/AU{unit}"] = float(ratio(hit, present)[index])
        scores[f"base_rate/AU{unit}"] = float(ratio(present, n)[index])
    return scores


def ratio(above: Any, below: Any) -> Counts:
    """`above / below`, 0 where `below` is 0."""
    above, below = np.broadcast_arrays(np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64))
    return np.divide(above, below, out=np.zeros(above.shape), where=below != 0)


def mean(values: Counts) -> float:
    """The mean, 0 of nothing."""
    return float(values.mean()) if values.size else 0.0
