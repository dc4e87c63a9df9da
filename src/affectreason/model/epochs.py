"""The order of an epoch for a trainer that goes on amid one: what was learned of it is not learned again.

A checkpoint tells where in the order of its epoch it stands. Another number of samples a step changes neither that
order nor the place: the steps that are left are counted anew.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from datasets import Dataset, concatenate_datasets
from torch.utils.data import RandomSampler, Sampler
from transformers import TrainerCallback
from trl.trainer.utils import RepeatSampler

from affectreason.model import filled
from affectreason.model.group_order import GroupOrder, seed_of


@dataclass(frozen=True)
class Place:
    """Where a run stands: after how many epochs, and after how many samples (of GRPO prompts) of the next one's order.

    `arranged` are the rows of a micro-batch by which that order keeps groups together; `step` are the steps made.
    """

    epoch: int
    learned: int
    arranged: int
    step: int


class GoneOn(Sampler[int]):
    """The order of another sampler, but in epoch `first` the one that `begun` gives of it."""

    def __init__(self, inner: Any, first: int, begun: Callable[[Any], Iterator[int]], moved: int = 0) -> None:
        self.inner, self.first, self.begun, self.moved, self.epoch = inner, first, begun, moved, 0

    def __len__(self) -> int:
        """The places of an epoch."""
        return len(self.inner)

    def __iter__(self) -> Iterator[int]:
        """The places of this epoch."""
        yield from self.begun(self.inner) if self.epoch == self.first else self.inner
        self.epoch += 1

    def set_epoch(self, epoch: int) -> None:
        """The epoch whose order comes next."""
        self.epoch = epoch
        follow(self.inner, epoch)


class Follow(TrainerCallback):
    """Tell a trainer's sampler which epoch begins.

    What skips the batches before a checkpoint hides the sampler of several processes from accelerate, and TRL's draws
    its first order whenever it is made.
    """

    def on_epoch_begin(self, args: Any, state: Any, control: Any, train_dataloader: Any = None, **_: Any) -> None:
        """Before the batches of an epoch are asked for."""
        follow(sampler_of(train_dataloader), int(state.epoch or 0))


def follow(sampler: Any, epoch: int) -> None:
    """Have a sampler draw the order of an epoch next, as if those before had been drawn."""
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


def place_of(args: Any, state: Any, loader: Any) -> Place:
    """Where a trainer stands after a step."""
    epoch, size = int(state.epoch), args.per_device_train_batch_size
    batches = round((state.epoch - epoch) * len(loader))
    sampler = sampler_of(loader)
    inner = sampler.inner if isinstance(sampler, GoneOn) else sampler
    if isinstance(inner, RepeatSampler):
        moved = sampler.moved if isinstance(sampler, GoneOn) and epoch == sampler.first and batches else 0
        return Place(epoch, batches // inner.repeat_count * inner.batch_size + moved, size, state.global_step)
    arranged = inner.size_in(epoch) if isinstance(inner, GroupOrder) else size
    return Place(epoch, batches * args.train_batch_size * args.world_size, arranged, state.global_step)


def go_on(trainer: Any, place: Place) -> None:
    """Have a trainer that takes a checkpoint begin at the place of that checkpoint, whatever its step is now.

    The library takes the number of steps for the place, and the trainers have no hook here: their methods are put
    aside.
    """
    args = trainer.args
    sampler = trainer._get_train_sampler()
    if isinstance(sampler, RepeatSampler):
        skipped, sampler = _prompts(sampler, place, args.gradient_accumulation_steps)
    else:
        skipped, sampler = _samples(trainer, sampler, place)
    trainer._get_train_sampler = lambda dataset=None: sampler
    values, begin = trainer.set_initial_training_values, trainer._init_training_state

    def counted(args: Any, loader: Any) -> tuple[Any, ...]:
        epochs, each, examples, samples, size, batches, last = values(args, loader)
        ahead = place.step - place.epoch * each - min(skipped, each)  # where steps were smaller than they are now
        if args.max_steps > 0:
            epochs = math.ceil((last - ahead) / each)
        else:
            last += ahead
        # A checkpoint tells these as steps, with which a share would be compared.
        for name in ("logging_steps", "eval_steps", "save_steps"):
            if 0 < (getattr(args, name) or 0) < 1:
                setattr(args, name, math.ceil(last * getattr(args, name)))
        return epochs, each, examples, samples, size, batches, last

    def begun(last: int, each: int, *more: Any) -> tuple[int, int]:
        begin(last, each, *more)
        trainer.state.compute_steps(args, last)  # a checkpoint brings those of its own run
        if skipped < each:
            return place.epoch, skipped * args.gradient_accumulation_steps
        trainer.state.epoch = float(place.epoch + 1)  # where `Follow` reads which order comes next
        return place.epoch + 1, 0

    trainer.set_initial_training_values, trainer._init_training_state = counted, begun


def _samples(trainer: Any, sampler: Any, place: Place) -> tuple[int, Any]:
    """The whole steps to pass over, and the order: of a step that is partly learned the learned rows are quiet."""
    args = trainer.args
    micro = args.train_batch_size * args.world_size
    step = micro * args.gradient_accumulation_steps
    if isinstance(sampler, GroupOrder) and place.arranged != sampler.size:
        sampler.sizes[place.epoch] = place.arranged
    silent = range(place.learned // step * step, place.learned)
    if not silent:
        return place.learned // step, sampler
    if isinstance(sampler, RandomSampler):
        sampler = GroupOrder(range(len(sampler)), args.per_device_train_batch_size, seed_of(args))
    quiet = len(trainer.train_dataset)
    more = [{**trainer.train_dataset[0], filled.QUIET: True}] * micro  # as many as leave the last step full
    trainer.train_dataset = concatenate_datasets([trainer.train_dataset, Dataset.from_list(more)])
    return place.learned // step, GoneOn(sampler, place.epoch, partial(_silenced, places=silent, quiet=quiet))


def _silenced(inner: Any, places: range, quiet: int) -> Iterator[int]:
    """An order with the quiet row in some places."""
    return (quiet if place in places else row for place, row in enumerate(inner))


def _prompts(sampler: RepeatSampler, place: Place, accumulated: int) -> tuple[int, Any]:
    """The steps to pass over, and the order: moved, so that the first rollout behind them asks what was not asked.

    As ever, prompts that are too few for a rollout at the end of an epoch are left out.
    """
    size, unit = sampler.batch_size, math.lcm(sampler.repeat_count, accumulated) // sampler.repeat_count
    left = (sampler.num_samples - place.learned) // size
    rollouts = math.ceil((sampler.num_samples // size - left) / unit) * unit  # whole steps
    skipped, moved = rollouts * sampler.repeat_count // accumulated, place.learned - rollouts * size
    return skipped, GoneOn(sampler, place.epoch, partial(_moved, by=moved), moved) if moved else sampler


def _moved(inner: RepeatSampler, by: int) -> Iterator[int]:
    """The order of TRL's sampler begun `by` prompts later; what that puts at the ends was asked before."""
    count = inner.num_samples
    order = torch.randperm(count, generator=inner.generator).tolist() if inner.shuffle else list(range(count))
    turned = [order[(place + by) % count] for place in range(count)]
    cut = RepeatSampler(turned, inner.mini_repeat_count, inner.batch_size, inner.repeat_count, shuffle=False)
    return (turned[place] for place in cut)
