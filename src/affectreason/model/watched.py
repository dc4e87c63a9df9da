"""Training steps that are watched: out of memory and a loss that is no number are told with the samples they met.

TRL's trainers have no hook around a step that sees its batch, so their method is put aside.
"""

import gc
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from affectreason.affect.sample import Sample
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.model import collate, filled
from affectreason.recipe import folders
from affectreason.recipe.parts import Media, Trained, WarmUp
from affectreason.recipe.prompts import Message

IDS = "ids"
SHOWN = 8
"""How many samples of a step are told in full."""
PLACE = "not_finite"
"""Where in a stage's folder the samples of a step are whose loss was no number."""
_NO_MEMORY = ("out of memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED")
Asked = Callable[[Sample], list[Message]]


@dataclass
class Skipped:
    """How many steps were left out for want of memory, whether the present one is, and its losses so far."""

    count: int = 0
    now: bool = False
    losses: float = 0.0


@dataclass(frozen=True)
class About:
    """What is needed to say what a step held: the stage and its folder, its samples by id, how they are asked."""

    stage: Trained
    folder: Path
    samples: dict[str, Sample]
    asked: Asked | None
    processor: Any
    media: Media


def require(stage: Trained) -> None:
    """Refuse to skip steps where several processes train: the others would wait for one that has left the step."""
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    if stage.on_oom == "skip" and processes > 1:
        raise InputError(
            f"{stage.name}.on_oom: skip is for one process, and here are {processes}: the others would wait for the "
            "one that left the step; remove it, and lower media.max_pixels or media.max_frames instead"
        )


def counted(skipped: int) -> dict[str, int]:
    """What `done.json` says of skipped steps."""
    return {"skipped_steps": skipped} if skipped else {}


def of_trained(rows: list[dict[str, Any]], skipped: int) -> None:
    """Make the loss of a log's last row the mean of the steps that were trained: the library takes the others for 0.

    Where none was, the row has no loss.
    """
    last, before = rows[-1], rows[-2] if len(rows) > 1 else {"step": 0}
    steps, more = last["step"] - before["step"], skipped - before.get("skipped_steps", 0)
    if more and "loss" in last:
        loss = last.pop("loss")
        last |= {"loss": loss * steps / (steps - more)} if steps > more else {}


def watch(trainer: Any, about: About) -> Skipped:
    """Watch every training step of a trainer; what is given back counts the steps that were skipped."""
    if about.stage.on_oom == "skip" and (trainer.is_deepspeed_enabled or trainer.is_fsdp_enabled):
        raise InputError(
            f"{about.stage.name}.on_oom: skip cannot be done under DeepSpeed or FSDP, which hold gradients of their "
            "own; remove it, or launch with one_gpu.yaml"
        )
    skipped = Skipped()
    inner = trainer.training_step
    if trainer.data_collator is not None and not hasattr(trainer, "_buffered_inputs"):
        trainer.data_collator = partial(named, trainer.data_collator)
    trainer.training_step = partial(_step, trainer, inner, about, skipped)
    return skipped


def named(made: Callable[[list[dict[str, str]]], dict[str, Any]], rows: list[dict[str, str]]) -> dict[str, Any]:
    """A batch with the ids of its samples beside it, and how many of its tokens are of rows that teach nothing."""
    batch = made(rows)
    return {**batch, **filled.tokens(batch, made, rows), IDS: [json.loads(row["sample"])["id"] for row in rows]}


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device or this machine has no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _NO_MEMORY)


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _step(
    trainer: Any,
    inner: Callable[..., torch.Tensor],
    about: About,
    skipped: Skipped,
    model: Any,
    inputs: Any,
    *args: Any,
    **more: Any,
) -> torch.Tensor:
    """One micro-batch; of a step that was skipped the rest is passed over too."""
    ids = inputs.pop(IDS) if isinstance(inputs, dict) else [json.loads(row["sample"])["id"] for row in inputs]
    uncounted = inputs.pop(filled.UNCOUNTED, None) if isinstance(inputs, dict) else None
    last = trainer.accelerator.sync_gradients
    shape = inputs["input_ids"].shape if isinstance(inputs, dict) and "input_ids" in inputs else None
    held = getattr(trainer, "_buffered_inputs", None)
    failed = None
    if not skipped.now:
        filled.uncount(trainer, uncounted)
        try:
            loss = inner(model, inputs, *args, **more)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            failed = first_line(error)
    if failed is None and not skipped.now:
        _require_number(trainer, about, ids, loss)
        if about.stage.on_oom == "skip":
            skipped.losses = 0.0 if last else skipped.losses + loss.item()
        return loss
    if failed is not None:
        _free(model)  # not before: what was raised held the tensors
        if about.stage.on_oom != "skip":
            raise InputError(_words(trainer, about, _of_step(trainer, ids), shape, failed))
        print(_words(trainer, about, _of_step(trainer, ids), shape, failed), file=sys.stderr)
        skipped.count += 1
    _pass_over(trainer, model, held)
    taken_back, skipped.now, skipped.losses = -skipped.losses, not last, 0.0
    return torch.tensor(taken_back, device=trainer.args.device)


