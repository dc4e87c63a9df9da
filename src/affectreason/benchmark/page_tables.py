"""The tables of the benchmark page: values beside what looking at nothing reaches, differences, answers, groups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from affectreason.benchmark.plain_words import (
    AS_PRINTED,
    beats_floors,
    clean,
    constant,
    count,
    interval,
    primary,
    rows,
    safe,
    share,
    verdict,
)
from affectreason.scoring.page import number, strip, verdict_badge

_KEY = (
    "<p class=key><span><i class=k-value></i>value and 95 % interval</span> <span><i class=k-chance></i>chance</span> "
    "<span><i class=k-constant></i>best constant answer</span></p>"
)
_HEADS = (
    "<tr><th>system<th class=num>value<th class=num>95 % interval<th class=strip>{ends}<th class=num>chance"
    "<th class=num>majority<th class=num>best constant<th class=num>N<th>what may be said</tr>"
)


def overview(report: Mapping[str, Any]) -> str:
    """The measure that papers print of every benchmark and system."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for name, one, system, scored in rows(report):
        found.setdefault(name, {})[system] = primary(one, scored)
    held = report.get("benchmarks") or {}
    body = "".join(
        _of_all(held[name].get("title") or name, held[name]["primary"], systems) for name, systems in found.items()
    )
    return f"<section><h2>Results</h2>{_KEY}{_results(body, 'on a line')}</section>" if body else ""


def measures(one: Mapping[str, Any]) -> str:
    """All measures of a benchmark, the one that papers print first, those beyond four folded away."""
    systems = one.get("systems") or {}
    names = list(dict.fromkeys(m for scored in systems.values() for m in scored.get("measures") or {}))
    names.sort(key=lambda name: name != one.get("primary"))
    blocks = [
        _of_all(
            name, "", {system: (scored.get("measures") or {}).get(name) or {} for system, scored in systems.items()}
        )
        for name in names
    ]
    folded = (
        f"<details class=more><summary>More measures ({len(blocks) - 4})</summary>{_results(''.join(blocks[4:]), '')}"
        "</details>"
        if blocks[4:]
        else ""
    )
    return _results("".join(blocks[:4]), "on a line") + folded if blocks else "<p>Nothing was scored.</p>"


def span(found: Iterable[Mapping[str, Any]]) -> tuple[float, float]:
    """The ends of a line that holds all values: 0 to 1, -1 to 1 where one is below 0, 0 to the largest of errors."""
    held = list(found)
    keys = ("value", "low", "high", "chance", "best_constant")
    known = [m[key] for m in held for key in keys if m.get(key) is not None]
    if any(m.get("lower_is_better") for m in held):
        return 0.0, float(f"{max([*known, 0.001]) * 1.05:.2g}")
    return (-1.0 if min(known, default=0) < 0 else 0.0), max([1.0, *known])


def published(one: Mapping[str, Any]) -> str:
    """Numbers of papers, never in one row with ours."""
    printed = one.get("published") or {}
    if not printed:
        return ""
    told = " · ".join(f"{safe(system, 80)} <b>{number(value)}</b>" for system, value in printed.items())
    return f"<p class=printed>Published {safe(one.get('primary'))}: {told} <span class=small>({AS_PRINTED})</span></p>"


def differences(one: Mapping[str, Any]) -> str:
    """Paired differences on the same samples, of systems that differ in one thing."""
    lines = [
        (safe(pair.get("title") or pair["from"] + " → " + pair["to"], 160), safe(name), *_difference(m))
        for pair in one.get("differences") or []
        for name, m in (pair.get("measures") or {}).items()
    ]
    heads = ("what alone differs", "measure", "difference", "95 % interval", "N", "verdict")
    return _table("Differences on the same samples", heads, lines, numbers=(2, 3, 4), big=2)


