"""Every answer behind its own copy of the prompt, for models that cannot share one: B rows of L tokens."""

from collections.abc import Sequence
from typing import Any

import torch

from affectreason.model.shared_prefix import Prefix


def lay_out(asked: Sequence[Prefix], ids: torch.Tensor, mask: torch.Tensor, longest: int) -> dict[str, Any]:
    """What a model is given beside media, of prompts padded on the left and answers, the `longest` last tokens.

    `ids` and `mask` are (B, L), `asked` the prompt of each row. Only answers have labels.
    """
    labels = ids.masked_fill(mask == 0, -100)
    labels[:, :-longest] = -100
    given: dict[str, Any] = {"input_ids": ids, "attention_mask": mask, "labels": labels}
    if asked[0].types is not None:
        given["mm_token_type_ids"] = types = torch.zeros_like(ids)
        for row, one in zip(types, asked, strict=True):
            end = len(row) - longest
            row[end - len(one.ids) : end] = one.types
    if asked[0].positions.ndim == 2:
        along = [_along(one, row, longest) for one, row in zip(asked, ids, strict=True)]
        given["position_ids"] = torch.stack(along, 1)
    return given


def behind(ids: torch.Tensor, mask: torch.Tensor, more: Prefix, longest: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens and mask (B + 1, L) with one more prompt, which has no answer, behind the others."""
    wide = max(0, len(more.ids) + longest - ids.shape[1])
    ids, mask = (torch.nn.functional.pad(one, (wide, 0)) for one in (ids, mask))
    row, seen = torch.zeros_like(ids[0]), torch.zeros_like(mask[0])
    end = ids.shape[1] - longest
    row[end - len(more.ids) : end], seen[end - len(more.ids) : end] = more.ids, 1
    return torch.cat([ids, row[None]]), torch.cat([mask, seen[None]])


def _along(prefix: Prefix, row: torch.Tensor, longest: int) -> torch.Tensor:
    """M-RoPE positions (3, L) of a left-padded prompt and the answer behind it."""
    behind = prefix.positions[:, -1:] + 1 + torch.arange(longest, device=row.device)
    here = torch.cat([prefix.positions, behind], dim=1)
    return torch.nn.functional.pad(here, (len(row) - here.shape[1], 0))
