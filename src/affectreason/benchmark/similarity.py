"""How near two texts are in meaning, by an encoder of the user's: BERTScore, and the cosine of sentence vectors.

`encode` is the user's function; `affectreason.model.encode` has one for a local folder. Here is only the arithmetic.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectreason.affect.sample import Sample
from affectreason.benchmark.likeness import short
from affectreason.errors import InputError
from affectreason.scoring import intervals
from affectreason.scoring.measures import Measure
from affectreason.scoring.trivial import Trivial

Array = NDArray[np.floating[Any]]
Pairs = Sequence[tuple[str, str]]
Similarity = Callable[[Pairs], list[float]]
_TRIED, _RANKED_ON = 50, 60


def cosine(pairs: Pairs, encode: Callable[[Sequence[str]], Sequence[Array]]) -> list[float]:
    """The cosine in [-1, 1] of the sentence vectors of each pair; 0 where a vector has no length."""
    vectors = _encoded(pairs, encode, 1)
    return [float(_unit(vectors[a]) @ _unit(vectors[b])) for a, b in pairs]


def bert_score(pairs: Pairs, encode: Callable[[Sequence[str]], Sequence[Array]]) -> list[float]:
    """BERTScore F1 of each pair (said, gold), without idf and rescaling (Zhang et al. 2020), in [-1, 1].

    `encode` gives each text its tokens' vectors, (tokens, dimensions), special tokens left out. Every token is matched
    with the nearest of the other text; 0 where a text has no token, or where precision + recall are not above 0.
    """
    tokens = _encoded(pairs, encode, 2)
    scores = []
    for said, gold in pairs:
        if not len(tokens[said]) or not len(tokens[gold]):
            scores.append(0.0)
            continue
        near = _unit(tokens[said]) @ _unit(tokens[gold]).T
        precision, recall = float(near.max(1).mean()), float(near.max(0).mean())
        both = precision + recall
        scores.append(2 * precision * recall / both if both > 0 else 0.0)
    return scores


def plug_in(use: str) -> Similarity:
    """The function `(pairs) -> list of scores` at a dotted path; it may have a `version`, its module `__version__`."""
    place, _, name = use.rpartition(".")
    try:
        module = import_module(place) if place else None
    except ModuleNotFoundError as error:
        raise InputError(
            f"similarity={use}: cannot import {place!r} ({error}); is its folder on PYTHONPATH?"
        ) from error
    found = getattr(module, name, None)
    if not callable(found):
        raise InputError(f"similarity={use}: no such function; give package.module.function, (pairs) -> list of floats")
    return found


def version(similarity: Similarity) -> str:
    """The name of a plug-in and its version, as it or its module says it."""
    module = import_module(similarity.__module__)
    said = getattr(similarity, "version", None) or getattr(module, "__version__", None) or "no version given"
    return f"{similarity.__module__}.{getattr(similarity, '__name__', '?')}: {said}"


def measure(
    similarity: Similarity, said: Sequence[str], gold: Sequence[str], samples: Sequence[Sample], seed: int = 0
) -> Measure:
    """The mean over texts of a plug-in's scores; a text that says nothing scores 0 and is not handed to it.

    Chance is the text of another sample, the best constant the best of 50 annotated texts, ranked on 60 samples.
    Raises InputError where the plug-in does not give one finite number for each pair.
    """
    rng = np.random.default_rng(seed)
    circle = rng.permutation(len(gold))
    others = dict(zip(circle.tolist(), np.roll(circle, 1).tolist(), strict=True))
    spread = gold[:: max(1, -(-len(gold) // _RANKED_ON))]
    tried = sorted({gold[index] for index in circle[:_TRIED]})
    means = {one: float(np.mean(_scores(similarity, [(one, g) for g in spread]))) for one in tried}
    best = max(tried, key=means.__getitem__) if tried else ""
    drawn = [(gold[others[index]], one) for index, one in enumerate(gold)]
    floor = Trivial(
        float(np.mean(_scores(similarity, drawn))) if len(gold) > 1 else None,
        float(np.mean(_scores(similarity, [(best, one) for one in gold]))) if tried else 0.0,
        short(best),
    )
    values = _scores(similarity, list(zip(said, gold, strict=True)))
    rows = np.array([[value, 1.0] for value in values]).reshape(-1, 2)
    return Measure(rows, intervals.mean_value, tuple(samples), floor)


def _scores(similarity: Similarity, pairs: Pairs) -> list[float]:
    """The plug-in's scores, 0 for a text that says nothing."""
    there = [pair for pair in pairs if pair[0].strip()]
    values = list(similarity(there)) if there else []
    if len(values) != len(there) or not np.isfinite(np.array(values, dtype=float)).all():
        raise InputError(
            f"{version(similarity)} gave {len(values)} scores for {len(there)} pairs, or one that is no finite number; "
            "it must give one number for each pair"
        )
    scored = iter(values)
    return [float(next(scored)) if pair[0].strip() else 0.0 for pair in pairs]


def _encoded(pairs: Pairs, encode: Callable[[Sequence[str]], Sequence[Array]], dimensions: int) -> dict[str, Array]:
    """Every text once, as `encode` gives it; InputError where the arrays are not of one vector, or of one a token."""
    unique = list(dict.fromkeys(text for pair in pairs for text in pair))
    found = [np.asarray(one) for one in encode(unique)] if unique else []
    wrong = next((one.shape for one in found if one.ndim != dimensions), None)
    if len(found) != len(unique) or wrong is not None:
        shape = "(dimensions,)" if dimensions == 1 else "(tokens, dimensions)"
        raise InputError(
            f"the encoder gave {len(found)} arrays for {len(unique)} texts"
            f"{'' if wrong is None else f', one of shape {wrong}'}; it must give one of shape {shape} for each text"
        )
    return dict(zip(unique, found, strict=True))


def _unit(vectors: Array) -> Array:
    """Vectors along the last axis of length 1, or 0."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors, dtype=float), where=length > 0)
