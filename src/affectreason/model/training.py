"""What every trained stage shares: its trainer's arguments, its log and progress, resuming, and saving whole."""

import json
import math
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from transformers import TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback, ProgressCallback

from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.media.progress import bar
from affectreason.model import checkpoints, epochs, no_memory, rates, rounding, watched
from affectreason.model.disk import writing
from affectreason.model.saved import verify_saved
from affectreason.recipe import folders, runs
from affectreason.recipe.parts import Stage
from affectreason.recipe.schema import Recipe


def arguments(config: type[TrainingArguments], folder: Path, train: dict[str, Any], dtype: str) -> Any:
    """The trainer's config from a recipe's `train` block; ours are only the paths and what the machine dictates.

    `folder` is the stage's. Checkpoints go to `folder/checkpoints`, ten over the run unless `save_steps` says
    otherwise. Mixed precision is bf16 where the device has it and the recipe does not ask for float32.
    """
    cuda = torch.cuda.is_available()
    bf16 = cuda and dtype in ("auto", "bfloat16") and torch.cuda.is_bf16_supported(including_emulation=False)
    os.environ["ACCELERATE_MIXED_PRECISION"] = "bf16" if bf16 else "no"  # else the launch config's would win
    ours: dict[str, Any] = {
        "output_dir": str(folder / "checkpoints"),
        "bf16": bf16,
        "use_cpu": not cuda,
        "report_to": "none",
        "run_name": f"{folder.parent.name}/{folder.name}",
        "logging_steps": 5,
        "save_steps": 0.1,
        "save_total_limit": 2,
        "dataloader_pin_memory": cuda,
        "remove_unused_columns": False,
        "disable_tqdm": True,
        "logging_nan_inf_filter": False,  # it writes an older loss in place of one that is no number
    }
    if "gradient_checkpointing" not in train:
        ours["activation_checkpointing"] = cuda  # the name that transformers 6 keeps
    try:
        return config(**{**ours, **train})
    except (TypeError, ValueError) as error:
        raise InputError(f"{folder.name}.train: {error}") from error


def rows(samples: list[Sample]) -> list[dict[str, str]]:
    """Samples as the one string column a data set may hold: Arrow would merge dictionaries across rows."""
    return [{"sample": sample.to_json()} for sample in samples]


