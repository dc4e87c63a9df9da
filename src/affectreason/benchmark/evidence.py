"""Whether reasoning is true: the units it names against those annotated, and against the answer it gives."""

import dataclasses
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np

from affectreason.affect.labels import Labels
from affectreason.affect.mentions import read_units
from affectreason.affect.sample import ActionUnit, Sample
from affectreason.scoring import intervals, rewards, trivial
from affectreason.scoring.intervals import Rows
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction, ratio
from affectreason.scoring.trivial import Trivial

_DRAWS = 500


def named(reasoning: str | None, units: Sequence[int] | None) -> tuple[ActionUnit, ...]:
    """The units that a reasoning affirms, of `units` or of all of FACS."""
    return read_units(unicodedata.normalize("NFKC", reasoning or ""), units).aus or ()


def faithfulness(
    samples: Sequence[Sample], cited: Sequence[Sequence[ActionUnit]], units: Sequence[int]
) -> dict[str, Measure]:
    """Units named against units annotated, over the samples whose units are annotated.

    `evidence_precision`, `evidence_recall`, `evidence_f1` over all decisions together, in [0, 1], and
    `hallucinated_units`, an error: the units named of one sample that are not annotated there. Units that are not in
    `units` are left out. Chance names each unit with its base rate.
    """
    said = [{unit.number for unit in one if unit.intensity != 0} for one in cited]
    known = [(s, named_, s.gold.units) for s, named_ in zip(samples, said, strict=True) if s.gold.units is not None]
    if not known or not units:
        return {}
    gold = np.array([[unit in annotated for unit in units] for _, _, annotated in known])
    ours = np.array([[unit in named_ for unit in units] for _, named_, _ in known])
    counts = np.stack([gold & ours, ~gold & ours, gold & ~ours], axis=1).astype(np.float64)
    rows = np.concatenate([counts.sum(-1), np.ones((len(known), 1))], axis=1)
    rate = trivial.base_rates(counts)
    chance, first = float(ratio((rate**2).sum(), rate.sum())), int(rate.argmax())
    floors = {
        "evidence_precision": Trivial(chance, float(rate[first]), f"AU{units[first]}"),
        "evidence_recall": Trivial(chance, float(rate.max() > 0), "every unit"),
        "evidence_f1": trivial.units_micro(counts, units),
        "hallucinated_units": Trivial(float((rate * (1 - rate)).sum()), 0.0, "no units"),
    }
    own = tuple(sample for sample, _, _ in known)
    errors = {"hallucinated_units"}
    return {
        name: Measure(rows, function, own, floors[name], lower_is_better=name in errors)
        for name, function in _COUNTED.items()
    }


_COUNTED: dict[str, Callable[[Rows], Rows]] = {  # of sums (..., 4): hits, units that are not there, misses, samples
    "evidence_precision": lambda sums: ratio(sums[..., 0], sums[..., 0] + sums[..., 1]),
    "evidence_recall": lambda sums: ratio(sums[..., 0], sums[..., 0] + sums[..., 2]),
    "evidence_f1": lambda sums: ratio(2 * sums[..., 0], 2 * sums[..., 0] + sums[..., 1] + sums[..., 2]),
    "hallucinated_units": lambda sums: ratio(sums[..., 1], sums[..., 3]),
}


def agreement(
    predictions: Sequence[Prediction], cited: Sequence[Sequence[ActionUnit]], labels: Labels, units: Sequence[int]
) -> Measure | None:
    """Whether the named units support the answered emotion, in [0, 1]: the mean of `rewards.au_emotion_consistency`.

    It looks at no annotation, so one text that agrees with itself scores 1. Chance says a uniformly random emotion and
    each unit with the rate at which the answers of this model name it, 500 seeded draws.
    """
    scored = [
        (p.sample, score) for p, aus in zip(predictions, cited, strict=True) if (score := _agrees(p, aus)) is not None
    ]
    if not scored:
        return None
    rows = np.array([[score, 1.0] for _, score in scored])
    rate = [sum(unit in {au.number for au in aus} for aus in cited) / len(cited) for unit in units]
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(_DRAWS):
        some = [unit for unit, p in zip(units, rate, strict=True) if rng.random() < p]
        score = rewards.au_emotion_consistency(trivial.answer(str(rng.choice(labels.names)), some), scored[0][0])
        drawn += [] if score is None else [score]
    floor = Trivial(float(np.mean(drawn)) if drawn else None, 1.0, "AU12 AU25: happiness")
    return Measure(rows, intervals.mean_value, tuple(sample for sample, _ in scored), floor)


def _agrees(prediction: Prediction, aus: Sequence[ActionUnit]) -> float | None:
    said = prediction.response.said.model_copy(update={"aus": tuple(aus) or None})
    return rewards.au_emotion_consistency(dataclasses.replace(prediction.response, said=said), prediction.sample)