def answers(one: Mapping[str, Any]) -> str:
    """What the answers are like, before any of them is scored."""
    lines = []
    for system, scored in (one.get("systems") or {}).items():
        a = scored.get("answers") or {}
        cells = [
            count(a.get("n")),
            share(a.get("parse_rate")),
            _amount(a.get("refusals")),
            _amount(a.get("empty")),
            f"{_short(a.get('labels_per_answer'))} / {_short(a.get('labels_per_gold'))}",
            share(a.get("out_of_lexicon")),
            f"{_short(a.get('words'))} / {_short(a.get('words_90'))}",
        ]
        lines.append((safe(system, 60), *cells))
    heads = (
        "system",
        "answers",
        "parsed",
        "refusals",
        "empty",
        "labels an answer / annotated",
        "out of lexicon",
        "words, mean / 90 % have at most",
    )
    return _table("What the answers are like", heads, lines, numbers=range(1, 8))


def units(scored: Mapping[str, Any]) -> str:
    """F1, precision, recall and base rate of each action unit."""
    lines = []
    for name, u in ((scored.get("details") or {}).get("units") or {}).items():
        keys = ("f1", "always_f1", "precision", "recall", "base_rate")
        lines.append((safe(name, 40), *(_three(u.get(k)) for k in keys)))
    heads = ("unit", "F1", "F1 of always saying it", "precision", "recall", "base rate")
    return _table("", heads, lines, numbers=range(1, 6))


def groups(scored: Mapping[str, Any], system: str, measure: str) -> Iterator[str]:
    """The measure of each annotated group, and the largest gap."""
    for attribute, found in (scored.get("groups") or {}).items():
        held = found.get("groups") or {}
        ends = span(held.values())
        lines = [
            (safe(name, 60), _three(m.get("value")), interval(m), _strip(m, ends), count(m.get("n")))
            for name, m in held.items()
        ]
        heads = (attribute, measure, "95 % interval", "", "N")
        table = _table(f"By {attribute}, {system}", heads, lines, numbers=(1, 2, 4), big=1)
        yield table + f"<p class=small>{_gap(found.get('gap') or {})}</p>"


def suites(report: Mapping[str, Any]) -> str:
    """Means over benchmarks, given only where none is missing."""
    lines = []
    for name, systems in (report.get("suites") or {}).items():
        for system, found in (systems or {}).items():
            m = found or {}
            missing = ", ".join(safe(one, 60) for one in m.get("missing") or [])
            told = "" if m.get("mean") is not None else f"no mean: {missing or 'benchmarks'} not scored"
            floors = (_three(m.get(key)) for key in ("chance", "majority", "best_constant"))
            lines.append(
                (
                    safe(name, 60),
                    safe(system, 60),
                    _three(m.get("mean")),
                    interval(m),
                    *floors,
                    count(m.get("of")),
                    told,
                )
            )
    heads = (
        "suite",
        "system",
        "mean",
        "95 % interval",
        "chance",
        "majority",
        "best constant",
        "benchmarks",
        "",
    )
    table = _table("", heads, lines, numbers=range(2, 8), big=2)
    return f"<section><h2>Means over benchmarks</h2>{table}</section>" if lines else ""


def facts(held: Mapping[str, Any], most: int = 300) -> str:
    """Names and values on one line, nested ones in brackets."""
    return ", ".join(f"{safe(key, 60)} {_fact(value, most)}" for key, value in held.items() if value is not None)


def _fact(value: Any, most: int) -> str:
    if isinstance(value, Mapping):
        return f"({facts(value, most)})"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return safe(" ".join(map(str, value)), most)
    words = {True: "yes", False: "no"}
    return safe(words[value] if isinstance(value, bool) else value, most)


def _block(title: str, gloss: str, lines: str) -> str:
    head = f"{safe(title, 120)} <span class=small>{safe(gloss)}</span>"
    return f"<tr class=metric><th colspan=9>{head}</th></tr>{lines}"


def _of_all(title: str, gloss: str, held: Mapping[str, Mapping[str, Any]]) -> str:
    """One measure of every system."""
    ends = span(held.values())
    less = any(m.get("lower_is_better") for m in held.values())
    line = f"less is better; the line is from {ends[0]:g} to {ends[1]:g}" if less else ""
    told = "; ".join(filter(None, (gloss, line)))
    return _block(title, told, "".join(_row(system, m, ends) for system, m in held.items()))


