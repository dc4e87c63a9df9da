"""Folders of a run: where a stage's output is, when it counts, and what `init` and `data` mean.

Only `done.json`, written last, makes an output an input. A stage folder keeps the settings it was made with in
`recipe.yaml`; the same folder is never used for other settings.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from affectreason.affect.sample import Sample, read
from affectreason.errors import InputError
from affectreason.recipe.schema import MODEL_KINDS, SAMPLE_KINDS, Recipe, Stage
from affectreason.recipe.words import read_yaml

LIBRARIES = ("affectreason", "torch", "transformers", "trl", "peft", "accelerate", "deepspeed")
MODEL_FIELDS = ("model", "prompt", "labels", "dtype", "media")


def settings(recipe: Recipe, stage: Stage) -> dict[str, Any]:
    """What a stage's output depends on: its own fields and the recipe's that every model stage reads."""
    dumped = recipe.model_dump(mode="json", exclude_none=True)
    shared = {} if stage.kind == "draw" else {key: dumped[key] for key in MODEL_FIELDS if key in dumped}
    return {"stage": stage.model_dump(mode="json", exclude_none=True), **shared}


def is_done(out: Path, stage: str) -> bool:
    """Whether a stage's output counts."""
    return (out / stage / "done.json").is_file()


def made_with(out: Path, stage: str) -> dict[str, Any] | None:
    """The settings a stage folder was begun with, None where there is none."""
    path = out / stage / "recipe.yaml"
    return read_yaml(path.read_text(encoding="utf-8"), str(path)) if path.is_file() else None


def inputs(recipe: Recipe, stage: Stage) -> list[Stage]:
    """The earlier stages that this one reads, nearest last."""
    named = [getattr(stage, "init", None), *(item.partition(":")[0] for item in getattr(stage, "data", []))]
    return [s for s in recipe.stages if s.name in named]


def ancestors(recipe: Recipe, stage: Stage) -> list[Stage]:
    """The stage and all it is made from, in the recipe's order."""
    wanted = {stage.name}
    for earlier in reversed(recipe.stages):
        if earlier.name in wanted:
            wanted |= {s.name for s in inputs(recipe, earlier)}
    return [s for s in recipe.stages if s.name in wanted]


def conflict(recipe: Recipe, stage: Stage, out: Path) -> str | None:
    """The first stage of this one's line that `out` holds with other settings, and which keys differ."""
    for made in ancestors(recipe, stage):
        old = made_with(out, made.name)
        new = settings(recipe, made)
        if old is not None and old != new:
            keys = sorted(_differing(old, new))
            return f"{out / made.name} was made with other settings ({', '.join(keys)})"
    return None


def choose_out(recipe: Recipe, stage: Stage, out: str | None) -> Path:
    """The run's folder: `out` if given, else runs/NAME, or runs/NAME-2 ... where that holds other settings.

    A given folder that holds other settings is an error; nothing is overwritten.
    """
    if out is not None:
        clash = conflict(recipe, stage, Path(out))
        if clash:
            raise InputError(f"{clash}; name a new folder with out=, or remove that one")
        return Path(out)
    number = 1
    while True:
        folder = Path("runs") / (recipe.name if number == 1 else f"{recipe.name}-{number}")
        clash = conflict(recipe, stage, folder)
        if clash is None:
            return folder
        number += 1


def model_source(recipe: Recipe, stage: Stage, out: Path) -> str:
    """The folder or hub id a stage starts from; an earlier stage must be done."""
    init = getattr(stage, "init", None) or recipe.model
    if init in {s.name for s in recipe.stages}:
        require_done(recipe, init, out)
        return str(out / init / "model")
    return init


