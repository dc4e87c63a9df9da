"""Steps of learning that are rounded away: weights in bfloat16 of which no copy in float32 is kept.

A bfloat16 of 0.02 has its neighbours 1.2e-4 apart, and AdamW moves a weight by about the learning rate. DeepSpeed and
FSDP keep what learns in float32, PEFT its LoRA layers; a whole model on one device is kept as it was loaded.
"""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers import TrainerCallback

MOST = 0.5
"""The share of weights from which on it is told."""
LOOKED_AT = 65536
"""Numbers of each weight by which the share is taken."""
_BY_THE_RATE = ("adam", "lion")
"""Optimizers, by their names, whose steps are as large as the learning rate."""


@dataclass
class Watch(TrainerCallback):
    """Tell before the first step how many weights are too coarse for the learning rate; `label` names the stage."""

    label: str
    whole: bool
    told: str | None = None

    def on_train_begin(
        self, args: Any, state: Any, control: Any, model: Any = None, optimizer: Any = None, **_: Any
    ) -> None:
        """Look at the weights that learn; a run that goes on has weights of its own, which are as coarse."""
        name = str(getattr(args.optim, "value", args.optim))
        if self.whole or optimizer is None or not any(one in name for one in _BY_THE_RATE):
            return
        share, rate = coarse(optimizer.param_groups)
        if share < MOST:
            return
        self.told = (
            f"{share:.0%} of what learns is bfloat16 and too coarse for a learning rate of {rate:g}: such steps are "
            f"rounded away. Keep it in float32 with dtype=float32 {self.label}.train.bf16=true, which computes in "
            "bfloat16 all the same, or launch with recipes/accelerate/zero2.yaml"
            + ("" if hasattr(model, "peft_config") else ", or train an adapter (lora:)")
        )
        if state.is_world_process_zero:
            print(f"{self.label}: {self.told}", file=sys.stderr)


def watch(trainer: Any, label: str) -> None:
    """Have a trainer tell it; DeepSpeed and FSDP keep a copy in float32."""
    trainer.add_callback(Watch(label, trainer.is_deepspeed_enabled or trainer.is_fsdp_enabled))


def told(trainer: Any) -> list[str]:
    """What was told of a training."""
    return [one.told for one in trainer.callback_handler.callbacks if isinstance(one, Watch) and one.told is not None]


@torch.no_grad()
def coarse(groups: list[dict[str, Any]]) -> tuple[float, float]:
    """The share of the numbers that learn which a step of their group's rate leaves as they are, and the largest rate.

    The share is of the first numbers of each weight; float32 is never too coarse here.
    """
    stuck, total, fastest = 0.0, 0, 0.0
    for group in groups:
        rate = float(group.get("initial_lr", group["lr"]))
        fastest = max(fastest, rate)
        for one in group["params"]:
            total += one.numel()
            if one.dtype in (torch.bfloat16, torch.float16):
                some = one.detach().reshape(-1)[:LOOKED_AT]
                still = (some + rate == some) & (some - rate == some)
                stuck += float(still.float().mean()) * one.numel() if some.numel() else 0.0
    return stuck / max(total, 1), fastest


def hold(trainer: Any) -> None:
    """Keep whole modules that learn beside an adapter (`modules_to_save`) in float32, where products are in bfloat16.

    PEFT does so for LoRA layers alone.
    """
    if trainer.args.bf16 and not (trainer.is_deepspeed_enabled or trainer.is_fsdp_enabled):
        for one, _ in kept(trainer.model):
            one.data = one.data.float()


def give_back(trainer: Any) -> None:
    """Put these modules back into the precision of the model, in which they are saved and used."""
    if not (trainer.is_deepspeed_enabled or trainer.is_fsdp_enabled):
        for one, base in kept(trainer.model):
            one.data = one.data.to(base.dtype)


def writing(trainer: Any) -> AbstractContextManager[Any]:
    """The context to write answers in: the trainer's mixed precision where some weights are held apart by `hold`.

    `generate` does not pass the forward that accelerate wraps.
    """
    apart = any(one.dtype != base.dtype for one, base in kept(trainer.model))
    found: AbstractContextManager[Any] = trainer.accelerator.autocast() if apart else nullcontext()
    return found


def kept(model: nn.Module) -> Iterator[tuple[nn.Parameter, nn.Parameter]]:
    """The weights of whole modules that learn beside an adapter, each with that of the base."""
    from peft.utils.other import ModulesToSaveWrapper

    for module in model.modules():
        if isinstance(module, ModulesToSaveWrapper):
            for copy in module.modules_to_save.values():
                for one, base in zip(copy.parameters(), module.original_module.parameters(), strict=True):
                    if one.requires_grad:
                        yield one, base
