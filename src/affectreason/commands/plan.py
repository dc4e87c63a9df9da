"""`affectreason plan`: the stages of a recipe, which are done, and the exact command of each."""

from rich.console import Console
from rich.text import Text

from affectreason.errors import InputError
from affectreason.recipe import runs, schema
from affectreason.recipe.words import pairs

HELP = "plan recipe=NAME [out=DIR] [KEY=VALUE ...]   print every stage's state and command"
STYLES = {"done": "green", "next": "bold", "waiting": "dim"}


def main(words: list[str]) -> int:
    """Print done, next or waiting for each stage, and the command that runs it."""
    given = pairs(words)
    name, out = given.pop("recipe", None), given.pop("out", None)
    if name is None:
        raise InputError("missing recipe=; for example: affectreason plan recipe=facial_r1")
    recipe = schema.load(str(name), given)
    folder = runs.choose_out(recipe, None, out)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{recipe.name}: {recipe.model}, in {folder}", markup=False)
    for stage, state in runs.states(recipe, folder):
        about = f"  {stage.name:<10} {stage.kind:<11} {runs.command(recipe, stage, folder)}"
        console.print(Text.assemble("  ", (f"{state:<7}", STYLES[state]), about))
    return 0
