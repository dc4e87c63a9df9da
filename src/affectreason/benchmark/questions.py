"""Questions with one right answer: a choice by letter or text, yes or no, a short answer, a statement judged.

What was left unread is wrong, and no answer of its own. Everything lies in [0, 1].
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from affectreason.affect import choices, plain_answers
from affectreason.affect.response import Response
from affectreason.affect.sample import Affect, Sample
from affectreason.benchmark.protocol import Scores, Setting, Task
from affectreason.errors import InputError, nearest
from affectreason.scoring import intervals, vqa
from affectreason.scoring.intervals import Rows
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction, ratio
from affectreason.scoring.trivial import Trivial

YES_OR_NO = choices.Choices(("yes", "no"))
JUDGED = choices.Choices(("correct", "incorrect"))
_NO = re.compile(r"\b(?:no|not)\b", re.I)
_NOT_CORRECT = re.compile(r"\bnot (?:(?:fully|entirely|quite|really) )?correct\b|\b(?:is|was)n['’]t correct\b", re.I)
_ANSWER = re.compile(r"<answer>(.*?)</answer>", re.S | re.I)
_LAST_TAG = re.compile(r"</think>|<answer>", re.I)
_ISOLATED = re.compile(r"\b[AB]\b")


def said(response: Response, setting: Setting) -> list[str] | None:
    """The answer that was read."""
    return None if response.answered is None else [response.answered]


def _of(sample: Sample, known: choices.Choices) -> list[str] | None:
    """The right answer as one of the known ones; None where none is annotated."""
    if sample.answer is None:
        return None
    answer = known.find(sample.answer)
    if answer is None:
        raise InputError(
            f"sample {sample.id!r}: its answer {sample.answer!r} is none of its choices; "
            f"{nearest(sample.answer, known.names)}"
        )
    return [answer]


def _given(words: Sequence[str], known: choices.Choices | None) -> Response:
    """What somebody else took out of a text; none where several are given, or what is none of the known answers."""
    text = ", ".join(words)
    answered = None if len(words) != 1 else (words[0].strip() or None) if known is None else known.find(words[0])
    problem = None if answered else f"{text or 'nothing'}: not one answer"
    return Response(text, None, Affect(), answered is not None, problem, answered)


def _answered(text: str, answer: str | None) -> Response:
    return Response(text, None, Affect(), answer is not None, None if answer else "no answer was read", answer)


def _mean(values: Sequence[float], known: Sequence[Prediction], trivial: Trivial) -> Measure:
    rows = np.stack([np.array(values, dtype=np.float64), np.ones(len(values))], axis=1)
    return Measure(rows, intervals.mean_value, tuple(p.sample for p in known), trivial)


def _by(names: Sequence[str | None], values: Sequence[float]) -> dict[str, dict[str, float]]:
    """Mean and number of each named group, in the order of names."""
    groups: dict[str, list[float]] = {}
    for name, value in zip(names, values, strict=True):
        if name is not None:
            groups.setdefault(name, []).append(value)
    return {name: {"value": sum(one) / len(one), "n": len(one)} for name, one in sorted(groups.items())}


def _choices_of(sample: Sample) -> choices.Choices:
    found = choices.of(sample)
    if found is None or not found.names:
        raise InputError(f"sample {sample.id!r} has no choices; prepare it with them, or take a benchmark of its kind")
    return found


def score_choices(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """Measure `accuracy`; details: by task, and how often each position is right and is answered.

    Chance answers each choice of a question equally often, mean 1 / K. The best constant is one position (a letter) or
    one text for all questions, whichever is best; majority is the commonest right text.
    """
    known = [p for p in predictions if CHOICE.gold(p.sample, setting) is not None]
    right = [_choices_of(p.sample).find(p.sample.answer or "") or "" for p in known]
    hits = [float(p.response.answered == answer) for p, answer in zip(known, right, strict=True)]
    sizes = [len(p.sample.choices or ()) for p in known]
    places = Counter(_place(p.sample, answer) for p, answer in zip(known, right, strict=True))
    answered = Counter(_place(p.sample, p.response.answered) for p in known)
    texts = Counter(right)
    constants = [(n, f"choice {place}") for place, n in sorted(places.items())] + [(n, t) for t, n in texts.items()]
    best, answer = max(constants, key=lambda one: one[0], default=(0, ""))
    n = max(len(known), 1)
    floor = Trivial(sum(1 / k for k in sizes) / n, best / n, answer, max(texts.values(), default=0) / n)
    details = {
        "by_task": _by([p.sample.task for p in known], hits),
        "right_by_place": dict(sorted(places.items())),
        "answered_by_place": dict(sorted(answered.items())),
    }
    return Scores({"accuracy": _mean(hits, known, floor)}, details)


def _place(sample: Sample, answer: str | None) -> str:
    """The letter of a choice by its position, `none` where nothing was read."""
    names = sample.choices or ()
    return chr(ord("A") + names.index(answer)) if answer in names else "none"


def read_yes_no(text: str, sample: Sample, setting: Setting) -> Response:
    """Yes or no; under compat=pope no where the word no or not occurs, else yes."""
    if setting.compat == "pope":
        return _answered(text, "no" if _NO.search(text) else "yes")
    return plain_answers.parse_yes_no(text)


def score_yes_no(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """Measures `accuracy`, and of the class yes `precision`, `recall`, `f1`, and `yes_ratio`, the share answered yes.

    Chance says yes to half of the questions; the best constant is yes or no, majority the commoner of them. Nothing is
    better or worse about a `yes_ratio` but its distance from the share that is yes, which is in the details.
    """
    known = [p for p in predictions if YES_NO.gold(p.sample, setting) is not None]
    true = np.array([p.sample.answer is not None and YES_OR_NO.find(p.sample.answer) == "yes" for p in known], bool)
    yes = np.array([p.response.answered == "yes" for p in known], bool)
    no = np.array([p.response.answered == "no" for p in known], bool)
    rows = np.stack([true & yes, yes, true, (true & yes) | (~true & no), np.ones(len(known))], axis=1).astype(float)
    samples, n, share = tuple(p.sample for p in known), len(known), float(true.sum())
    constants = {"yes": np.array([share, n, share, share, n]), "no": np.array([0, 0, share, n - share, n])}
    chance = np.array([share / 2, n / 2, share, n / 2, n])
    common = "yes" if share * 2 >= n else "no"
    measures = {}
    for name, statistic in _OF_YES.items():
        values = {word: float(statistic(sums)) for word, sums in constants.items()}
        best = max(values, key=lambda word: values[word])
        floor = Trivial(float(statistic(chance)), values[best], best, values[common])
        measures[name] = Measure(rows, statistic, samples, floor)
    unread = int(n - yes.sum() - no.sum())
    hits = rows[:, 3].tolist()
    details = {
        "right": {"yes": int(share), "no": int(n - share)},
        "answered": {"yes": int(yes.sum()), "no": int(no.sum()), "none": unread},
        "by_task": _by([p.sample.task for p in known], hits),
    }
    return Scores(measures, details)


def _precision(sums: Rows) -> Rows:
    return ratio(sums[..., 0], sums[..., 1])


def _recall(sums: Rows) -> Rows:
    return ratio(sums[..., 0], sums[..., 2])


def _f1(sums: Rows) -> Rows:
    return ratio(2 * sums[..., 0], sums[..., 1] + sums[..., 2])


def _accuracy(sums: Rows) -> Rows:
    return ratio(sums[..., 3], sums[..., 4])


def _yes_ratio(sums: Rows) -> Rows:
    return ratio(sums[..., 1], sums[..., 4])


_OF_YES: dict[str, Callable[[Rows], Rows]] = {
    "accuracy": _accuracy,
    "precision": _precision,
    "recall": _recall,
    "f1": _f1,
    "yes_ratio": _yes_ratio,
}


def people(sample: Sample, setting: Setting) -> list[str] | None:
    """The answers of the people who were asked, ten in VQA v2; None where none are given."""
    found = sample.attributes.get("answers")
    return [str(one) for one in found] if isinstance(found, tuple) and found else None


def score_vqa(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """Measure `accuracy` of VQA v2; details: by answer type (yes/no, number, other).

    There is no chance of an open answer. The best constant is searched among all answers that somebody gave, by what
    it scores where it was given, then scored on all; it is majority too, the commonest answer in this measure.
    """
    known = [(p, given) for p in predictions if (given := people(p.sample, setting)) is not None]
    values = [vqa.accuracy(p.response.answered, given) if p.response.answered else 0.0 for p, given in known]
    sums: dict[str, float] = {}
    for _, given in known:
        for one in dict.fromkeys(given):
            sums[one] = sums.get(one, 0.0) + vqa.accuracy(one, given)
    best = max(sums, key=lambda one: sums[one], default="")
    constant = sum(vqa.accuracy(best, given) for _, given in known) / max(len(known), 1)
    kinds = [str(p.sample.attributes.get("answer_type", p.sample.task or "not said")) for p, _ in known]
    measure = _mean(values, [p for p, _ in known], Trivial(None, constant, best))
    return Scores({"accuracy": measure}, {"by_answer_type": _by(kinds, values)})


def read_statement(text: str, sample: Sample, setting: Setting) -> Response:
    """Correct or incorrect, "not correct" being incorrect; under compat=mvei as MVEI's own evaluation reads it."""
    if setting.compat == "mvei":
        return _answered(text, _as_mvei(text))
    return plain_answers.parse_choice(_NOT_CORRECT.sub("incorrect", text), JUDGED)


