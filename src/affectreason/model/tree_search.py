"""Inference by the tree, after VidEmo (arXiv 2511.02712): at each step several candidates, of which the best is kept.

Its code was not published; what chooses is ours and reads no annotation (`scoring.without_gold`). The published numbers
are of single answers, so what a search finds stands beside these, never in their place.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch

from affectreason.affect import reading, steps
from affectreason.affect.sample import Sample
from affectreason.affect.steps import Step
from affectreason.model import generate
from affectreason.model.collate import Loaded
from affectreason.model.generate import Asked
from affectreason.model.vision_cache import Cache
from affectreason.recipe.parts import Search
from affectreason.scoring import without_gold


@dataclass(frozen=True)
class Written:
    """A text and how many tokens it took."""

    text: str
    tokens: int


@dataclass(frozen=True)
class Found:
    """What a search came to for one sample, and what all its candidates took."""

    text: str
    tokens: int
    generations: int


Write = Callable[[list[Asked], list[Loaded], int, str | None, int], list[Written]]
"""Continue each dialogue so many times, sampled, up to a text that ends it (None: greedily, to the end), by a seed."""


def search(
    asked: Sequence[Asked], loaded: Sequence[Loaded], how: Search, vocabulary: str | None, write: Write, seed: int = 0
) -> list[Found]:
    """The answer to each dialogue, built step by step; of equal candidates the first is kept."""
    kept, tokens = [one.begun for one in asked], [0] * len(asked)
    steps_ = steps.STEPS[how.form]
    for number, step in enumerate(steps_):
        those = [replace(one, begun=text + step.opens) for one, text in zip(asked, kept, strict=True)]
        written = write(those, list(loaded), how.candidates, step.closes, seed * len(steps_) + number)
        for i, one in enumerate(asked):
            mine = written[i * how.candidates : (i + 1) * how.candidates]
            tokens[i] += sum(candidate.tokens for candidate in mine)
            last = number == len(steps_) - 1
            kept[i] = _best(kept[i], step, [c.text for c in mine], one.sample, how, vocabulary, last)
    return [Found(text, spent, how.candidates * len(steps_)) for text, spent in zip(kept, tokens, strict=True)]


def _best(
    before: str, step: Step, texts: list[str], sample: Sample, how: Search, vocabulary: str | None, last: bool
) -> str:
    """The text with the candidate that scores most; one that scores nothing comes last."""
    pieces = [steps.piece(text, step) for text in texts]
    wholes = [steps.joined(before, step, one, last) for one in pieces]
    responses = [reading.read(whole, sample, vocabulary) for whole in wholes]
    terms = [term.model_dump() for term in how.by]
    found = without_gold.scores(responses, pieces, sample, terms)
    ranked = [-1.0 if score is None else score for score in found]
    return wholes[ranked.index(max(ranked))]


def answers(
    model: Any,
    processor: Any,
    asked: list[Asked],
    loaded: list[Loaded],
    how: Search,
    vocabulary: str | None,
    *,
    max_new_tokens: int,
    seed: int = 0,
    cache: Cache | None = None,
) -> list[dict[str, Any]]:
    """A row for each dialogue: its `text`, and the tokens and seconds beside those of one greedy answer.

    Seconds are the batch's by the number of its samples; `max_new_tokens` is of each step.
    """
    write = partial(_write, model, processor, max_new_tokens, how.temperature, cache)
    start = time.perf_counter()
    plain = write(asked, loaded, 1, None, seed)
    middle = time.perf_counter()
    found = search(asked, loaded, how, vocabulary, write, seed)
    each = (middle - start) / len(asked), (time.perf_counter() - middle) / len(asked)
    return [
        {
            "id": one.sample.id,
            "text": best.text,
            "generations": best.generations,
            "tokens": best.tokens,
            "seconds": round(each[1], 4),
            "greedy_tokens": greedy.tokens,
            "greedy_seconds": round(each[0], 4),
        }
        for one, best, greedy in zip(asked, found, plain, strict=True)
    ]


def _write(
    model: Any,
    processor: Any,
    max_new_tokens: int,
    temperature: float,
    cache: Cache | None,
    asked: list[Asked],
    loaded: list[Loaded],
    copies: int,
    until: str | None,
    seed: int,
) -> list[Written]:
    """`Write` with a model; sampling depends on the seed and the batch alone."""
    tokenizer = processor.tokenizer
    sampling: dict[str, Any] = {"do_sample": False, "cache": cache, "copies": copies}
    if until is not None:
        sampling |= {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        sampling |= {"stop_strings": [until], "tokenizer": tokenizer}
    with torch.random.fork_rng([model.device] if model.device.type == "cuda" else []):
        torch.manual_seed(seed)
        ids = generate.tokens(model, processor, asked, loaded, max_new_tokens=max_new_tokens, **sampling)
    texts = tokenizer.batch_decode(ids, skip_special_tokens=True)
    counts = (ids != tokenizer.pad_token_id).sum(1).tolist()
    return [Written(text, count) for text, count in zip(texts, counts, strict=True)]
