"""One file for each thing a recipe can do; `run` finds it by the stage's kind and skips what is done."""

import importlib
import os
from pathlib import Path

from affectreason.errors import InputError
from affectreason.recipe import changes, folders, going_on, runs, sources
from affectreason.recipe.parts import Stage
from affectreason.recipe.schema import Recipe


def run(recipe: Recipe, stage: Stage, out: Path) -> None:
    """Run one stage in its folder, or nothing when it is done; its inputs must be done."""
    if recipe.resume == "changed":
        if os.environ.get("RANK", "0") == "0":
            going_on.go_on(recipe, stage, out)
    elif clash := runs.conflict(recipe, stage, out):
        raise InputError(f"{clash}\n{changes.MEND}")
    if runs.is_done(out, stage.name):
        folders.tidy(out / stage.name)
        return
    for earlier in runs.inputs(recipe, stage):
        sources.require_done(recipe, earlier.name, out)
    importlib.import_module(f"affectreason.stages.{stage.kind}").run(recipe, stage, out)
