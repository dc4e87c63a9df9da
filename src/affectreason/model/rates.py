"""A learning rate of its own for each part of a model: vision, audio, projector, language."""

import copy
from dataclasses import dataclass, field
from typing import Any

from torch.optim.lr_scheduler import LambdaLR
from transformers import TrainerCallback

from affectreason.errors import InputError
from affectreason.model.load import part_of
from affectreason.recipe.parts import Trained

COUNTED = ("k", "lr_max", "scheduled_lr", "train_mode", "weight_sum")
"""What optimizers without a schedule (arXiv 2405.15682) count in their groups, beside what is asked of them."""


@dataclass
class AsAsked(TrainerCallback):
    """Put back the rates and settings that an optimizer was made with: a checkpoint brings those of its own run.

    Where they are the same it changes nothing, to the last bit.
    """

    groups: list[dict[str, Any]] = field(default_factory=list)

    def on_train_begin(
        self, args: Any, state: Any, control: Any, optimizer: Any = None, lr_scheduler: Any = None, **_: Any
    ) -> None:
        """Of a run that goes on; the scheduler stays at the step at which it was.

        Schedules that follow steps are `LambdaLR`s; those that follow scores are refused (`recipe.together`).
        """
        scheduler = getattr(lr_scheduler, "scheduler", lr_scheduler)
        if not state.global_step or not isinstance(scheduler, LambdaLR):
            return
        scheduler.base_lrs = [group["lr"] for group in self.groups]
        rates = [
            group["lr"] * at(scheduler.last_epoch) for group, at in zip(self.groups, scheduler.lr_lambdas, strict=True)
        ]
        for held in (optimizer.param_groups, scheduler.optimizer.param_groups):
            for group, asked, rate in zip(held, self.groups, rates, strict=True):
                group.update({**asked, "initial_lr": asked["lr"], "lr": rate})
        scheduler._last_lr = rates


def keep(trainer: Any) -> None:
    """Have a trainer that goes on from a checkpoint learn at the rates that are asked now."""
    held, made = AsAsked(), trainer.create_optimizer

    def create(*args: Any, **kwargs: Any) -> Any:
        optimizer = made(*args, **kwargs)
        held.groups = [
            copy.deepcopy({k: v for k, v in g.items() if k not in ("params", *COUNTED)}) for g in optimizer.param_groups
        ]
        return optimizer

    trainer.create_optimizer = create
    trainer.add_callback(held)


def listen(trainer: Any, stage: Trained) -> None:
    """Have a trainer's optimizer take `learning_rates`; all else learns at `train.learning_rate`.

    InputError for a part of which nothing learns, and where DeepSpeed's own config makes the optimizer.
    """
    rates = dict(stage.learning_rates or {})
    if not rates:
        return
    place = f"stage {stage.name}: learning_rates"
    learning = {part_of(name) for name, one in trainer.model.named_parameters() if one.requires_grad}
    for part in rates:
        if part not in learning:
            raise InputError(
                f"{place}.{part}: no weight of that part of {type(trainer.model).__name__} learns; take it out, or "
                "have lora.target_modules name some"
            )
    plugin = getattr(trainer.accelerator.state, "deepspeed_plugin", None)
    if plugin is not None and "optimizer" in plugin.deepspeed_config:
        raise InputError(f"{place}: the DeepSpeed config makes its own optimizer; take `optimizer` out of it")
    made = trainer.create_optimizer

    def create(*args: Any, **kwargs: Any) -> Any:
        optimizer = made(*args, **kwargs)
        part_up(trainer.model if not args else args[0], optimizer, rates)
        return optimizer

    trainer.create_optimizer = create


def part_up(model: Any, optimizer: Any, rates: dict[Any, float]) -> None:
    """Cut an optimizer's groups by part, those with the common rate first: a trainer logs the rate of the first.

    Asked again, it does nothing.
    """
    if any("part" in group for group in optimizer.param_groups):
        return
    of = {id(one): part_of(name) for name, one in model.named_parameters()}
    groups = []
    for part in (None, *rates):
        for group in optimizer.param_groups:
            those = [p for p in group["params"] if (of.get(id(p)) if of.get(id(p)) in rates else None) == part]
            if those:
                own = {"lr": rates[part]} if part is not None else {}
                groups.append({**group, "params": those, **own, "part": part or "rest"})
    optimizer.param_groups[:] = groups
