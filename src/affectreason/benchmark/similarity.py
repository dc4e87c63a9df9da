"""How near two texts are in meaning, by an encoder of the user's: BERTScore, and the cosine of sentence vectors.

Here is only the arithmetic; `affectreason.model.encode` makes an `Encoder` of a folder or a hub id.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
Encode = Callable[[Sequence[str]], Sequence[Array]]
Similarity = Callable[[Pairs], list[float]]
_TRIED, _RANKED_ON = 50, 60
_AT_ONCE = 3000  # pairs whose vectors are held at a time: those of all tokens of a large test set fit in no memory


@dataclass(frozen=True)
class Encoder:
    """A model that makes vectors of texts: one of each text, and one of each of its tokens, (tokens, dimensions).

    `version` tells its weights from others, `variants` say in words how each measure is computed, and `cut` holds the
    texts so far that were longer than it takes.
    """

    name: str
    version: str
    sentences: Encode
    tokens: Encode
    variants: Mapping[str, str]
    cut: set[str] = field(default_factory=set)


def measures(
    encoder: Encoder, said: Sequence[str], gold: Sequence[str], samples: Sequence[Sample]
) -> dict[str, Measure]:
    """The measures `bertscore_f1` and `semantic` of texts, in [-1, 1]; empty where there is no text."""
    if not gold:
        return {}
    ways: dict[str, Similarity] = {
        "bertscore_f1": lambda pairs: bert_score(pairs, encoder.tokens),
        "semantic": lambda pairs: cosine(pairs, encoder.sentences),
    }
    return {name: measure(way, said, gold, samples) for name, way in ways.items()}


def described(encoder: Encoder) -> dict[str, Any]:
    """What a report says of an encoder."""
    return {
        "name": encoder.name,
        "version": encoder.version,
        "variants": dict(encoder.variants),
        "cut": len(encoder.cut),
    }


def cosine(pairs: Pairs, encode: Encode) -> list[float]:
    """The cosine in [-1, 1] of the sentence vectors of each pair; 0 where a vector has no length."""
    scores = []
    for some in _parts(pairs):
        vectors = _encoded(some, encode, 1)
        scores += [float(_unit(vectors[a]) @ _unit(vectors[b])) for a, b in some]
    return scores


def bert_score(pairs: Pairs, encode: Encode) -> list[float]:
    """BERTScore F1 of each pair (said, gold), without idf and rescaling (Zhang et al. 2020), in [-1, 1].

    `encode` gives each text its tokens' vectors, (tokens, dimensions), special tokens left out. Every token is matched
    with the nearest of the other text; 0 where a text has no token, or where precision + recall are not above 0.
    """
    return [score for some in _parts(pairs) for score in _matched(some, _encoded(some, encode, 2))]


def note(encoder: Encoder) -> str:
    """The encoder in a sentence."""
    cut = f"; {len(encoder.cut):,} texts were longer than it takes, and cut" if encoder.cut else ""
    return f"bertscore_f1 and semantic are by the encoder {encoder.name} ({encoder.version}){cut}"


def measure(
    similarity: Similarity, said: Sequence[str], gold: Sequence[str], samples: Sequence[Sample], seed: int = 0
) -> Measure:
    """The mean over texts of a similarity; a text that says nothing scores 0 and is not handed to it.

    Chance is the annotated text of another sample, the best constant the best of 50 annotated texts, ranked on 60
    samples. Raises InputError where the similarity does not give one finite number for each pair.
    """
    rng = np.random.default_rng(seed)
    circle = rng.permutation(len(gold))
    others = dict(zip(circle.tolist(), np.roll(circle, 1).tolist(), strict=True))
    spread = gold[:: max(1, -(-len(gold) // _RANKED_ON))]
    tried = sorted({gold[index] for index in circle[:_TRIED]})
    ranked = np.array(_scores(similarity, [(one, g) for one in tried for g in spread])).reshape(len(tried), -1)
    best = tried[int(ranked.mean(1).argmax())]
    # what is compared with one annotated text stands together, so that this text is encoded once
    triples = [
        ((ours, theirs), (best, theirs), (gold[others[index]], theirs))
        for index, (ours, theirs) in enumerate(zip(said, gold, strict=True))
    ]
    values = np.array(_scores(similarity, [pair for triple in triples for pair in triple])).reshape(-1, 3)
    floor = Trivial(float(values[:, 2].mean()) if len(gold) > 1 else None, float(values[:, 1].mean()), short(best))
    rows = np.stack([values[:, 0], np.ones(len(values))], axis=1)
    return Measure(rows, intervals.mean_value, tuple(samples), floor, at_least=True)


def _scores(similarity: Similarity, pairs: Pairs) -> list[float]:
    """The scores of pairs, 0 for a text that says nothing."""
    there = [pair for pair in pairs if pair[0].strip()]
    values = list(similarity(there)) if there else []
    if len(values) != len(there) or not np.isfinite(np.array(values, dtype=float)).all():
        raise InputError(
            f"the encoder gave {len(values)} scores for {len(there)} pairs, or one that is no finite number; it must "
            "give one number for each pair"
        )
    scored = iter(values)
    return [float(next(scored)) if pair[0].strip() else 0.0 for pair in pairs]


def _parts(pairs: Pairs) -> Iterator[Pairs]:
    """The pairs, some at a time."""
    return (pairs[start : start + _AT_ONCE] for start in range(0, len(pairs), _AT_ONCE))


def _matched(pairs: Pairs, tokens: Mapping[str, Array]) -> Iterator[float]:
    """F1 of greedy matching of each pair's tokens."""
    for said, gold in pairs:
        if not len(tokens[said]) or not len(tokens[gold]):
            yield 0.0
            continue
        near = _unit(tokens[said]) @ _unit(tokens[gold]).T
        precision, recall = float(near.max(1).mean()), float(near.max(0).mean())
        both = precision + recall
        yield 2 * precision * recall / both if both > 0 else 0.0


def _encoded(pairs: Pairs, encode: Encode, dimensions: int) -> dict[str, Array]:
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
