"""Models that ZeRO-3 parts over the processes: making some that are whole, and the names they are saved by."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from transformers.integrations import deepspeed
from transformers.integrations.deepspeed import is_deepspeed_zero3_enabled, unset_hf_deepspeed_config


@contextmanager
def whole() -> Iterator[None]:
    """Have transformers make models that are whole in every process, also where a trainer of ZeRO-3 is at work."""
    held = deepspeed._hf_deepspeed_config_weak_ref
    unset_hf_deepspeed_config()
    try:
        yield
    finally:
        deepspeed._hf_deepspeed_config_weak_ref = held


def are() -> bool:
    """Whether a model that is loaded now is parted."""
    return bool(is_deepspeed_zero3_enabled())


def keep_names(model: Any) -> None:
    """Save a model by the names it was loaded by: of the renamings known for its class, only those that were used.

    Without ZeRO-3 transformers does so itself; under it, names would get prefixes that no other program knows.
    """
    known = getattr(model, "_weight_conversions", None)
    if known is not None:
        model._weight_conversions = [one for one in known if one.was_used()]


def anyhow() -> bool:
    """Whether each process holds a part of each weight alone, by ZeRO-3 or by FSDP."""
    return are() or by_fsdp()


def by_fsdp() -> bool:
    """Whether accelerate was launched with FSDP."""
    return os.environ.get("ACCELERATE_USE_FSDP", "false").lower() in ("1", "true")
