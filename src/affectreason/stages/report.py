"""Gather what every stage left into one report: `report.json`, `report.html`, and a table for the terminal."""

import json
import sys
from pathlib import Path
from typing import Any

from affectreason.affect import labels
from affectreason.errors import InputError
from affectreason.media.thumbnail import thumbnail
from affectreason.model import drift, judges
from affectreason.recipe import answers, folders, modalities, runs, searched
from affectreason.recipe.schema import Recipe
from affectreason.scoring import report, rewards


def write(recipe: Recipe, out: Path) -> dict[str, Any]:
    """Write the report of all evaluated stages into `out/report` and give it back."""
    if recipe.evaluate is None:
        raise InputError(f"recipe {recipe.name} has no evaluate: block, so there is nothing to report")
    gathered: dict[str, Any] = {}
    for stage in recipe.stages:
        folder = out / stage.name
        found: dict[str, Any] = {"kind": stage.kind}
        greedy = answers.predictions(recipe, stage, out)
        if greedy is not None:
            found |= {"predictions": greedy, "sampled": answers.predictions(recipe, stage, out, "sampled")}
            asked_without = {
                modalities.label(gone): answers.predictions(recipe, stage, out, gone=gone)
                for gone in recipe.evaluate.without
            }
            found["without"] = {gone: answered for gone, answered in asked_without.items() if answered is not None}
            found["search"] = searched.found(recipe, stage, out)
        if (folder / "log.jsonl").is_file():
            rows = folders.appended(folder / "log.jsonl")
            found["log"] = [row for row in rows if "train_runtime" not in row]
        if (folder / "manifest.json").is_file():
            found["manifest"] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if len(found) > 1 and runs.is_done(out, stage.name):
            gathered[stage.name] = found
    if not any("predictions" in found for found in gathered.values()):
        raise InputError(f"no stage of {recipe.name} in {out} is evaluated yet; affectreason run recipe={recipe.name}")
    vocabulary = labels.find(recipe.labels)
    units = answers.units(recipe, answers.held_out(recipe, recipe.evaluate, out))
    terms = judges.opened(recipe.evaluate.rewards, out / "report")
    reward = rewards.together([{"use": one.use, "weight": one.weight, "args": one.args} for one in terms])
    _watch(recipe, out, gathered, reward)
    return report.write(gathered, out / "report", vocabulary, units, reward, recipe.name, Path(), thumbnail)


def _watch(recipe: Recipe, out: Path, gathered: dict[str, Any], reward: Any) -> None:
    """Tell where a training paid for what held-out samples do not show, and keep it in the stage's `done.json`."""
    for stage in recipe.stages:
        one, other = gathered.get(stage.name, {}), gathered.get(str(getattr(stage, "init", None)), {})
        if stage.kind != "grpo" or not (one.get("sampled") and other.get("sampled") and one.get("log")):
            continue
        pairs = [
            (a, b)
            for before, after in zip(other["sampled"], one["sampled"], strict=True)
            if (a := reward(before.response, before.sample)) is not None
            and (b := reward(after.response, after.sample)) is not None
        ]
        text = drift.fell(one["log"], [a for a, _ in pairs], [b for _, b in pairs])
        if text and folders.add_alarm(out / stage.name, text):
            print(f"{stage.name}: {text}", file=sys.stderr)
