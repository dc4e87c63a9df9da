"""The report's numbers: every metric with interval, N, chance and best constant answer; report.json; the terminal."""

import datetime
import importlib.metadata
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from affectreason.affect import jsonl
from affectreason.affect.labels import Labels
from affectreason.scoring import ablation, metrics, page, page_ablation, page_search
from affectreason.scoring.measures import (
    Floors,
    Measure,
    clusters,
    compare,
    measures,
    names,
    numbers,
    overall,
    word_scores_of,
)
from affectreason.scoring.metrics import Prediction
from affectreason.scoring.trivial import Reward

_PACKAGES = ("affectreason", "torch", "transformers", "trl", "peft", "accelerate", "numpy")
SHOWN = ("emotion_accuracy", "wheel_f", "au_f1", "parse_rate", "mean_reward")  # of the first two a report has one
_EMPTY: dict[str, float | int | str | None] = {
    "value": None, "low": None, "high": None, "n": 0, "chance": None, "best_constant": None, "majority": None,
    "answer": None, "drawn_by": None, "lower_is_better": None,
}  # fmt: skip


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
    `step`), `without` (answers with modalities taken away: `ablation.table`), `search` (`predictions` of searched
    answers, `how`, `cost`) and `manifest` (of a synthesis: `asked`, `kept`, `by_class`, `refused`). In what is given
    back, `stages.<name>.<metric>` holds value, low, high, n, chance and best_constant.
    """
    report: dict[str, Any] = {
        "recipe": recipe,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "labels": {"name": labels.name, "names": list(labels.names)},
        "units": list(units),
        "stages": {},
        "verdicts": {},
        "details": {},
    }
    last: tuple[str, dict[str, Measure]] | None = None
    floors: Floors = {}
    for name, run in runs.items():
        predictions = list(run.get("predictions") or [])
        details: dict[str, Any] = {"kind": run.get("kind")}
        if run.get("manifest"):
            details["manifest"] = run["manifest"]
        if predictions:
            found = measures(predictions, labels, units, reward, run.get("sampled"), floors)
            report["stages"][name] = run.get("summary") or {
                m: numbers(found[m]) if m in found else dict(_EMPTY) for m in names(labels)
            }
            if last is not None:
                compared = {m: compare(last[1][m], found[m]) for m in names(labels) if m in found and m in last[1]}
                report["verdicts"][name] = {"against": last[0], "overall": overall(compared), "metrics": compared}
            last = (name, found)
            details |= _details(predictions, found, labels, units)
            if run.get("without"):
                details["without"] = ablation.table(predictions, run["without"], labels, units, reward, floors)
            if run.get("search"):
                details["search"] = _searched(predictions, run["search"], labels, units, reward)
        report["details"][name] = details
    return json_ready(report)


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
    jsonl.write(folder / "report.json", [text])
    jsonl.write(folder / "report.html", [page.html_page(report, runs, labels, media, thumbnail)])
    return report


def terminal_table(report: Mapping[str, Any]) -> Table:
    """The telling numbers for a terminal of 80 columns: a row a stage, then chance, the best constant answer and n.

    Under each value stands its 95 % interval; + and - mark what helped or hurt against the model before.
    """
    table = Table(
        title=f"{report['recipe']}: value and 95 % interval; + helps, - hurts, against the stage above".strip(": ")
    )
    table.add_column("stage", max_width=14, overflow="fold")
    last = list(report["stages"].values())[-1] if report["stages"] else {}
    shown = [metric for metric in SHOWN if metric in last]
    for metric in shown:
        table.add_column(metric.replace("_", " ").replace("au f1", "AU F1"), justify="right", no_wrap=True)
    for stage, scored in report["stages"].items():
        verdicts = report["verdicts"].get(stage, {}).get("metrics", {})
        cells = [_cell(scored[metric], verdicts.get(metric, {}).get("verdict")) for metric in shown]
        table.add_row(stage, *cells, end_section=stage == list(report["stages"])[-1])
    for title, key in (("chance", "chance"), ("best constant", "best_constant"), ("n", "n")):
        table.add_row(title, *[_plain(last[metric][key]) for metric in shown])
    return table


def _searched(
    predictions: Sequence[Prediction],
    run: Mapping[str, Any],
    labels: Labels,
    units: Sequence[int],
    reward: Reward | None,
) -> dict[str, Any]:
    """Searched answers beside single ones by every metric, how they were searched, and what that took."""
    metrics_ = ablation.table(predictions, {"search": run["predictions"]}, labels, units, reward)
    return {"metrics": metrics_, "how": run["how"], "cost": run["cost"]}


def terminal_tables(report: Mapping[str, Any]) -> list[Table]:
    """The table of the stages, that of what each modality is worth, and that of a search, where there are such."""
    more = (page_ablation.table(report), page_search.table(report))
    return [terminal_table(report), *[table for table in more if table is not None]]


def _cell(m: Mapping[str, Any], verdict: str | None) -> str:
    """A value over its interval, marked by what the stage did to it."""
    if m["value"] is None:
        return "not scored"
    mark = {"helps": " [green]+[/]", "hurts": " [red]-[/]"}.get(verdict or "", "  ")
    return f"{page.number(m['value'])}{mark}\n[dim]{m['low']:.2f}-{m['high']:.2f}[/]"


def _plain(value: float | int | None) -> str:
    return str(value) if isinstance(value, int) else page.number(value)


def _details(
    predictions: Sequence[Prediction], found: Mapping[str, Measure], labels: Labels, units: Sequence[int]
) -> dict[str, Any]:
    """Everything beside the table: all emotion and unit scores, the confusion matrix, and the best constant answers.

    In place of classes and their confusion a report of any words has `words`: how many, and how many are on no wheel.
    """
    about: dict[str, Any] = {"words": word_scores_of(predictions).details}
    if not labels.any_word:
        table = metrics.confusion(predictions, labels).astype(int).tolist()
        about = {"emotion": metrics.emotion(predictions, labels), "confusion": table}
    return about | {
        "action_units": metrics.action_units(predictions, units),
        "best_constant_answer": {name: m.trivial.answer for name, m in found.items()},
        "drawn_by": {name: clusters(m.samples)[0] for name, m in found.items()},
    }


def versions() -> dict[str, str]:
    """The installed versions of what decides a number."""
    installed = {dist.metadata["Name"].lower(): dist.version for dist in importlib.metadata.distributions()}
    return {name: installed[name] for name in _PACKAGES if name in installed}


def json_ready(value: Any) -> Any:
    """The same as plain JSON values, what JSON cannot hold (NaN) as null."""
    if isinstance(value, Mapping):
        return {str(key): json_ready(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
