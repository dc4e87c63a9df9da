"""The report's numbers: every metric with interval, N, chance and best constant answer; report.json; the terminal."""

import datetime
import importlib.metadata
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from affectreason.affect.labels import Labels
from affectreason.scoring import metrics, page
from affectreason.scoring.measures import METRICS, Measure, compare, measures, numbers, overall, subjects
from affectreason.scoring.metrics import Prediction
from affectreason.scoring.trivial import Reward

_PACKAGES = ("affectreason", "torch", "transformers", "trl", "peft", "accelerate", "numpy")
_EMPTY = {"value": None, "low": None, "high": None, "n": 0, "chance": None, "best_constant": None}


def summary(
    predictions: Sequence[Prediction],
    labels: Labels,
    units: Sequence[int],
    reward: Reward | None = None,
    sampled: Sequence[Prediction] | None = None,
) -> dict[str, dict[str, float | int | None]]:
    """For each of `METRICS`: value, low and high (95 %), n, chance and best_constant; None where nothing was scored.

    `units` is the fixed vocabulary of action units, `reward` one function (`rewards.together`). Samples are drawn by
    subject where every one names its subject and there are five or more.
    """
    found = measures(predictions, labels, units, reward, sampled)
    return {name: numbers(found[name]) if name in found else dict(_EMPTY) for name in METRICS}


def build(
    runs: Mapping[str, Mapping[str, Any]],
    labels: Labels,
    units: Sequence[int],
    reward: Reward | None = None,
    recipe: str = "",
) -> dict[str, Any]:
    """The whole report as JSON-ready numbers.

    `runs` maps a stage's name, in order, to `kind` and, where it has them, `predictions` (one greedy answer a sample),
    `sampled` (answers for the mean reward), `summary` (of the same predictions, computed if absent), `log` (rows with
    `step`) and `manifest` (of a synthesis: `asked`, `kept`, `by_class`, `refused`). In what is given back,
    `stages.<name>.<metric>` holds value, low, high, n, chance and best_constant.
    """
    report: dict[str, Any] = {
        "recipe": recipe,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": _versions(),
        "labels": {"name": labels.name, "names": list(labels.names)},
        "units": list(units),
        "stages": {},
        "verdicts": {},
        "details": {},
    }
    last: tuple[str, dict[str, Measure]] | None = None
    for name, run in runs.items():
        predictions = list(run.get("predictions") or [])
        details: dict[str, Any] = {"kind": run.get("kind")}
        if run.get("manifest"):
            details["manifest"] = run["manifest"]
        if predictions:
            found = measures(predictions, labels, units, reward, run.get("sampled"))
            report["stages"][name] = run.get("summary") or {
                m: numbers(found[m]) if m in found else dict(_EMPTY) for m in METRICS
            }
            if last is not None:
                compared = {m: compare(last[1][m], found[m]) for m in METRICS if m in found and m in last[1]}
                report["verdicts"][name] = {"against": last[0], "overall": overall(compared), "metrics": compared}
            last = (name, found)
            details |= _details(predictions, found, labels, units)
        report["details"][name] = details
    return _json(report)


def write(
    runs: Mapping[str, Mapping[str, Any]],
    folder: Path,
    labels: Labels,
    units: Sequence[int],
    reward: Reward | None = None,
    recipe: str = "",
    media: Path = Path(),
    thumbnail: page.Thumbnail = page.thumbnail,
) -> dict[str, Any]:
    """Write `report.json` and the self-contained `report.html` into `folder`, and give back the report.

    `media` is the folder that the samples' media paths are relative to; `thumbnail(media, folder)` makes a picture of
    one medium as JPEG or PNG bytes, None where it cannot (a video, unless the caller brings a function that can).
    """
    report = build(runs, labels, units, reward, recipe)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    (folder / "report.html").write_text(page.html_page(report, runs, labels, media, thumbnail), encoding="utf-8")
    return report


def terminal_table(report: Mapping[str, Any]) -> Table:
    """The report's numbers for a terminal: stage, metric, value with interval, chance, best constant, N and verdict."""
    table = Table(title=f"{report['recipe']}: 95 % intervals" if report["recipe"] else "95 % intervals")
    for head in ("stage", "metric", "value", "interval", "chance", "best constant", "n", "vs. previous"):
        table.add_column(head, justify="left" if head in ("stage", "metric", "vs. previous") else "right")
    for stage, scored in report["stages"].items():
        verdicts = report["verdicts"].get(stage, {}).get("metrics", {})
        for place, (metric, m) in enumerate(scored.items()):
            last = place == len(scored) - 1
            if m["value"] is None:
                table.add_row("" if place else stage, metric, "not scored", "", "", "", "0", "", end_section=last)
                continue
            numbers = [page.number(m["value"]), f"{page.number(m['low'])} to {page.number(m['high'])}"]
            numbers += [page.number(m["chance"]), page.number(m["best_constant"]), str(m["n"])]
            table.add_row(
                "" if place else stage, metric, *numbers, verdicts.get(metric, {}).get("verdict", ""), end_section=last
            )
    return table


def _details(
    predictions: Sequence[Prediction], found: Mapping[str, Measure], labels: Labels, units: Sequence[int]
) -> dict[str, Any]:
    """Everything beside the table: all emotion and unit scores, the confusion matrix, and the best constant answers."""
    return {
        "emotion": metrics.emotion(predictions, labels),
        "action_units": metrics.action_units(predictions, units),
        "confusion": metrics.confusion(predictions, labels).astype(int).tolist(),
        "best_constant_answer": {name: m.trivial.answer for name, m in found.items()},
        "drawn_by": {name: "subject" if subjects(m.samples) else "sample" for name, m in found.items()},
    }


def _versions() -> dict[str, str]:
    """The installed versions of what decides a number."""
    installed = {dist.metadata["Name"].lower(): dist.version for dist in importlib.metadata.distributions()}
    return {name: installed[name] for name in _PACKAGES if name in installed}


def _json(value: Any) -> Any:
    """The same, with what JSON cannot hold (NaN) as null."""
    if isinstance(value, Mapping):
        return {str(key): _json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_json(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
