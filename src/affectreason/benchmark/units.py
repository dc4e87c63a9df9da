"""Presence of action units: F1 of each unit, the mean over units, the mean over folds; details for each unit.

A unit that nobody coded in a frame leaves that unit's counts there. It can be told from one that is absent because a
data set either writes absence down (DISFA, BP4D, Aff-Wild2, EmotioNet, FABA: intensity 0) or lists what is present and
means that the rest is not (RAF-AU, FEA-20K); which it is shows in the data set's samples together.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectreason.affect.choices import Choices
from affectreason.affect.labels import Labels
from affectreason.affect.mentions import Units, read_units
from affectreason.affect.response import Response, parse
from affectreason.affect.said_json import read_json
from affectreason.affect.sample import ActionUnit, Affect, Sample
from affectreason.benchmark.protocol import Scores, Setting, Task
from affectreason.errors import InputError, nearest
from affectreason.scoring import presence, trivial
from affectreason.scoring.intervals import Rows
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction, ratio

Mask = NDArray[np.bool_]
_NO_LABELS = Labels("none", (), {}, {}, {})
_SHORT = 300  # characters up to which a text may be a bare list of numbers
_LIST = re.compile(r"[\[(]?\s*[0-9]{1,2}(?:(?:[,;+]| and|\s)\s?[0-9]{1,2})*\s*[\])]?\.?|none\.?|\[\s*\]", re.I)


def read(text: str, sample: Sample, setting: Setting) -> Response:
    """The units a text affirms: of the answer where it names any, else of its unit block, its reasoning, or the text.

    A bare list of numbers, JSON or `none` may be the answer. `compat=facial_r1`: every AU<digits>, negated or not, of
    the first think block, of the whole text where there is none.
    """
    if setting.compat == "facial_r1":
        aus = _coded_words(text)
        return Response(text, None, Affect(aus=aus), bool(aus), None if aus else "no AU<digits>")
    response = parse(text, _NO_LABELS, choices=Choices())
    stated = _stated(text if response.answered is None else response.answered)
    aus = response.said.aus if stated is None else stated.aus
    notes = () if stated is None else stated.notes
    problem = "; ".join(notes) or None if aus is not None else "nothing is said of any action unit"
    return replace(response, said=Affect(aus=aus), well_formed=aus is not None, problem=problem)


def given(words: Sequence[str], sample: Sample, setting: Setting) -> Response:
    """The units somebody else took out of a text: `AU4`, `4` or a name of FACS each; an empty list says there are none.

    Words that are no unit are noted; where all are, nothing was said.
    """
    found = {word: read_units(word[:_SHORT], listed=True).aus for word in words}
    wrong = [word[:40] for word, aus in found.items() if aus is None]
    aus = {unit.number: unit for one in found.values() for unit in one or ()}
    said_any = not words or len(wrong) < len(found)
    problem = f"no action unit: {', '.join(wrong[:5])}" if wrong else None
    return Response(", ".join(words), None, Affect(aus=tuple(aus.values()) if said_any else None), said_any, problem)


def said(response: Response, setting: Setting) -> list[str] | None:
    """The units an answer says are present."""
    units = response.said.units
    return None if units is None else [f"AU{unit}" for unit in sorted(units)]


def gold(sample: Sample, setting: Setting) -> list[str] | None:
    """The units annotated as present, of the benchmark's vocabulary; None where nothing was annotated of units."""
    if sample.gold.aus is None:
        return None
    level = next((au for au in sample.gold.aus if au.intensity), None)
    bar = setting.benchmark.options.get("at_least")
    if level is not None and bar is not None:
        raise InputError(
            f"sample {sample.id!r} has AU{level.number} with intensity {level.intensity:g}, but benchmark "
            f"{setting.benchmark.name} calls a unit present from {bar} on; prepare the samples with at_least={bar}"
        )
    return [f"AU{unit}" for unit in sorted((sample.gold.units or frozenset()) & set(vocabulary(setting)))]


def vocabulary(setting: Setting) -> tuple[int, ...]:
    """The fixed units of the benchmark, else those of its samples; InputError where there are none."""
    if not setting.units:
        raise InputError(
            f"benchmark {setting.benchmark.name}: no action unit is annotated in the samples; prepare a set that codes "
            "them, such as affectreason prep disfa"
        )
    return setting.units


