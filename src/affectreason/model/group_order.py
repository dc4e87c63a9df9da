"""The order of an epoch in which samples that belong together stand in one micro-batch."""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import torch
from torch.utils.data import Sampler


class GroupOrder(Sampler[int]):
    """Every place of a data set once an epoch, groups kept together, the same for the same seed and epoch.

    Where every group has one member, the order is that of accelerate's SeedableRandomSampler. Behind them stand always
    the `fill` places after the groups. `sizes` are the micro-batches of epochs that were begun with others than `size`.
    """

    def __init__(self, groups: Sequence[Hashable], size: int, seed: int, fill: int = 0) -> None:
        self.groups, self.size, self.seed, self.fill, self.epoch = groups, size, seed, fill, 0
        self.sizes: dict[int, int] = {}

    def __len__(self) -> int:
        """The places of an epoch."""
        return len(self.groups) + self.fill

    def __iter__(self) -> Iterator[int]:
        """The places of this epoch; the next one has another order."""
        drawn = torch.randperm(len(self.groups), generator=torch.Generator().manual_seed(self.seed + self.epoch))
        yield from arranged(self.groups, drawn.tolist(), self.size_in(self.epoch))
        yield from range(len(self.groups), len(self))
        self.set_epoch(self.epoch + 1)

    def set_epoch(self, epoch: int) -> None:
        """The epoch whose order comes next."""
        self.epoch = epoch

    def size_in(self, epoch: int) -> int:
        """The rows of a micro-batch by which the groups of an epoch are arranged."""
        return self.sizes.get(epoch, self.size)


def put(trainer: Any, groups: Sequence[Hashable], more: int) -> None:
    """Have a trainer that shuffles see groups together, and the `more` rows behind them last.

    The trainers have no argument for a sampler, so their method is put aside.
    """
    args = trainer.args
    if args.train_sampling_strategy == "random" and (more or len(set(groups)) < len(groups)):
        drawn = GroupOrder(groups, args.per_device_train_batch_size, seed_of(args), more)
        trainer._get_train_sampler = lambda dataset=None: drawn


def seed_of(args: Any) -> int:
    """The seed of a trainer's order."""
    return int(args.seed if args.data_seed is None else args.data_seed)


def arranged(groups: Sequence[Hashable], drawn: Sequence[int], size: int) -> list[int]:
    """Places in the order drawn, but each group together, in batches of `size` places that are all full but the last.

    A batch takes the next group that it has room for, else a part of the next one: a group is cut only where it is
    larger than a batch or nothing else fits.
    """
    together: dict[Hashable, list[int]] = {}
    for place in drawn:
        together.setdefault(groups[place], []).append(place)
    runs = [run[start : start + size] for run in together.values() for start in range(0, len(run), size)]
    waiting: dict[int, deque[tuple[int, list[int]]]] = defaultdict(deque)  # by length, each in the order drawn
    for number, run in enumerate(runs):
        waiting[len(run)].append((number, run))
    found: list[int] = []
    while len(found) < len(drawn):
        room = size - len(found) % size
        fits = [length for length, those in waiting.items() if those and length <= room]
        length = min(fits or [one for one, those in waiting.items() if those], key=lambda one: waiting[one][0][0])
        number, run = waiting[length].popleft()
        found += run[:room]
        if run[room:]:
            waiting[length - room].appendleft((number, run[room:]))
    return found
