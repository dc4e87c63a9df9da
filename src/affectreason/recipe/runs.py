"""Folders of a run: what a stage's was made with, which is chosen, who holds it, and when its output counts.

Only `done.json`, written last, makes an output an input. A stage folder keeps the settings it was made with in
`recipe.yaml`; the same folder is never used for other settings.
"""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from affectreason.affect.hashes import short
from affectreason.errors import InputError
from affectreason.recipe import changes, folders, locks, modalities
from affectreason.recipe.parts import Search, Stage
from affectreason.recipe.places import launch_config
from affectreason.recipe.schema import MODEL_KINDS, SAMPLE_KINDS, Recipe
from affectreason.recipe.words import overlap, read_yaml, source_and_split, write_yaml
from affectreason.scoring.witnesses import WITH_MODELS

_LOST = "put back the file that the run wrote, or begin a new run with out=FOLDER"
ANSWERS = Path("evaluation") / "predictions.jsonl"
MODEL_FIELDS = ("model", "prompt", "labels", "dtype", "quantize", "media")


def settings(recipe: Recipe, stage: Stage) -> dict[str, Any]:
    """What a stage's output depends on: its own fields and the recipe's that every model stage reads."""
    dumped = recipe.model_dump(mode="json", exclude_none=True)
    shared = {} if stage.kind == "draw" else {key: dumped[key] for key in MODEL_FIELDS if key in dumped}
    held = recipe.evaluate
    if held is not None and (stage.kind in ("synthesize", "filter") or overlap(held.data, reads(stage))):
        shared["evaluated_on"] = {"data": held.data, "limit": held.limit}  # it is left out
    files = digests(recipe, reads(stage))
    return {"stage": stage.model_dump(mode="json", exclude_none=True), **shared, **({"files": files} if files else {})}


def reads(stage: Stage) -> list[str]:
    """What a stage names as its data: files and stages, perhaps with a split, those it replays with them."""
    return [*getattr(stage, "data", ()), *getattr(stage, "replay", ())]


def digests(recipe: Recipe, data: list[str]) -> dict[str, str]:
    """The content of the files `data` names, so that an edited file is other data."""
    made = {stage.name for stage in recipe.stages}
    sources = sorted({source_and_split(item)[0] for item in data} - made)
    return {source: folders.digest(Path(source)) for source in sources if Path(source).is_file()}


def is_done(out: Path, stage: str) -> bool:
    """Whether a stage's output counts."""
    return (out / stage / "done.json").is_file()


def made_with(out: Path, stage: str) -> dict[str, Any] | None:
    """The settings a stage folder was begun with, None where there is none."""
    path = out / stage / "recipe.yaml"
    try:
        return read_yaml(path.read_text(encoding="utf-8"), str(path)) if path.is_file() else None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text ({error}); {_LOST}") from error


def inputs(recipe: Recipe, stage: Stage) -> list[Stage]:
    """The earlier stages that this one reads, nearest last."""
    named = [getattr(stage, "init", None), *(source_and_split(item)[0] for item in reads(stage))]
    named += [witness.model for witness in getattr(stage, "witnesses", ())]
    return [s for s in recipe.stages if s.name in named]


def evaluated_on(recipe: Recipe) -> list[Stage]:
    """The stages whose samples every model is asked about."""
    sources = {source_and_split(item)[0] for item in recipe.evaluate.data} if recipe.evaluate else set()
    return [stage for stage in recipe.stages if stage.name in sources]


def ancestors(recipe: Recipe, stage: Stage) -> list[Stage]:
    """The stage and all it is made from, in the recipe's order."""
    wanted = {stage.name}
    for earlier in reversed(recipe.stages):
        if earlier.name in wanted:
            wanted |= {s.name for s in inputs(recipe, earlier)}
    return [s for s in recipe.stages if s.name in wanted]


def conflict(recipe: Recipe, stage: Stage | None, out: Path) -> str | None:
    """The first stage that `out` holds with other settings, and what differs; None where there is none.

    Compared are this one's line and what its evaluation uses, or all stages where `stage` is None. A change that was
    agreed to is none.
    """
    for made in line(recipe, stage):
        found = changed(recipe, made, out)
        if found:
            return "\n  ".join([f"{out / made.name} was made with other settings:", *changes.lines(found)])
    return None


def line(recipe: Recipe, stage: Stage | None) -> list[Stage]:
    """The stage, what it is made from and what its evaluation uses; all stages where it is None."""
    if stage is None:
        return list(recipe.stages)
    found = ancestors(recipe, stage)
    return found + [s for s in evaluated_on(recipe) if s not in found and stage.kind != "draw"]


def changed(recipe: Recipe, stage: Stage, out: Path) -> dict[str, tuple[Any, Any]]:
    """What differs between the settings asked and those a stage's folder was begun with or last agreed to.

    What is done was made with the former, and agreeing changed nothing but how its model is asked.
    """
    made = made_with(out, stage.name)
    if made is None:
        return {}
    if not isinstance(made, dict):
        raise InputError(f"{out / stage.name / 'recipe.yaml'} does not hold a stage's settings; {_LOST}")
    agreed, now = (
        [row["settings"] for row in folders.changes(out / stage.name) if row["settings"]],
        settings(recipe, stage),
    )
    found = changes.differences([made, *agreed][-1], now)
    asked_otherwise = any(key.split(".")[0] in MODEL_FIELDS for key in found)
    if agreed and is_done(out, stage.name) and not asked_otherwise and not changes.differences(made, now):
        return {}
    return found


