"""Positive or negative of a sentiment score: MOSI, MOSEI, SIMS and SIMS v2 as MER-UniBench scores them.

Scores of exactly 0 are left out, above 0 is positive (AffectGPT, arXiv 2501.16566). `waf` is the weighted F1, `acc` the
accuracy, in [0, 1]. Here an answer that says neither is wrong. In the published code a language model turns the words
taken out of a text into positive, negative or neutral, and whatever is not positive is negative: compat=affectgpt
scores what that model wrote, compat=affectgpt_words a model's own text, our reading in the place of theirs.
"""

from collections.abc import Sequence

import numpy as np

from affectreason.affect import labels, open_words, wheel
from affectreason.affect.response import Response, parse
from affectreason.affect.sample import Affect, Sample
from affectreason.benchmark import expression
from affectreason.benchmark.protocol import Scores, Setting, Task
from affectreason.benchmark.words import lexicon
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction

SIDES = ("negative", "positive")
_SENTIMENT = labels.find("sentiment3")
_NEGATIVE = ": counted as negative"


def read(text: str, sample: Sample, setting: Setting) -> Response:
    """The sentiment a text names, else the sign of the mean valence of the emotion words it says."""
    if setting.compat == "affectgpt":
        return given([text], sample, setting)
    direct = parse(text, _SENTIMENT)
    if direct.said.emotion is not None:
        return _read(direct, direct.said.emotion, direct.problem, setting)
    own = lexicon(setting)
    words = list(open_words.parse_words(text, own).said.emotions or ())
    sentiment = None if {"positive", "negative"} <= set(words) else _of_words(words, own)
    problem = direct.problem if sentiment is None else f"by the valence of {', '.join(words)}"
    return _read(direct, sentiment, problem, setting)


def given(words: Sequence[str], sample: Sample, setting: Setting) -> Response:
    """The sentiment or the emotion words somebody else took out of a text."""
    text = ", ".join(words)
    empty = Response(text, None, Affect(), False, None)
    if setting.compat == "affectgpt":
        odd = None if text in _SENTIMENT.names else f"{text[:40]!r} is no sentiment{_NEGATIVE}"
        return _as(empty, "positive" if text == "positive" else "negative", odd)
    named = _SENTIMENT.canonical(words[0]) if len(words) == 1 else None
    sentiment = named or _of_words([word.strip().lower() for word in words], lexicon(setting))
    return _read(empty, sentiment, None if sentiment else f"{text or 'nothing'}: no sentiment", setting)


def said(response: Response, setting: Setting) -> list[str] | None:
    """The sentiment an answer says: negative, neutral or positive."""
    return None if response.said.sentiment is None else [response.said.sentiment]


def gold(sample: Sample, setting: Setting) -> list[str] | None:
    """The side of the score annotated; None where there is none, or it is 0."""
    score_ = sample.gold.score
    return None if not score_ else [SIDES[score_ > 0]]


def score(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """Measures `waf` and `acc` over the samples whose score is not 0; neutral is on neither side, so wrong."""
    known = [p for p in predictions if gold(p.sample, setting)]
    true = np.array([SIDES.index((gold(p.sample, setting) or [""])[0]) for p in known], dtype=np.int64)
    place = {side: index for index, side in enumerate(SIDES)}
    answered = np.array([place.get(p.response.said.sentiment or "", 2) for p in known], dtype=np.int64)
    rows = expression.counts(true, answered, len(SIDES))
    samples = tuple(p.sample for p in known)
    measures = {
        name: Measure(rows, statistic, samples, expression.floors(statistic, rows.sum(0)[2], SIDES))
        for name, statistic in (("waf", expression.weighted_f1), ("acc", expression.war))
    }
    table = np.zeros((2, 3), dtype=int)
    np.add.at(table, (true, answered), 1)
    own = lexicon(setting)
    details = {
        "labels": list(SIDES),
        "confusion": table.tolist(),
        "zero": sum(p.sample.gold.score == 0 for p in predictions),
        "unannotated": sum(p.sample.gold.score is None for p in predictions),
        "neutral": sum(p.response.said.sentiment == "neutral" for p in known),
        "lexicon": {"name": own.name, "version": own.version},
        "notes": _notes(known, setting),
    }
    return Scores(measures, details)


def _notes(known: Sequence[Prediction], setting: Setting) -> list[str]:
    """What the published rule made of answers that it is not made for."""
    odd = sum((p.response.problem or "").endswith(_NEGATIVE) for p in known)
    if setting.compat is None or not odd:
        return []
    if setting.compat == "affectgpt":
        return [
            f"compat=affectgpt scores one word of a language model: {odd:,} of {len(known):,} answers are none of "
            "positive, negative and neutral, and count as negative; compat=affectgpt_words reads whole texts"
        ]
    return [
        f"{odd:,} of {len(known):,} answers are neither positive nor negative; they count as negative, as published"
    ]


def _read(response: Response, sentiment: str | None, problem: str | None, setting: Setting) -> Response:
    """The sentiment that was read; by the published rule negative where it is neutral or none."""
    if setting.compat is None or sentiment in SIDES:
        return _as(response, sentiment, problem)
    return _as(response, "negative", f"{sentiment or 'no sentiment'}{_NEGATIVE}")


def _of_words(words: Sequence[str], own: wheel.Lexicon) -> str | None:
    """The sign of the mean valence of words that have one; our own lexicon's where theirs has none."""
    known = [value for word in words for value in [_valence(word, own)] if value is not None]
    mean = sum(known) / len(known) if known else 0.0
    if known and mean:
        return "positive" if mean > 0 else "negative"
    return "neutral" if words and set(words) <= {"neutral", "neutrality"} else None


def _valence(word: str, own: wheel.Lexicon) -> float | None:
    """A word's valence in the lexicon, or in our own one, as published ones have none."""
    found = own.valence(word)
    return found if found is not None else wheel.default().valence(word)


def _as(response: Response, sentiment: str | None, problem: str | None) -> Response:
    return Response(
        response.text, response.reasoning, Affect(sentiment=sentiment), sentiment is not None, problem,
        response.answered,
    )  # fmt: skip


SENTIMENT = Task(
    name="sentiment",
    question="Is what this person feels positive or negative?",
    form="one of: positive, negative",
    read=read,
    given=given,
    said=said,
    gold=gold,
    score=score,
    uses=frozenset({"lexicon"}),
    compats={
        "affectgpt": "of the one word their language model wrote: exactly `positive` is positive, everything else, "
        "neutral and nothing too, is negative",
        "affectgpt_words": "of a model's own text: the sentiment it names, else the valence of its emotion words, in "
        "the place of their language model; neutral and nothing are negative",
    },
)
