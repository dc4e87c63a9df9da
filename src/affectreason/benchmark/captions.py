"""Captions of emotion on VidEmo's six axes: by a judge of the user's, or by counting words.

The published numbers are a paid model's marks from 1 to 100. Without a judge each axis is replaced by a count that
says the same of the same two texts and is no estimate of that mark; `AXES` says what is counted.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from affectreason.affect.denial import affirmed
from affectreason.affect.labels import Labels, find
from affectreason.affect.response import Response, parse
from affectreason.affect.sample import Affect, Sample
from affectreason.benchmark import similarity
from affectreason.benchmark.likeness import short
from affectreason.benchmark.protocol import Scores, Setting, Task
from affectreason.errors import InputError
from affectreason.scoring import intervals, texts
from affectreason.scoring.intervals import Rows
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction
from affectreason.scoring.trivial import Trivial

Mark = Callable[[Sample, str, str], float | None]
AXES = {
    "label_overlap": "F1 of the emotion labels both texts affirm; texts whose annotation affirms none are left out",
    "clue_overlap": "F1 of the sets of stems of the content words",
    "instruction_adherence": "the shorter text's words over the longer one's",
    "response_accuracy": "ROUGE-L F1 of stems",
    "video_text_relevance": "the share of the annotation's content words, as stems, that the answer has",
    "fluency": "the share of runs of three words that are not a repetition; no annotation is looked at",
}
_FUNCTION = (
    "a an the and or but nor so yet if then than as at by for from in into of off on onto out over to under up upon "
    "with within without about above after again against between through during before while which who whom whose "
    "what when where why how that this these those there here is are was were be been being am do does did has have "
    "had having will would can could may might must shall should it its he him his she her hers they them their theirs "
    "we us our you your i me my one also very too just only more most such both each any some all"
)
FUNCTION_WORDS = frozenset(_FUNCTION.split())
_WIDE = "mafw11"
_TRIED, _RANKED_ON = 20, 40


def read(text: str, sample: Sample, setting: Setting) -> Response:
    """The caption: the answer block, or the text without its reasoning; no label is taken out of it."""
    found = parse(text, Labels("no labels", (), {}, {}, {}))
    answered = found.answered or (None if found.reasoning is not None else text.strip() or None)
    return Response(text, found.reasoning, Affect(), answered is not None, None, answered)


def given(words: Sequence[str], sample: Sample, setting: Setting) -> Response:
    """The caption as somebody else took it out of a text."""
    return read(" ".join(words), sample, setting)


def said(response: Response, setting: Setting) -> list[str] | None:
    """The caption."""
    return [response.answered] if response.answered else None


def gold(sample: Sample, setting: Setting) -> list[str] | None:
    """The annotated caption: the answer, or the response to learn."""
    text = sample.answer or sample.response
    return [text] if text and text.strip() else None


def score(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """One measure for each of `AXES` and `caption_mean`, the mean of the axes, all in [0, 1]; 0 where nothing is said.

    With an encoder also those of `similarity`. `setting.judge` is a function (question, answer, gold, axis) -> mark in
    [0, 1]. Chance is another sample's caption, the best constant the best of 20 annotated ones, both over up to 40
    samples spread over the set.
    """
    known = [p for p in predictions if gold(p.sample, setting) is not None]
    details: dict[str, Any] = {
        "scorer": "judge" if setting.judge is not None else "counts of words, not the published judge's marks",
        "axes": {} if setting.judge is not None else AXES,
        "without_text": len(predictions) - len(known),
        "unsaid": sum(said(p.response, setting) is None for p in known),
    }
    if not known:
        return Scores({}, details)
    marks = {axis: marker(axis, setting) for axis in AXES}
    samples = [p.sample for p in known]
    golds = ["".join(gold(sample, setting) or ()) for sample in samples]
    answers = ["".join(said(p.response, setting) or ()) for p in known]
    rows = {axis: _rows(mark, samples, answers, golds) for axis, mark in marks.items()}
    together = np.stack(list(rows.values()), axis=1)
    floors = _floors(marks, samples, golds)
    found = {
        axis: Measure(rows[axis], intervals.mean_value, tuple(samples), floors[axis], at_least=True)
        for axis in AXES
        if rows[axis][:, 1].any()
    }
    found["caption_mean"] = Measure(together, mean_of, tuple(samples), floors["caption_mean"], at_least=True)
    if setting.encoder is not None:
        found |= similarity.measures(setting.encoder, answers, golds, samples)
        details |= {"encoder": similarity.described(setting.encoder), "notes": [similarity.note(setting.encoder)]}
    return Scores(found, details)


def mean_of(sums: Rows) -> Rows:
    """The mean over the axes that anything was scored on, from sums of shape (..., A, 2)."""
    there = sums[..., 1] > 0
    return (intervals.mean_value(sums) * there).sum(-1) / np.maximum(there.sum(-1), 1)


def marker(axis: str, setting: Setting) -> Mark:
    """The mark of one axis: the judge's, or the count of that name."""
    if setting.judge is not None:
        return partial(_judged, setting.judge, axis)
    return partial(_COUNTS[axis], setting.labels or find(_WIDE))