def samples(recipe: Recipe, data: list[str], out: Path) -> list[Sample]:
    """The samples of `data`: outputs of stages (`grow`, or `faces:test` for one split) and JSONL files."""
    found: list[Sample] = []
    for item in data:
        source, _, split = item.partition(":")
        if source in {s.name for s in recipe.stages}:
            require_done(recipe, source, out)
            found += read(out / source / "samples.jsonl", split or None)
        else:
            found += read(source, split or None)
    seen: dict[str, int] = {}
    for sample in found:
        seen[sample.id] = seen.get(sample.id, 0) + 1
    twice = [name for name, count in seen.items() if count > 1]
    if twice:
        raise InputError(f"data {data}: {len(twice)} ids appear twice, first {twice[0]!r}; give each sample its own id")
    return [s if s.labels else s.model_copy(update={"labels": recipe.labels}) for s in found]


def require_done(recipe: Recipe, name: str, out: Path) -> None:
    """Refuse an input whose stage is not done, with the command that makes it."""
    if not is_done(out, name):
        raise InputError(
            f"recipe {recipe.name}: stage {name!r} is not done (no {out / name / 'done.json'})\n"
            f"hint: {command(recipe, recipe.stage(name), out)}"
        )


def command(recipe: Recipe, stage: Stage, out: Path | None = None) -> str:
    """The exact command that runs one stage."""
    words = f"recipe={recipe.called} stage={stage.name}"
    if out is not None and out != Path("runs") / recipe.name:
        words += f" out={out}"
    if stage.kind in ("draw", "warm_up"):
        return f"affectreason run {words}"
    config = f" --config_file {recipe.launch}" if recipe.launch else ""
    return f"accelerate launch{config} {stage.kind}.py {words}"


@contextmanager
def opened(recipe: Recipe, stage: Stage, out: Path) -> Iterator[Path]:
    """Hold a stage's folder: settings written, no second run inside it; released even by `kill -9`."""
    folder = out / stage.name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"another run is working in {folder}; wait for it, or name a new folder with out="
            ) from error
        write_text(folder / "recipe.yaml", yaml.safe_dump(settings(recipe, stage), sort_keys=False, allow_unicode=True))
        yield folder


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all; a full disk leaves the old one and no half."""
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InputError(
            f"cannot write {path}: {error.strerror}; free space there, then run the same command again"
        ) from error


def write_done(folder: Path, stage: Stage, seconds: float, counts: dict[str, Any]) -> None:
    """Say that a stage's output counts: what it was made with, how much it is, and what its files hash to."""
    names = ("model", "samples.jsonl", "manifest.json")
    files = sorted(f for name in names for f in _files(folder / name))
    record = {
        "stage": stage.name,
        "kind": stage.kind,
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seconds": round(seconds, 1),
        "counts": counts,
        "commit": _commit(),
        "versions": {name: found for name in LIBRARIES if (found := _version(name))},
        "sha256": {str(f.relative_to(folder)): _digest(f) for f in files},
    }
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    write_text(folder / "done.json", json.dumps(record, indent=2))


def states(recipe: Recipe, out: Path) -> list[tuple[Stage, str]]:
    """Every stage with done, next (all its inputs are done) or waiting."""
    found = []
    for stage in recipe.stages:
        ready = all(is_done(out, s.name) for s in inputs(recipe, stage))
        found.append((stage, "done" if is_done(out, stage.name) else "next" if ready else "waiting"))
    return found


def output(out: Path, stage: Stage) -> Path:
    """What a stage leaves: a model folder or a file of samples."""
    assert stage.kind in (*MODEL_KINDS, *SAMPLE_KINDS)
    return out / stage.name / ("model" if stage.kind in MODEL_KINDS else "samples.jsonl")


def _differing(old: dict[str, Any], new: dict[str, Any], place: str = "") -> set[str]:
    found = set()
    for key in {*old, *new}:
        name = f"{place}.{key}" if place else key
        a, b = old.get(key), new.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            found |= _differing(a, b, "" if name == "stage" else name)
        elif a != b:
            found.add(name)
    return found


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [f for f in path.rglob("*") if f.is_file()]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _commit() -> str | None:
    here = Path(__file__).parent
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
