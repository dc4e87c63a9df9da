"""How well a way to take emotion words out of free text agrees with labels made by hand, or with another way.

The shipped cases are short texts of our own; their `emotions` are the words with which a text says that somebody feels
something, as they stand in it. Denied, asked, supposed or quoted words are left out, hedged ones are kept.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from affectreason.affect import open_words
from affectreason.affect.response import Response, parts
from affectreason.affect.sample import Affect
from affectreason.affect.wheel import Lexicon
from affectreason.benchmark import asked_model, asked_prompts
from affectreason.benchmark.asked_model import Judge
from affectreason.scoring.intervals import Rows, bootstrap, mean_value
from affectreason.scoring.metrics import micro_f1, ratio

_MISSES = 20
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


def plug_in(judge: Judge, text: str) -> Response:
    """The words that a language model finds in a text's answer, else in what stands outside its reasoning.

    As with the rules nothing is read where answers differ, or where more than `MOST_WORDS` words are named.
    """
    reasoning, said = parts(text).reasoning, handed_over(text)
    if not said:
        return Response(text, reasoning, Affect(), False, "there is no answer, or there are several")
    read = replace(asked_prompts.extract_words(judge, said), text=text, reasoning=reasoning)
    if len(read.said.emotions or ()) > open_words.MOST_WORDS:
        return replace(read, said=Affect(), well_formed=False, problem=f"more than {open_words.MOST_WORDS} words")
    return read


def handed_over(text: str) -> str:
    """The part of a text that a plug-in is asked about; empty where there is no one answer."""
    found = parts(text)
    answers = list(dict.fromkeys(one for one in found.answers or () if one))
    return found.outside if found.answers is None else answers[0] if len(answers) == 1 else ""


def beside_rules(judge: Judge, responses: Sequence[Response], lexicon: Lexicon) -> dict[str, Any]:
    """What a report says of the plug-in that read these answers, and how its words agree with those of the rules.

    `agreement` takes the plug-in's words for the labels: `exact` is the share of answers with the same set of words. Up
    to 20 of the others are listed.
    """
    read = {response.text: response for response in responses}
    among = [Case(str(index), text, ()) for index, text in enumerate(read)]
    told = asked_model.report(judge, asked_prompts.EXTRACT)
    if not among:
        return told
    found = between(lambda text: open_words.parse_words(text, lexicon), read.__getitem__, among, lexicon)
    return told | {"agreement": found | {"misses": found["misses"][:_MISSES]}}


def note(told: dict[str, Any]) -> str:
    """The plug-in and its agreement with the rules in a sentence."""
    by = f"emotion words were taken out by {told['name']} ({told['version']})"
    if "agreement" not in told:
        return f"{by}, from no text"
    exact, f1 = told["agreement"]["exact"], told["agreement"]["f1"]
    return (
        f"{by}; the rules find the same words in {exact['value']:.2f} of {told['agreement']['n']:,} different texts "
        f"(95 % interval {exact['low']:.2f} to {exact['high']:.2f}), F1 {f1['value']:.2f}"
    )


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
