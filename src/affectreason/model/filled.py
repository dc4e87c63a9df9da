"""Rows that fill the last step of an epoch for several processes: they are computed, and nothing is learned from them.

Every process has to take every step with rows of its own. accelerate fills up with samples of the epoch's beginning,
which would then be learned from twice.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import TrainingArguments

from affectreason.affect.sample import Sample

QUIET = "quiet"
UNCOUNTED = "uncounted"
"""Of a batch: the tokens that are there for its quiet rows alone."""


def lacking(args: TrainingArguments, count: int) -> int:
    """How many rows the last step of `count` samples lacks for all processes; 0 where that step is left out."""
    if args.world_size == 1 or args.dataloader_drop_last:
        return 0
    return -count % (args.world_size * args.per_device_train_batch_size)


def rows(samples: Sequence[Sample], more: int) -> list[dict[str, Any]]:
    """The rows of a data set, and behind them `more` quiet ones, which are the first sample again."""
    found = [{"sample": sample.to_json(), QUIET: False} for sample in samples]
    return found + [{**found[0], QUIET: True}] * more


def quiet(batch: Sequence[dict[str, Any]]) -> list[bool]:
    """Which rows of a batch nothing is learned from."""
    return [bool(row.get(QUIET)) for row in batch]


def tokens(batch: dict[str, Any], made: Callable[[list[dict[str, Any]]], dict[str, Any]], rows: Any) -> dict[str, int]:
    """How many tokens of a batch TRL would count that are of quiet rows: `made` lays the others out alone."""
    if "attention_mask" not in batch:
        return {}
    kept = [row for row, silent in zip(rows, quiet(rows), strict=True) if not silent]
    if len(kept) == len(rows):
        return {UNCOUNTED: 0}
    return {UNCOUNTED: int(batch["attention_mask"].sum() - (made(kept)["attention_mask"].sum() if kept else 0))}


def uncount(trainer: Any, more: int | None) -> None:
    """Take the tokens of quiet rows in all processes from `num_tokens`, to which TRL's SFT trainer adds all of them."""
    if more is None or not hasattr(trainer, "_total_train_tokens"):
        return
    found = torch.tensor(more, device=trainer.accelerator.device)
    trainer._total_train_tokens -= int(trainer.accelerator.reduce(found, "sum"))
