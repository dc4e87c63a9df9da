"""Several answers to each prompt, with the prompt read once: one prefill and one encoding of its media."""

from collections.abc import Sequence
from typing import Any

import torch

from affectreason.errors import InputError
from affectreason.model import prefixes
from affectreason.model.shared_prefix import Prefix


@torch.no_grad()
def answers(model: Any, asked: Sequence[Prefix], of: torch.Tensor, pad: int, **how: Any) -> torch.Tensor:
    """Tokens (B, R) written behind the prompts `of` (B,), as one batch; `how` goes to transformers' generate.

    What a model draws depends on its logits alone, so a seed draws what it would behind prompts that are repeated.
    """
    inner = prefixes.whole(model)
    width = max(len(one.ids) for one in asked)
    ids = torch.stack([_left(one.ids, width, pad) for one in asked])
    mask = torch.stack([_left(torch.ones_like(one.ids), width, 0) for one in asked])
    media = prefixes.media_of(asked)
    known: dict[str, Any] = {"position_ids": _positions(asked, width)}
    if asked[0].positions.ndim == 2:
        known["position_ids"] = known["position_ids"].transpose(0, 1)  # (3, B, P)
    read = model(
        input_ids=ids[:, :-1],
        attention_mask=mask[:, :-1],
        position_ids=known["position_ids"][..., :-1],
        use_cache=True,
        logits_to_keep=1,
        **media,
    )
    cache = read.past_key_values
    cache.reorder_cache(of)  # layers of linear attention know no other way to take rows more than once
    if hasattr(inner.base_model, "rope_deltas"):
        behind = torch.stack([one.positions.max() + 1 - len(one.ids) for one in asked])
        inner.base_model.rope_deltas = behind[of][:, None]
    found = model.generate(input_ids=ids[of], attention_mask=mask[of], past_key_values=cache, **how)
    return found[:, width:]


def never(tokens: Sequence[int], given: dict[str, Any] | None, vllm: bool) -> dict[str, Any]:
    """The options `given` for generation, and those by which `tokens` are never written.

    vLLM knows no `suppress_tokens` but a `logit_bias`, of which it takes -100 to 100; -100 leaves a token a chance of
    e to the -100th.
    """
    given = dict(given or {})
    if not vllm:
        return {**given, "suppress_tokens": sorted({*tokens, *(given.get("suppress_tokens") or ())})}
    bias = given.get("logit_bias") or {}
    if not isinstance(bias, dict) or not all(str(token).isdecimal() for token in bias):
        raise InputError(
            f"train.generation_kwargs.logit_bias: {bias!r} does not give numbers to token ids; write it as "
            "{1234: -5.0}"
        )
    own = {int(token): value for token, value in bias.items()}  # vLLM's own class does not turn "1234" into 1234
    return {**given, "logit_bias": {**own, **dict.fromkeys(tokens, -100.0)}}


def _positions(asked: Sequence[Prefix], width: int) -> torch.Tensor:
    return torch.stack([_left(one.positions, width, 0) for one in asked])


def _left(tensor: torch.Tensor, width: int, value: int) -> torch.Tensor:
    """Filled up on the left to `width` in the last dimension."""
    return torch.nn.functional.pad(tensor, (width - tensor.shape[-1], 0), value=value)
