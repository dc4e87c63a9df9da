"""Several answers behind one prompt in one row: the prompt is computed once, and every answer sees it and itself alone.

A row is `[prompt without its last token, answer, answer, ...]`; each answer begins with the prompt's last token, so
that its first token is predicted there, and goes on at the prompt's last position, as it does when the prompt is
repeated for each. P is the tokens of a prompt, R those of an answer, L those of a row. The idea is that of Prefix
Grouper (arXiv 2506.05433), here for M-RoPE too, and by a mask, or by sequences where attention takes none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.attention.flex_attention import BlockMask, create_block_mask

FLEX = "flex_attention"  # attention that takes blocks of tokens; on a CPU it has no gradient
FLASH = "flash_attention_2"  # attention that takes sequences in place of a mask: see shared_flash
DENSE = ("sdpa", "eager")  # attention that takes a mask of its own for every pair of tokens


@dataclass(frozen=True)
class Prefix:
    """One prompt: `ids` (P,), `positions` (P,) or of M-RoPE (3, P), and the tensors of its media.

    `types` (P,) marks the tokens that stand for media, where the model wants that. `encoded` are the outputs of a
    frozen tower, by modality, in place of the media.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    media: dict[str, torch.Tensor]
    types: torch.Tensor | None = None
    encoded: dict[str, Any] | None = None


@dataclass(frozen=True)
class Group:
    """Answers behind one prompt: which prompt, and the places of its answers in the batch."""

    prefix: int
    answers: tuple[int, ...]


@dataclass(frozen=True)
class Rows:
    """A batch of rows with their groups: what a model is given, and where the answers' tokens are predicted.

    `input_ids` (B, L), `position_ids` (B, L) or (3, B, L), `mask` (B, 1, L, L), true where a token (dim 2) sees another
    (dim 3), made of `group` and `segment` (B, L) by `visible`. `kept` (N,) are places in the flattened rows at which
    the tokens `targets` (N,) are predicted; token n belongs to answer `answer[n]`, where it is number `step[n]`.
    `order` are the prompts, as they stand in the rows.
    """

    input_ids: torch.Tensor
    position_ids: torch.Tensor
    mask: torch.Tensor
    group: torch.Tensor
    segment: torch.Tensor
    kept: torch.Tensor
    targets: torch.Tensor
    answer: torch.Tensor
    step: torch.Tensor
    order: tuple[int, ...]


def grouped(prefix_of: Sequence[int]) -> list[Group]:
    """Answers that follow each other and have the same prompt."""
    found: list[Group] = []
    for place, prefix in enumerate(prefix_of):
        if found and found[-1].prefix == prefix:
            found[-1] = Group(prefix, (*found[-1].answers, place))
        else:
            found.append(Group(prefix, (place,)))
    return found


def split(groups: Sequence[Group], tokens: Sequence[int], answers: Sequence[int], most: int | None) -> list[Group]:
    """Groups of no more than `most` tokens a row; a larger one is cut into parts that each repeat its prompt.

    `tokens` are the lengths of the prompts, `answers` those of the answers. An answer longer than that stands alone.
    """
    if most is None:
        return list(groups)
    found = []
    for group in groups:
        part: tuple[int, ...] = ()
        for place in group.answers:
            if part and tokens[group.prefix] - 1 + sum(answers[one] for one in (*part, place)) > most:
                found.append(Group(group.prefix, part))
                part = ()
            part = (*part, place)
        found.append(Group(group.prefix, part))
    return found


def pack(groups: Sequence[Group], lengths: Sequence[int], most: int | None) -> list[list[Group]]:
    """Groups put into rows of at most `most` tokens, in their order; one a row without `most`."""
    rows: list[list[Group]] = []
    free = 0
    for group, length in zip(groups, lengths, strict=True):
        if most is None or not rows or length > free:
            rows.append([])
            free = most or 0
        rows[-1].append(group)
        free -= length
    return rows


def lay_out(
    prefixes: Sequence[Prefix],
    answers: Sequence[torch.Tensor],
    rows: Sequence[Sequence[Group]],
    pad: int,
    masked: bool = True,
) -> Rows:
    """Rows of groups as tensors, on the device of the prompts; answers are (R,) each, and may be empty.

    Without `masked` the mask is left empty, for whoever makes it elsewhere.
    """
    built = [[_group(prefixes[group.prefix], answers, group) for group in row] for row in rows]
    width = max(sum(len(one.ids) for one in row) for row in built)
    laid = [_row(row, width, pad) for row in built]
    kept = [row.kept + index * width for index, row in enumerate(laid)]
    group, segment = torch.stack([row.group for row in laid]), torch.stack([row.segment for row in laid])
    positions = torch.stack([row.positions for row in laid], dim=-2)
    return Rows(
        input_ids=torch.stack([row.ids for row in laid]),
        position_ids=positions,
        mask=visible(group, segment) if masked else group.new_empty(0),
        group=group,
        segment=segment,
        kept=torch.cat(kept),
        targets=torch.cat([row.targets for row in laid]),
        answer=torch.cat([row.answer for row in laid]),
        step=torch.cat([row.step for row in laid]),
        order=tuple(group.prefix for row in rows for group in row),
    )


