"""`affectreason plan`: the stages of a recipe, which are done, and the exact command of each on the machines asked."""

import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from affectreason.errors import InputError
from affectreason.recipe import changes, learned, machines, runs, schema
from affectreason.recipe.machines import Machines
from affectreason.recipe.schema import Recipe
from affectreason.recipe.words import pairs

HELP = """plan recipe=NAME [gpus=N nodes=N] [out=DIR] [KEY=VALUE ...]   print every stage's state and command
  gpus=8             GPUs of one machine; the recipe's accelerate file, or one that suits them
  nodes=2 ip=HOST    machines, and where the first is reached by the others; port=29500
  resume=changed     the commands that go on in a folder that was begun with other settings
  slurm=true         print a job script for sbatch, of the stages that are not done"""
STYLES = {"done": "green", "next": "bold", "waiting": "dim"}


def main(words: list[str]) -> int:
    """Print done, next or waiting for each stage, and the command that runs it; with `slurm=true` a job script."""
    given = pairs(words)
    name, out = given.pop("recipe", None), given.pop("out", None)
    if name is None:
        raise InputError("missing recipe=; for example: affectreason plan recipe=facial_r1")
    asked = machines.read({key: given.pop(key, None) for key in machines.KEYS})
    resume = given.pop("resume", "same")
    recipe = changes.told(schema.load(str(name), given), resume)
    folder = runs.choose_out(recipe, None, out)
    learned.check(recipe, recipe.stages, folder)
    if recipe.launch is not None:
        machines.told_by(recipe.launch)  # a file that accelerate could not read either
    if asked is not None:
        recipe, line = machines.suited(recipe, asked)
        if line is not None:
            print(line, file=sys.stderr)
    if asked is not None and asked.slurm:
        print(_job(recipe, folder, asked))
    else:
        _table(recipe, folder, asked)
    return 0


def _table(recipe: Recipe, folder: Path, asked: Machines | None) -> None:
    """A line a stage, and above them what each machine is told."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{recipe.name}: {recipe.model}, in {folder}", markup=False)
    if asked is not None and asked.nodes > 1:
        console.print(
            f"on {asked.nodes} machines that share this folder: RANK=0 on {asked.ip}, up to RANK={asked.nodes - 1} on "
            "the last; what is not launched runs on the first alone",
            markup=False,
        )
    flags = "" if asked is None else machines.flags(asked)
    for stage, state in runs.states(recipe, folder):
        about = f"  {stage.name:<10} {stage.kind:<11} {runs.command(recipe, stage, folder, flags)}"
        console.print(Text.assemble("  ", (f"{state:<7}", STYLES[state]), about))


def _job(recipe: Recipe, folder: Path, asked: Machines) -> str:
    """The script of the stages that are not done; InputError where all are."""
    left = [stage for stage, state in runs.states(recipe, folder) if state != "done"]
    if not left:
        raise InputError(f"{recipe.name}: every stage is done in {folder}; run it anew in another folder with out=")
    flags = machines.flags(asked)
    return machines.job(recipe, asked, [runs.command(recipe, stage, folder, flags) for stage in left])
