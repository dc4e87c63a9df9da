"""`affectreason plan`: the stages of a recipe, which are done, and the exact command of each."""

from rich.console import Console

from affectreason.errors import InputError
from affectreason.recipe import runs, schema
from affectreason.recipe.words import pairs

HELP = "plan recipe=NAME [out=DIR] [KEY=VALUE ...]   print every stage's state and command"
MARKS = {"done": "[green]done[/]   ", "next": "[bold]next[/]   ", "waiting": "[dim]waiting[/]"}


def main(words: list[str]) -> int:
    """Print done, next or waiting for each stage, and the command that runs it."""
    given = pairs(words)
    if "recipe" not in given:
        raise InputError("missing recipe=; for example: affectreason plan recipe=facial_r1")
    name, out = str(given.pop("recipe")), given.pop("out", None)
    recipe = schema.load(name, given)
    folder = runs.choose_out(recipe, recipe.stages[-1], out)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{recipe.name}: {recipe.model}, in {folder}")
    overrides = "".join(f" {word}" for word in words if word.partition("=")[0] not in ("recipe", "out"))
    for stage, state in runs.states(recipe, folder):
        command = runs.command(recipe, stage, folder) + overrides
        console.print(f"  {MARKS[state]}  {stage.name:<10} {stage.kind:<11}", end="")
        console.print(command, markup=False)
    return 0
