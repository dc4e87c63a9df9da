"""What a search found for the held-out samples, read back from a stage's folder, and what it took."""

import json
from pathlib import Path
from typing import Any

from affectreason.affect import reading
from affectreason.errors import InputError
from affectreason.recipe import answers, runs
from affectreason.recipe.parts import Stage
from affectreason.recipe.schema import Recipe
from affectreason.scoring.metrics import Prediction


def found(recipe: Recipe, stage: Stage, out: Path) -> dict[str, Any] | None:
    """The `predictions` of the recipe's search, its settings (`how`) and its `cost`; None where it did not run."""
    asked = recipe.evaluate
    if asked is None or asked.search is None:
        return None
    path = out / stage.name / runs.searched_file(asked.search)
    if not path.is_file():
        return None
    rows = {row["id"]: row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
    samples = answers.held_out(recipe, asked, out)
    if {sample.id for sample in samples} != set(rows):
        raise InputError(
            f"{path} answers other samples than recipe {recipe.name} evaluates now; "
            f"ask again: affectreason run {runs.given(recipe, out)}"
        )
    read = [Prediction(s, reading.read(rows[s.id]["text"], s, recipe.labels)) for s in samples]
    return {"predictions": read, "how": asked.search.model_dump(), "cost": cost(list(rows.values()))}


def cost(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Candidates, tokens and seconds of a search for one sample in the mean, and how many times one greedy answer's.

    Seconds are of one process; the media are opened once for both.
    """
    total = {
        key: sum(row[key] for row in rows)
        for key in ("generations", "tokens", "seconds", "greedy_tokens", "greedy_seconds")
    }
    return {key: value / len(rows) for key, value in total.items()} | {
        f"{key}_ratio": total[key] / total[f"greedy_{key}"] for key in ("tokens", "seconds") if total[f"greedy_{key}"]
    }
