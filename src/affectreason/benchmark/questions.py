"""Questions with one right answer: a choice by letter or text, yes or no, a short answer.

What was left unread is wrong, and no answer of its own. Everything lies in [0, 1].
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from affectreason.affect import choices, plain_answers
from affectreason.affect.response import Response, parts
from affectreason.affect.sample import Sample
from affectreason.benchmark.answered import as_read, by_name, mean_of, right_one, said, taken_out
from affectreason.benchmark.protocol import Scores, Setting, Task
from affectreason.errors import InputError
from affectreason.scoring import vqa
from affectreason.scoring.intervals import Rows
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction, ratio
from affectreason.scoring.trivial import NONE, Trivial

YES_OR_NO = choices.Choices(("yes", "no"))
_FEW_WORDS = 5
"""Longer answers are sentences; of the answers people gave to VQA v2 nearly all are shorter."""


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
        "by_task": by_name([p.sample.task for p in known], hits),
        "right_by_place": dict(sorted(places.items())),
        "answered_by_place": dict(sorted(answered.items())),
    }
    return Scores({"accuracy": mean_of(hits, known, floor)}, details)


def _place(sample: Sample, answer: str | None) -> str:
    """The letter of a choice by its position, `none` where nothing was read."""
    names = sample.choices or ()
    return chr(ord("A") + names.index(answer)) if answer in names else "none"


def read_yes_no(text: str, sample: Sample, setting: Setting) -> Response:
    """Yes or no; under compat=pope as POPE's own evaluation reads it, which takes all else for yes."""
    if setting.compat == "pope":
        return as_read(text, _as_pope(text))
    return plain_answers.parse_yes_no(text)


def _as_pope(text: str) -> str:
    """No where the first sentence has the word No, no or not between blanks, commas apart; else yes."""
    words = text.partition(".")[0].replace(",", "").split(" ")
    return "yes" if {"No", "no", "not"}.isdisjoint(words) else "no"


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
        measures[name] = Measure(rows, statistic, samples, NONE if name == "yes_ratio" else floor)
    unread = int(n - yes.sum() - no.sum())
    hits = rows[:, 3].tolist()
    details = {
        "right": {"yes": int(share), "no": int(n - share)},
        "answered": {"yes": int(yes.sum()), "no": int(no.sum()), "none": unread},
        "by_task": by_name([p.sample.task for p in known], hits),
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
    """Measure `accuracy` of VQA v2; details: by answer type (yes/no, number, other), how many answers are sentences.

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
    measure = mean_of(values, [p for p, _ in known], Trivial(None, constant, best))
    sentences = sum(len(p.response.text.split()) > _FEW_WORDS and _is_sentence(p.response) for p, _ in known)
    details: dict[str, Any] = {"by_answer_type": by_name(kinds, values), "sentences": sentences}
    if sentences:
        details["notes"] = [
            f"{sentences:,} of {len(known):,} answers have more than {_FEW_WORDS} words; VQA v2 compares short answers "
            "as wholes, so that these score 0: ask for a word or a few"
        ]
    return Scores({"accuracy": measure}, details)


def _is_sentence(response: Response) -> bool:
    """Whether the answer, not the reasoning, has more words than short answers have."""
    answer = response.answered or parts(response.text).outside
    return len(answer.split()) > _FEW_WORDS


CHOICE = Task(
    name="choice",
    question="Which of the choices is right?",
    form="the letter of one choice",
    read=lambda text, sample, setting: plain_answers.parse_choice(text, _choices_of(sample)),
    given=lambda words, sample, setting: taken_out(words, _choices_of(sample).find),
    said=said,
    gold=lambda sample, setting: right_one(sample, _choices_of(sample)),
    score=score_choices,
)
YES_NO = Task(
    name="yes_no",
    question="Is it so?",
    form="yes or no",
    read=read_yes_no,
    given=lambda words, sample, setting: taken_out(words, YES_OR_NO.find),
    said=said,
    gold=lambda sample, setting: right_one(sample, YES_OR_NO),
    score=score_yes_no,
    compats={"pope": "no where No, no or not is a word of the first sentence, else yes, whatever was said"},
)
VQA = Task(
    name="vqa",
    question="What is to be seen?",
    form="a word or a few words",
    read=lambda text, sample, setting: plain_answers.parse_short(text),
    given=lambda words, sample, setting: taken_out(words, lambda word: word.strip() or None),
    said=said,
    gold=people,
    score=score_vqa,
)
