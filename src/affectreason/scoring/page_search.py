"""What a search gains over single answers and what it costs, on the page and in the terminal."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from rich.table import Table

from affectreason.scoring import titles
from affectreason.scoring.page_ablation import change, number

_SHOWN = ("emotion_accuracy", "wheel_f", "au_f1", "mean_reward")


def sections(report: Mapping[str, Any]) -> Iterator[str]:
    """A section for each stage whose model was searched with."""
    for stage, details in report["details"].items():
        if details.get("search"):
            found = details["search"]
            rows = "".join(_row(metric, one) for metric, one in found["metrics"].items())
            heads = "".join(f"<th class=num>{head}" for head in ("one answer", "searched", "difference", "N"))
            yield (
                f"<section><h2>Searched answers, after {escape(stage)}</h2><p class=small>{escape(told(found))} "
                "The single answers above stay the ones that compare with other work. The difference is paired, sample "
                "by sample, with its 95 % interval; the mean reward is of greedy answers in both columns.</p>"
                f"<div class=scroll><table class=results><thead><tr><th>metric{heads}<th>floors</tr></thead>"
                f"<tbody>{rows}</tbody></table></div></section>"
            )


def table(report: Mapping[str, Any]) -> Table | None:
    """What the search gains after the last stage that was searched with; None where none was."""
    searched = [(stage, one["search"]) for stage, one in report["details"].items() if one.get("search")]
    if not searched:
        return None
    stage, found = searched[-1]
    table_ = Table(title=f"after {stage}, searched answers: {told(found)}")
    for column in ("metric", "one answer", "searched", "difference", "n"):
        table_.add_column(column, justify="left" if column == "metric" else "right")
    for metric, one in found["metrics"].items():
        best = one["without"].get("search")
        if metric in _SHOWN and best is not None:
            cells = (number(one["all"]["value"]), number(best["value"]), change(best), str(one["n"]))
            table_.add_row(metric.replace("_", " ").replace("au f1", "AU F1"), *cells)
    return table_


def told(found: Mapping[str, Any]) -> str:
    """How it was searched and what that took, in a sentence."""
    how, cost = found["how"], found["cost"]
    by = ", ".join(term["use"] for term in how["by"])
    ratios = " and ".join(
        f"{cost[f'{key}_ratio']:.1f} x the {key}" for key in ("tokens", "seconds") if f"{key}_ratio" in cost
    )
    return (
        f"{how['candidates']} candidates a step at temperature {how['temperature']:g}, chosen by {by}: "
        f"{cost['generations']:.0f} generations a sample, {ratios} of one greedy answer."
    )


def _row(metric: str, one: Mapping[str, Any]) -> str:
    best = one["without"].get("search")
    if best is None:
        return ""
    title = titles.greedy(metric)
    return (
        f"<tr><td>{escape(title)}<td class=num>{number(one['all']['value'])}<td class=num>{number(best['value'])}"
        f"<td class=num>{change(best)}<td class=num>{one['n']}"
        f"<td class=small>chance {number(one['chance'])}, best constant {number(one['best_constant'])}</tr>"
    )