def choose_out(recipe: Recipe, stage: Stage | None, out: str | None) -> Path:
    """The run's folder: `out` if given, else runs/NAME, or runs/NAME-2 ... where that holds other settings.

    `stage` is the one to run, None for all of them. A given folder that holds other settings is an error; nothing is
    overwritten. With `resume=changed` it is the folder that is there.
    """
    if recipe.resume == "changed":
        return _there(recipe) if out is None else Path(str(out))
    if out is not None:
        clash = conflict(recipe, stage, Path(str(out)))  # `out=2` is read as a number
        if clash:
            raise InputError(f"{clash}\n{changes.MEND}")
        return Path(str(out))
    number = 1
    while True:
        folder = numbered(recipe, number)
        if conflict(recipe, stage, folder) is None:
            return folder
        number += 1


def numbered(recipe: Recipe, number: int) -> Path:
    """The first folder of a recipe's runs, or another: runs/NAME, runs/NAME-2, ..."""
    return Path("runs") / (recipe.name if number == 1 else f"{recipe.name}-{number}")


def _there(recipe: Recipe) -> Path:
    """The one folder of a recipe's runs."""
    found = [numbered(recipe, 1)]
    while (more := numbered(recipe, len(found) + 1)).is_dir():
        found.append(more)
    if len(found) > 1:
        raise InputError(f"resume=changed: there are {', '.join(map(str, found))}; name the one to go on in with out=")
    return found[0]


def command(recipe: Recipe, stage: Stage, out: Path | None = None, flags: str = "") -> str:
    """The exact command that runs one stage, with the changes the recipe was loaded with; `flags` are accelerate's."""
    words = given(recipe, out, f"stage={stage.name}")
    if stage.kind in ("draw", "warm_up") or not asks_model(stage):
        return f"affectreason run {words}"
    config = f" --config_file {shlex.quote(str(launch_config(recipe.launch)))}" if recipe.launch else ""
    script = f"{stage.kind}.py"
    entry = script if Path(script).is_file() else f"-m affectreason launch {stage.kind}"
    return f"accelerate launch{config}{flags} {entry} {words}"


def asks_model(stage: Stage) -> bool:
    """Whether a stage loads a model; a filter does where one of its witnesses has to look."""
    voters = getattr(stage, "witnesses", None)
    return stage.kind != "draw" and (voters is None or any(voter.use in WITH_MODELS for voter in voters))


def given(recipe: Recipe, out: Path | None = None, *more: str) -> str:
    """The words after a command that name this recipe as it was changed, and its folder where that is not runs/NAME."""
    place = [f"out={out}"] if out is not None and out != Path("runs") / recipe.name else []
    place += ["resume=changed"] if recipe.resume == "changed" else []
    return " ".join([*map(shlex.quote, [f"recipe={recipe.called}", *more, *place]), *recipe.changed])


@contextmanager
def opened(recipe: Recipe, stage: Stage, out: Path, done: bool = False) -> Iterator[Path]:
    """Hold a stage's folder: settings written, no second run inside it; released even by `kill -9`.

    InputError where another run finished it before this one held it, unless what is `done` is only looked at.
    """
    folder = out / stage.name
    with locks.locked(folder):
        clash = conflict(recipe, stage, out)
        if clash and recipe.resume == "same":
            raise InputError(f"{clash}\n{changes.MEND}")
        if is_done(out, stage.name) and not done:
            raise InputError(f"{folder} was finished by another run meanwhile; the same command goes on from there")
        if not done:
            folders.write_text(folder / "recipe.yaml", write_yaml(settings(recipe, stage)))
        yield folder


def searched_file(search: Search) -> Path:
    """Where in a stage's folder the answers of a search are; one that searches otherwise has another file."""
    return ANSWERS.with_name(f"search-{short(search.model_dump_json()):016x}.jsonl")


def answer_file(gone: Sequence[str] = ()) -> Path:
    """Where in a stage's folder its answers are, those given without the modalities `gone` beside those with all."""
    return ANSWERS.with_name(f"without-{modalities.label(gone)}.jsonl") if gone else ANSWERS


def states(recipe: Recipe, out: Path) -> list[tuple[Stage, str]]:
    """Every stage with done, next (all its inputs are done) or waiting."""
    found = []
    for stage in recipe.stages:
        ready = all(is_done(out, s.name) for s in inputs(recipe, stage))
        asked = recipe.evaluate if stage.kind in MODEL_KINDS else None
        wanted = [] if asked is None else [answer_file(gone) for gone in [(), *asked.without]]
        wanted += [] if asked is None or asked.search is None else [searched_file(asked.search)]
        done = is_done(out, stage.name) and all((out / stage.name / path).is_file() for path in wanted)
        found.append((stage, "done" if done else "next" if ready else "waiting"))
    return found


def output(out: Path, stage: Stage) -> Path:
    """What a stage leaves: a model folder or a file of samples."""
    assert stage.kind in (*MODEL_KINDS, *SAMPLE_KINDS)
    return out / stage.name / ("model" if stage.kind in MODEL_KINDS else "samples.jsonl")
