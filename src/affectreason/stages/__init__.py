"""One file for each thing a recipe can do; `run` finds it by the stage's kind and skips what is done."""

import importlib
from pathlib import Path

from affectreason.errors import InputError
from affectreason.recipe import runs
from affectreason.recipe.parts import Stage
from affectreason.recipe.schema import Recipe


def run(recipe: Recipe, stage: Stage, out: Path) -> None:
    """Run one stage in its folder, or nothing when it is done; its inputs must be done."""
    clash = runs.conflict(recipe, stage, out)
    if clash:
        raise InputError(f"{clash}; name a new folder with out=, or remove that one")
    if runs.is_done(out, stage.name):
        return
    for earlier in runs.inputs(recipe, stage):
        runs.require_done(recipe, earlier.name, out)
    importlib.import_module(f"affectreason.stages.{stage.kind}").run(recipe, stage, out)
