"""The report as a table for a terminal of 80 columns."""

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from affectreason.benchmark.plain_words import (
    beats_floors,
    changes,
    constant,
    count,
    line,
    means,
    primary,
    rows,
    scored_by,
)
from affectreason.scoring.page import number


def terminal(report: Mapping[str, Any]) -> Table:
    """A row for each benchmark and system: value over its interval, what looking at nothing reaches, N, parse rate."""
    table = Table(box=box.SIMPLE_HEAD, caption=_notes(report), caption_justify="left", padding=(0, 1))
    table.add_column("benchmark, measure\nsystem", overflow="fold", max_width=24)
    for head in ("value\n95 %", "chance", "major-\nity", "best\nconstant", "N", "parsed"):
        table.add_column(head, justify="right", no_wrap=True)
    before = None
    for name, one, system, scored in rows(report):
        if before not in (None, name):
            table.add_section()
        before, m = name, primary(one, scored)
        rate = (scored.get("answers") or {}).get("parse_rate")
        table.add_row(
            Text(f"{line(name, 40)}, {line(one['primary'], 40)}\n  {line(system, 40)}"),
            _value(m),
            number(m.get("chance")),
            number(m.get("majority")),
            constant(m),
            count(m.get("n", one.get("n"))),
            "–" if rate is None else f"{rate:.0%}",
        )
    return table


def _value(m: Mapping[str, Any]) -> Text:
    """A value over its interval and the deviation of its samplings; a star: not clearly better than the floors."""
    if m.get("value") is None:
        return Text("–", "dim")
    star = "*" if beats_floors(m) is False else " "
    told = Text(f"{number(m['value'])}{star}", "bold")
    if m.get("low") is not None and m.get("high") is not None:
        told.append(f"\n{m['low']:.2f}-{m['high']:.2f} ", "not bold dim")
    if m.get("sd") is not None:
        told.append(f"\nsd {m['sd']:.3f} ", "not bold dim")
    return told


def _notes(report: Mapping[str, Any]) -> Text:
    """Warnings, paired differences, means over suites, the best constant answers in words, and what the star means."""
    held = report.get("benchmarks") or {}
    told = [f"{name}: {line(one_, 300)}" for name, one in held.items() for one_ in one.get("warnings") or []]
    always: dict[str, None] = {}
    starred = False
    for name, one, system, scored in rows(report):
        m = primary(one, scored)
        starred |= beats_floors(m) is False
        if m.get("answer"):
            always[f"{line(name, 40)}: the best constant answer is “{line(m['answer'], 80)}”"] = None
        for note in (scored.get("details") or {}).get("notes") or []:
            always[f"{line(name, 40)}, {line(system, 40)}: {line(note, 400)}"] = None
    told += [f"{line(name, 40)}: {one}" for name, one in [*scored_by(report), *changes(report)]]
    told += [*means(report), *always]
    told += ["* not clearly better than the best constant answer and chance"] if starred else []
    return Text("\n".join(told), "default")
