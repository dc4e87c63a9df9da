"""The order of an epoch for a trainer that goes on amid one: it is drawn as if the epochs before had been."""

from typing import Any

import torch
from transformers import TrainerCallback
from trl.trainer.utils import RepeatSampler


class Follow(TrainerCallback):
    """Tell a trainer's sampler which epoch begins.

    What skips the batches before a checkpoint hides the sampler of several processes from accelerate, and TRL's draws
    its first order whenever it is made.
    """

    def on_epoch_begin(self, args: Any, state: Any, control: Any, train_dataloader: Any = None, **_: Any) -> None:
        """Before the batches of an epoch are asked for."""
        sampler, epoch = sampler_of(train_dataloader), int(state.epoch or 0)
        if isinstance(sampler, RepeatSampler) and sampler.shuffle and sampler.seed is not None:
            sampler.generator.manual_seed(sampler.seed)
            for _before in range(epoch):
                torch.randperm(sampler.num_samples, generator=sampler.generator)
        elif hasattr(sampler, "set_epoch"):
            sampler.set_epoch(epoch)


def sampler_of(loader: Any) -> Any:
    """What draws the order of a data loader, under all that deals its batches out."""
    while (inner := getattr(loader, "batch_sampler", None)) is not None:
        loader = inner
    return getattr(loader, "sampler", None)
