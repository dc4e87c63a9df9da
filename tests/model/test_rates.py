"""Each part of a model learns at its own rate."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from trl import SFTConfig

from affectreason.errors import InputError
from affectreason.model import load, rates, training
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


def test_what_belongs_to_no_part_is_the_rest():
    model = nn.ModuleDict({"visual": nn.Linear(2, 2), "head": nn.Linear(2, 2)})
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    rates.part_up(model, optimizer, {"vision": 0.5})
    assert [(g["part"], g["lr"], len(g["params"])) for g in optimizer.param_groups] == [
        ("rest", 1.0, 2),
        ("vision", 0.5, 2),
    ]
