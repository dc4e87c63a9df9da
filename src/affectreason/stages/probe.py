"""Two real steps of a stage on its worst row, on this machine, for their seconds and memory; nothing is kept."""

import importlib
import time
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from transformers import TrainerCallback
from trl import GRPOConfig, SFTConfig

from affectreason.errors import InputError
from affectreason.model import fitting, load, training, worst_row
from affectreason.recipe.parts import SFT, Stage
from affectreason.recipe.schema import Recipe

STEPS = 2  # the first one also fills the optimizer and warms kernels up


@dataclass(frozen=True)
class Probe:
    """Seconds of a micro-batch, micro-batches of an optimizer's step, peak bytes of the GPU (None: a CPU)."""

    seconds: float
    batches: int
    peak: int | None


class Clock(TrainerCallback):
    """When the last step began and ended."""

    begun = ended = 0.0

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        """A step begins."""
        self.begun = time.perf_counter()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """It ends."""
        self.ended = time.perf_counter()


def step(recipe: Recipe, stage: Stage, out: Path) -> Probe:
    """Train two steps on the worst row; InputError where the model is not here or nothing is trained.

    A step is one micro-batch, of GRPO as many as hold whole groups of answers.
    """
    if stage.kind not in ("sft", "grpo"):
        raise InputError("only sft and grpo are probed")
    source = fitting.start_of(recipe, stage)
    wanted: dict[str, Any] = dict(stage.train)
    batches = int(wanted.get("gradient_accumulation_steps", 1))
    short = {"max_steps": STEPS, "save_strategy": "no", "report_to": "none"}
    with TemporaryDirectory() as folder:
        config: Any = SFTConfig if isinstance(stage, SFT) else GRPOConfig
        given = {**({"max_length": None} if isinstance(stage, SFT) else {}), **wanted, **short}
        args = training.arguments(config, Path(folder) / stage.name, given | _micro(stage, given), recipe.dtype)
        model, processor = load.for_stage(recipe, stage, source)
        made = importlib.import_module(f"affectreason.stages.{stage.kind}").make_trainer
        clock = Clock()
        with worst_row.worst(recipe, stage, out, processor) as row:
            each = args.gradient_accumulation_steps
            count = STEPS * each * args.per_device_train_batch_size
            samples = [row.sample.model_copy(update={"id": str(number)}) for number in range(count)]
            trainer = made(recipe, stage, model, processor, samples, args)
            trainer.add_callback(clock)
            if torch.cuda.is_available():
                torch.cuda.reset_peak_memory_stats()
            trainer.train()
        peak = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None
    return Probe((clock.ended - clock.begun) / each, batches, peak)


def _micro(stage: Stage, given: dict[str, Any]) -> dict[str, Any]:
    """The least step, which writes its own answers: one micro-batch, of GRPO as many as hold whole groups."""
    if isinstance(stage, SFT):
        return {"gradient_accumulation_steps": 1}
    keys = ("per_device_train_batch_size", "num_generations")
    batch, group = (int(given.get(key, GRPOConfig.__dataclass_fields__[key].default)) for key in keys)
    return {
        "gradient_accumulation_steps": group // gcd(batch, group), "steps_per_generation": None,
        "generation_batch_size": None,
    }  # fmt: skip
