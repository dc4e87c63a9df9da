"""Rewards as other projects have them: VidEmo's of a short caption, and R1-Omni's pair of accuracy and format.

R1-Omni (Zhao et al., arXiv 2503.05379) matches texts to the letter, and `compat=True` gives its very numbers (its check
whether two formulas are equal says nothing of labels, and is left out).
VidEmo (Zhang et al., NeurIPS 2025) has a model judge captions; here words are counted unless a judge is named.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from affectreason.affect import labels
from affectreason.errors import InputError, nearest

if TYPE_CHECKING:  # checking a recipe needs the names of rewards, not the parser
    from affectreason.affect.response import Response
    from affectreason.affect.sample import Sample
    from affectreason.scoring.texts import Text

Judge = Callable[[str, str, str, str], float]
"""(question, caption, annotated caption, what is judged) -> mark in [0, 1]."""
COUNTS = ("meteor", "rouge_l")
AXIS = "caption"
_LONGEST = 10_000  # characters of a caption; a longer one is none, and a judge would not be asked about it
_FIRST_ANSWER = re.compile(r"<answer>(.*?)</answer>")
_TAGGED = re.compile(r"<think>.*?</think>\s*<answer>.*?</answer>", re.S)


def caption_match(
    response: Response, sample: Sample, by: Literal["meteor", "rouge_l"] = "meteor", judge: Judge | str | None = None
) -> float | None:
    """How well the caption of an answer is the annotated one: METEOR or ROUGE-L F1 of stems, or what a judge says.

    The caption is the answer block, or the whole text of an answer without reasoning. A recipe names the `judge` as
    `affectreason score` does; its replies are kept. None without an annotated caption, 0 where none is said.
    """
    if by not in COUNTS:
        raise InputError(f"caption_match counts by {by!r}; {nearest(by, COUNTS)}")
    gold = annotated_caption(sample)
    if gold is None:
        return None
    said = response.answered or ("" if response.reasoning is not None else response.text.strip())
    if not said or len(said) > _LONGEST:
        return 0.0
    if isinstance(judge, str):
        raise InputError(f"caption_match: the judge {judge!r} was not opened; a run of a recipe does that")
    if judge is not None:
        return _mark(judge(sample.question or "", said, gold, AXIS))
    from affectreason.scoring import texts  # here: it loads numpy

    ours, theirs = texts.text(said), _taken_apart(gold)
    return texts.meteor(ours, theirs) if by == "meteor" else texts.rouge_l(ours.rouge, theirs.rouge)


def annotated_caption(sample: Sample) -> str | None:
    """The answer to an open question, else the answer in the response to learn; None without either."""
    if sample.choices:
        return None
    if sample.answer is not None:
        return sample.answer.strip() or None
    if sample.response is None:
        return None
    from affectreason.affect.response import parts  # here: a recipe's check needs no parser

    found = parts(sample.response)
    text = found.outside if found.answers is None else found.answers[0] if len(found.answers) == 1 else ""
    return text.strip() or None


def r1_omni_accuracy(response: Response, sample: Sample, compat: bool = False) -> float | None:
    """1 if the answer block is the annotated emotion, else 0; None without one.

    Case, white space and the vocabulary's other forms of a word do not count, and an answer block there must be. With
    `compat` the text between the first pair of answer tags on one line, else the whole text, must equal the label.
    """
    gold = sample.gold.emotion
    if gold is None:
        return None
    if compat:
        found = _FIRST_ANSWER.search(response.text)
        return float((found[1] if found else response.text).strip() == gold.strip())
    if response.answered is None:
        return 0.0
    vocabulary = labels.find(sample.labels) if sample.labels else labels.OPEN
    return float(vocabulary.canonical(response.answered) == (vocabulary.canonical(gold) or gold))


def r1_omni_format(response: Response, sample: Sample, compat: bool = False) -> float:
    """1 for one think and one answer block, neither empty, and nothing but white space beside them; else 0.

    What the answer says does not count. With `compat` the whole text must match the published pattern, to which a blank
    before or behind it is an error, and empty blocks or a second answer are none.
    """
    if compat:
        return float(_TAGGED.fullmatch(response.text) is not None)
    from affectreason.affect.choices import Choices  # here: a recipe's check needs no parser
    from affectreason.affect.response import parse

    return float(parse(response.text, labels.Labels("no labels", (), {}, {}, {}), choices=Choices()).well_formed)


@lru_cache(maxsize=4096)
def _taken_apart(gold: str) -> Text:
    from affectreason.scoring import texts

    return texts.text(gold)


def _mark(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not 0 <= value <= 1:
        raise InputError(f"the judge of caption_match gave {value!r}; it must give a number in [0, 1]")
    return float(value)
