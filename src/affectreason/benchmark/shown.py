"""Answers one by one: the worst and a fair draw of them, how sure the model was, and how long they are."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from affectreason.scoring.metrics import Prediction


@dataclass(frozen=True)
class Shown:
    """One answer with what was annotated and what was read, in words.

    `said` is None where nothing could be read. `score` is the sample's own score, in [0, 1]. `confidence` is the mean
    probability of a token, exp(mean token log-probability), in [0, 1], where it is known.
    """

    prediction: Prediction
    gold: str
    said: str | None
    score: float | None
    confidence: float | None


def worst(shown: Sequence[Shown], most: int = 20) -> list[Shown]:
    """The answers with the lowest score; of equal ones those the model was surest of, then drawn with seed 0."""
    scored = [one for one in shown if _known(one.score)]
    random.Random(0).shuffle(scored)
    return sorted(scored, key=lambda one: (one.score, -(one.confidence if _known(one.confidence) else 0.0)))[:most]


def drawn(shown: Sequence[Shown], most: int = 20) -> list[Shown]:
    """Answers drawn at random from all of them with seed 0, in the order of the samples."""
    places = random.Random(0).sample(range(len(shown)), min(most, len(shown)))
    return [shown[place] for place in sorted(places)]


def reliability(shown: Sequence[Shown], bins: int = 10) -> dict[str, Any] | None:
    """How often the model is right when it is so sure; None where no answer has both a score and a confidence.

    Bins of equal width over [0, 1], each with `low`, `high`, `n`, mean `confidence` and mean `score`, empty ones left
    out. `ece` is the mean distance of the two, weighted by n (Guo et al. 2017, equation 3).
    """
    pairs = [(one.confidence, one.score) for one in shown if _known(one.confidence) and _known(one.score)]
    held: dict[int, list[tuple[float, float]]] = {}
    for confidence, score in pairs:
        held.setdefault(min(bins - 1, max(0, int(confidence * bins))), []).append((confidence, score))
    if not pairs:
        return None
    found = [
        {
            "low": place / bins,
            "high": (place + 1) / bins,
            "n": len(inside),
            "confidence": sum(c for c, _ in inside) / len(inside),
            "score": sum(s for _, s in inside) / len(inside),
        }
        for place, inside in sorted(held.items())
    ]
    ece = sum(one["n"] * abs(one["confidence"] - one["score"]) for one in found) / len(pairs)
    return {"ece": ece, "n": len(pairs), "bins": found}


def lengths(shown: Sequence[Shown]) -> dict[str, Any]:
    """How many answers have how many words, in classes that double (0, 1, 2-3, 4-7, ...), and their mean score.

    `low` is the fewest words of each class, `n` its answers, `score` the mean of those that have one, else None.
    """
    held: dict[int, list[float | None]] = {}
    for one in shown:
        held.setdefault(len(one.prediction.response.text.split()).bit_length(), []).append(one.score)
    classes = range(min(held), max(held) + 1) if held else range(0)
    scores = [[score for score in held.get(place, []) if _known(score)] for place in classes]
    return {
        "low": [2 ** (place - 1) if place else 0 for place in classes],
        "n": [len(held.get(place, [])) for place in classes],
        "score": [sum(some) / len(some) if some else None for some in scores],
    }


def _known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
