"""`affectreason run`: every stage of a recipe in order, an evaluation after every model, and the report."""

import os
import sys
from pathlib import Path

from rich.console import Console

from affectreason.errors import InputError
from affectreason.recipe import answers, changes, going_on, learned, runs, schema, sources, trackers
from affectreason.recipe.parts import Stage
from affectreason.recipe.schema import MODEL_KINDS, Recipe
from affectreason.recipe.words import pairs
from affectreason.scoring.report import terminal_tables

HELP = """run recipe=NAME [stage=NAME] [out=DIR] [KEY=VALUE ...]   run what is not done yet, evaluate, report
  stage   one stage alone
  out     the folder of the run (default runs/NAME, or runs/NAME-2 ... where that holds other settings)
  resume  same (default), or changed: go on in a folder that was begun with other settings, data or processes
A run that was stopped goes on with the same command."""


def main(words: list[str]) -> int:
    """Run a recipe's stages that are not done, in this one process, then evaluate and report."""
    given = pairs(words)
    name, out, only = given.pop("recipe", None), given.pop("out", None), given.pop("stage", None)
    if name is None:
        raise InputError("missing recipe=; for example: affectreason run recipe=tiny")
    resume = given.pop("resume", "same")
    recipe = changes.told(schema.load(str(name), given), resume)
    wanted = list(recipe.stages) if only is None else [recipe.stage(str(only))]
    asked = None if only is None else wanted[0]
    folder = runs.choose_out(recipe, asked, out)
    sources.require_files(recipe, wanted, folder)
    trackers.require(wanted)
    answers.check_held_out(recipe)
    if out is None and (elsewhere := going_on.why_not_the_first(recipe, asked, folder)):
        print(elsewhere, file=sys.stderr)
    print(f"recipe {recipe.name}: {len(wanted)} stages in {folder}", file=sys.stderr)
    for stage in wanted:
        learned.check(recipe, wanted, folder)  # each time: an earlier stage may have made the data of a later one
        run_stage(recipe, stage, folder)
    if only is None and recipe.evaluate is not None:
        finish(recipe, folder)
    return 0


def run_stage(recipe: Recipe, stage: Stage, folder: Path) -> None:
    """Run one stage and ask its model the held-out questions, unless that is done."""
    from affectreason import stages
    from affectreason.stages import evaluate

    state = "done before" if runs.is_done(folder, stage.name) else stage.kind
    print(f"\n{stage.name} ({state})", file=sys.stderr)
    stages.run(recipe, stage, folder)
    if stage.kind in MODEL_KINDS and recipe.evaluate is not None:
        evaluate.run(recipe, stage, folder)


def finish(recipe: Recipe, folder: Path) -> None:
    """Write the report, print its table, and say how to talk to the last model."""
    from affectreason.stages import report

    Console().print(*terminal_tables(report.write(recipe, folder)))
    last = [stage for stage in recipe.stages if stage.kind in MODEL_KINDS][-1]
    asked = answers.held_out(recipe, recipe.evaluate, folder) if recipe.evaluate else []
    shown = [item for sample in asked for item in sample.media if item.kind in ("image", "video")]
    example = f"{shown[0].kind}={os.path.relpath(shown[0].path)}" if shown else "image=face.png"
    print(f"report: {folder / 'report' / 'report.html'}")
    print(f"chat:   affectreason chat model={folder / last.name / 'model'} {example}")
