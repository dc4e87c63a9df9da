"""VidEmo's questions with one answer or a set of them (Zhang et al., NeurIPS 2025), averaged over columns.

A column is a kind of question; the data sets asked it share its weight, and columns weigh the same. The published
numbers are a paid judge's; here an answer is right where it is the choice or label, and an open one is scored by the F1
of its content words, or by `setting.judge`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from affectreason.affect import choices
from affectreason.affect.denial import affirmed
from affectreason.affect.labels import Labels
from affectreason.affect.response import Response, parse
from affectreason.affect.sample import Sample
from affectreason.benchmark import captions
from affectreason.benchmark.captions import CAPTION
from affectreason.benchmark.columns import by_column, column, table
from affectreason.benchmark.label_sets import MULTI_LABEL, vocabulary_of
from affectreason.benchmark.likeness import short
from affectreason.benchmark.protocol import Scores, Setting, Task
from affectreason.scoring import intervals
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction
from affectreason.scoring.trivial import Trivial

_NO_LABELS = Labels("no labels", (), {}, {}, {})
_DRAWS = 5


def read(text: str, sample: Sample, setting: Setting) -> Response:
    """The choice, the label or the text answered."""
    return parse(text, vocabulary_of(sample, setting) or _NO_LABELS, choices=choices.of(sample))


def given(words: Sequence[str], sample: Sample, setting: Setting) -> Response:
    """The answer as somebody else took it out of a text."""
    return read(f"<answer>{', '.join(words)}</answer>", sample, setting)


def said(response: Response, setting: Setting) -> list[str] | None:
    """What is answered: the emotion, else the answer block, else the whole text."""
    text = response.said.emotion or response.answered or (response.text.strip() if response.reasoning is None else "")
    return [text] if text else None


def gold(sample: Sample, setting: Setting) -> list[str] | None:
    """The annotated emotion or sentiment, the right choice, or the text."""
    text = sample.gold.emotion or sample.gold.sentiment or sample.answer or sample.response
    return [text] if text else None


def score(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """`column_mean`, the mean over columns, and `choice_accuracy` of the questions with one right name, in [0, 1].

    Chance answers with the annotation of another sample of the column, five seeded draws; the best constant is the
    best single answer of each column.
    """
    known = [p for p in predictions if gold(p.sample, setting) is not None]
    details: dict[str, Any] = {"unannotated": len(predictions) - len(known), "open": _how(setting)}
    if not known:
        return Scores({}, details)
    values = [_value(p.sample, "".join(said(p.response, setting) or ()), setting) for p in known]
    samples = [p.sample for p in known]
    cells = [column(sample) for sample in samples]
    floor, trivial_values = _floor(samples, cells, setting)
    closed = [i for i, sample in enumerate(samples) if _closed(sample)]
    mean = replace(by_column(values, samples, floor), at_least=len(closed) < len(samples))
    found = {"column_mean": mean}
    if closed:
        rows = np.array([[values[i], 1.0] for i in closed])
        chance, best = (float(np.mean([one[i] for i in closed])) for one in trivial_values)
        own = Trivial(chance, best, "the best answer of each column")
        found["choice_accuracy"] = Measure(rows, intervals.mean_value, tuple(samples[i] for i in closed), own)
    details["columns"] = table(values, cells)
    return Scores(found, details)


def _how(setting: Setting) -> str:
    return "judge" if setting.judge is not None else "F1 of the stems of content words, not the published judge's marks"


def _closed(sample: Sample) -> bool:
    return bool(sample.gold.emotion or sample.gold.sentiment or sample.choices)


def _value(sample: Sample, answer: str, setting: Setting) -> float:
    """1 or 0 for a choice or a label, in [0, 1] for an open question."""
    right = sample.gold.emotion or sample.gold.sentiment
    labels = vocabulary_of(sample, setting)
    if right and labels is not None:
        named = labels.canonical(answer)
        found = [named] if named else affirmed(answer, labels)
        chosen = found[0] if len(found) == 1 else None if found else _letter(sample, answer, labels)
        return float(chosen is not None and chosen == labels.canonical(right))
    if sample.choices and sample.answer is not None:
        allowed = choices.of(sample) or choices.Choices()
        chosen = allowed.find(answer)
        return float(chosen is not None and chosen == allowed.find(sample.answer))
    wanted = sample.answer or sample.response or ""
    if not answer.strip():
        return 0.0
    if setting.judge is not None:
        return captions.judged(setting.judge, sample.question or "", answer, wanted, "answer")
    return captions.overlap(captions.content(answer), captions.content(wanted))


def _letter(sample: Sample, answer: str, labels: Labels) -> str | None:
    """The label of an option's letter."""
    allowed = choices.of(sample) if sample.choices else None
    chosen = allowed.find(answer) if allowed else None
    return labels.canonical(chosen) if chosen else None


def _floor(
    samples: Sequence[Sample], cells: Sequence[tuple[str, str]], setting: Setting
) -> tuple[Trivial, tuple[list[float], list[float]]]:
    """Chance and best constant of the column mean, and the values of every sample; a judge is not asked for them."""
    plain = Setting(setting.benchmark, own_labels=setting.own_labels)
    rng = np.random.default_rng(0)
    chance, best, words = [0.0] * len(samples), [0.0] * len(samples), []
    for name in sorted({name for name, _ in cells}):
        own = [i for i, cell in enumerate(cells) if cell[0] == name]
        golds = ["".join(gold(samples[i], plain) or ()) for i in own]
        for i in own:
            drawn = [golds[int(place)] for place in rng.integers(0, len(own), _DRAWS)]
            chance[i] = float(np.mean([_value(samples[i], one, plain) for one in drawn]))
        tried = [one for one, _ in Counter(golds).most_common(20)]
        constants = {one: [_value(samples[i], one, plain) for i in own] for one in tried}
        found = max(tried, key=lambda one: sum(constants[one]))
        words.append(f"{name}: {short(found, 30)}")
        for i, value in zip(own, constants[found], strict=True):
            best[i] = value
    once = {name: by_column(one, samples, Trivial(None, 0.0, "")) for name, one in (("chance", chance), ("best", best))}
    totals = {name: float(m.statistic(m.rows.sum(0)[None])[0]) for name, m in once.items()}
    return Trivial(totals["chance"], totals["best"], "; ".join(words)), (chance, best)


ATTRIBUTES = Task(
    name="attributes",
    question="What can be seen of this person?",
    form="the answer alone",
    read=read,
    given=given,
    said=said,
    gold=gold,
    score=score,
    uses=frozenset({"judge"}),
)
__all__ = ["ATTRIBUTES", "CAPTION", "MULTI_LABEL"]
