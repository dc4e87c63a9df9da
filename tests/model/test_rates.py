"""Each part of a model learns at its own rate."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from transformers import SchedulerType, get_scheduler
from trl import SFTConfig

from affectreason.errors import InputError
from affectreason.model import load, rates, training
from affectreason.recipe import together
from affectreason.stages import sft

OWN = {"vision": 1e-6, "projector": 1e-5}


@pytest.fixture
def trainer(recipe, qwen, pictures, tmp_path):
    def make(train=None, **stage):
        train = {"learning_rate": 1e-3, "per_device_train_batch_size": 2, "max_steps": 2, "save_strategy": "no",
                 "logging_steps": 1, "lr_scheduler_type": "constant", **(train or {})}  # fmt: skip
        found = recipe(sft__train=train, **{f"sft__{key}": value for key, value in stage.items()})
        part = found.stage("sft")
        args = training.arguments(SFTConfig, tmp_path, {"max_length": None, **part.train}, "float32")
        model, processor = load.for_stage(found, part, qwen)
        trainer = sft.make_trainer(found, part, model, processor, pictures[:4], args)
        rates.listen(trainer, part)
        return trainer

    return make


def by_rate(optimizer, model):
    """The parts that learn at each rate, with and without weight decay."""
    names = {id(one): name for name, one in model.named_parameters()}
    found = {}
    for group in optimizer.param_groups:
        for one in group["params"]:
            found.setdefault((group["lr"], group["weight_decay"]), set()).add(load.part_of(names[id(one)]))
    return found


def test_the_groups_are_the_parts(trainer):
    made = trainer({"weight_decay": 0.1}, learning_rates=OWN)
    optimizer = made.create_optimizer()
    assert by_rate(optimizer, made.model) == {
        (1e-3, 0.1): {"language"},
        (1e-3, 0.0): {"language"},
        (1e-6, 0.1): {"vision"},
        (1e-6, 0.0): {"vision"},
        (1e-5, 0.1): {"projector"},
        (1e-5, 0.0): {"projector"},
    }
    assert optimizer.param_groups[0]["part"] == "rest"  # whose rate is logged
    learning = [one for one in made.model.parameters() if one.requires_grad]
    held = [one for group in optimizer.param_groups for one in group["params"]]
    assert len(held) == len(learning)
    assert {id(one) for one in held} == {id(one) for one in learning}
    assert made.create_optimizer().param_groups is optimizer.param_groups
    assert len(optimizer.param_groups) == 6


def test_each_part_moves_as_far_as_its_rate(trainer):
    """Of Adam's first step every weight with a gradient moves by the rate of its group."""
    made = trainer({"max_steps": 1, "max_grad_norm": 0, "adam_epsilon": 1e-30}, learning_rates=OWN)
    before = {name: one.detach().clone() for name, one in made.model.named_parameters()}
    made.train()
    moved = {}
    for name, one in made.model.named_parameters():
        part = load.part_of(name)
        moved[part] = max(moved.get(part, 0.0), float((one.detach() - before[name]).abs().max()))
    assert moved["vision"] == pytest.approx(1e-6, rel=0.1)
    assert moved["projector"] == pytest.approx(1e-5, rel=0.02)
    assert moved["language"] == pytest.approx(1e-3, rel=0.01)
    assert [row["learning_rate"] for row in made.state.log_history if "learning_rate" in row] == [1e-3]


def test_a_schedule_scales_every_rate(trainer):
    made = trainer({"lr_scheduler_type": "linear", "max_steps": 4}, learning_rates=OWN)
    made.create_optimizer_and_scheduler(4)
    made.optimizer.step()
    made.lr_scheduler.step()
    assert {group["part"]: group["lr"] for group in made.optimizer.param_groups} == pytest.approx(
        {"rest": 0.75e-3, "vision": 0.75e-6, "projector": 0.75e-5}
    )


def test_a_part_of_which_nothing_learns_is_refused(trainer):
    with pytest.raises(
        InputError, match=r"stage sft: learning_rates.vision: no weight of that part .* have lora.target"
    ):
        trainer(learning_rates={"vision": 1e-6}, lora={"r": 4})
    with pytest.raises(InputError, match=r"stage sft: learning_rates.audio: no weight of that part of .* learns"):
        trainer(learning_rates={"audio": 1e-6})


def test_layers_that_lora_put_into_a_part_have_its_rate(trainer):
    made = trainer(learning_rates={"vision": 1e-6}, lora={"r": 4, "target_modules": ["qkv", "q_proj"]})
    assert by_rate(made.create_optimizer(), made.model) == {(1e-3, 0.0): {"language"}, (1e-6, 0.0): {"vision"}}