def _pass_over(trainer: Any, model: Any, held: Any) -> None:
    """Leave no gradient of a step behind, and GRPO's count of micro-batches where it would be."""
    model.zero_grad()
    if hasattr(trainer, "_buffered_inputs"):
        every = trainer.args.steps_per_generation * trainer.num_iterations
        if trainer._step % every == 0 and trainer._buffered_inputs is held:
            trainer._buffered_inputs = None  # it is of the prompts before
        trainer._step += 1


def _of_step(trainer: Any, ids: Sequence[str]) -> list[str]:
    """The ids of a micro-batch; GRPO is handed the prompts of a whole rollout and knows which it was at."""
    distinct = list(dict.fromkeys(ids))
    of = getattr(trainer, "_prompt_of", None)
    if of is None or not len(of) or int(of.max()) >= len(distinct):
        return distinct
    return [distinct[place] for place in sorted(set(of.tolist()))]


def _require_number(trainer: Any, about: About, ids: Sequence[str], loss: torch.Tensor) -> None:
    """Stop at a loss that is not finite, with its samples written down; several processes mostly meet one at once."""
    if bool(torch.isfinite(loss).all()):
        return
    step, those = trainer.state.global_step + 1, _of_step(trainer, ids)
    place = about.folder / PLACE / (f"process_{trainer.args.process_index}" if trainer.args.world_size > 1 else "")
    place.mkdir(parents=True, exist_ok=True)
    write(place / "samples.jsonl", [about.samples[name] for name in those])
    folders.write_text(place / "step.json", json.dumps({"step": step, "loss": str(loss.item()), "ids": those}))
    stage = about.stage.name
    raise InputError(
        f"stage {stage}: the loss of step {step} is {loss.item()}; its {len(those)} samples ({', '.join(those[:SHOWN])}"
        f"{', ...' if len(those) > SHOWN else ''}) are in {place / 'samples.jsonl'}. Lower {stage}.train.learning_rate "
        f"or {stage}.train.max_grad_norm, or set dtype=float32, and go on from the last checkpoint with resume=changed"
    )


def _words(trainer: Any, about: About, ids: Sequence[str], shape: Any, failed: str) -> str:
    """Out of memory: the step, its samples with the largest first, and what to change."""
    stage, args = about.stage, trainer.args
    rows = "" if shape is None else f", {shape[0]} rows of {shape[1]} tokens"
    lines = [f"stage {stage.name}: out of memory in step {trainer.state.global_step + 1}{rows} ({failed})"]
    lines += shown(about, [about.samples[name] for name in ids])
    if stage.on_oom == "skip":
        return "\n".join([*lines, f"the step is skipped ({stage.name}.on_oom: skip)"])
    keys = [
        f"lower media.max_pixels ({about.media.max_pixels or 'not given'}) or media.max_frames "
        f"({about.media.max_frames})",
        f"lower {stage.name}.train.per_device_train_batch_size ({args.per_device_train_batch_size}) and raise "
        f"{stage.name}.train.gradient_accumulation_steps ({args.gradient_accumulation_steps}) as much",
    ]
    if hasattr(stage, "row_tokens"):
        keys.append(f"lower {stage.name}.row_tokens ({stage.row_tokens or 'not given'})")
    if hasattr(args, "max_completion_length"):
        keys.append(f"lower {stage.name}.train.max_completion_length ({args.max_completion_length})")
    if not args.gradient_checkpointing and not isinstance(stage, WarmUp):  # its senses cannot recompute
        keys.append(f"set {stage.name}.train.gradient_checkpointing: true")
    keys.append(f"or pass over such steps with {stage.name}.on_oom: skip")
    return "\n".join([*lines, "; ".join(keys) + ". Go on from the last checkpoint with resume=changed"])


def shown(about: About, samples: Sequence[Sample]) -> list[str]:
    """A line for each of the largest of some samples, and how many more there are."""
    sizes = sorted((_size(about, one) for one in samples), reverse=True)
    more = [f"  and {len(sizes) - SHOWN} smaller samples"] if len(sizes) > SHOWN else []
    return [f"  {text}" for _, text in sizes[:SHOWN]] + more


def _size(about: About, sample: Sample) -> tuple[int, str]:
    """The tokens of a sample's prompt, and what is told of it."""
    loaded = collate.load_media(sample, about.media.fps, about.media.max_frames, about.media.max_seconds)
    seen = [f"{len(clip)} frames of {_pixels(clip)}" for clip in loaded.videos]
    seen += [f"a picture of {_pixels([one])}" for one in loaded.images]
    seen += [f"{len(wave) / 16000:.1f} s of sound" for wave in loaded.sounds]
    tokens = 0
    if about.asked is not None:
        made = collate.prompt_batch(about.processor, [about.asked(sample)], [loaded], padding_side="left")
        tokens = made["input_ids"].shape[1]
        seen.append(f"{tokens} tokens of prompt")
    return tokens, f"sample {sample.id!r}: {', '.join(seen)}"


def _pixels(frames: Sequence[Any]) -> str:
    """The size of frames, and how many pixels they are together."""
    width, height = frames[0].size if hasattr(frames[0], "size") and not callable(frames[0].size) else (0, 0)
    return f"{width}x{height} ({len(frames) * width * height:,} pixels)"


def _free(model: Any) -> None:
    model.zero_grad()
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