def content(text: str) -> frozenset[str]:
    """The stems of the words that are no function words."""
    return frozenset(texts.stem(word) for word in texts.words(text) if word not in FUNCTION_WORDS)


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """F1 of two sets, 0 where either is empty."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def judged(judge: Any, question: str, answer: str, gold_text: str, axis: str) -> float:
    """What a judge says; InputError where it is no number in [0, 1]."""
    mark = judge(question, answer, gold_text, axis)
    if not isinstance(mark, int | float) or not math.isfinite(mark) or not 0 <= mark <= 1:
        raise InputError(f"the judge gave {mark!r} for {axis}; it must give a number in [0, 1]")
    return float(mark)


def _judged(judge: Any, axis: str, sample: Sample, answer: str, gold_text: str) -> float:
    return judged(judge, sample.question or "", answer, gold_text, axis)


def _label_overlap(labels: Labels, sample: Sample, answer: str, gold_text: str) -> float | None:
    there = frozenset(affirmed(gold_text, labels))
    return overlap(frozenset(affirmed(answer, labels)), there) if there else None


def _clue_overlap(labels: Labels, sample: Sample, answer: str, gold_text: str) -> float:
    return overlap(content(answer), content(gold_text))


def _adherence(labels: Labels, sample: Sample, answer: str, gold_text: str) -> float:
    lengths = sorted((len(texts.words(answer)), len(texts.words(gold_text))))
    return lengths[0] / max(lengths[1], 1)


def _accuracy(labels: Labels, sample: Sample, answer: str, gold_text: str) -> float:
    stems = [[texts.stem(word) for word in texts.words(text)] for text in (answer, gold_text)]
    return texts.rouge_l(*stems)


def _relevance(labels: Labels, sample: Sample, answer: str, gold_text: str) -> float | None:
    wanted = content(gold_text)
    return len(wanted & content(answer)) / len(wanted) if wanted else None


def _fluency(labels: Labels, sample: Sample, answer: str, gold_text: str) -> float:
    words = texts.words(answer)
    found = texts.runs(words, 3)
    return len(found) / found.total() if found else float(bool(words))


_COUNTS: dict[str, Callable[[Labels, Sample, str, str], float | None]] = dict(
    zip(AXES, (_label_overlap, _clue_overlap, _adherence, _accuracy, _relevance, _fluency), strict=True)
)


def _rows(mark: Mark, samples: Sequence[Sample], answers: Sequence[str], golds: Sequence[str]) -> Rows:
    """Values and their number, of shape (N, 2); an empty answer scores 0 and is not handed to a judge."""
    rows = np.zeros((len(samples), 2))
    for index, (sample, answer, gold_text) in enumerate(zip(samples, answers, golds, strict=True)):
        value = mark(sample, answer, gold_text) if answer.strip() else 0.0
        rows[index] = (0.0, 0.0) if value is None else (value, 1.0)
    return rows


def _floors(
    marks: dict[str, Mark], samples: Sequence[Sample], golds: Sequence[str], seed: int = 0
) -> dict[str, Trivial]:
    """Chance and best constant of every axis and of their mean."""
    order = np.random.default_rng(seed).permutation(len(samples))[:_RANKED_ON].tolist()
    chosen, own = [samples[i] for i in order], [golds[i] for i in order]
    tried = list(dict.fromkeys(own))[:_TRIED]
    answers = [own[1:] + own[:1]] + [[one] * len(own) for one in tried]
    sums = np.array([[_rows(mark, chosen, said_, own).sum(0) for mark in marks.values()] for said_ in answers])
    values = dict(zip(marks, np.moveaxis(intervals.mean_value(sums), 1, 0), strict=True))
    values["caption_mean"] = mean_of(sums)
    return {
        axis: Trivial(
            float(found[0]) if len(own) > 1 else None, float(found[1:].max()), short(tried[int(found[1:].argmax())])
        )
        for axis, found in values.items()
    }


CAPTION = Task(
    name="caption",
    question="Describe this person's emotion and what shows it.",
    form="a caption",
    read=read,
    given=given,
    said=said,
    gold=gold,
    score=score,
    uses=frozenset({"judge", "encoder"}),
)
