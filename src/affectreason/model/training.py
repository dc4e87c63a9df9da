"""What every trained stage shares: its trainer's arguments, its log and progress, resuming, and saving whole."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from transformers import TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback, ProgressCallback

from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.media.progress import bar
from affectreason.model.disk import writing
from affectreason.recipe import folders, runs
from affectreason.recipe.parts import Stage
from affectreason.recipe.schema import Recipe


def arguments(config: type[TrainingArguments], folder: Path, train: dict[str, Any], dtype: str) -> Any:
    """The trainer's config from a recipe's `train` block; ours are only the paths and what the machine dictates.

    Checkpoints go to `folder/checkpoints`, ten over the run unless `save_steps` says otherwise. Mixed precision is
    bf16 where the device has it and the recipe does not ask for float32.
    """
    cuda = torch.cuda.is_available()
    bf16 = cuda and dtype in ("auto", "bfloat16") and torch.cuda.is_bf16_supported(including_emulation=False)
    os.environ["ACCELERATE_MIXED_PRECISION"] = "bf16" if bf16 else "no"  # else the launch config's would win
    ours: dict[str, Any] = {
        "output_dir": str(folder / "checkpoints"),
        "bf16": bf16,
        "use_cpu": not cuda,
        "report_to": "none",
        "logging_steps": 5,
        "save_steps": 0.1,
        "save_total_limit": 2,
        "dataloader_pin_memory": cuda,
        "remove_unused_columns": False,
        "disable_tqdm": True,
    }
    if "gradient_checkpointing" not in train:
        ours["activation_checkpointing"] = cuda  # the name that transformers 6 keeps
    try:
        return config(**{**ours, **train})
    except (TypeError, ValueError) as error:
        raise InputError(f"train: {error}") from error


def rows(samples: list[Sample]) -> list[dict[str, str]]:
    """Samples as the one string column a data set may hold: Arrow would merge dictionaries across rows."""
    return [{"sample": sample.to_json()} for sample in samples]


def last_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint that was written to its end, None when there is none."""
    found = sorted((folder / "checkpoints").glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    for path in reversed(found):
        if (path / "complete").is_file():
            return str(path)
    return None


@dataclass
class Report(TrainerCallback):
    """Log to `log.jsonl`, mark whole checkpoints, and show a bar with the time left; the main process only."""

    folder: Path
    label: str
    bar: Any = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the bar at the step a resumed run begins with."""
        if state.is_world_process_zero:
            self.bar = bar(self.label, state.max_steps, state.global_step)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Move the bar."""
        if self.bar is not None:
            self.bar.move(state.global_step)

    def on_log(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Write the whole log again: a resumed run's log holds no step twice."""
        if state.is_world_process_zero:
            folders.write_text(self.folder / "log.jsonl", "".join(json.dumps(row) + "\n" for row in state.log_history))
            last = state.log_history[-1]
            if self.bar is not None:
                self.bar.say({k: last[k] for k in ("loss", "reward") if k in last})

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Mark the checkpoint as whole; one cut short by a kill has no mark and is never resumed."""
        if state.is_world_process_zero:
            (Path(args.output_dir) / f"checkpoint-{state.global_step}" / "complete").touch()

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Close the bar."""
        if self.bar is not None:
            self.bar.close()


@contextmanager
def folder(recipe: Recipe, stage: Stage, out: Path) -> Iterator[Path]:
    """Hold the stage's folder in the main process; the others are given its path."""
    if PartialState().is_main_process:
        with runs.opened(recipe, stage, out) as held:
            yield held
    else:
        yield out / stage.name


def train(trainer: Any, folder: Path, label: str) -> None:
    """Train to the end, from the last whole checkpoint if there is one."""
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    trainer.add_callback(Report(folder, label))
    with writing(folder / "checkpoints"):
        trainer.train(resume_from_checkpoint=last_checkpoint(folder))


def save(trainer: Any, processor: Any, folder: Path, model: Any = None) -> None:
    """Write the trainer's model, or the given part of it, and the processor to `folder/model`, whole or not at all."""
    draft, target = folder / "model.part", folder / "model"
    if trainer.accelerator.is_main_process:
        shutil.rmtree(draft, ignore_errors=True)  # of a run that was stopped here
    trainer.accelerator.wait_for_everyone()
    with writing(target):
        if model is None:
            trainer.save_model(str(draft))
        elif trainer.accelerator.is_main_process:
            model.save_pretrained(draft)
        if trainer.accelerator.is_main_process:
            processor.save_pretrained(draft)
            (draft / "training_args.bin").unlink(missing_ok=True)
            shutil.rmtree(target, ignore_errors=True)
            draft.rename(target)
    trainer.accelerator.wait_for_everyone()


def finish(
    trainer: Any, folder: Path, stage: Stage, seconds: float, counts: dict[str, Any], alarms: Sequence[str] = ()
) -> None:
    """Let the stage's output count; `alarms` are what was told of the training."""
    if trainer.accelerator.is_main_process:
        folders.write_done(folder, stage, seconds, counts, alarms)
    trainer.accelerator.wait_for_everyone()
