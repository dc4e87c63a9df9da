"""The report as one HTML page that needs no network: a head line, the table with verdicts, figures and example faces.

Whatever a model, a data set or a log wrote is escaped before it enters the page.
"""

import base64
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from affectreason.affect.labels import Labels
from affectreason.scoring import figures, page_ablation, page_kept, page_search
from affectreason.scoring.page_faces import Thumbnail, examples, thumbnail
from affectreason.scoring.page_style import STYLE
from affectreason.scoring.titles import TITLES

_SIGNS = {"helps": "▲", "hurts": "▼", "mixed": "◆", "no clear change": "="}


def number(value: float | None) -> str:
    """Three decimals, a dash for nothing."""
    return "–" if value is None else f"{value:.3f}"


def html_page(
    report: Mapping[str, Any],
    runs: Mapping[str, Mapping[str, Any]],
    labels: Labels,
    media: Path,
    picture: Thumbnail = thumbnail,
) -> str:
    """The whole page; `report` is what `report.build` made of `runs`."""
    title = escape(f"{report['recipe'] or 'affectreason'}: report")
    last = next(reversed(report["stages"]), None)
    parts = [_head(report), _table(report), *_curves(runs)]
    if last is not None:
        predictions = list(runs[last]["predictions"])
        parts += [*page_ablation.sections(report), *page_search.sections(report), *_figures(report, last)]
        parts += examples(predictions, labels, media, picture, last)
    parts += [part for name, run in runs.items() if run.get("manifest") for part in page_kept.section(name, run)]
    parts.append(_notes(report, runs))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head>\n<body><main>\n" + "\n".join(parts) + "\n</main></body></html>\n"
    )


def headline(report: Mapping[str, Any]) -> str:
    """What the last stage reached, in plain words and beside what looking at nothing reaches."""
    if not report["stages"]:
        return "Nothing was evaluated."
    name = next(reversed(report["stages"]))
    scored, answers = report["stages"][name], report["details"][name].get("best_constant_answer", {})
    sentences = []
    accuracy, units, wheels = (scored.get(name, {"value": None}) for name in ("emotion_accuracy", "au_f1", "wheel_f"))
    if accuracy["value"] is not None:
        sentences.append(
            f"After “{name}” the model names the right emotion for {accuracy['value']:.0%} of {accuracy['n']} samples "
            f"(95 % interval {accuracy['low']:.0%} to {accuracy['high']:.0%}); guessing reaches "
            f"{accuracy['chance']:.0%}, always answering “{answers.get('emotion_accuracy', '?')}” "
            f"{accuracy['best_constant']:.0%}{_unless_better(accuracy)}."
        )
    if wheels["value"] is not None:
        sentences.append(
            f"After “{name}” the words for {wheels['n']} samples reach a wheel F of {wheels['value']:.2f} "
            f"({wheels['low']:.2f} to {wheels['high']:.2f}); always answering “{answers.get('wheel_f', '?')}” "
            f"{wheels['best_constant']:.2f}{_unless_better(wheels)}."
        )
    if units["value"] is not None:
        sentences.append(
            f"{'Its action units' if sentences else f'After “{name}” the action units'} reach a micro F1 of "
            f"{units['value']:.2f} ({units['low']:.2f} to {units['high']:.2f}); the best constant answer "
            f"{units['best_constant']:.2f}{_unless_better(units)}."
        )
    return (
        " ".join(sentences)
        or f"After “{name}” {scored['parse_rate']['value'] or 0:.0%} of the answers have the asked form."
    )


def _unless_better(m: Mapping[str, Any]) -> str:
    return "" if m["low"] > m["best_constant"] else ", which the model does not clearly beat"