def _as_mvei(text: str) -> str | None:
    """Incorrect before correct anywhere in the answer, then a letter that stands alone."""
    block = _ANSWER.search(text)
    content = block[1] if block else _LAST_TAG.split(text)[-1]
    for word in ("incorrect", "correct"):
        if word in content.lower():
            return word
    letter = _ISOLATED.search(content)
    return None if letter is None else JUDGED.names["AB".index(letter[0])]


def score_statements(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """Measures `accuracy`, `class_accuracy` (mean over classes), `positive_ratio` and `give_up_ratio`.

    `positive_ratio` is the share answered correct, `give_up_ratio` the share that could not be read, both of all
    statements and neither better for being higher. Chance says correct to half; the best constant is correct or
    incorrect, majority the commoner of them.
    """
    known = [p for p in predictions if STATEMENTS.gold(p.sample, setting) is not None]
    right = [JUDGED.find(p.sample.answer or "") for p in known]
    names = sorted({_class(p.sample) for p in known})
    classes = np.eye(len(names))[[names.index(_class(p.sample)) for p in known]] if known else np.zeros((0, 0))
    rows = _by_class(classes, np.array([p.response.answered == one for p, one in zip(known, right, strict=True)], bool))
    positive = [float(p.response.answered == "correct") for p in known]
    unread = [float(p.response.answered is None) for p in known]
    samples = tuple(p.sample for p in known)
    constants = {
        word: _by_class(classes, np.array([one == word for one in right], bool)).sum(0) for word in JUDGED.names
    }
    common = max(JUDGED.names, key=right.count)
    measures = {}
    for name, statistic in (("accuracy", _overall), ("class_accuracy", _over_classes)):
        values = {word: float(statistic(sums)) for word, sums in constants.items()}
        best = max(values, key=lambda word: values[word])
        measures[name] = Measure(rows, statistic, samples, Trivial(0.5, values[best], best, values[common]))
    measures["positive_ratio"] = _mean(positive, known, Trivial(0.5, 1.0, "correct"))
    measures["give_up_ratio"] = _mean(unread, known, Trivial(0.0, 0.0, "correct"))
    details: dict[str, Any] = {
        "by_class": _by([_class(p.sample) for p in known], rows[..., 0].sum(-1).tolist()),
        "positive_share": right.count("correct") / max(len(right), 1),
    }
    return Scores(measures, details)


def _class(sample: Sample) -> str:
    return str(sample.attributes.get("class", "not said"))


def _by_class(classes: Rows, hit: Any) -> Rows:
    """Rows of shape (N, K, 2): right, and asked, of each class."""
    return np.stack([classes * hit[:, None], classes], axis=-1)


def _overall(sums: Rows) -> Rows:
    return ratio(sums[..., 0].sum(-1), sums[..., 1].sum(-1))


def _over_classes(sums: Rows) -> Rows:
    """Mean accuracy of the classes that occur, from sums of shape (..., K, 2)."""
    return ratio(ratio(sums[..., 0], sums[..., 1]).sum(-1), (sums[..., 1] > 0).sum(-1))


CHOICE = Task(
    name="choice",
    question="Which of the choices is right?",
    form="the letter of one choice",
    read=lambda text, sample, setting: plain_answers.parse_choice(text, _choices_of(sample)),
    given=lambda words, sample, setting: _given(words, _choices_of(sample)),
    said=said,
    gold=lambda sample, setting: _of(sample, _choices_of(sample)),
    score=score_choices,
)
YES_NO = Task(
    name="yes_no",
    question="Is it so?",
    form="yes or no",
    read=read_yes_no,
    given=lambda words, sample, setting: _given(words, YES_OR_NO),
    said=said,
    gold=lambda sample, setting: _of(sample, YES_OR_NO),
    score=score_yes_no,
    compats={"pope": "no where the word no or not occurs anywhere, else yes, whatever was said"},
)
VQA = Task(
    name="vqa",
    question="What is to be seen?",
    form="a word or a few words",
    read=lambda text, sample, setting: plain_answers.parse_short(text),
    given=lambda words, sample, setting: _given(words, None),
    said=said,
    gold=people,
    score=score_vqa,
)
STATEMENTS = Task(
    name="statements",
    question="Is the statement correct or incorrect?",
    form="correct or incorrect",
    read=read_statement,
    given=lambda words, sample, setting: _given(words, JUDGED),
    said=said,
    gold=lambda sample, setting: _of(sample, JUDGED),
    score=score_statements,
    compats={
        "mvei": "in the first answer block, or behind the last tag: incorrect anywhere, else correct, else A or B alone"
    },
)