def test_a_config_that_makes_the_optimizer_is_refused(trainer, recipe):
    made = trainer()
    stage = recipe(sft__learning_rates=OWN).stage("sft")
    plugin = SimpleNamespace(deepspeed_config={"optimizer": {"type": "AdamW"}})
    made.accelerator = SimpleNamespace(state=SimpleNamespace(deepspeed_plugin=plugin))
    with pytest.raises(InputError, match=r"stage sft: learning_rates: the DeepSpeed config makes its own optimizer"):
        rates.listen(made, stage)


def test_without_rates_nothing_is_touched(trainer):
    made = trainer()
    assert [set(group) & {"part"} for group in made.create_optimizer().param_groups] == [set(), set()]


OF_STEPS = {
    "cosine_with_min_lr": {"min_lr": 1e-5}, "cosine_warmup_with_min_lr": {"min_lr_rate": 0.1, "warmup_lr_rate": 0.2},
    "warmup_stable_decay": {"num_decay_steps": 3}, "polynomial": {"lr_end": 1e-6, "power": 2.0},
    "cosine_with_restarts": {"num_cycles": 2},
}  # fmt: skip
"""The keywords of schedules that take some."""


def scheduled(kind, lr):
    """An optimizer of two rates and its schedule over ten steps, three of them warm-up."""
    one, other = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    optimizer = torch.optim.AdamW([{"params": [one]}, {"params": [other], "lr": lr / 4}], lr=lr)
    return optimizer, get_scheduler(kind, optimizer, 3, 10, scheduler_specific_kwargs=OF_STEPS.get(kind))


def rates_of(optimizer, schedule, steps):
    found = []
    for _ in range(steps):
        optimizer.step()
        schedule.step()
        found.append([group["lr"] for group in optimizer.param_groups])
    return found


@pytest.mark.parametrize("kind", [one.value for one in SchedulerType if one.value not in together.ADAPTIVE])
def test_a_changed_rate_is_learned_at_under_every_schedule(kind):
    """From the fifth step on the rates are those of a run that had the changed one from its beginning."""
    wanted = rates_of(*scheduled(kind, 2e-4), 9)
    optimizer, schedule = scheduled(kind, 1e-3)
    rates_of(optimizer, schedule, 4)
    held = [optimizer.state_dict(), schedule.state_dict()]
    optimizer, schedule = scheduled(kind, 2e-4)
    asked = rates.AsAsked([{k: v for k, v in g.items() if k != "params"} | {"lr": lr} for g, lr in
                           zip(optimizer.param_groups, (2e-4, 5e-5), strict=True)])  # fmt: skip
    optimizer.load_state_dict(held[0])
    schedule.load_state_dict(held[1])
    asked.on_train_begin(None, SimpleNamespace(global_step=4), None, optimizer=optimizer, lr_scheduler=schedule)
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx(wanted[3], rel=1e-12)
    assert schedule.get_last_lr() == pytest.approx(wanted[3], rel=1e-12)
    assert rates_of(optimizer, schedule, 5) == [pytest.approx(row, rel=1e-12) for row in wanted[4:]]


def test_the_schedules_that_follow_scores_are_the_others():
    """They are refused when the recipe is read (tests/recipe/test_together.py)."""
    optimizer = scheduled("linear", 1e-3)[0]
    for kind in together.ADAPTIVE:
        assert not isinstance(get_scheduler(kind, optimizer), LambdaLR)
    assert len(set(SchedulerType) - {SchedulerType(kind) for kind in together.ADAPTIVE}) >= 10


def test_what_an_optimizer_counts_in_its_groups_stays():
    """Optimizers without a schedule count their steps there."""
    optimizer, schedule = scheduled("constant", 1e-3)
    made = SimpleNamespace(create_optimizer=lambda: optimizer, add_callback=lambda one: held.append(one))
    held = []
    for group in optimizer.param_groups:
        group |= {"k": 0, "weight_sum": 0.0}
    rates.keep(made)
    made.create_optimizer()
    for group in optimizer.param_groups:
        group |= {"k": 7, "weight_sum": 3.5, "weight_decay": 9.0}
    held[0].on_train_begin(None, SimpleNamespace(global_step=7), None, optimizer=optimizer, lr_scheduler=schedule)
    assert [(g["k"], g["weight_sum"], g["weight_decay"]) for g in optimizer.param_groups] == [(7, 3.5, 0.01)] * 2


def test_what_belongs_to_no_part_is_the_rest():
    model = nn.ModuleDict({"visual": nn.Linear(2, 2), "head": nn.Linear(2, 2)})
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    rates.part_up(model, optimizer, {"vision": 0.5})
    assert [(g["part"], g["lr"], len(g["params"])) for g in optimizer.param_groups] == [
        ("rest", 1.0, 2),
        ("vision", 0.5, 2),
    ]
