"""Going on in a folder of other settings when told so, and saying why a run does not go where one would look for it."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from affectreason.recipe import changes, folders, locks, runs
from affectreason.recipe.parts import Stage
from affectreason.recipe.schema import SAMPLE_KINDS, Recipe


def go_on(recipe: Recipe, stage: Stage, out: Path) -> None:
    """Go on in folders of other settings, as `resume=changed` asks: told on stderr and kept in `changes.jsonl`.

    What is done stays as it is and says with what it was made. Trained stages go on from their checkpoint; rows that
    other settings made are made anew.
    """
    for made in runs.line(recipe, stage):
        folder = out / made.name
        if not runs.changed(recipe, made, out):
            continue
        with locks.locked(folder):
            if not (found := runs.changed(recipe, made, out)):
                continue  # another run agreed to it meanwhile
            done = runs.is_done(out, made.name)
            what = (
                "is done and stays as it was made; other settings were asked" if done else "goes on with other settings"
            )
            print("\n  ".join([f"{folder} {what}:", *changes.lines(found)]), file=sys.stderr)
            # What goes, goes before it is agreed to: killed between the two, a run would go on with it, and other
            # processes ask whether there is something to do.
            if _asks_otherwise(found):
                shutil.rmtree(folder / runs.ANSWERS.parent, ignore_errors=True)
            if made.kind in SAMPLE_KINDS and not done:
                folders.clear(folder)
            changes.agree(folder, changes.lines(found), runs.settings(recipe, made))


def asks_anew(recipe: Recipe, stage: Stage, out: Path) -> bool:
    """Whether a stage's model is to be asked again: `resume=changed` asks it otherwise than it was."""
    return recipe.resume == "changed" and _asks_otherwise(runs.changed(recipe, stage, out))


def _asks_otherwise(found: Iterable[str]) -> bool:
    """Whether one of the changed keys is one that every model is asked by."""
    return any(key.split(".")[0] in runs.MODEL_FIELDS for key in found)


def why_not_the_first(recipe: Recipe, stage: Stage | None, folder: Path) -> str | None:
    """Why a run goes to runs/NAME-2 and not to runs/NAME; None where it does not."""
    first = runs.numbered(recipe, 1)
    clash = None if folder == first else runs.conflict(recipe, stage, first)
    return clash and f"{clash}\nso this run is in {folder}; resume=changed out={first} goes on there all the same"
