"""The report for others to take along: a Markdown table for a paper, and the evaluation block of a model card."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from affectreason.benchmark.plain_words import (
    AS_PRINTED,
    beats_floors,
    changes,
    constant,
    count,
    line,
    means,
    primary,
    rows,
    scored_by,
    share,
)
from affectreason.scoring.page import number

_HEADS = (
    "benchmark", "system", "metric", "N", "value [95 % interval]", "chance", "majority", "best constant", "parse rate",
    "published",
)  # fmt: skip
_LEFT = 3


def markdown(report: Mapping[str, Any]) -> str:
    """A row for each benchmark and system with the measure that papers print; means, differences, warnings below."""
    lines = [" | ".join(_HEADS), " | ".join(["---"] * _LEFT + ["---:"] * (len(_HEADS) - _LEFT - 1) + ["---"])]
    doubted = False
    for name, one, system, scored in rows(report):
        m = primary(one, scored)
        doubt = beats_floors(m) is False
        doubted |= doubt
        always = f" ({_cell(m['answer'], 80)})" if m.get("answer") else ""
        cells = [
            _cell(one.get("title") or name),
            _cell(system),
            _cell(one["primary"]),
            count(m.get("n", one.get("n"))),
            _value(m) + ("\\*" if doubt else ""),
            number(m.get("chance")),
            number(m.get("majority")),
            constant(m) + always,
            share((scored.get("answers") or {}).get("parse_rate")),
            "; ".join(f"{_cell(who)} {number(v)}" for who, v in (one.get("published") or {}).items()) or "–",
        ]
        lines.append(" | ".join(cells))
    table = "\n".join(f"| {one} |" for one in lines)
    notes = [f"Published: {AS_PRINTED}."]
    notes += ["\\* not clearly better than the best constant answer and chance."] if doubted else []
    notes += [f"{_cell(name)}: {_cell(told, 400)}." for name, told in scored_by(report)]
    notes += [f"{_cell(told, 400)}." for told in means(report)]
    notes += [f"Difference, {_cell(name)}: {_cell(change, 400)}." for name, change in changes(report)]
    notes += [
        f"{_cell(name)}, {_cell(system)}: {_cell(note, 400)}."
        for name, _, system, scored in rows(report)
        for note in (scored.get("details") or {}).get("notes") or []
    ]
    notes += [
        f"Warning, {_cell(name)}: {_cell(warning, 400)}"
        for name, one in (report.get("benchmarks") or {}).items()
        for warning in one.get("warnings") or []
    ]
    return table + "\n\n" + "\n".join(f"- {note}" for note in notes) + "\n"


def card_block(report: Mapping[str, Any], system: str | None = None, task_type: str = "other") -> str:
    """The `model-index` of a model card as YAML, for one system, the last one scored where none is named.

    Empty where nothing of it was scored. `task_type` is the Hub's name of what the model does, such as
    `image-text-to-text`; the value stands beside what looking at nothing reaches, as arguments of the metric.
    """
    held = [row for row in rows(report) if primary(row[1], row[3]).get("value") is not None]
    model = system if system is not None else held[-1][2] if held else ""
    results = [
        EvalResult(
            task_type=task_type,
            task_name=one.get("task"),
            dataset_type=name,
            dataset_name=one.get("title") or name,
            dataset_args={"samples": one.get("n"), "sha256": (one.get("samples") or {}).get("sha256")},
            metric_type=one["primary"],
            metric_value=primary(one, scored)["value"],
            metric_name=one.get("metric"),
            metric_args=_beside(primary(one, scored), scored),
        )
        for name, one, who, scored in held
        if who == model
    ]
    if not results:
        return ""
    called = _called(next(scored.get("declared") for _, _, who, scored in held if who == model), model)
    return str(ModelCardData(model_name=called, eval_results=results).to_yaml()) + "\n"


def _called(declared: Any, system: str) -> str:
    """What a model is called, by the last words of its adapter's place or its own; never a machine's whole path."""
    known = declared if isinstance(declared, Mapping) else {}
    home = known.get("adapter") or known.get("model")
    source = home.get("source") if isinstance(home, Mapping) else None
    parts = Path(str(source or system)).parts
    return "-".join(parts[-2:] if parts[-1:] == ("model",) else parts[-1:]) or system


def _beside(m: Mapping[str, Any], scored: Mapping[str, Any]) -> dict[str, Any]:
    told = {"interval_95": None if m.get("low") is None else [m["low"], m["high"]], "n": m.get("n")}
    told |= {key: m.get(key) for key in ("chance", "majority", "best_constant")}
    told |= {"best_constant_answer": m.get("answer"), "drawn_by": m.get("drawn_by")}
    told["parse_rate"] = (scored.get("answers") or {}).get("parse_rate")
    return {key: value for key, value in told.items() if value is not None}


def _value(m: Mapping[str, Any]) -> str:
    if m.get("value") is None:
        return "–"
    spread = "" if m.get("low") is None else f" [{number(m['low'])}, {number(m['high'])}]"
    over = "" if m.get("sd") is None else f" (sd {m['sd']:.3f} of {count(len(m.get('seeds') or ()))} samplings)"
    return number(m["value"]) + spread + over


def _cell(text: Any, most: int = 120) -> str:
    """The text as it stands, no table, markup or HTML made of it."""
    return "".join(f"\\{c}" if c in "\\|*_`<[" else c for c in line(text, most))
