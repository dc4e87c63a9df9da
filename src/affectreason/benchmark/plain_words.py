"""The numbers of a benchmark report in plain words, and text of others made fit to be shown."""

import unicodedata
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from affectreason.scoring.page import number

AS_PRINTED = "as printed; other prompts, other N possible"
_STEERS = {chr(code) for code in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_FLOORS = ("chance", "majority", "best_constant")
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


def beats_floors(m: Mapping[str, Any]) -> bool | None:
    """`beats_constant`, and chance too: of weighted F1 any constant answer scores less than a random one."""
    return beats_constant(m) and beats_constant({**m, "best_constant": m.get("chance")}) is not False


def verdict(m: Mapping[str, Any]) -> str:
    """What may be claimed of a measure."""
    if m.get("value") is None:
        return "not scored"
    beats = beats_constant(m)
    if beats is None:
        return "no best constant answer to compare with"
    side = "below" if m.get("lower_is_better") else "above"
    but = f", not clearly {side} chance" if beats and not beats_floors(m) else ""
    return f"{'' if beats else 'not '}clearly {side} the best constant answer{but}"


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


def changes(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Of each paired difference of the measure that papers print: the name of the benchmark, and what changed."""
    for name, one in (report.get("benchmarks") or {}).items():
        for pair in one.get("differences") or []:
            m = (pair.get("measures") or {}).get(one.get("primary")) or {}
            if m.get("difference") is None:
                continue
            what = line(pair.get("title") or f"{pair['from']} → {pair['to']}", 160)
            spread = "" if m.get("low") is None else f" (95 % interval {m['low']:+.3f} to {m['high']:+.3f})"
            value, same = f"{line(one['primary'], 40)} {m['difference']:+.3f}{spread}", count(m.get("n"))
            yield name, f"{what}: {value} on the same {same} samples, {line(m.get('verdict') or 'no verdict', 60)}"


def scored_by(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Of each benchmark that depends on them, its name with the lexicon and its version, and the scorer imitated."""
    for name, one in (report.get("benchmarks") or {}).items():
        told = []
        if one.get("lexicon"):
            version = line(one["lexicon"].get("version"), 80)
            told.append(f"the lexicon {line(one['lexicon'].get('name'), 80)}, version {version}")
        if one.get("compat"):
            told.append(f"compat={line(one['compat'], 40)}")
        if told:
            yield name, f"scored by {' and '.join(told)}"


def means(report: Mapping[str, Any]) -> Iterator[str]:
    """Of each suite and system its mean beside the means of what looking at nothing reaches, or what it lacks."""
    for suite, systems in (report.get("suites") or {}).items():
        for system, m in (systems or {}).items():
            who = f"mean over {line(suite, 40)}, {line(system, 60)}"
            if (m or {}).get("mean") is None:
                yield f"{who}: none, without {line(', '.join((m or {}).get('missing') or ['a value']), 300)}"
                continue
            beside = ", ".join(f"{key.replace('_', ' ')} {number(m.get(key))}" for key in _FLOORS)
            yield f"{who}: {number(m['mean'])} (95 % interval {interval(m, ' to ')}); {beside}; {m['of']} benchmarks"


def rows(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], str, Mapping[str, Any]]]:
    """Every benchmark and system: name of the benchmark, the benchmark, name of the system, the system."""
    for name, one in (report.get("benchmarks") or {}).items():
        for system, scored in (one.get("systems") or {}).items():
            yield name, one, system, scored


def primary(one: Mapping[str, Any], scored: Mapping[str, Any]) -> Mapping[str, Any]:
    """The measure that papers print; empty where it was not scored."""
    return (scored.get("measures") or {}).get(one.get("primary")) or {}
