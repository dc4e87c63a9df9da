"""The benchmark report as one HTML page that needs no network: warnings, results, figures and example answers.

Whatever a model, a data set or a file of predictions wrote is escaped before it enters the page.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from affectreason.benchmark import page_figures, page_tables
from affectreason.benchmark.page_examples import examples
from affectreason.benchmark.plain_words import AS_PRINTED, count, line, primary, safe, sentence
from affectreason.benchmark.shown import Shown
from affectreason.scoring import figures
from affectreason.scoring.page import drawing, section
from affectreason.scoring.page_faces import Thumbnail
from affectreason.scoring.page_style import STYLE

_MORE_STYLE = """
.warnings{border:1px solid #e0b252;background:#fdf6e3;border-radius:10px;padding:10px 18px;margin:0 0 22px}
.warnings h2{font-size:1rem;margin:.2em 0} .lead li{margin:.45em 0} ul.lead{padding-left:1.1em;font-size:1.08rem}
.plain{width:auto;min-width:50%} .plain th,.plain td{padding-right:22px} .always{white-space:normal;max-width:11em;
margin-left:auto;line-height:1.25;overflow-wrap:anywhere} .results .change{white-space:normal;min-width:9em;
padding-left:14px;font-size:.88rem;line-height:1.3} .doubt{color:#96231a;font-weight:600}
.benchmark{border-top:3px solid var(--ink)} .benchmark h3{margin-top:1.6em}
.more>summary{font-weight:600;color:var(--blue);padding:8px 0} details.more[open]>summary{font-size:1rem}
details.more[open]>summary::after{content:none} .face.partly{border-left-color:#d9a021}
.how{overflow-wrap:anywhere} .face img.photo{background:#000}
.face img.clip{width:264px;max-width:55%;height:auto;max-height:264px;object-fit:contain}
@media (max-width:760px){.always{display:inline;margin:0 0 0 .5em;max-width:none} .results tr{row-gap:1px}
.results td[data-name=constant]{grid-column:1/-1;order:1} .results .change{padding-left:0;min-width:0;order:2}
.results td.strip{display:none} .results .num .small{white-space:normal} .figure{min-width:0}
.plain thead{display:none} .plain,.plain tbody{display:block}
.plain tr{display:block;border-bottom:1px solid var(--line);padding:8px 0}
.plain td{display:flex;justify-content:space-between;gap:16px;border:0;padding:2px 0;font-size:.9rem;text-align:right;
white-space:normal;overflow-wrap:anywhere} .plain td:empty{display:none}
.plain td::before{content:attr(data-name);color:var(--grey);text-align:left;font-weight:400;flex:none;max-width:60%}
.plain td:first-child{font-weight:600;text-align:left} .plain td:first-child::before{content:none}}
"""


def html_page(
    report: Mapping[str, Any],
    shown: Mapping[str, Mapping[str, Sequence[Shown]]],
    media: Path,
    picture: Thumbnail,
    logs: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> str:
    """The whole page of what `report.json` holds.

    `shown` has the answers of each benchmark and system, whose media lie in `media`; `picture` makes a small PNG or
    JPEG of one. `logs` are rows with `step` of the training of systems.
    """
    names = list(report.get("benchmarks") or {})
    title = f"{', '.join(names[:3])}{' and more' if names[3:] else ''}: benchmark report".lstrip(": ")
    parts = [_head(report, title), page_tables.overview(report), page_tables.suites(report)]
    for name in names:
        parts.append(_benchmark(name, report["benchmarks"][name], shown.get(name) or {}, media, picture))
    parts += [*_drift(logs or {}), _how_to_read(report, shown)]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{safe(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}{_MORE_STYLE}</style></head>\n<body><main>\n" + "\n".join(parts) + "\n</main></body></html>\n"
    )


def _head(report: Mapping[str, Any], title: str) -> str:
    """Warnings, then in plain words what each system reached."""
    held = report.get("benchmarks") or {}
    warnings = [f"{name}: {one_}" for name, one in held.items() for one_ in one.get("warnings") or []]
    box = _list(warnings)
    warned = f"<div class=warnings><h2>Before you read on</h2>{box}</div>" if box else ""
    told = [
        sentence(one.get("title") or name, system, one["primary"], primary(one, scored))
        for name, one in held.items()
        for system, scored in (one.get("systems") or {}).items()
    ]
    lead = _list(told, "lead") or "<p class=lead>Nothing was scored.</p>"
    versions = page_tables.facts(report.get("versions") or {})
    return (
        f"<header><p class=kicker>affectreason benchmarks</p><h1>{safe(title, 200)}</h1>{warned}{lead}"
        f"<p class='small how'>{safe(report.get('date') or '')} · {versions}<br>"
        f"<code>{safe(report.get('command') or '', 600)}</code></p></header>"
    )


def _notes(one: Mapping[str, Any]) -> str:
    """What is to be known of how the answers of each system were scored."""
    return _list(
        [
            f"{line(system, 60)}: {note}"
            for system, scored in (one.get("systems") or {}).items()
            for note in (scored.get("details") or {}).get("notes") or []
        ]
    )


def _benchmark(
    name: str, one: Mapping[str, Any], shown: Mapping[str, Sequence[Shown]], media: Path, picture: Thumbnail
) -> str:
    """Everything about one benchmark."""
    parts = [
        f"<h2>{safe(one.get('title') or name)}</h2>",
        f"<p>{safe(one.get('metric') or '')} <span class=small>N = {count(one.get('n'))}</span></p>",
        page_tables.published(one),
        page_tables.measures(one),
        page_tables.differences(one),
        page_tables.answers(one),
        _notes(one),
        *_figures(one, shown),
        *(
            table
            for system, scored in (one.get("systems") or {}).items()
            for table in page_tables.groups(scored, system, one["primary"])
        ),
        _made(name, one),
        examples(shown, media, picture),
    ]
    return f"<section class=benchmark>{''.join(parts)}</section>"


def _figures(one: Mapping[str, Any], shown: Mapping[str, Sequence[Shown]]) -> Iterator[str]:
    """What the details and the single answers let be drawn."""
    dots = page_figures.folds(one)
    if dots:
        yield _figure(f"{one['primary']} of each fold", f"{_over_folds(one)} The line marks the mean.", dots)
    for system, svg in page_figures.confusions(one):
        told = "Rows are annotated, columns answered, the last one is what could not be read."
        yield _figure(f"What is taken for what, {system}", told, svg)
    for system, svg in page_figures.unit_bars(one):
        told = "Beside what always saying the unit scores: common units are easy."
        table = page_tables.units(one["systems"][system])
        folded = f"<details class=more><summary>As a table</summary>{table}</details>"
        yield _figure(f"Action units, {system}", told, svg) + folded
    for title, told, svg in page_figures.by_answer(shown):
        yield _figure(title, told, svg)


def _over_folds(one: Mapping[str, Any]) -> str:
    spreads = {
        system: ((scored.get("details") or {}).get("over_folds") or {}).get(one["primary"]) or {}
        for system, scored in (one.get("systems") or {}).items()
    }
    told = [
        f"{line(system, 60)}: mean {s['mean']:.3f}, sd {s['sd']:.3f}."
        for system, s in spreads.items()
        if s.get("mean") is not None and s.get("sd") is not None
    ]
    return " ".join(told)


def _made(name: str, one: Mapping[str, Any]) -> str:
    """How the numbers came about, folded away."""
    told = [f"<li>benchmark {safe(name)}, task {safe(one.get('task') or '?')}, source: {safe(one.get('paper') or '?')}"]
    for key in ("samples", "lexicon", "judge", "extractor", "encoder", "labels"):
        if one.get(key):
            told.append(f"<li>{key}: {page_tables.facts(one[key], 600)}")
    if one.get("units"):
        told.append(f"<li>units: {safe(', '.join(map(str, one['units'])))}")
    told.append(f"<li>scored as {safe(one['compat'])} does" if one.get("compat") else "<li>scored by our own protocol")
    for system, scored in (one.get("systems") or {}).items():
        held = {key: scored.get(key) or None for key in ("declared", "how")}
        told.append(f"<li><b>{safe(system, 60)}</b>: {page_tables.facts(held) or 'nothing was declared'}")
    told += [f"<li>{safe(note)}" for note in one.get("notes") or []]
    return f"<details class='more how'><summary>How these numbers were made</summary><ul>{''.join(told)}</ul></details>"


def _drift(logs: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    drawn = [(name, figures.curves(log)) for name, log in logs.items()]
    pictures = [
        f"<h3>{safe(name, 60)}</h3>{drawing(svg, f'training curves of {line(name, 60)}')}" for name, svg in drawn if svg
    ]
    if pictures:
        note = "Reward and length over steps. A rising reward proves nothing yet; the tables above do."
        yield section("How reward and length drifted in training", note, "".join(pictures))


def _how_to_read(report: Mapping[str, Any], shown: Mapping[str, Mapping[str, Sequence[Shown]]]) -> str:
    """What the words of the page mean, and under which licence the pictures are."""
    sources = [one.prediction.sample.provenance for held in shown.values() for some in held.values() for one in some]
    licences = sorted({f"{one.dataset or 'unnamed data'}: {one.licence or 'licence not stated'}" for one in sources})
    drawn = sorted(
        {
            str(m["drawn_by"])
            for one in (report.get("benchmarks") or {}).values()
            for scored in (one.get("systems") or {}).values()
            for m in (scored.get("measures") or {}).values()
            if m.get("drawn_by")
        }
    )
    notes = [
        f"Intervals: 95 %, percentile bootstrap over {' or '.join(drawn) or 'sample'}s, 1000 draws, seed 0. They do not"
        " cover the choice of the training seed.",
        "Chance: a random answer. Majority: the commonest annotated answer. Best constant: the best answer that never "
        "looks, searched on these very samples. A value is called clearly above it only if its whole interval is.",
        "An answer that could not be read is wrong; a sample without annotation is left out; N says how many were "
        "scored.",
        f"Published numbers: {AS_PRINTED}. They are not in one row with ours for that reason.",
        "Differences are paired: the same samples, both systems; “helps” or “hurts” only if the interval excludes 0.",
        f"The pictures stay under the terms of their data ({'; '.join(licences) or 'none'}); mind them before sharing "
        "this page.",
    ]
    return f"<footer><h2>How to read this</h2>{_list(notes)}</footer>"


def _figure(title: str, told: str, svg: str) -> str:
    return f"<h3>{safe(title, 200)}</h3><p class=small>{safe(told)}</p>{drawing(svg, line(title))}"


def _list(told: Sequence[str], css: str = "") -> str:
    items = "".join(f"<li>{safe(one)}" for one in told)
    return f"<ul{f' class={css}' if css else ''}>{items}</ul>" if items else ""
