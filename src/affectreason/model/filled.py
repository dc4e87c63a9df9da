"""Rows that fill the last step of an epoch for several processes: they are computed, and nothing is learned from them.

Every process has to take every step with rows of its own. accelerate fills up with samples of the epoch's beginning,
which would then be learned from twice.
"""

from collections.abc import Sequence
from typing import Any

from transformers import TrainingArguments

from affectreason.affect.sample import Sample

QUIET = "quiet"


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
