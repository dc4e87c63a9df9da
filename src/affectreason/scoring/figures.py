"""The report's figures as SVG text: training curves, confusion matrix, F1 of each action unit."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

INK, GREY, LINE, BLUE, PALE, ORANGE = "#1d2733", "#66717f", "#d9dee5", "#2b6cb0", "#9cc3ea", "#c05621"
_NOT_CURVES = {"step", "epoch", "time", "seconds", "total_flos"}
_FIRST = (
    "loss",
    "eval_loss",
    "reward",
    "reward_std",
    "frac_reward_zero_std",
    "kl",
    "entropy",
    "grad_norm",
    "learning_rate",
)


def curves(log: Sequence[Mapping[str, Any]], most: int = 9) -> str | None:
    """One small panel for each number logged at least twice, the telling ones first; None without any."""
    series: dict[str, list[tuple[float, float]]] = {}
    for place, row in enumerate(log):
        for key, value in row.items():
            if key not in _NOT_CURVES and isinstance(value, int | float) and np.isfinite(value):
                series.setdefault(key, []).append((float(row.get("step", place)), float(value)))
    wanted = sorted((k for k, points in series.items() if len(points) > 1), key=_importance)[:most]
    if not wanted:
        return None
    columns = min(3, len(wanted))
    figure, axes = blank(3.1 * columns, 2.2 * -(-len(wanted) // columns), -(-len(wanted) // columns), columns)
    for axis, key in zip(axes, wanted, strict=False):
        steps, values = np.array(series[key]).T
        if len(steps) > 30:
            axis.plot(steps, values, color=BLUE, alpha=0.25, linewidth=0.8)
            axis.plot(steps, _smooth(values), color=BLUE, linewidth=1.6)
        else:
            axis.plot(steps, values, color=BLUE, linewidth=1.4, marker="o", markersize=2.5)
        axis.set_title(key, fontsize=9, loc="left", color=INK)
        axis.grid(axis="y", color=LINE, linewidth=0.6)
    for axis in axes[len(wanted) :]:
        axis.set_visible(False)
    return svg(figure)


def confusion(table: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    """Gold emotion by answer, coloured by the share of its row, written as counts; classes without support left out."""
    counts = np.array(table, dtype=float)
    rows = [i for i in range(len(names)) if counts[i].sum()]
    columns = [*range(len(names)), len(names)]
    columns = [j for j in columns if j == len(names) or j in rows or counts[:, j].sum()]
    counts = counts[np.ix_(rows, columns)]
    heads = [*names, "unparsed"]
    figure, (axis,) = blank(0.62 * len(columns) + 1.6, 0.5 * len(rows) + 1.3)
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axis.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for i, j in np.ndindex(counts.shape):
        if counts[i, j]:
            axis.text(
                j,
                i,
                f"{counts[i, j]:.0f}",
                ha="center",
                va="center",
                fontsize=8,
                color="white" if share[i, j] > 0.55 else INK,
            )
    axis.set_xticks(range(len(columns)), [heads[j] for j in columns], rotation=35, ha="right", rotation_mode="anchor")
    axis.set_yticks(range(len(rows)), [names[i] for i in rows])
    axis.axvline(len(columns) - 1.5, color=GREY, linewidth=0.8)
    axis.set_xlabel("the model's answer", fontsize=9, color=GREY)
    axis.set_ylabel("annotated", fontsize=9, color=GREY)
    axis.tick_params(length=0)
    return svg(figure)


def unit_bars(names: Sequence[str], f1: Sequence[float], base_rates: Sequence[float], constant: Sequence[float]) -> str:
    """A bar of F1 for each unit, beside a mark at its base rate and at what always saying it scores."""
    figure, (axis,) = blank(max(4.2, 0.5 * len(names) + 1.2), 2.8)
    place = np.arange(len(names))
    axis.bar(place, f1, width=0.62, color=PALE, label="F1")
    axis.hlines(base_rates, place - 0.38, place + 0.38, color=INK, linewidth=2, label="base rate")
    axis.hlines(constant, place - 0.38, place + 0.38, color=ORANGE, linewidth=2, label="F1 of always saying it")
    axis.set_xticks(place, names, rotation=45 if len(names) > 10 else 0)
    axis.set_ylim(0, 1)
    axis.grid(axis="y", color=LINE, linewidth=0.6)
    axis.set_axisbelow(True)
    axis.legend(frameon=False, fontsize=8, ncols=3, loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0.2)
    return svg(figure)


def _importance(key: str) -> tuple[int, str]:
    """Loss and reward, then each reward's own mean, then the rest."""
    if key.startswith("scores/"):
        return 2, key
    if key in _FIRST:
        return _FIRST.index(key), key
    return len(_FIRST) + (not key.startswith("rewards/")), key


def _smooth(values: Any) -> Any:
    """The centred mean over a fifteenth of the curve, over what is there at its ends."""
    window = np.ones(max(3, len(values) // 15) | 1)
    return np.convolve(values, window, mode="same") / np.convolve(np.ones(len(values)), window, mode="same")


def blank(width: float, height: float, rows: int = 1, columns: int = 1) -> tuple[Any, list[Any]]:
    """A figure of so many inches and its axes, without a display."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = list(np.ravel(figure.subplots(rows, columns)))
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.spines[["left", "bottom"]].set_color(LINE)
        axis.tick_params(colors=GREY, labelsize=8)
    return figure, axes


def svg(figure: Any) -> str:
    """The figure as SVG text; the fixed salt makes equal figures equal bytes."""
    import matplotlib

    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "affectreason"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
