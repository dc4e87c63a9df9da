"""The numbers of a benchmark report in plain words, and text of others made fit to be shown."""

import unicodedata
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from affectreason.scoring.page import number

AS_PRINTED = "as printed; other prompts, other N possible"
_STEERS = {chr(code) for code in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_MORE = 40  # characters that are not worth cutting off


def clean(text: Any, most: int = 2000) -> str:
    """The text without what steers a terminal, a page or the direction of writing; what is over `most` is counted."""
    whole = str(text)
    kept = whole if len(whole) <= most + _MORE else whole[:most]
    cut = f" … ({len(whole) - most} characters more)" if len(whole) > most + _MORE else ""
    steers = ("Cc", "Cs")
    return (
        "".join(
            "\ufffd" if c in _STEERS or (unicodedata.category(c) in steers and c not in "\n\t") else c for c in kept
        )
        + cut
    )


def safe(text: Any, most: int = 2000) -> str:
    """The text to put into a page."""
    return escape(clean(text, most))


def line(text: Any, most: int = 200) -> str:
    """The text on one line."""
    return " ".join(clean(text, most).split())


def beats_constant(m: Mapping[str, Any]) -> bool | None:
    """Whether the whole interval is better than the best constant answer; None where either is not known."""
    low, high, best = m.get("low"), m.get("high"), m.get("best_constant")
    if low is None or high is None or best is None:
        return None
    return bool(high < best if m.get("lower_is_better") else low > best)


def verdict(m: Mapping[str, Any]) -> str:
    """What may be claimed of a measure."""
    if m.get("value") is None:
        return "not scored"
    beats = beats_constant(m)
    if beats is None:
        return "no best constant answer to compare with"
    side = "below" if m.get("lower_is_better") else "above"
    return f"{'' if beats else 'not '}clearly {side} the best constant answer"


def constant(m: Mapping[str, Any]) -> str:
    """What the best constant answer scores, with a sign where it was searched for, so that a better one may be."""
    return ("≥ " if m.get("at_least") else "") + number(m.get("best_constant"))


def interval(m: Mapping[str, Any], signs: str = " – ") -> str:
    """Low and high of a measure, a dash where there are none."""
    low, high = m.get("low"), m.get("high")
    return "–" if low is None or high is None else f"{number(low)}{signs}{number(high)}"


def share(value: float | None) -> str:
    """A share as percent."""
    return "–" if value is None else f"{value:.1%}"


def count(value: float | None) -> str:
    """A number of things, with its thousands set apart."""
    return "–" if value is None else f"{value:,.0f}"


def sentence(title: str, system: str, measure: str, m: Mapping[str, Any]) -> str:
    """What a system reaches on a benchmark, beside what looking at nothing reaches."""
    if m.get("value") is None:
        return f"{title}: “{system}” has no {measure}."
    others = []
    if m.get("chance") is not None:
        others.append(f"chance {number(m['chance'])}")
    if m.get("majority") is not None:
        others.append(f"the commonest answer {number(m['majority'])}")
    if m.get("best_constant") is not None:
        always = f"always answering “{line(m['answer'], 80)}”" if m.get("answer") else "the best constant answer"
        others.append(f"{always} {'at least ' if m.get('at_least') else ''}{number(m['best_constant'])}")
    sure = "" if m.get("low") is None else f" (95 % interval {interval(m, ' to ')}, N = {count(m.get('n'))})"
    beside = f"; {', '.join(others)}" if others else ""
    lesser = " (an error: less is better)" if m.get("lower_is_better") else ""
    return f"{title}: “{system}” reaches {measure} {number(m['value'])}{lesser}{sure}{beside}: {verdict(m)}."


def rows(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], str, Mapping[str, Any]]]:
    """Every benchmark and system: name of the benchmark, the benchmark, name of the system, the system."""
    for name, one in (report.get("benchmarks") or {}).items():
        for system, scored in (one.get("systems") or {}).items():
            yield name, one, system, scored


def primary(one: Mapping[str, Any], scored: Mapping[str, Any]) -> Mapping[str, Any]:
    """The measure that papers print; empty where it was not scored."""
    return (scored.get("measures") or {}).get(one.get("primary")) or {}
