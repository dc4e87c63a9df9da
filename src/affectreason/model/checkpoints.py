"""Checkpoints that are whole: marked with what they hold, looked at before they are gone on from, kept by their step.

The mark `complete` is written when every process has written its part. It lists the size and the sha256 of each file,
the processes, the samples of a step and the place in the data; what is not as it says is torn or altered and never
resumed.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from accelerate import PartialState
from accelerate.utils import broadcast_object_list
from transformers import TrainerCallback, TrainingArguments

from affectreason.errors import InputError
from affectreason.model import epochs
from affectreason.recipe import changes, folders

MARK = "complete"
HASHED_AT_ONCE = 4


@dataclass(frozen=True)
class Found:
    """The newest whole checkpoint of a stage, None where there is none, and what is wrong with newer ones."""

    path: Path | None
    wrong: dict[Path, str]


def find(folder: Path) -> Found:
    """Look at the checkpoints of a stage's folder, newest first, down to the first that is whole."""
    wrong: dict[Path, str] = {}
    for path in reversed(every(folder / "checkpoints")):
        reason = why_not_whole(path)
        if reason is None:
            return Found(path, wrong)
        wrong[path] = reason
    return Found(None, wrong)


def every(place: Path) -> list[Path]:
    """The checkpoints in a place in the order of their steps, whatever a clock said when they were written."""
    found = [path for path in place.glob("checkpoint-*") if path.name.rpartition("-")[2].isdecimal()]
    return sorted(found, key=step_of)


def step_of(path: Path) -> int:
    """The step after which a checkpoint was written."""
    return int(path.name.rpartition("-")[2])


def why_not_whole(path: Path) -> str | None:
    """What of a checkpoint is missing or not as its mark says; None where it is whole."""
    mark = path / MARK
    if not mark.is_file():
        return "torn, it was cut short while it was saved"
    try:
        made = json.loads(mark.read_text(encoding="utf-8"))
        sizes, _, _ = dict(made["files"]), int(made["processes"]), int(made["samples"])  # asked for when it is taken
        _place(made)
        digests = {name: made["sha256"][name] for name in sizes} if "sha256" in made else {}
    except (ValueError, KeyError, TypeError):
        return f"torn, its {MARK} cannot be read"
    for name, size in sizes.items():
        if not (path / name).is_file():
            return f"torn, it has no {name}"
        if (path / name).stat().st_size != size:
            return f"torn, {name} has {(path / name).stat().st_size} of {size} bytes"
    found = _digests(path, digests)
    changed = [name for name, digest in digests.items() if found[name] != digest]
    return f"altered, {changed[0]} no longer holds what was saved" if changed else None


def mark(path: Path, processes: int, samples: int, place: epochs.Place | None = None) -> None:
    """Say that a checkpoint is whole, when all of it is on the disk."""
    sizes = {str(file.relative_to(path)): _settled(file) for file in sorted(path.rglob("*")) if file.is_file()}
    sizes.pop(MARK, None)
    made = {"files": sizes, "sha256": _digests(path, sizes), "processes": processes, "samples": samples}
    made |= {"place": asdict(place)} if place is not None else {}
    folders.write_text(path / MARK, json.dumps(made))


def take(folder: Path, samples: int, resume: str) -> Path | None:
    """The checkpoint a stage goes on from; torn and altered ones are told and removed.

    InputError where it was made by another number of processes or of samples a step and `resume` is not `changed`.
    """
    state = PartialState()
    names: list[str | None] = [None]
    if state.is_main_process:  # alone: another machine may not see yet what this one wrote
        found = find(folder)
        names = [found.path.name if found.path else None]
        for path, reason in found.wrong.items():
            instead = f"going on from {names[0]}" if names[0] else "beginning anew"
            print(f"{path}: {reason}; {instead}", file=sys.stderr)
            shutil.rmtree(path)
    name = broadcast_object_list(names)[0]
    if name is None:
        return None
    path = folder / "checkpoints" / name
    _require_same_step(path, folder, state, samples, resume)
    return path


def place_in(path: Path) -> epochs.Place | None:
    """Where in its data a run stood when it wrote a checkpoint; None in one of a version that did not say."""
    return _place(json.loads((path / MARK).read_text(encoding="utf-8")))