def _results(body: str, ends: str) -> str:
    heads = _HEADS.format(ends=ends)
    return f"<div class=scroll><table class=results><thead>{heads}</thead><tbody>{body}</tbody></table></div>"


def _row(system: str, m: Mapping[str, Any], ends: tuple[float, float]) -> str:
    if m.get("value") is None:
        return f"<tr><td>{safe(system, 60)}<td class=num>–<td class=small colspan=7>not scored</tr>"
    always = f"<div class='always small'>{safe(m['answer'], 60)}</div>" if m.get("answer") else ""
    spread = f"<div class=small>sd of samplings {m['sd']:.3f}</div>" if m.get("sd") is not None else ""
    lost = f"<div class=small>without {share(m.get('draws_left_out'))} of the draws, which show none</div>"
    cells = (
        f"<td>{safe(system, 60)}<td class='num big'>{number(m['value'])}{spread}"
        f"<td class=num>{interval(m)}{lost if m.get('draws_left_out') else ''}<td class=strip>{_strip(m, ends)}"
    )
    sides = (
        ("chance", _three(m.get("chance"))),
        ("majority", _three(m.get("majority"))),
        ("constant", constant(m) + always),
        ("N", count(m.get("n"))),
    )
    cells += "".join(f'<td class="num side" data-name="{name}">{text}' for name, text in sides)
    css = " class=doubt" if beats_floors(m) is False else ""
    return f"<tr>{cells}<td class=change><span{css}>{verdict(m)}</span></tr>"


def _strip(m: Mapping[str, Any], ends: tuple[float, float]) -> str:
    known = {key: m.get(key) for key in ("value", "low", "high", "chance", "best_constant")}
    return "" if None in (known["value"], known["low"], known["high"]) else strip(known, ends)


def _difference(m: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """A difference, its interval, N and verdict."""
    known = m.get("difference") is not None
    spread = f"{m['low']:+.3f} – {m['high']:+.3f}" if known and m.get("low") is not None else "–"
    told = verdict_badge(clean(m["verdict"], 60)) if m.get("verdict") else ""
    return f"{m['difference']:+.3f}" if known else "–", spread, count(m.get("n")), told


def _gap(gap: Mapping[str, Any]) -> str:
    if gap.get("value") is None:
        return "No gap: fewer than two groups were scored."
    pair = " and ".join(safe(one, 60) for one in gap.get("between") or [])
    sure = "" if gap.get("low") is None else f" (95 % interval {interval(gap, ' to ')})"
    return f"Largest gap: {number(gap['value'])}{sure}{f', between {pair}' if pair else ''}."


def _table(
    title: str, heads: Sequence[str], lines: Sequence[Sequence[str]], numbers: Iterable[int] = (), big: int = -1
) -> str:
    """A plain table under a small title; nothing without lines. Cells are HTML, title and heads are not.

    Each cell bears its head: where there is no room for columns, a line is shown as a block of names and values.
    """
    if not lines:
        return ""
    css = ["num" if i in set(numbers) else "" for i in range(len(heads))]
    head = "".join(f'<th class="{one}">{safe(name, 80)}' for one, name in zip(css, heads, strict=True))
    css = [f"{one} big" if i == big else one for i, one in enumerate(css)]
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{one}" data-name="{safe(name, 80)}">{cell}'
            for one, name, cell in zip(css, heads, cells, strict=True)
        )
        + "</tr>"
        for cells in lines
    )
    named = f"<h3>{safe(title, 200)}</h3>" if title else ""
    return (
        f"{named}<div class=scroll><table class=plain><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _three(value: float | None) -> str:
    return number(value)


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _amount(value: float | None) -> str:
    """A count, or a share where it lies between."""
    return share(value) if isinstance(value, float) and not value.is_integer() else count(value)
