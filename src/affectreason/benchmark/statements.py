"""Statements that are to be judged correct or incorrect, as in MVEI. Everything lies in [0, 1]."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from affectreason.affect import choices
from affectreason.affect.judgements import parse_judgement
from affectreason.affect.response import Response
from affectreason.affect.sample import Sample
from affectreason.benchmark.answered import as_read, by_name, mean_of, right_one, said, taken_out
from affectreason.benchmark.protocol import Scores, Setting, Task
from affectreason.scoring.intervals import Rows
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction, ratio
from affectreason.scoring.trivial import NONE, Trivial

JUDGED = choices.Choices(("correct", "incorrect"))
_ANSWER = re.compile(r"<answer>(.*?)</answer>", re.S | re.I)
_LAST_TAG = re.compile(r"</think>|<answer>", re.I)
_LETTERS = (
    ("correct", re.compile(r"A|(?<![A-Za-z])a(?![A-Za-z])")),
    ("incorrect", re.compile(r"B|(?<![A-Za-z])b(?![A-Za-z])")),
)


def read_statement(text: str, sample: Sample, setting: Setting) -> Response:
    """Correct or incorrect, also as true, right, yes and the contrary; compat=mvei: as MVEI's own evaluation reads."""
    if setting.compat == "mvei":
        return as_read(text, _as_mvei(text))
    return parse_judgement(text)


def _as_mvei(text: str) -> str | None:
    """Incorrect before correct anywhere in the answer, then a letter: A in any place, else a alone, then B so."""
    block = _ANSWER.search(text)
    content = block[1] if block else _LAST_TAG.split(text)[-1]
    for word in ("incorrect", "correct"):
        if word in content.lower():
            return word
    return next((word for word, letter in _LETTERS if letter.search(content)), None)


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
    measures["positive_ratio"] = mean_of(positive, known, NONE)
    measures["give_up_ratio"] = mean_of(unread, known, NONE)
    details: dict[str, Any] = {
        "by_class": by_name([_class(p.sample) for p in known], rows[..., 0].sum(-1).tolist()),
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


STATEMENTS = Task(
    name="statements",
    question="Is the statement correct or incorrect?",
    form="correct or incorrect",
    read=read_statement,
    given=lambda words, sample, setting: taken_out(words, lambda word: parse_judgement(word).answered),
    said=said,
    gold=lambda sample, setting: right_one(sample, JUDGED),
    score=score_statements,
    compats={
        "mvei": "in the first answer block, or behind the last tag: incorrect anywhere, else correct, else any A or a "
        "lone a, else any B or a lone b"
    },
)
