"""What a stage's model answered about the held-out samples, read back from its folder."""

import json
import shutil
from pathlib import Path

from affectreason.affect import facs, labels
from affectreason.affect.response import parse
from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.recipe import runs
from affectreason.recipe.schema import Evaluate, Recipe, Stage
from affectreason.scoring.metrics import Prediction

FILE = Path("evaluation") / "predictions.jsonl"


def held_out(recipe: Recipe, asked: Evaluate, out: Path) -> list[Sample]:
    """The samples every model of the recipe is asked about."""
    return runs.samples(recipe, asked.data, out)[: asked.limit]


def predictions(recipe: Recipe, stage: Stage, out: Path, key: str = "text") -> list[Prediction] | None:
    """The stage's answers beside what is right, None where it was not evaluated.

    `key` is `text` for the greedy answers or `sampled` for those drawn at the evaluation's temperature.
    """
    path = out / stage.name / FILE
    if recipe.evaluate is None or not path.is_file():
        return None
    rows = {row["id"]: row[key] for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
    asked = held_out(recipe, recipe.evaluate, out)
    if {sample.id for sample in asked} != set(rows):
        raise InputError(
            f"{path} answers other samples than recipe {recipe.name} evaluates now; "
            f"ask again: affectreason run {runs.given(recipe, out)}"
        )
    return [Prediction(sample, parse(rows[sample.id], labels.find(sample.labels or recipe.labels))) for sample in asked]


def forget_others(recipe: Recipe, folder: Path) -> None:
    """Remove answers that were asked for otherwise (other samples, lengths or temperature); they would not compare."""
    assert recipe.evaluate is not None
    wanted = recipe.evaluate.model_dump(mode="json", exclude={"rewards", "units"})
    path = folder / "settings.json"
    if path.is_file() and json.loads(path.read_text(encoding="utf-8")) != wanted:
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    runs.write_text(path, json.dumps(wanted, indent=2))


def units(recipe: Recipe, samples: list[Sample]) -> tuple[int, ...]:
    """The fixed vocabulary of units F1 is averaged over: the named set, else every unit annotated in the samples."""
    if recipe.evaluate is not None and recipe.evaluate.units is not None:
        return facs.unit_set(recipe.evaluate.units)
    return tuple(sorted({unit for sample in samples for unit in sample.gold.units or ()}))