def _head(report: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    stages = " → ".join(f"{name}" for name in report["details"])
    return (
        f"<header><p class=kicker>affectreason report</p><h1>{escape(report['recipe'] or 'report')}</h1>"
        f"<p class=lead>{escape(headline(report))}</p>"
        f"<p class=small>{escape(stages)}<br>{escape(report['date'])} · {escape(versions)}</p></header>"
    )


def _table(report: Mapping[str, Any]) -> str:
    """A block for each metric with a row for each stage, so that it is read from the first stage down to the last."""
    blocks = []
    there = next(iter(report["stages"].values()), TITLES)
    for metric, (title, gloss) in ((name, told) for name, told in TITLES.items() if name in there):
        scored = {stage: m[metric] for stage, m in report["stages"].items() if m[metric]["value"] is not None}
        what = gloss if scored else "not scored: nothing was annotated"
        head = f"<tr class=metric><th colspan=8>{escape(title)} <span class=small>{escape(what)}</span></th></tr>"
        blocks.append(head + "".join(_row(stage, m, _change(report, stage, metric)) for stage, m in scored.items()))
    heads = "<th>stage<th class=num>value<th class=num>95 % interval<th class=strip>0 to 1<th class=num>chance"
    return (
        f"<section><h2>Results</h2>{_verdicts(report)}<p class=key><span><i class=k-value></i>value and 95 % interval"
        "</span> <span><i class=k-chance></i>chance</span> <span><i class=k-constant></i>"
        "best constant answer</span></p><div class=scroll>"
        f"<table class=results><thead><tr>{heads}<th class=num>best constant<th class=num>N<th>change</tr></thead>"
        f"<tbody>{''.join(blocks)}</tbody></table></div></section>"
    )


def _verdicts(report: Mapping[str, Any]) -> str:
    """The chain of the evaluated stages with what each did to the one before."""
    told = []
    for stage in report["stages"]:
        verdict = report["verdicts"].get(stage)
        kind = str(report["details"][stage].get("kind") or "")
        kind = "" if stage.startswith(kind) else escape(kind)
        badge = f" {verdict_badge(verdict['overall'])}" if verdict else ""
        told.append(f"<li><b>{escape(stage)}</b> <span class=small>{kind}</span>{badge}</li>")
    return f"<ol class=chain>{''.join(told)}</ol>"


def _row(stage: str, m: Mapping[str, Any], change: str) -> str:
    cells = (
        f"<td>{escape(stage)}<td class='num big'>{number(m['value'])}"
        f"<td class=num>{number(m['low'])} – {number(m['high'])}<td class=strip>{strip(m)}"
    )
    for name, text in (
        ("chance", number(m["chance"])),
        ("constant", number(m["best_constant"])),
        ("N", str(m["n"])),
    ):
        cells += f'<td class="num side" data-name="{name}">{text}'
    return f"<tr>{cells}<td class=change>{change}</tr>"


def _change(report: Mapping[str, Any], stage: str, metric: str) -> str:
    """The verdict on one metric and the paired difference it rests on."""
    found = report["verdicts"].get(stage, {}).get("metrics", {}).get(metric)
    if found is None:
        return ""
    badge = verdict_badge(found["verdict"])
    if found["difference"] is None:
        return badge
    low, high = found["low"], found["high"]
    return f"{badge} <span class=small>{found['difference']:+.3f} [{low:+.3f}, {high:+.3f}]</span>"


def strip(m: Mapping[str, Any], ends: tuple[float, float] = (0.0, 1.0)) -> str:
    """The value with its interval on a line between `ends`, chance and best constant as marks."""
    x = {
        key: 4 + 152 * min(1.0, max(0.0, ((m[key] or 0.0) - ends[0]) / (ends[1] - ends[0])))
        for key in ("value", "low", "high", "chance", "best_constant")
    }
    marks = "".join(
        f'<line x1="{x[key]:.1f}" x2="{x[key]:.1f}" y1="2" y2="22" stroke="{colour}" stroke-width="2" {dash}/>'
        for key, colour, dash in (("chance", "#8a94a1", 'stroke-dasharray="3 2"'), ("best_constant", "#c05621", ""))
        if m[key] is not None
    )
    return (
        '<svg viewBox="0 0 160 24" width="160" height="24" aria-hidden="true"><line x1="4" x2="156" y1="12" y2="12" '
        f'stroke="#d9dee5" stroke-width="2"/>{marks}<rect x="{x["low"]:.1f}" y="8.5" '
        f'width="{max(1, x["high"] - x["low"]):.1f}" height="7" rx="3.5" fill="#2b6cb0" opacity="0.35"/>'
        f'<circle cx="{x["value"]:.1f}" cy="12" r="4" fill="#2b6cb0"/></svg>'
    )


def verdict_badge(verdict: str) -> str:
    """A verdict of a paired comparison with its sign and colour."""
    css = {"helps": "up", "hurts": "down", "mixed": "mixed"}.get(verdict, "flat")
    return f"<span class='badge {css}'>{_SIGNS.get(verdict, '·')} {escape(verdict)}</span>"


def _curves(runs: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    drawn = [(name, figures.curves(run.get("log") or [])) for name, run in runs.items()]
    pictures = [f"<h3>{escape(name)}</h3>{drawing(svg, f'training curves of {name}')}" for name, svg in drawn if svg]
    if pictures:
        note = (
            "<p class=small>Over steps. A falling loss or a rising reward proves nothing yet; the table above does.</p>"
        )
        yield f"<section><h2>Training</h2>{note}{''.join(pictures)}</section>"


def _figures(report: Mapping[str, Any], last: str) -> Iterator[str]:
    """Confusion matrix and unit bars of the last evaluated stage, where it has what they show."""
    details = report["details"][last]
    words = details.get("words")
    if words is not None and report["stages"][last]["wheel_f"]["value"] is not None:
        yield section(f"How many words are said, after {last}", _about_words(words), "")
    if report["stages"][last].get("emotion_accuracy", {"value": None})["value"] is not None:
        svg = figures.confusion(details["confusion"], report["labels"]["names"])
        unparsed = int(details["emotion"]["unparsed"])
        note = f"Rows are annotated, columns answered; {unparsed} answers named no emotion of the vocabulary."
        yield section(f"Which emotions are confused, after {last}", note, drawing(svg, "confusion matrix"))
    units = details["action_units"]
    if report["stages"][last]["au_f1"]["value"] is not None:
        names = [f"AU{unit}" for unit in report["units"]]
        rates = [units[f"base_rate/{name}"] for name in names]
        svg = figures.unit_bars(names, [units[f"f1/{name}"] for name in names], rates, [2 * p / (1 + p) for p in rates])
        note = (
            f"{units['units_per_answer']:.1f} units an answer, {units['units_per_gold']:.1f} annotated; "
            f"precision {units['au_precision_micro']:.2f}, recall {units['au_recall_micro']:.2f}; "
            f"{int(units['silent'])} answers said nothing of units; {int(units['outside'])} said units are outside "
            "this set and not scored."
        )
        yield section(f"Action units, after {last}", note, drawing(svg, "F1 of each action unit"))


def _about_words(words: Mapping[str, Any]) -> str:
    """Lengths of sets and the share of words on no map; long lists raise recall, and words on no map cost nothing."""
    left_out = f" {words['on_no_map']} samples are left out, as no word annotated is." if words["on_no_map"] else ""
    return (
        f"{words['labels_per_answer']:.1f} words an answer, {words['labels_per_gold']:.1f} annotated; of the said ones "
        f"{words['outside_share_answer']:.0%} are not in the lexicon, of the annotated ones "
        f"{words['outside_share_gold']:.0%}.{left_out}"
    )


def section(title: str, note: str, content: str) -> str:
    """A section of the page; title and note are plain text, the content is HTML."""
    return f"<section><h2>{escape(title)}</h2><p class=small>{escape(note)}</p>{content}</section>"


def drawing(svg: str, alt: str) -> str:
    """An SVG inside the page itself."""
    data = base64.b64encode(svg.encode()).decode()
    return f'<div class=scroll><img class=figure alt="{escape(alt)}" src="data:image/svg+xml;base64,{data}"></div>'


def _notes(report: Mapping[str, Any], runs: Mapping[str, Mapping[str, Any]]) -> str:
    """How to read the numbers, how they were made, and under which licence the pictures are."""
    samples = [p.sample.provenance for run in runs.values() for p in run.get("predictions") or []]
    licences = sorted({f"{one.dataset or 'unnamed data'}: {one.licence or 'licence not stated'}" for one in samples})
    by_subject = any("subject" in d.get("drawn_by", {}).values() for d in report["details"].values())
    drawn = "subjects, as every sample names one" if by_subject else "samples"
    units = ", ".join(str(unit) for unit in report["units"]) or "none"
    notes = [
        f"Intervals: 95 %, percentile bootstrap over {drawn}, 1000 draws, seed 0. They do not cover the choice of the "
        "training seed.",
        "Change: the paired difference to the stage before on the same samples; “helps” or “hurts” only if its "
        "interval excludes 0. A stage's own verdict rests on emotion accuracy and action-unit micro F1 (on the mean "
        "reward where neither is annotated).",
        "An answer that could not be parsed is wrong; a sample without annotation is left out; N says how many were "
        "scored.",
        "Chance: a uniformly random label; each action unit at random with its base rate. Best constant: the best "
        "answer that never looks, chosen on these very samples.",
        f"Fixed set of action units: {units}. Vocabulary: {report['labels']['name']} "
        f"({', '.join(report['labels']['names']) or 'any words, compared by the clusters of our own lexicon'}).",
        f"The pictures stay under the terms of their data ({'; '.join(licences) or 'none'}); mind them before sharing "
        "this page.",
    ]
    return f"<footer><h2>How to read this</h2><ul>{''.join(f'<li>{escape(note)}</li>' for note in notes)}</ul></footer>"