def visible(group: torch.Tensor, segment: torch.Tensor) -> torch.Tensor:
    """Which token sees which, (B, 1, L, L), of (B, L) numbers of groups and, in a group, 0 for its prompt.

    A token sees what stands before it in its own group, of the prompt and of its own answer. Padding, group -1, sees
    padding, for a token that sees nothing has no attention.
    """
    place = torch.arange(group.shape[1], device=group.device)
    before = place[:, None] >= place[None, :]
    together = group[:, :, None] == group[:, None, :]
    shared = (segment[:, None, :] == 0) | (segment[:, :, None] == segment[:, None, :])
    return (before & together & shared)[:, None]


def additive(mask: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """The mask as numbers to add to scores: 0 where a token is seen, the least number elsewhere."""
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, torch.finfo(dtype).min)


def mask_mod(group: torch.Tensor, segment: torch.Tensor) -> Callable[..., torch.Tensor]:
    """`visible` as FlexAttention asks it: of row, head, token and the token it may see; (B, L) numbers as there."""

    def seen(row: torch.Tensor, _: torch.Tensor, token: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        shared = (segment[row, other] == 0) | (segment[row, other] == segment[row, token])
        return (token >= other) & (group[row, token] == group[row, other]) & shared

    return seen


def blocks(group: torch.Tensor, segment: torch.Tensor) -> BlockMask:
    """`visible` as blocks of tokens, so that those nobody sees are not computed."""
    size = group.shape[1]
    mask = mask_mod(group, segment)
    return create_block_mask(mask, len(group), None, size, size, device=group.device)


def attended(rows: Rows, attention: str, dtype: torch.dtype) -> Any:
    """The mask of rows in the form that an attention of transformers takes; FlashAttention takes none."""
    if attention == FLASH:
        return None
    if attention == FLEX:
        return blocks(rows.group, rows.segment)
    return additive(rows.mask, dtype) if attention == "eager" else rows.mask


def why_not(model: Any, blocked: bool = False) -> str | None:
    """Why a model's answers cannot share their prompt in a row; None where they can.

    With `blocked` the caller gives FlexAttention the mask it takes.
    """
    config = model.config.get_text_config()
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention"}
    if kinds:
        return f"{type(model).__name__} has layers of {', '.join(sorted(kinds))}"
    attention = getattr(config, "_attn_implementation", None)
    if attention == FLASH:
        words = model.get_decoder()
        if words is model.base_model or not words.is_backend_compatible():
            return f"{type(words).__name__} hands nothing on to the flash attention of words alone (sdpa takes a mask)"
        return None
    if attention not in DENSE and not (blocked and attention == FLEX and torch.cuda.is_available()):
        return f"attn_implementation: {attention} takes no mask of ours (sdpa does)"
    return None


@dataclass(frozen=True)
class _Row:
    """Tensors of one group, later of one row of groups; positions are (..., L)."""

    ids: torch.Tensor
    positions: torch.Tensor
    group: torch.Tensor
    segment: torch.Tensor
    kept: torch.Tensor
    targets: torch.Tensor
    answer: torch.Tensor
    step: torch.Tensor


def _group(prefix: Prefix, answers: Sequence[torch.Tensor], group: Group) -> _Row:
    """One group by itself."""
    texts = [answers[place] for place in group.answers]
    lengths = torch.tensor([0, *(len(text) for text in texts)], device=prefix.ids.device)
    last, most = prefix.positions[..., -1:], int(lengths.max())
    steps = torch.arange(most, device=prefix.ids.device)
    behind = [last + steps[: len(text)] for text in texts]
    shared = len(prefix.ids) - 1
    segment = torch.arange(len(lengths), device=lengths.device).repeat_interleave(
        torch.cat([lengths.new_tensor([shared]), lengths[1:]])
    )
    own = [torch.cat([prefix.ids[-1:], text[:-1]]) for text in texts if len(text)]
    return _Row(
        ids=torch.cat([prefix.ids[:-1], *own]),
        positions=torch.cat([prefix.positions[..., :-1], *behind], dim=-1),
        group=torch.zeros_like(segment),
        segment=segment,
        kept=torch.arange(shared, len(segment), device=lengths.device),
        targets=torch.cat([prefix.ids[:0], *texts]),
        answer=torch.tensor(group.answers, dtype=torch.long, device=lengths.device).repeat_interleave(lengths[1:]),
        step=torch.cat([steps[:0], *(steps[: len(text)] for text in texts)]),
    )


def _row(groups: Sequence[_Row], width: int, pad: int) -> _Row:
    """Groups behind each other, filled up with padding."""
    starts = [sum(len(one.ids) for one in groups[:index]) for index in range(len(groups))]
    fill = width - sum(len(one.ids) for one in groups)
    first = groups[0]
    empty = first.positions.new_zeros((*first.positions.shape[:-1], fill))
    return _Row(
        ids=torch.cat([*(one.ids for one in groups), first.ids.new_full((fill,), pad)]),
        positions=torch.cat([*(one.positions for one in groups), empty], dim=-1),
        group=torch.cat([*(one.group + index for index, one in enumerate(groups)), first.group.new_full((fill,), -1)]),
        segment=torch.cat([*(one.segment for one in groups), first.segment.new_zeros(fill)]),
        kept=torch.cat([one.kept + start for one, start in zip(groups, starts, strict=True)]),
        targets=torch.cat([one.targets for one in groups]),
        answer=torch.cat([one.answer for one in groups]),
        step=torch.cat([one.step for one in groups]),
    )
