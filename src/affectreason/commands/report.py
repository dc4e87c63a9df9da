"""`affectreason report`: the report of a run again, from what its stages left."""

from rich.console import Console

from affectreason.errors import InputError
from affectreason.recipe import changes, runs, schema
from affectreason.recipe.words import pairs
from affectreason.scoring.report import terminal_tables
from affectreason.stages import report

HELP = "report recipe=NAME [out=DIR] [resume=changed]   write the report of a run again and print its table"


def main(words: list[str]) -> int:
    """Write `report/` in the run's folder and print the table."""
    given = pairs(words)
    name, out = given.pop("recipe", None), given.pop("out", None)
    if name is None:
        raise InputError("missing recipe=; for example: affectreason report recipe=tiny")
    resume = given.pop("resume", "same")
    recipe = changes.told(schema.load(str(name), given), resume)
    folder = runs.choose_out(recipe, None, out)
    Console().print(*terminal_tables(report.write(recipe, folder)))
    print(f"report: {folder / 'report' / 'report.html'}")
    return 0
