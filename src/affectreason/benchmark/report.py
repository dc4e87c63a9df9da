"""The report of benchmarks: for each system what it scored, beside what looking at nothing scores, and how it answers.

`report.json` holds everything; the page, the table for a paper and the model card's block are made of it.
"""

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from affectreason import __version__
from affectreason.affect import jsonl
from affectreason.affect.refusals import refuses
from affectreason.affect.sample import Media
from affectreason.benchmark import asked_model, groups, page, paper, similarity
from affectreason.benchmark import gold as gold_
from affectreason.benchmark.asked_model import Judge
from affectreason.benchmark.asked_prompts import AXIS, EXTRACT
from affectreason.benchmark.differences import differences
from affectreason.benchmark.gold import Gold
from affectreason.benchmark.plain_words import primary
from affectreason.benchmark.predictions import REFUSAL, Answered
from affectreason.benchmark.protocol import Scores, Setting
from affectreason.benchmark.shown import Shown, lengths, reliability
from affectreason.errors import InputError
from affectreason.scoring.measures import all_numbers
from affectreason.scoring.report import json_ready, versions


@dataclass(frozen=True)
class Ran:
    """The answers of one system to one benchmark: one list, or one for each seed; and how they were asked for.

    `parts` are model, prompt and media in a word each, by which systems are compared that differ in one of them.
    """

    answers: tuple[Answered, ...]
    how: Mapping[str, Any] = field(default_factory=dict)
    declared: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scored:
    """A benchmark with what is said of it in the report, and its systems' answers one by one."""

    block: Mapping[str, Any]
    shown: Mapping[str, Sequence[Shown]]


def benchmark(
    gold: Gold,
    setting: Setting,
    systems: Mapping[str, Ran],
    grouped: Sequence[str] | None = None,
    judge: Judge | None = None,
) -> Scored:
    """Score every system on one benchmark, and compare those that differ in one thing on the samples both answered.

    `judge` is whom `setting.judge` asks, for its name, version and calls.
    """
    gold_.require_folds(gold)
    one, attributes = gold.benchmark, groups.chosen(grouped, gold.samples)
    each = {name: [one.task.score(a.predictions, setting) for a in ran.answers] for name, ran in systems.items()}
    together = {name: pooled(scores) for name, scores in each.items()}
    for scores in together.values():
        gold_.require_scored(gold, scores)
    shown = {name: show(ran.answers[0], setting) for name, ran in systems.items()}
    blocks = {
        name: _system(ran, each[name], together[name], shown[name], setting, attributes)
        for name, ran in systems.items()
    }
    block = {
        "title": one.title,
        "task": one.task.name,
        "metric": one.metric,
        "primary": one.primary,
        "labels": None if setting.labels is None else {"name": setting.labels.name, "names": setting.labels.names},
        "units": setting.units,
        "n": len(gold.samples),
        "paper": one.paper,
        "published": one.published,
        "samples": {"path": gold.path, "sha256": gold.sha256},
        "lexicon": None if setting.lexicon is None else {
            "name": setting.lexicon.name, "version": setting.lexicon.version,
        },
        "compat": setting.compat,
        **_models(setting, judge),
        "notes": one.notes,
        "warnings": [*gold.warnings, *_warnings(systems, blocks)],
        "systems": blocks,
        "differences": differences({name: ran.parts for name, ran in systems.items()}, together),
    }  # fmt: skip
    return Scored(block, shown)


def _models(setting: Setting, judge: Judge | None) -> dict[str, Any]:
    """Name and version of the models that helped to score, None where none did, and what was asked of them."""
    used = judge if "judge" in setting.benchmark.task.uses else None
    return {
        "judge": None if used is None else asked_model.report(used, AXIS),
        "extractor": None if setting.extractor is None else asked_model.report(setting.extractor, EXTRACT),
        "encoder": None if setting.encoder is None else similarity.described(setting.encoder),
    }


def show(answered: Answered, setting: Setting) -> list[Shown]:
    """The answers in words, with what each scores by itself: F1 of the labels said against those annotated."""
    task, found = setting.benchmark.task, []
    for p in answered.predictions:
        right, said = task.gold(p.sample, setting), task.said(p.response, setting)
        score = None if right is None else 0.0 if said is None else _f1(set(said), set(right))
        found.append(
            Shown(
                p,
                "not annotated" if right is None else ", ".join(right) or "none",
                None if said is None else ", ".join(said) or "none",
                score,
                answered.confidence.get(p.sample.id),
            )
        )
    return found


def whole(scored: Mapping[str, Scored], suites: Mapping[str, Sequence[str]], command: str) -> dict[str, Any]:
    """The report of several benchmarks; a suite is the mean of their primary measures, none where one is missing."""
    blocks = {name: one.block for name, one in scored.items()}
    means = {}
    for suite, members in suites.items():
        systems = {system for name in members if name in blocks for system in blocks[name]["systems"]}
        if len([name for name in members if name in blocks]) > 1:
            means[suite] = {system: _mean(members, blocks, system) for system in sorted(systems)}
    found = {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "parser": f"affectreason {__version__}",
        "command": command,
        "benchmarks": blocks,
        "suites": means,
    }
    return json_ready(found)


