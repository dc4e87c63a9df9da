"""What each sample is answered, whatever the batch it is asked in: texts, their tokens, and how likely those were."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from affectreason.model import generate
from affectreason.model.collate import Loaded
from affectreason.model.generate import Asked
from affectreason.model.vision_cache import Cache

Chooser = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Said:
    """One answer: its text, its tokens with the one that ends it, whether it was cut off, and its mean log-probability.

    The log-probability is the mean over its tokens, in nats, at temperature 1.
    """

    text: str
    tokens: int
    cut: bool
    logprob: float


def answers(
    model: Any,
    processor: Any,
    asked: list[Asked],
    loaded: list[Loaded],
    *,
    max_new_tokens: int,
    temperature: float = 0.0,
    seed: int = 0,
    cache: Cache | None = None,
) -> list[Said]:
    """One answer for each dialogue, generated as one batch; `temperature` 0 is greedy.

    With a `cache` what the tower made of the media is read from it.

    Tokens are drawn by the Gumbel-max trick (Gumbel 1954) with noise of each sample's own, which `seed` and its id
    begin, so that neither the batch a sample is in nor what ran before changes its answer.
    """
    devices = [model.device] * len(asked)
    noise = [_generator(d, seed, one.sample.id) for d, one in zip(devices, asked, strict=True)] if temperature else []
    steps: list[Tensor] = []
    ids = generate.tokens(
        model,
        processor,
        asked,
        loaded,
        max_new_tokens=max_new_tokens,
        logits_processor=[_chooser(noise, temperature, steps)],
        do_sample=False,
        cache=cache,
    )
    ends = torch.tensor(end_tokens(model), device=ids.device)
    ended = torch.isin(ids, ends)
    lengths = torch.where(ended.any(1), ended.int().argmax(1) + 1, ids.shape[1])
    likely = torch.stack(steps, 1)[:, : ids.shape[1]].double()
    written = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]
    means = likely.where(written, 0).sum(1) / lengths
    texts = processor.tokenizer.batch_decode(ids, skip_special_tokens=True)
    rows = zip(texts, lengths.tolist(), (~ended.any(1)).tolist(), means.tolist(), strict=True)
    return [Said(text, count, cut, round(mean, 6)) for text, count, cut, mean in rows]


def end_tokens(model: Any) -> list[int]:
    """The tokens a model's answer may end with."""
    ends = model.generation_config.eos_token_id
    return ends if isinstance(ends, list) else [] if ends is None else [ends]


def _generator(device: torch.device, seed: int, name: str) -> torch.Generator:
    digest = hashlib.sha256(f"{seed}|{name}".encode(errors="surrogatepass")).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest[:7], "big"))


def _chooser(noise: list[torch.Generator], temperature: float, steps: list[Tensor]) -> Chooser:
    """Scores (B, V) to scores whose largest is the token to write; its log-probability, shape (B,), goes to `steps`."""

    def choose(_: Tensor, scores: Tensor) -> Tensor:
        chosen = scores
        if noise:
            drawn = [torch.empty_like(row).exponential_(generator=own) for row, own in zip(scores, noise, strict=True)]
            chosen = scores / temperature - torch.stack(drawn).log()
        best = chosen.argmax(-1, keepdim=True)
        steps.append((scores.gather(-1, best) - scores.logsumexp(-1, keepdim=True)).squeeze(-1))
        return chosen

    return choose
