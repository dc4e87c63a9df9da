"""The table of what each modality is worth, on the page and in the terminal."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from rich.table import Table

from affectreason.scoring import titles

_SHOWN = ("emotion_accuracy", "wheel_f", "au_f1", "mean_reward")
_WORDS = {"hurts": "worse without it", "helps": "better without it"}


def sections(report: Mapping[str, Any]) -> Iterator[str]:
    """A section for each stage that was asked with modalities taken away."""
    for stage, details in report["details"].items():
        if details.get("without"):
            rows = "".join(_block(metric, one) for metric, one in details["without"].items())
            heads = "<th>given<th class=num>value<th class=num>95 % interval<th class=num>difference<th>"
            yield (
                f"<section><h2>What each modality is worth, after {escape(stage)}</h2><p class=small>The same "
                "model is asked again with some of each sample taken away. The difference is paired, sample by sample; "
                "its interval excludes 0 where a verdict stands. A ceiling is the best that the evidence left allows."
                f"</p><div class=scroll><table class=results><thead><tr>{heads}"
                f"<th class=num>ceiling</tr></thead><tbody>{rows}</tbody></table></div></section>"
            )


def table(report: Mapping[str, Any]) -> Table | None:
    """The accuracy and the reward of the last stage with each modality taken away; None where none was."""
    asked = [(stage, one["without"]) for stage, one in report["details"].items() if one.get("without")]
    if not asked:
        return None
    stage, found = asked[-1]
    shown = {metric: one for metric, one in found.items() if metric in _SHOWN}
    table_ = Table(title=f"after {stage}, with modalities taken away: value, paired difference and its 95 % interval")
    table_.add_column("without", max_width=13)
    for metric in shown:
        table_.add_column(metric.replace("_", " ").replace("au f1", "AU F1"), justify="right")
    ceilings = any("ceiling" in one["all"] for one in shown.values())
    if ceilings:
        table_.add_column("ceiling", justify="right")
    gone = list(dict.fromkeys(name for one in shown.values() for name in one["without"]))
    for name in ("", *gone):
        rows = [one["without"].get(name) if name else one["all"] for one in shown.values()]
        best = [number(next((row["ceiling"] for row in rows if row and "ceiling" in row), None))] if ceilings else []
        table_.add_row(
            name.replace("+", " ") or "nothing",
            *[_cell(row) for row in rows],
            *best,
            end_section=name == ["", *gone][-1],
        )
    for title, key in (("chance", "chance"), ("best constant", "best_constant"), ("n", "n")):
        table_.add_row(title, *[number(one[key]) for one in shown.values()])
    return table_


def _block(metric: str, one: Mapping[str, Any]) -> str:
    """A metric with a row for everything and one for each removal, and its floors."""
    floors = f"chance {number(one['chance'])}, best constant {number(one['best_constant'])}, N {one['n']}"
    title = titles.greedy(metric)
    head = f"<tr class=metric><th colspan=6>{escape(title)} <span class=small>{floors}</span></th></tr>"
    return head + _row("everything", one["all"]) + "".join(_row(f"without {k}", v) for k, v in one["without"].items())


def _row(name: str, row: Mapping[str, Any]) -> str:
    verdict = _WORDS.get(row.get("verdict", ""), row.get("verdict", ""))
    return (
        f"<tr><td>{escape(name.replace('+', ', '))}<td class='num big'>{number(row['value'])}"
        f"<td class=num>{number(row['low'])} – {number(row['high'])}<td class=num>{change(row)}"
        f"<td>{escape(str(verdict))}<td class=num>{number(row.get('ceiling'))}</tr>"
    )


def _cell(row: Mapping[str, Any] | None) -> str:
    """A value over its difference to the whole and the interval of that."""
    if row is None or row["value"] is None:
        return "not scored"
    if row.get("difference") is None:
        return number(row["value"])
    interval = f"{row['difference_low']:+.2f} to {row['difference_high']:+.2f}"
    return f"{number(row['value'])}\n[dim]{row['difference']:+.3f}\n{interval}[/]"


def change(row: Mapping[str, Any]) -> str:
    """A paired difference and its interval; nothing where there is none."""
    if row.get("difference") is None:
        return ""
    return f"{row['difference']:+.3f} ({row['difference_low']:+.2f} to {row['difference_high']:+.2f})"


def number(value: float | int | None) -> str:
    """A count as it is, a score to three places, a dash for none."""
    return "–" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