def write(
    report: Mapping[str, Any],
    scored: Mapping[str, Scored],
    folder: Path,
    picture: Callable[[Media, Path], bytes | None],
    logs: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> None:
    """Write `report.json`, `report.html`, `table.md` and `model_card.yaml` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False)
    jsonl.write(folder / "report.json", [text])
    shown = {name: one.shown for name, one in scored.items()}

    def seen(media: Media, place: Path) -> bytes | None:
        with suppress(InputError, OSError):  # numbers need no pictures; their card names the file
            return picture(media, place)
        return None

    jsonl.write(folder / "report.html", [page.html_page(report, shown, Path(), seen, logs)])
    jsonl.write(folder / "table.md", [paper.markdown(report)])
    jsonl.write(
        folder / "model_card.yaml",
        [paper.card_block(report, next(iter(next(iter(report["benchmarks"].values()))["systems"])))],
    )


def _system(
    ran: Ran,
    scores: Sequence[Scores],
    together: Scores,
    shown: Sequence[Shown],
    setting: Setting,
    attributes: Sequence[str],
) -> dict[str, Any]:
    """What one system scored; of several seeds the mean and deviation, with the interval of their answers pooled.

    Its answers are counted over all seeds, its details are those of the first.
    """
    measures: dict[str, dict[str, Any]] = all_numbers(together.measures)
    for name, found in measures.items():
        if len(scores) > 1:
            each = [float(s.measures[name].statistic(s.measures[name].rows.sum(0)[None])[0]) for s in scores]
            found |= {"value": float(np.mean(each)), "sd": float(np.std(each, ddof=1)), "seeds": each}
    main = together.measures.get(setting.benchmark.primary)
    return {
        "declared": ran.declared,
        "how": {**ran.how, "seeds": len(ran.answers)},
        "measures": measures,
        "answers": answers(ran.answers, setting),
        "details": scores[0].details,
        "groups": {} if main is None else groups.by_group(main, attributes),
        "lengths": lengths(shown),
        "reliability": reliability(shown),
    }


def pooled(scores: Sequence[Scores]) -> Scores:
    """The scores of several seeds as one: each sample's counts are the mean over the seeds."""
    if len(scores) == 1:
        return scores[0]
    means: dict[tuple[int, ...], Any] = {}
    found = {}
    for name, measure in scores[0].measures.items():
        those = [one.measures[name].rows for one in scores]
        key = tuple(id(rows) for rows in those)  # measures that share their rows go on sharing them
        means.setdefault(key, np.mean(those, axis=0))
        found[name] = replace(measure, rows=means[key])
    return Scores(found, scores[0].details)


def answers(answered: Sequence[Answered], setting: Setting) -> dict[str, Any]:
    """What the answers of all seeds are like: read or not, refused, empty, how many labels and words each.

    `out_of_lexicon` is the share of all labels said that the lexicon has not; None without a lexicon.
    """
    task, predictions = setting.benchmark.task, [p for one in answered for p in one.predictions]
    said = [task.said(p.response, setting) for p in predictions]
    right = [one for one in (task.gold(p.sample, setting) for p in predictions) if one is not None]
    texts = [p.response.text for p in predictions]
    words = np.array([len(text.split()) for text in texts] or [0])
    named = [word for one in said for word in one or ()]
    lexicon = setting.lexicon
    outside = None if lexicon is None or not named else sum(not lexicon.m1(word) for word in named) / len(named)
    return {
        "n": len(predictions),
        "unread": sum(one is None for one in said),
        "parse_rate": sum(one is not None for one in said) / max(len(said), 1),
        "refusals": sum(
            p.response.problem == REFUSAL or bool(setting.compat and refuses(p.response.text)) for p in predictions
        ),
        "empty": sum(not text.strip() for text in texts),
        "cut": sum(one.cut for one in answered),
        "labels_per_answer": len(named) / max(len(said), 1),
        "labels_per_gold": sum(map(len, right)) / len(right) if right else None,
        "out_of_lexicon": outside,
        "words": float(words.mean()),
        "words_90": float(np.quantile(words, 0.9)),
    }


def _warnings(systems: Mapping[str, Ran], blocks: Mapping[str, Any]) -> list[str]:
    """What a reader of the numbers has to know first."""
    told = []
    for system, ran in systems.items():
        held, k = blocks[system]["answers"], len(ran.answers)
        cut, unread = held["cut"], held["unread"]
        of = f"{held['n']:,} answers" if k == 1 else f"{k} x {held['n'] // k:,} answers"
        if cut:
            told.append(f"{system}: {cut:,} of {of} {_were(cut)} broken off; raise max_new_tokens=")
        if held["parse_rate"] < 0.9:
            counts = "it counts" if unread == 1 else "they count"
            told.append(f"{system}: {unread:,} of {of} could not be read; {counts} as wrong")
    return told


def _were(n: int) -> str:
    return "was" if n == 1 else "were"


def _mean(members: Sequence[str], blocks: Mapping[str, Any], system: str) -> dict[str, Any]:
    """The plain mean of the primary measures of a suite and of their floors, over all its members or not at all.

    `low` and `high` are the interval of a mean of independent values (Zou and Donner 2008).
    """
    held = {name: primary(blocks[name], blocks[name]["systems"].get(system, {})) for name in members if name in blocks}
    missing = [name for name in members if held.get(name, {}).get("value") is None]
    floors = ("chance", "majority", "best_constant")
    found: dict[str, Any] = {"mean": None, "low": None, "high": None, **dict.fromkeys(floors)}
    if not missing:
        values = np.array([held[name]["value"] for name in members])
        found["mean"] = float(values.mean())
        for end in ("low", "high"):
            apart = np.array([held[name][end] for name in members]) - values
            found[end] = found["mean"] + (-1 if end == "low" else 1) * float(np.sqrt((apart**2).sum()) / len(values))
        every = {key: [held[name][key] for name in members] for key in floors}
        found |= {key: float(np.mean(those)) for key, those in every.items() if None not in those}
    return found | {"of": len(members), "missing": missing}


def _f1(said: set[str], right: set[str]) -> float:
    return 2 * len(said & right) / (len(said) + len(right)) if said or right else 1.0
