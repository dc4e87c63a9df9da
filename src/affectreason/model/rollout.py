"""Several answers to each prompt, with the prompt read once: one prefill and one encoding of its media."""

from collections.abc import Sequence
from typing import Any

import torch

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


def _positions(asked: Sequence[Prefix], width: int) -> torch.Tensor:
    return torch.stack([_left(one.positions, width, 0) for one in asked])


def _left(tensor: torch.Tensor, width: int, value: int) -> torch.Tensor:
    """Filled up on the left to `width` in the last dimension."""
    return torch.nn.functional.pad(tensor, (width - tensor.shape[-1], 0), value=value)