def _place(made: dict[str, Any]) -> epochs.Place | None:
    found = made.get("place")
    return None if found is None else epochs.Place(**{name: int(value) for name, value in dict(found).items()})


def _require_same_step(path: Path, folder: Path, state: Any, samples: int, resume: str) -> None:
    made = json.loads((path / MARK).read_text(encoding="utf-8"))
    now = {"processes": state.num_processes, "samples a step": samples}
    found = changes.differing({"processes": made["processes"], "samples a step": made["samples"]}, now)
    if not found:
        return
    lines = changes.lines(found)
    if resume != "changed":
        raise InputError(
            "\n  ".join([f"{path} was made otherwise:", *lines])
            + "\nan epoch is cut into other steps then, so it is no longer the same training, though each of its "
            "samples is still learned from once; start as many processes as then, or keep the samples a step by "
            f"{folder.name}.train.gradient_accumulation_steps and say resume=changed"
        )
    if state.is_main_process:
        print("\n  ".join([f"{path}: going on with", *lines]), file=sys.stderr)
        changes.agree(folder, [f"from step {step_of(path)}: {line}" for line in lines], None)


def _digests(path: Path, names: Iterable[str]) -> dict[str, str]:
    """The sha256 of files, several at a time: the largest are those of whole models and their optimizers."""
    names = list(names)
    with ThreadPoolExecutor(HASHED_AT_ONCE) as pool:
        return dict(zip(names, pool.map(lambda name: folders.digest(path / name), names), strict=True))


def _settled(file: Path) -> int:
    """The size of a file that is on the disk, not only on its way."""
    with file.open("rb") as held:
        os.fsync(held.fileno())
        return os.fstat(held.fileno()).st_size


def rotate(place: Path, keep: int | None) -> None:
    """Remove all but the newest `keep` whole checkpoints."""
    for path in every(place)[:-keep] if keep else []:
        shutil.rmtree(path, ignore_errors=True)


@dataclass
class Keep(TrainerCallback):
    """Mark whole checkpoints and remove old ones; a log line ends where a checkpoint does, and a rollout cycle too.

    `keep` is how many stay, `cycle` the steps that learn from the same answers.
    """

    keep: int | None
    cycle: int = 1
    due: bool = False

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Train no step more where a run was stopped after its last one."""
        control.should_training_stop = state.global_step >= state.max_steps

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Put off a save to the end of a cycle, and log before it, so that nothing counted is lost by a resumption."""
        self.due = self.due or control.should_save
        control.should_save = self.due and (state.global_step % self.cycle == 0 or state.global_step >= state.max_steps)
        control.should_log = control.should_log or control.should_save

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The same for saves that come with an epoch."""
        self.on_step_end(args, state, control)

    def on_save(self, args: Any, state: Any, control: Any, train_dataloader: Any = None, **_: Any) -> None:
        """Mark the checkpoint when every process has written, then make room."""
        self.due = False
        PartialState().wait_for_everyone()
        if state.is_world_process_zero:
            home, place = Path(args.output_dir), epochs.place_of(args, state, train_dataloader)
            mark(home / f"checkpoint-{state.global_step}", args.world_size, samples_of(args), place)
            rotate(home, self.keep)


def batches(trainer: Any, inner: Callable[..., tuple[list[Any], Any]], *given: Any) -> tuple[list[Any], Any]:
    """The next micro-batches of a trainer, none after its last step: it would train one before it looks."""
    return ([], None) if trainer.state.global_step >= trainer.state.max_steps else inner(*given)


def loaded(trainer: Any, inner: Callable[[Any], None], found: Any) -> None:
    """Tell as the library does which weights a checkpoint lacks or has too many, but for those tied to one it holds.

    `found` are the names, as torch gives them.
    """
    same: dict[int, set[str]] = {}
    for name, one in trainer.model.named_parameters(remove_duplicate=False):
        same.setdefault(id(one), set()).add(name)
    lacking = set(found.missing_keys)
    there = set().union(*(names for names in same.values() if names - lacking))
    inner(found._replace(missing_keys=[name for name in found.missing_keys if name not in there]))


def samples_of(args: TrainingArguments) -> int:
    """The samples of a step, over all processes."""
    return args.per_device_train_batch_size * args.gradient_accumulation_steps * args.world_size