def score(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """Measures in [0, 1], each the mean over units and then over `benchmark.folds` unless it is said otherwise.

    `au_f1` over the fixed vocabulary, `au_f1_present` over the units present in the gold, `au_f1_micro` all decisions
    of all folds together, `au_f1_pooled` counts of all folds added up before the F1 (with folds only), `au_f1_skew` see
    `presence.skew_f1`, `au_accuracy`. Saying nothing of units misses every unit, and is wrong on all in accuracy.
    `compat=facial_r1`: `au_f1` is over the units present in the gold, folds together.
    """
    known = [p for p in predictions if gold(p.sample, setting) is not None]
    units, samples = vocabulary(setting), tuple(p.sample for p in known)
    folds = () if setting.compat == "facial_r1" else setting.benchmark.folds
    coded, present = annotated(samples, units)
    check_coded(coded, units, setting)
    counts = unit_rows(known, units, coded, present)
    strict = unanswered_is_wrong(counts, known)
    rows = by_fold(counts, samples, folds, setting)
    strict_rows = rows if strict is counts else by_fold(strict, samples, folds, setting)
    chosen = {name: f for name, f in presence.STATISTICS.items() if folds or name != "au_f1_pooled"}
    if setting.compat == "facial_r1":
        chosen["au_f1"] = presence.present_f1
    base = rows.sum(0)
    measures = {
        name: Measure(
            strict_rows if f is presence.accuracy else rows,
            partial(f, shown=base[:, 2] > 0),
            samples,
            presence.floors(f, base, units),
        )
        for name, f in chosen.items()
    }
    details = {"units": _units(base.sum(0), units), **answers(known, units), "not_coded": int((~coded).sum())}
    return Scores(measures, details | folds_of(measures, chosen, folds))


def annotated(samples: Sequence[Sample], units: Sequence[int]) -> tuple[Mask, Mask]:
    """Which units were coded, and which are present, each of shape (N, U).

    In a data set that writes absence down a unit that is not listed was not coded; in others it is absent.
    """
    place = {unit: index for index, unit in enumerate(units)}
    explicit = {s.provenance.dataset for s in samples if any(au.intensity == 0 for au in s.gold.aus or ())}
    coded = np.zeros((len(samples), len(units)), dtype=bool)
    present = np.zeros_like(coded)
    for row, sample in enumerate(samples):
        aus = sample.gold.aus or ()
        coded[row] = sample.gold.aus is not None and sample.provenance.dataset not in explicit
        here = [(place[au.number], au.intensity != 0) for au in aus if au.number in place]
        for index, shown in here:
            coded[row, index] = True
            present[row, index] |= shown  # a unit listed for the left and for the right side
    return coded, present


def check_coded(coded: Mask, units: Sequence[int], setting: Setting) -> None:
    """InputError for units of the vocabulary that no sample says anything of."""
    lacking = [unit for index, unit in enumerate(units) if not coded[:, index].any()]
    if lacking:
        options = " ".join(f"{key}={value}" for key, value in setting.benchmark.options.items())
        raise InputError(
            f"benchmark {setting.benchmark.name} scores {trivial.spell(units)}, but no sample says whether "
            f"{trivial.spell(lacking)} is there; prepare the samples with: affectreason prep {setting.benchmark.prep} "
            f"{options}".rstrip()
        )


def unit_rows(predictions: Sequence[Prediction], units: Sequence[int], coded: Mask, present: Mask) -> Rows:
    """Counts of shape (N, 4, U): hits, said, present, coded; what was not coded counts nowhere."""
    sets = [p.response.said.units or frozenset() for p in predictions]
    said_ = np.array([[unit in one for unit in units] for one in sets], dtype=bool).reshape(coded.shape) & coded
    return np.stack([said_ & present, said_, present, coded], axis=1).astype(np.float64)


def unanswered_is_wrong(counts: Rows, predictions: Sequence[Prediction]) -> Rows:
    """The counts where an answer that says nothing of units says of each the opposite of what is annotated."""
    silent = np.array([p.response.said.units is None for p in predictions], dtype=bool)
    if not silent.any():
        return counts
    wrong = counts.copy()
    wrong[silent, 1] = counts[silent, 3] - counts[silent, 2]
    return wrong


def by_fold(rows: Rows, samples: Sequence[Sample], folds: Sequence[str], setting: Setting) -> Rows:
    """Rows of shape (N, ...) put in their fold: (N, F, ...), F = 1 without folds.

    InputError for a sample of no fold or of another one, and when folds have no samples.
    """
    if not folds:
        return rows[:, None]
    for sample in samples:
        if sample.provenance.fold not in folds:
            raise InputError(
                f"sample {sample.id!r} is of fold {sample.provenance.fold!r}; benchmark {setting.benchmark.name}: "
                f"{nearest(sample.provenance.fold, folds)}"
            )
    missing = [fold for fold in folds if fold not in {s.provenance.fold for s in samples}]
    if missing:
        raise InputError(
            f"benchmark {setting.benchmark.name} is the mean over folds {', '.join(folds)}, and there is no annotated "
            f"sample of {', '.join(missing)}; prepare and answer the whole set, without fold= and split="
        )
    found = np.zeros((len(rows), len(folds), *rows.shape[1:]))
    found[np.arange(len(rows)), [folds.index(s.provenance.fold or "") for s in samples]] = rows
    return found


def answers(predictions: Sequence[Prediction], units: Collection[int]) -> dict[str, Any]:
    """How many answers are silent, how many said units are not in the vocabulary, units per answer and gold."""
    sets = [p.response.said.units or frozenset() for p in predictions]
    golds = [p.sample.gold.units or frozenset() for p in predictions]
    return {
        "silent": sum(p.response.said.units is None for p in predictions),
        "outside_units": sum(len(one - set(units)) for one in sets),
        "units_per_answer": float(ratio(sum(map(len, sets)), len(sets))),
        "units_per_gold": float(ratio(sum(len(one & set(units)) for one in golds), len(golds))),
    }


def folds_of(
    measures: Mapping[str, Measure], statistics: Mapping[str, Callable[[Rows], Rows]], folds: Sequence[str]
) -> dict[str, Any]:
    """Every measure of each fold by its statistic, and their mean and sample deviation; empty without folds."""
    if len(folds) < 2:
        return {}
    sums = {name: m.rows.sum(0) for name, m in measures.items()}
    each = {
        fold: {name: float(statistics[name](sums[name][None, index : index + 1])[0]) for name in measures}
        for index, fold in enumerate(folds)
    }
    over = {name: np.array([one[name] for one in each.values()]) for name in measures}
    spread = {name: {"mean": float(v.mean()), "sd": float(v.std(ddof=1))} for name, v in over.items()}
    return {"folds": each, "over_folds": spread}


def _units(sums: Rows, units: Sequence[int]) -> dict[str, dict[str, float]]:
    """The numbers of each unit over all folds together, from sums of shape (4, U)."""
    hit, said_, present, coded = sums
    columns = {
        "f1": presence.f1(sums),
        "precision": ratio(hit, said_),
        "recall": ratio(hit, present),
        "base_rate": ratio(present, coded),
        "skew_f1": presence.skewed(sums),
        "always_f1": ratio(2 * present, present + coded),
        "coded": coded,
    }
    return {f"AU{unit}": {name: float(v[i]) for name, v in columns.items()} for i, unit in enumerate(units)}


def _stated(content: str) -> Units | None:
    """What a text says of units as a list of numbers, as JSON, or as `none`; None where it is neither."""
    content = content.strip()
    if len(content) <= _SHORT and _LIST.fullmatch(content):
        found = read_units(content, listed=True)
        return None if found.aus is None else found
    record = read_json(content, _NO_LABELS)
    return None if record is None or record.units is None else read_units(record.units, listed=True)


def _coded_words(text: str) -> tuple[ActionUnit, ...] | None:
    """Every AU<digits> as Facial-R1 finds it; `AU04` is another word there than `AU4`, and of no unit."""
    start = text.find("<think>")
    end = text.find("</think>", start)
    within = text[start:end] if 0 <= start < end else text
    found = {code for code in re.findall(r"AU([0-9]+)", within, re.I) if len(code) <= 2 and code[0] != "0"}
    return tuple(ActionUnit(number=int(code)) for code in sorted(found, key=int)) or None


UNITS = Task(
    name="units",
    question="Which facial action units does this face show?",
    form="the action units that are present, by number, such as AU4, AU7; none, if there are none",
    read=read,
    given=given,
    said=said,
    gold=gold,
    score=score,
    compats={
        "facial_r1": "every AU<digits> in the first think block, else in the whole text; mean over the units present "
        "in the test file, folds together",
    },
)