@dataclass
class Report(TrainerCallback):
    """Log to `log.jsonl` and show a bar with the time left; the main process only."""

    folder: Path
    label: str
    skipped: watched.Skipped
    bar: Any = None
    written: int = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the bar at the step a resumed run begins with."""
        if state.is_world_process_zero:
            self.bar = bar(self.label, state.max_steps, state.global_step)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Move the bar."""
        if self.bar is not None:
            self.bar.move(state.global_step)

    def on_log(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Write the whole log at first, so that a resumed run's holds no step twice, and from then on what is new.

        Each time the whole of it would be hundreds of gigabytes in a run of 300,000 steps. A gradient that is no
        number stops the run here, before a checkpoint is saved.
        """
        last = state.log_history[-1]
        if self.skipped.count:
            watched.of_trained(state.log_history, self.skipped.count)
            last["skipped_steps"] = self.skipped.count
        if "train_loss" in last:  # the library's own is of the steps since a resumption alone
            last["train_loss"] = _mean_loss(state.log_history)
        if state.is_world_process_zero:
            write = folders.append_text if self.written else folders.write_text
            write(self.folder / "log.jsonl", _lines(state.log_history[self.written :]))
            self.written = len(state.log_history)
            if self.bar is not None:
                self.bar.say({k: last[k] for k in ("loss", "reward") if k in last})
        if not args.fp16 and not math.isfinite(last.get("grad_norm", 0.0)):  # fp16 finds its scale by such steps
            raise InputError(
                f"stage {self.label}: the gradient of step {state.global_step} is {last['grad_norm']}; lower "
                f"{self.label}.train.learning_rate, or set dtype=float32, and go on from the last checkpoint with "
                "resume=changed"
            )

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Close the bar."""
        if self.bar is not None:
            self.bar.close()


def _lines(rows: list[dict[str, Any]]) -> str:
    """The rows of a log, whose keys a checkpoint brings back in the order of the alphabet."""
    return "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows)


def _mean_loss(rows: list[dict[str, Any]]) -> float:
    """The mean loss of all trained steps, each row's loss being their mean since the row before; 0 of no steps."""
    total, count, step, skipped = 0.0, 0, 0, 0
    for row in rows:
        more = row.get("skipped_steps", skipped)
        trained = row["step"] - step - (more - skipped) if "loss" in row else 0
        total, count, step, skipped = total + row.get("loss", 0.0) * trained, count + trained, row["step"], more
    return total / max(count, 1)


@contextmanager
def folder(recipe: Recipe, stage: Stage, out: Path, done: bool = False) -> Iterator[Path]:
    """Hold the stage's folder, as `runs.opened` does, in the main process; the others are given its path."""
    with no_memory.beside(stage, done):
        if PartialState().is_main_process:
            with runs.opened(recipe, stage, out, done) as held:
                yield held
        else:
            yield out / stage.name


def train(trainer: Any, about: watched.About, resume: str, cycle: int = 1) -> int:
    """Train to the end, from the last whole checkpoint if there is one; how many steps were skipped.

    `resume` is the recipe's, `cycle` the steps that learn from the same answers.
    """
    args, folder = trainer.args, about.folder
    skipped = watched.watch(trainer, about)
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    trainer.add_callback(Report(folder, about.stage.name, skipped))
    rates.listen(trainer, about.stage)
    rates.keep(trainer)
    rounding.hold(trainer)
    rounding.watch(trainer, about.stage.name)
    trainer.add_callback(epochs.Follow())
    trainer.add_callback(checkpoints.Keep(args.save_total_limit, cycle))
    args.save_total_limit = None  # by the clock the library would remove the newest, were the clock set back
    trainer.get_batch_samples = partial(checkpoints.batches, trainer, trainer.get_batch_samples)
    with writing(folder / "checkpoints"):
        begun = checkpoints.take(folder, checkpoints.samples_of(args), resume)
        if begun is not None:
            skipped.count = _last_logged(begun, "skipped_steps")
            if hasattr(trainer, "_total_train_tokens"):  # TRL's SFT trainer would count from 0 again
                trainer._total_train_tokens = _last_logged(begun, "num_tokens")
            if (place := checkpoints.place_in(begun)) is not None and not args.ignore_data_skip:
                epochs.go_on(trainer, place)
            trainer._issue_warnings_after_load = partial(
                checkpoints.loaded, trainer, trainer._issue_warnings_after_load
            )
        trainer.train(resume_from_checkpoint=None if begun is None else str(begun))
    return skipped.count


def _last_logged(checkpoint: Path, name: str) -> int:
    """The last count of a name in the log of a checkpoint, whose last line ends where it does; 0 where it has none."""
    rows = json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    return int(next((row[name] for row in reversed(rows) if name in row), 0))


def save(trainer: Any, processor: Any, folder: Path, model: Any = None) -> None:
    """Write the trainer's model, or the given part of it, and the processor to `folder/model`, whole or not at all."""
    draft, target = folder / "model.part", folder / "model"
    rounding.give_back(trainer)
    if trainer.accelerator.is_main_process:
        shutil.rmtree(draft, ignore_errors=True)  # of a run that was stopped here
    trainer.accelerator.wait_for_everyone()
    with writing(target):
        if model is None:
            trainer.save_model(str(draft))
        elif trainer.accelerator.is_main_process:
            model.save_pretrained(draft)
        if trainer.accelerator.is_main_process:
            _forget_batches(processor)
            processor.save_pretrained(draft)
            (draft / "training_args.bin").unlink(missing_ok=True)
            verify_saved(trainer, processor, draft, model)
            shutil.rmtree(target, ignore_errors=True)
            draft.rename(target)
    trainer.accelerator.wait_for_everyone()


def _forget_batches(processor: Any) -> None:
    """Let no setting of the last batch be saved: a tokenizer keeps how it was last told to pad and to cut."""
    inner = getattr(getattr(processor, "tokenizer", processor), "backend_tokenizer", None)
    if inner is not None:
        inner.no_padding()
        inner.no_truncation()


def finish(
    trainer: Any, folder: Path, stage: Stage, seconds: float, counts: dict[str, Any], alarms: Sequence[str] = ()
) -> None:
    """Let the stage's output count; `alarms` are what was told of the training."""
    if trainer.accelerator.is_main_process:
        folders.write_done(folder, stage, seconds, counts, [*rounding.told(trainer), *alarms])
    trainer.accelerator.wait_for_everyone()
