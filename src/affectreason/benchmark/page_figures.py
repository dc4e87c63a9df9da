"""The figures of the benchmark page as SVG text: folds, reliability, lengths of answers, confusions, units, drift."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from affectreason.benchmark.plain_words import line
from affectreason.benchmark.shown import Shown, lengths, reliability
from affectreason.scoring import figures
from affectreason.scoring.figures import BLUE, GREY, INK, LINE, ORANGE, PALE, blank, svg

SHADES = (BLUE, ORANGE, "#2f855a", "#6b46c1", "#b7791f", "#5b6673")


def name_of(text: Any, most: int = 24) -> str:
    """A name on one line that matplotlib does not read as a formula."""
    return line(text, most).replace("$", r"\$")


def folds(one: Mapping[str, Any]) -> str | None:
    """A dot for each fold and a line at their mean, a row for each system; None where no system has folds."""
    held = {}
    for system, scored in (one.get("systems") or {}).items():
        found = (scored.get("details") or {}).get("folds") or {}
        values = [fold[one["primary"]] for fold in found.values() if fold.get(one["primary"]) is not None]
        if values:
            held[system] = values
    if not held:
        return None
    figure, (axis,) = blank(6.4, 0.75 + 0.38 * len(held))
    for place, values in enumerate(held.values()):
        axis.scatter(values, np.full(len(values), place), s=34, color=PALE, edgecolor=BLUE, zorder=3)
        axis.vlines(np.mean(values), place - 0.3, place + 0.3, color=INK, linewidth=2, zorder=4)
    axis.set_yticks(range(len(held)), [name_of(system) for system in held])
    axis.set_ylim(len(held) - 0.5, -0.5)
    axis.set_xlabel(name_of(one["primary"], 40), fontsize=9, color=GREY)
    axis.grid(axis="x", color=LINE, linewidth=0.6)
    return svg(figure)


def calibration(found: Mapping[str, Any]) -> str:
    """Share right against confidence from what `reliability` gives, the number of answers of each bin beside its dot.

    A perfectly calibrated model lies on the dashed line.
    """
    bins = found["bins"]
    figure, (axis,) = blank(4.2, 4.0)
    axis.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    sure, right = [one["confidence"] for one in bins], [one["score"] for one in bins]
    axis.vlines(sure, sure, right, color=PALE, linewidth=3)
    axis.scatter(sure, right, s=30, color=BLUE, zorder=3)
    for x, y, one in zip(sure, right, bins, strict=True):
        left = x > 0.93
        axis.annotate(
            f"{one['n']}", (x, y), (-6 if left else 6, -3), textcoords="offset points", fontsize=8, color=GREY,
            ha="right" if left else "left",
        )  # fmt: skip
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.04, 1.04))
    axis.set_xlabel("confidence", fontsize=9, color=GREY)
    axis.set_ylabel("score", fontsize=9, color=GREY)
    axis.set_title(f"ECE {found['ece']:.3f}, N {found['n']:,}", fontsize=9, loc="left", color=INK)
    axis.grid(color=LINE, linewidth=0.6)
    return svg(figure)


def answer_lengths(by_system: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Share of the answers by their number of words, and under it their mean score; None without answers."""
    held = {system: found for system, found in by_system.items() if sum(found["n"])}
    if not held:
        return None
    classes = sorted({low for found in held.values() for low in found["low"]})
    scored = any(score is not None for found in held.values() for score in found["score"])
    figure, axes = blank(max(5.2, 0.62 * len(classes) + 1.8), 4.4 if scored else 2.6, 2 if scored else 1)
    width = 0.8 / len(held)
    for place, (system, found) in enumerate(held.items()):
        at = np.array([classes.index(low) for low in found["low"]])
        share = np.array(found["n"]) / sum(found["n"])
        colour = SHADES[place % len(SHADES)]
        shift = (place - (len(held) - 1) / 2) * width
        axes[0].bar(at + shift, share, width=width * 0.92, color=colour, alpha=0.75, label=name_of(system))
        if scored:
            values = np.array([np.nan if score is None else score for score in found["score"]], dtype=float)
            axes[1].plot(at, values, color=colour, linewidth=1.2, marker="o", markersize=4)
    axes[0].set_ylabel("share of answers", fontsize=9, color=GREY)
    axes[0].legend(frameon=False, fontsize=8, ncols=3, loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0.2)
    if scored:
        axes[1].set_ylabel("mean score", fontsize=9, color=GREY)
        axes[1].set_xlim(axes[0].get_xlim())
    for axis in axes:
        axis.set_xticks(range(len(classes)), [f"{low}–{2 * low - 1}" if low > 1 else f"{low}" for low in classes])
        axis.grid(axis="y", color=LINE, linewidth=0.6)
        axis.set_axisbelow(True)
    axes[-1].set_xlabel("words in the answer", fontsize=9, color=GREY)
    return svg(figure)


def confusions(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """System and its confusion matrix, where it has one with anything in it."""
    for system, scored in (one.get("systems") or {}).items():
        details = scored.get("details") or {}
        table, names = details.get("confusion"), details.get("labels") or (one.get("labels") or {}).get("names")
        if table and names and any(map(any, table)):
            yield system, figures.confusion(table, [name_of(name) for name in names])


def unit_bars(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """System and the bars of its action units; a unit without an F1 has none."""
    keys = ("f1", "base_rate", "always_f1")
    for system, scored in (one.get("systems") or {}).items():
        found = (scored.get("details") or {}).get("units") or {}
        held = {name: u for name, u in found.items() if all(u.get(key) is not None for key in keys)}
        if held:
            values = [[u[key] for u in held.values()] for key in keys]
            yield system, figures.unit_bars([name_of(name) for name in held], *values)


def by_answer(shown: Mapping[str, Sequence[Shown]]) -> Iterator[tuple[str, str, str]]:
    """Title, note and figure of what only the single answers tell."""
    for system, answers in shown.items():
        found = reliability(answers)
        if found is not None:
            told = (
                "Confidence is the mean probability of the tokens of an answer, not a stated one. Beside each dot the "
                f"answers of its bin; the expected calibration error (ECE) is {found['ece']:.3f} over {found['n']:,}."
            )
            yield f"How sure, how right: {line(system, 60)}", told, calibration(found)
    drawn = answer_lengths({system: lengths(answers) for system, answers in shown.items()})
    if drawn is not None:
        yield "Lengths of answers", "Classes that double; below, the mean score of the answers of each class.", drawn
