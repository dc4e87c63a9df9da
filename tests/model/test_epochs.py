"""An epoch has the same order whether the ones before it were trained in this process or in one that was stopped."""

from collections import Counter
from types import SimpleNamespace

import pytest
import torch
from datasets import Dataset
from torch.utils.data import BatchSampler, DataLoader, SequentialSampler
from transformers import Trainer, TrainingArguments, trainer_utils
from trl.trainer.utils import RepeatSampler

from affectreason.model import checkpoints, epochs, filled, group_order
from affectreason.model.epochs import Place
from affectreason.model.group_order import GroupOrder

MADE = {
    "of TRL's GRPO": lambda: RepeatSampler(range(5), mini_repeat_count=2, batch_size=5, seed=3),
    "of ours": lambda: GroupOrder(range(5), 2, seed=3),
}


class Dealt(BatchSampler):
    """Batches dealt out to processes, or the first of them skipped, as accelerate wraps them."""

    def __init__(self, inner):
        self.batch_sampler = inner

    def __iter__(self):
        yield from self.batch_sampler


def drawn(loader):
    return [place for batch in loader.batch_sampler for place in batch]


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("layers", [0, 2], ids=["one process", "several"])
def test_an_epoch_that_is_gone_on_with_has_its_own_order(kind, layers):
    def loader():
        found = BatchSampler(MADE[kind](), 2, drop_last=False)
        for _ in range(layers):
            found = Dealt(found)
        return DataLoader(range(5), batch_sampler=found)

    never, follow = loader(), epochs.Follow()
    orders = []
    for epoch in range(3):
        follow.on_epoch_begin(None, SimpleNamespace(epoch=float(epoch)), None, train_dataloader=never)
        orders.append(drawn(never))
    assert len({tuple(order) for order in orders}) == 3
    plain = loader()
    assert [drawn(plain) for _ in range(3)] == orders  # as it is without us
    begun = loader()
    follow.on_epoch_begin(None, SimpleNamespace(epoch=2.6), None, train_dataloader=begun)
    assert drawn(begun) == orders[2]


def test_an_order_that_is_never_drawn_is_left_alone():
    loader = DataLoader(range(4), batch_size=2)
    assert isinstance(epochs.sampler_of(loader), SequentialSampler)
    epochs.Follow().on_epoch_begin(None, SimpleNamespace(epoch=1.0), None, train_dataloader=loader)
    assert drawn(loader) == [0, 1, 2, 3]
    epochs.Follow().on_epoch_begin(None, SimpleNamespace(epoch=None), None)


class Told(torch.nn.Module):
    """A model that tells which rows it learns from, in the step under way."""

    def __init__(self, steps):
        super().__init__()
        self.weight, self.steps = torch.nn.Parameter(torch.ones(1)), steps

    def forward(self, names):
        self.steps[-1].extend(name for name in names.tolist() if name >= 0)
        return {"loss": self.weight.sum()}


class Stop(checkpoints.Keep):
    """End a run after a step, with a checkpoint."""

    def __init__(self, steps, at):
        super().__init__(None)
        self.steps, self.at = steps, at

    def on_step_begin(self, args, state, control, **_):
        self.steps.append([])

    def on_step_end(self, args, state, control, **more):
        if state.global_step == self.at:
            control.should_save = control.should_training_stop = True
        super().on_step_end(args, state, control, **more)


def learned(place, at=None, begun=None, groups=range(10), sampler=None, **train):
    """The rows of each step of a run over ten rows that goes on from a checkpoint, `begun`, and stops `at` a step."""
    steps = []
    given = {"num_train_epochs": 2, "save_strategy": "no", "logging_steps": 0.5, "seed": 7, **train}
    args = TrainingArguments(
        str(place), use_cpu=True, report_to="none", disable_tqdm=True, remove_unused_columns=False, **given
    )
    trainer = Trainer(
        model=Told(steps),
        args=args,
        train_dataset=Dataset.from_list([{"sample": name, filled.QUIET: False} for name in range(10)]),
        data_collator=lambda rows: {
            "names": torch.tensor([-1 if row[filled.QUIET] else row["sample"] for row in rows])
        },
    )
    group_order.put(trainer, groups, 0)
    if sampler is not None:
        trainer._get_train_sampler = lambda dataset=None: sampler
    trainer.add_callback(epochs.Follow())
    trainer.add_callback(Stop(steps, at))
    if begun is not None:
        epochs.go_on(trainer, checkpoints.place_in(begun))
    trainer.train(resume_from_checkpoint=None if begun is None else str(begun))
    return steps, trainer


def flat(steps):
    return [name for step in steps for name in step]


SIX = {"per_device_train_batch_size": 3, "gradient_accumulation_steps": 2}


@pytest.mark.parametrize(
    ("first", "at", "second", "sizes"),
    [
        ({"per_device_train_batch_size": 2}, 2, {"per_device_train_batch_size": 1}, [1] * 6 + [1] * 10),
        ({"per_device_train_batch_size": 1}, 5, {"per_device_train_batch_size": 4}, [3, 2, 4, 4, 2]),
        ({"per_device_train_batch_size": 3}, 3, SIX, [1, 6, 4]),
        (SIX, 1, {"per_device_train_batch_size": 4}, [2, 2, 4, 4, 2]),
        ({"per_device_train_batch_size": 4}, 4, {"per_device_train_batch_size": 3}, [2, 3, 1]),  # in the second epoch
        ({"per_device_train_batch_size": 5}, 2, {"per_device_train_batch_size": 4}, [4, 4, 2]),  # at its beginning
    ],
)
@pytest.mark.parametrize("how", ["shuffled", "groups", "in order"])
def test_another_step_sees_each_sample_once_an_epoch(first, at, second, sizes, how, tmp_path):
    strategy = {"train_sampling_strategy": "sequential" if how == "in order" else "random"}
    groups = [0, 0, 0, 1, 1, 2, 2, 2, 2, 3] if how == "groups" else range(10)
    before, _ = learned(tmp_path, at, groups=groups, **first, **strategy)
    after, _ = learned(tmp_path, None, tmp_path / f"checkpoint-{at}", groups, **second, **strategy)
    assert [len(step) for step in after] == sizes
    both = flat(before + after)
    assert Counter(both) == dict.fromkeys(range(10), 2)
    assert sorted(both[:10]) == list(range(10))  # an epoch whole before the next


