"""What `accelerate launch sft.py`, `grpo.py` and `synthesize.py` run: one stage of their kind, in every process."""

import os
import subprocess
import sys
import time
from pathlib import Path

from affectreason.errors import InputError
from affectreason.recipe import answers, changes, going_on, learned, runs, schema, sources, trackers
from affectreason.recipe.parts import Stage
from affectreason.recipe.schema import MODEL_KINDS, Recipe
from affectreason.recipe.words import pairs

HELP = ""
PREPARING = ("draw", "warm_up")
OF_A_GROUP = (
    "RANK",
    "LOCAL_RANK",
    "WORLD_SIZE",
    "LOCAL_WORLD_SIZE",
    "MASTER_ADDR",
    "MASTER_PORT",
    "GROUP_RANK",
    "ROLE_RANK",
)


def main(kind: str, words: list[str]) -> int:
    """Run the first stage of a kind that is not done, or `stage=`; drawn faces and warm-ups it needs are made first."""
    from affectreason import stages
    from affectreason.stages import evaluate

    given = pairs(words)
    name, out, only = given.pop("recipe", None), given.pop("out", None), given.pop("stage", None)
    if name is None:
        raise InputError(f"missing recipe=; for example: accelerate launch {kind}.py recipe=tiny")
    resume = given.pop("resume", "same")
    recipe = changes.told(schema.load(str(name), given), resume)
    stage, folder = choose(recipe, kind, only, out)
    main_process = os.environ.get("RANK", "0") == "0"
    if finished(recipe, stage, folder):
        if main_process:
            if recipe.resume == "changed":
                going_on.go_on(recipe, stage, folder)
            print(
                f"{stage.name} is done in {folder}; run it anew in another folder with out=, or see "
                f"affectreason plan recipe={name}"
            )
        return 0
    if main_process:
        print(f"{recipe.name}: stage {stage.name} in {folder}", file=sys.stderr)
    sources.require_files(recipe, runs.ancestors(recipe, stage), folder)
    trackers.require([stage])
    answers.check_held_out(recipe)
    learned.check(recipe, [stage], folder)
    prepare(
        recipe,
        stage,
        folder,
        name,
        given_words=[w for w in words if w.partition("=")[0] not in ("recipe", "out", "stage")],
    )
    stages.run(recipe, stage, folder)
    if stage.kind in MODEL_KINDS:
        evaluate.run(recipe, stage, folder)
    return 0


def choose(recipe: Recipe, kind: str, only: str | None, out: str | None) -> tuple[Stage, Path]:
    """The stage to run and its folder: the named one, else the first of the kind that is not done."""
    of_kind = [stage for stage in recipe.stages if stage.kind == kind]
    if only is not None:
        stage = recipe.stage(only)
        if stage.kind != kind:
            raise InputError(
                f"stage {only} is of kind {stage.kind}, not {kind}; run it with {runs.command(recipe, stage)}"
            )
        return stage, runs.choose_out(recipe, stage, out)
    if not of_kind:
        raise InputError(
            f"recipe {recipe.name} has no stage of kind {kind}; see affectreason plan recipe={recipe.name}"
        )
    for stage in of_kind:
        folder = runs.choose_out(recipe, stage, out)
        if not finished(recipe, stage, folder):
            return stage, folder
    return of_kind[-1], runs.choose_out(recipe, of_kind[-1], out)


def finished(recipe: Recipe, stage: Stage, folder: Path) -> bool:
    """Whether a stage is done and its model, where it leaves one and the recipe evaluates, was asked all it is now."""
    done = runs.is_done(folder, stage.name)
    if not done or recipe.evaluate is None or stage.kind not in MODEL_KINDS:
        return done
    state = {one.name: word for one, word in runs.states(recipe, folder)}[stage.name]
    otherwise = answers.are_others(recipe, (folder / stage.name / answers.FILE).parent)
    return state == "done" and not otherwise and not going_on.asks_anew(recipe, stage, folder)


def prepare(recipe: Recipe, stage: Stage, folder: Path, name: str, given_words: list[str]) -> None:
    """Make the drawn faces and warm-ups a stage stands on, in the main process alone; the others wait for them.

    They run in a process of their own, outside the group, because a trainer inside it would wait for all ranks.
    """
    needed = [s for s in runs.ancestors(recipe, stage) if s.kind in PREPARING and s.name != stage.name]
    if recipe.evaluate is not None:
        asked = [s for s in runs.evaluated_on(recipe) if s.kind in PREPARING]
        needed = [s for s in recipe.stages if s in needed or s in asked]
    for one in needed:
        if os.environ.get("RANK", "0") != "0":
            while not runs.is_done(folder, one.name):
                time.sleep(0.5)
        elif not runs.is_done(folder, one.name):
            print(f"{one.name} ({one.kind}) first", file=sys.stderr)
            words = [f"recipe={name}", f"stage={one.name}", f"out={folder}", *given_words]
            alone = {
                k: v
                for k, v in os.environ.items()
                if k not in OF_A_GROUP and not k.startswith(("ACCELERATE_", "TORCHELASTIC_"))
            }
            made = subprocess.run([sys.executable, "-m", "affectreason", "run", *words], env=alone, check=False)
            if made.returncode:
                raise InputError(f"stage {one.name}, which {stage.name} needs, failed; its own message is above")
