"""The report's sections of what a stage kept of the samples it was shown, and why it refused the rest."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any


def section(name: str, run: Mapping[str, Any]) -> Iterator[str]:
    """Kept of asked for each class, and why the rest was refused; how far witnesses agree with the labels."""
    parts, manifest = [], run["manifest"]
    asked, kept = manifest.get("asked"), manifest.get("kept")
    if asked is not None and kept is not None:
        parts.append(f"<p>{kept} of {asked} samples were kept ({kept / max(asked, 1):.0%}).</p>")
    classes = manifest.get("by_class") or {}
    if classes:
        rows = [(label, one["kept"], one["asked"]) for label, one in classes.items()]
        parts.append(_bars("kept", [(label, k / max(t, 1), f"{k} of {t}") for label, k, t in rows]))
    refused = manifest.get("refused") or {}
    if refused:
        most = max(refused.values())
        ordered = sorted(refused.items(), key=lambda item: (-item[1], item[0]))
        bars = [(why, count / max(most, 1), str(count)) for why, count in ordered[:12]]
        if ordered[12:]:
            rest = sum(count for _, count in ordered[12:])
            bars.append((f"{len(ordered) - 12} other reasons", min(1.0, rest / max(most, 1)), str(rest)))
        parts.append(_bars("refused because", bars))
    voters = manifest.get("witnesses") or {}
    if voters:
        told = {one: _vote(each) for one, each in voters.items()}
        parts.append(_bars("agrees with the label", [(one, voters[one]["rate"] or 0.0, told[one]) for one in voters]))
    head = "Filter" if run.get("kind") == "filter" else "Synthesis"
    yield f"<section><h2>{head}: {escape(name)}</h2>{''.join(parts)}</section>"


def _vote(witness: Mapping[str, Any]) -> str:
    """How often a witness agrees, of how many it speaks of, beside chance."""
    if not witness["spoke"]:
        return "says nothing"
    return f"{witness['rate']:.0%} of {witness['spoke']}, by chance {witness['by_chance']:.0%}"


def _bars(head: str, rows: Sequence[tuple[str, float, str]]) -> str:
    """A table of horizontal bars: name, share of the width, and the words beside it."""
    cells = "".join(
        f"<tr><td>{escape(str(name))}<td class=bar><span style='width:{100 * share:.1f}%'></span>"
        f"<td class=num>{escape(told)}</tr>"
        for name, share, told in rows
    )
    return f"<table class=bars><thead><tr><th>{escape(head)}<th><th></tr></thead><tbody>{cells}</tbody></table>"
