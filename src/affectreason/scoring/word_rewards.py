"""Rewards of sets of words by emotion wheels, as AffectGPT-R1 has them (Lian et al., arXiv 2508.01318).

They differ from the set score of `word_sets`, which is of a whole test set, in two ways that a learner would else make
use of: each sample has an F of its own, and a word that no wheel has counts among those that were said.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from affectreason.affect import wheel
from affectreason.affect.labels import OPEN
from affectreason.affect.named import emotions_said, words_of
from affectreason.affect.wheel import LEVELS, OUTSIDE, Lexicon
from affectreason.errors import InputError, nearest

if TYPE_CHECKING:  # checking a recipe needs the names of rewards, not the parser
    from affectreason.affect.response import Response
    from affectreason.affect.sample import Sample

Penalty = Literal["inverse", "ratio", "log"]
PENALTIES = ("inverse", "ratio", "log")
NEUTRAL = "neutral"
ON_NO_WHEEL = "on no wheel"
_WHEELS = range(1, 6)


def wheel_f(
    response: Response,
    sample: Sample,
    level: int = 1,
    penalty: Penalty | None = None,
    at_most: int = 32,
    lexicon: str | None = None,
) -> float | None:
    """F1 of the said against the annotated clusters on ring `level` of each wheel, the mean over the wheels.

    Words of one cluster are one; `neutral` is a cluster; a wheel with none of the annotated words is left out. A said
    word that is on no wheel, and not annotated as it stands, counts as one cluster that is wrong. Where more words are
    said than annotated, `penalty` (see `shortened`) multiplies the F; more than `at_most` words score 0. `lexicon` is a
    folder of the published files, else it is our own. None without an annotated word on a wheel, 0 for silence.
    """
    gold, said = words_of(sample.gold), words_of(response.said)
    factor = shortened(penalty, len(said), len(gold))
    score = overlap(said, gold, level, _lexicon(lexicon))
    return score if score is None else 0.0 if len(said) > at_most else score * factor


def dual(response: Response, sample: Sample, level: int = 1) -> float | None:
    """F1 as in `wheel_f`, of the words that the reasoning affirms; 0 where it affirms none, or there is none."""
    return overlap(_thought(response), words_of(sample.gold), level, wheel.default())


def alignment(response: Response, sample: Sample, level: int = 1) -> float:
    """F1 as in `wheel_f`, of the words of the reasoning against those of the answer; looks at no annotation.

    0 where either says none: silence must not pay.
    """
    return overlap(_thought(response), words_of(response.said), level, wheel.default()) or 0.0


def overlap(said: Collection[str], gold: Collection[str], level: int, lexicon: Lexicon) -> float | None:
    """The mean over the wheels of the F1 of two sets of clusters, as `wheel_f` says; None where no gold word is on one.

    InputError for a ring that is none.
    """
    if level not in LEVELS:
        raise InputError(f"level {level!r} is no ring of an emotion wheel; write 1 (the innermost) or 2")
    places = {word: _places(word, level, lexicon) for word in {*said, *gold}}
    strange = sum(not any(places[word]) for word in set(said) - set(gold))
    values = []
    for index in range(len(_WHEELS)):
        wanted = {places[word][index] for word in gold} - {OUTSIDE}
        named = {places[word][index] for word in said} - {OUTSIDE}
        if wanted:
            values.append(2 * len(wanted & named) / (len(wanted) + len(named) + strange))
    return sum(values) / len(values) if values else None


def shortened(penalty: Penalty | None, said: float, gold: float) -> float:
    """The factor in (0, 1] for an answer of `said` words (or other parts) where `gold` are right; 1 up to as many.

    `inverse` is 1 / (said - gold + 1), `ratio` gold / said. `log` is log(1 + gold) / log(1 + said): the published
    log(gold) / log(said) is 0 beside one annotated word, however little more was said. InputError for another name.
    """
    if penalty is not None and penalty not in PENALTIES:
        raise InputError(f"unknown penalty {penalty!r}; {nearest(penalty, PENALTIES)}")
    if penalty is None or said <= gold or not gold:
        return 1.0
    if penalty == "inverse":
        return 1 / (said - gold + 1)
    return gold / said if penalty == "ratio" else math.log1p(gold) / math.log1p(said)


def outside(word: str) -> bool:
    """Whether a word is on no wheel of our own lexicon."""
    return not any(_places(word.strip().lower(), 1, wheel.default()))


def classes(sample: Sample) -> list[str]:
    """What a sample is counted under: its emotion, its labels, or its words' clusters on the inner ring of a wheel."""
    if sample.gold.emotion is not None:
        return [sample.gold.emotion]
    if sample.labels not in (None, OPEN.name):
        return sorted(emotions_said(sample.gold)) or ["no emotion"]
    found = {_places(word, 1, wheel.default())[0] or ON_NO_WHEEL for word in words_of(sample.gold)}
    return sorted(found) or ["no emotion"]


def _thought(response: Response) -> list[str]:
    """The emotion words that the reasoning affirms."""
    if response.reasoning is None:
        return []
    from affectreason.affect.open_words import parse_words  # here: a recipe's check needs no parser

    return words_of(parse_words(response.reasoning, wheel.default()).said)


@lru_cache(maxsize=65536)
def _places(word: str, level: int, lexicon: Lexicon) -> tuple[str, ...]:
    """The cluster of a word on each wheel; published lexicons have `neutral` on none, here it is its own on all."""
    found = tuple(lexicon.mapped(word, one, level) for one in _WHEELS)
    return (NEUTRAL,) * len(found) if word == NEUTRAL and not any(found) else found


@lru_cache(maxsize=8)
def _lexicon(folder: str | None) -> Lexicon:
    if folder is None:
        return wheel.default()
    from affectreason.affect import wheel_files  # here: it reads workbooks

    return wheel_files.load(Path(folder))
