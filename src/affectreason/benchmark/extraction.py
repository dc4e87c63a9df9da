"""How well a way to take emotion words out of free text agrees with labels made by hand, or with another way.

The shipped cases are short texts of our own; their `emotions` are the words with which a text says that somebody feels
something, as they stand in it. Denied, asked, supposed or quoted words are left out, hedged ones are kept.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from affectreason.affect.response import Response
from affectreason.affect.wheel import Lexicon
from affectreason.scoring.intervals import Rows, bootstrap, mean_value
from affectreason.scoring.metrics import micro_f1, ratio

CASES = Path(__file__).with_name("extraction_cases.jsonl")
Extract = Callable[[str], Response]


@dataclass(frozen=True)
class Case:
    """A text and the emotion words it affirms; the part of `id` before its number says what is hard about it."""

    id: str
    text: str
    emotions: tuple[str, ...]


@cache
def cases() -> tuple[Case, ...]:
    """The shipped cases."""
    rows = map(json.loads, CASES.read_text(encoding="utf-8").splitlines())
    return tuple(Case(row["id"], row["text"], tuple(row["emotions"])) for row in rows)


def agreement(extract: Extract, among: Sequence[Case], lexicon: Lexicon) -> dict[str, Any]:
    """How the words that `extract` finds agree with the labels: exact, precision, recall, f1, each in [0, 1], and n.

    Each with a 95 % bootstrap interval over cases. Forms of one word are one word (M1 of the lexicon). `exact` is the
    share of cases with equal sets; `misses` lists the others: id, text, `said` too much, `missed`. Precision, recall
    and F1 pool the words of all cases; an extractor that reads nothing finds none.
    """
    found = {case.id: emotion_words(extract(case.text), lexicon) for case in among}
    labelled = {case.id: frozenset(one_form(word, lexicon) for word in case.emotions) for case in among}
    return _compared(found, labelled, among)


def between(one: Extract, other: Extract, among: Sequence[Case], lexicon: Lexicon) -> dict[str, Any]:
    """The same numbers for one way against another, whose words are taken for the labels."""
    first, second = ({case.id: emotion_words(way(case.text), lexicon) for case in among} for way in (one, other))
    return _compared(first, second, among)


def emotion_words(response: Response, lexicon: Lexicon) -> frozenset[str]:
    """The emotions an answer names, each in one form."""
    return frozenset(one_form(word, lexicon) for word in response.said.emotions or {})


def one_form(word: str, lexicon: Lexicon) -> str:
    """The word that this one is a form of, itself where the lexicon lacks it."""
    word = word.strip().lower()
    return lexicon.m1(word) or word


def _compared(
    found: dict[str, frozenset[str]], labelled: dict[str, frozenset[str]], among: Sequence[Case]
) -> dict[str, Any]:
    pairs = [(found[case.id], labelled[case.id]) for case in among]
    counts = np.array([[len(a & b), len(a - b), len(b - a)] for a, b in pairs], dtype=np.float64).reshape(-1, 3)
    equal = np.array([[a == b, 1] for a, b in pairs], dtype=np.float64).reshape(-1, 2)
    statistics: dict[str, tuple[Rows, Callable[[Rows], Rows]]] = {
        "exact": (equal, mean_value),
        "precision": (counts, lambda sums: ratio(sums[..., 0], sums[..., 0] + sums[..., 1])),
        "recall": (counts, lambda sums: ratio(sums[..., 0], sums[..., 0] + sums[..., 2])),
        "f1": (counts, lambda sums: micro_f1(sums[..., None])),
    }
    numbers: dict[str, Any] = {}
    for name, (rows, statistic) in statistics.items():
        low, high = bootstrap(rows, statistic)
        numbers[name] = {"value": float(statistic(rows.sum(0)[None])[0]), "low": low, "high": high}
    misses = [
        {"id": case.id, "text": case.text, "said": sorted(a - b), "missed": sorted(b - a)}
        for case, (a, b) in zip(among, pairs, strict=True)
        if a != b
    ]
    return numbers | {"n": len(among), "misses": misses}