def test_a_run_that_changed_and_was_stopped_again_goes_on_where_it_was(tmp_path):
    before, _ = learned(tmp_path, 1, per_device_train_batch_size=4)
    between, _ = learned(tmp_path, 3, tmp_path / "checkpoint-1", per_device_train_batch_size=3)
    after, trainer = learned(tmp_path, None, tmp_path / "checkpoint-3", per_device_train_batch_size=3)
    assert [len(step) for step in before + between + after] == [4, 2, 3, 1, 3, 3, 3, 1]
    assert Counter(flat(before + between + after)) == dict.fromkeys(range(10), 2)
    assert trainer.state.global_step == trainer.state.max_steps == 8
    never, _ = learned(tmp_path / "never", per_device_train_batch_size=3)
    assert after[-3:] == never[-3:]  # the second epoch's order is the same all along


def test_steps_that_are_told_stay_as_told(tmp_path):
    before, _ = learned(tmp_path, 2, max_steps=6, per_device_train_batch_size=4)
    after, trainer = learned(tmp_path, None, tmp_path / "checkpoint-2", max_steps=6, per_device_train_batch_size=2)
    assert trainer.state.global_step == 6
    assert [len(step) for step in after] == [2, 2, 2, 2]
    assert len(set(flat(before + after[:1]))) == 10


def test_a_share_of_the_run_is_not_told_as_a_difference(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(trainer_utils.logger, "warning_once", told.append)
    learned(tmp_path, 1, per_device_train_batch_size=5)
    _, trainer = learned(tmp_path, None, tmp_path / "checkpoint-1", per_device_train_batch_size=5)
    assert trainer.state.logging_steps == 2
    assert told == []
    _, trainer = learned(tmp_path, None, tmp_path / "checkpoint-1", per_device_train_batch_size=5, logging_steps=1)
    assert trainer.state.logging_steps == 1  # what is asked now
    assert "logging_steps: 1 (from args) != 2 (from trainer_state.json)" in told[0]


def rollouts(sampler):
    """The prompts of each rollout of an epoch."""
    drawn, size = list(sampler), sampler.inner.batch_size if isinstance(sampler, epochs.GoneOn) else sampler.batch_size
    each = size * 2 * 3
    return [drawn[start : start + size * 2 : 2] for start in range(0, len(drawn), each)]


def prompts(count, size):
    return RepeatSampler(range(count), mini_repeat_count=2, batch_size=size, repeat_count=3, seed=3)


@pytest.mark.parametrize(
    ("old", "done", "new", "left"), [(2, 2, 3, 2), (4, 1, 3, 2), (3, 1, 4, 2), (2, 4, 5, 0), (2, 2, 2, 3), (5, 1, 2, 3)]
)
def test_prompts_are_asked_once_an_epoch(old, done, new, left):
    asked = flat(rollouts(prompts(11, old))[:done])
    steps, begun = epochs._prompts(prompts(11, new), Place(0, old * done, 4, 3 * done), 3)
    epochs.follow(begun, 0)
    behind = rollouts(begun)[steps:]
    assert [len(one) for one in behind] == [new] * left
    assert len({*asked, *flat(behind)}) == old * done + new * left
    whole = 11 // new
    assert len(rollouts(begun)) == whole  # an epoch is as long as the others
    if left > 1:
        args, state = SimpleNamespace(per_device_train_batch_size=4), SimpleNamespace(epoch=(steps + 1) / whole)
        state.global_step = 9
        assert epochs.place_of(args, state, Sized(begun, whole * 3)) == Place(0, old * done + new, 4, 9)


def test_an_epoch_that_is_passed_over_does_not_lend_the_next_its_order(tmp_path):
    """Of six prompts four were asked; two are too few for a rollout of four."""

    def asked(size):
        return RepeatSampler(range(6), mini_repeat_count=1, batch_size=size, seed=3)

    before, _ = learned(tmp_path, 2, sampler=asked(2), per_device_train_batch_size=2)
    after, _ = learned(tmp_path, None, tmp_path / "checkpoint-2", sampler=asked(4), per_device_train_batch_size=4)
    never, _ = learned(tmp_path / "never", sampler=asked(4), per_device_train_batch_size=4)
    assert [len(step) for step in before + after] == [2, 2, 4]
    assert after == never[1:]
    assert flat(before) == never[0]


class Sized:
    """A loader of so many batches."""

    def __init__(self, sampler, count):
        self.sampler, self.count = sampler, count

    def __len__(self):
        return self.count


def test_the_place_of_two_processes():
    args = SimpleNamespace(per_device_train_batch_size=2, train_batch_size=2, world_size=2)
    order = GroupOrder([0] * 9, 2, seed=1, fill=3)
    state = SimpleNamespace(epoch=1 + 2 / 3, global_step=2)
    assert epochs.place_of(args, state, Sized(order, 3)) == Place(1, 8, 2, 2)
    order.sizes[1] = 4
    assert epochs.place_of(args, state, Sized(order, 3)) == Place(1, 8, 4, 2)
    state.epoch = 2.0
    assert epochs.place_of(args, state, Sized(order, 3)) == Place(2, 0, 2, 2)
