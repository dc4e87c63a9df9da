"""Answers that share their prompt in FlashAttention, which takes no mask but sequences of any lengths.

A prompt is a sequence by itself. An answer is one whose queries are its own tokens and whose keys are those of its
prompt and its own: where queries are fewer than keys, they are the last, and each sees what stands before it. Prefix
Grouper (arXiv 2506.05433) makes two calls of this, for prompts and for answers; FlashAttention's call for sequences
does both at once. Keys and values of the prompt are copied for each answer, and nothing else of it; the gradients of
the copies are summed, so that no gradient of a log-sum-exp is needed, which FlashAttention does not have.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from transformers import AttentionInterface
from transformers.integrations.flash_attention import flash_attention_forward

from affectreason.model import prefixes
from affectreason.model.shared_prefix import FLASH


@dataclass(frozen=True)
class Sequences:
    """Sequences of a batch of rows: whose queries they are, (N,), and which keys they see, (M,), behind each other.

    Both are places in the flattened rows. `query_ends` and `key_ends` (S + 1,) are where each sequence begins and ends
    among them, `longest_query` and `longest_key` the most tokens of one.
    """

    queries: torch.Tensor
    keys: torch.Tensor
    query_ends: torch.Tensor
    key_ends: torch.Tensor
    longest_query: int
    longest_key: int


def sequences(group: torch.Tensor, segment: torch.Tensor) -> Sequences:
    """What `shared_prefix.visible` makes a mask of, (B, L) numbers of groups and their parts, as sequences.

    Padding, group -1, is in none.
    """
    rows, length = group.shape
    row = torch.arange(rows).repeat_interleave(length)
    here = torch.stack([row, group.flatten().cpu(), segment.flatten().cpu()])
    edges = (here[:, 1:] != here[:, :-1]).any(0).nonzero().flatten() + 1
    queries: list[torch.Tensor] = []
    keys: list[torch.Tensor] = []
    prompt, of = row[:0], (-1, -1)
    for start, end in pairwise([0, *edges.tolist(), rows * length]):
        number, name, part = here[:, start].tolist()
        own = torch.arange(start, end)
        if (number, name) != of:  # a prompt of one token has none before its answers
            prompt, of = own[:0], (number, name)
        if name < 0:
            continue
        queries.append(own)
        keys.append(torch.cat([prompt, own]))
        prompt = own if part == 0 else prompt
    asked, seen = ([len(one) for one in those] for those in (queries, keys))
    device = group.device
    return Sequences(
        queries=torch.cat(queries).to(device),
        keys=torch.cat(keys).to(device),
        query_ends=_ends(asked).to(device),
        key_ends=_ends(seen).to(device),
        longest_query=max(asked),
        longest_key=max(seen),
    )


def attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    sequences: Sequences | None = None,
    **how: Any,
) -> tuple[torch.Tensor, None]:
    """Transformers' FlashAttention of (B, heads, L, width), of sequences where they are given: (B, L, heads, width).

    A token that is in no sequence gets zeros.
    """
    if sequences is None:
        return flash_attention_forward(module, query, key, value, attention_mask, **how)
    batch, _, length, _ = query.shape
    found, _ = flash_attention_forward(
        module,
        _taken(query, sequences.queries),
        _taken(key, sequences.keys),
        _taken(value, sequences.keys),
        None,
        cu_seq_lens_q=sequences.query_ends,
        cu_seq_lens_k=sequences.key_ends,
        max_length_q=sequences.longest_query,
        max_length_k=sequences.longest_key,
        **how,
    )
    rows = found.new_zeros(batch * length, *found.shape[2:]).index_copy(0, sequences.queries, found[0])
    return rows.unflatten(0, (batch, length)), None


def listen(model: Any) -> None:
    """Let a model be called with `sequences`, which its language model's attention gets, and its tower's does not."""
    AttentionInterface.register(FLASH, attend)
    whole = prefixes.whole(model)
    held: list[Sequences | None] = []

    def take(module: Any, args: Any, known: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        held[:] = [known.pop("sequences", None)]
        return args, known

    def give(module: Any, args: Any, known: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        return args, {**known, "sequences": held[0]} if held and held[0] is not None else known

    whole.base_model.register_forward_pre_hook(take, with_kwargs=True)
    whole.base_model.register_forward_hook(lambda *_: held.clear())  # a decoder called by itself has no sequences
    whole.get_decoder().register_forward_pre_hook(give, with_kwargs=True)


def _taken(states: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """The tokens at some places of all rows, (1, heads, N, width) of (B, heads, L, width)."""
    return states.transpose(1, 2).flatten(0, 1)[places].transpose(0, 1)[None]


def _ends(lengths: list[int]) -> torch.Tensor:
    """Where each of some lengths begins and ends, behind each other, as FlashAttention counts."""
    return torch.tensor([0, *lengths]).cumsum(0).int()
