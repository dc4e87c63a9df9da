"""Questions about one annotated sample, each a sample of its own whose gold is what it asks for and no more."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from affectreason.affect import facs, labels
from affectreason.affect.sample import Affect, Sample
from affectreason.corpus import statements, wording
from affectreason.corpus.chance import number, one_of
from affectreason.errors import InputError
from affectreason.recipe.prompts import evidence

Sets = list[list[Sample]]
MOST_CHOICES = 11
TRUTH = ("correct", "incorrect")
SEEN = re.compile(r"aus_tool|(?:aus|peak_second|peak_frame)_by_.+")
"""Attributes that `affectreason faces` writes: what a tool saw, which nobody annotated."""


@dataclass(frozen=True)
class Asking:
    """How questions are drawn: an attribute's few values, and what makes names as often false as true over a file."""

    seed: int = 0
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lean: statements.Leanings = field(default_factory=dict)


def questions(sample: Sample, ask: Iterable[str], asking: Asking) -> dict[str, Sets]:
    """By kind (of `KINDS`) the questions that the sample's annotation can answer, in sets that stay together.

    What was not annotated is not asked. A question and its false twin are a set. Ids are `<id>+label`, `<id>+unit_12`,
    `<id>+statement_1`; wording and draws depend on the seed, the sample's id and `asking` alone. Raises InputError for
    units that FACS does not have.
    """
    try:
        return {kind: KINDS[kind](sample, asking) for kind in ask}
    except InputError as error:
        raise InputError(f"sample {sample.id!r}: {error}") from error


def label(sample: Sample, asking: Asking) -> Sets:
    """Which emotion, of the sample's vocabulary."""
    if sample.gold.emotion is None or sample.labels is None:
        return []
    names = labels.find(sample.labels).names
    gold = Affect(emotion=sample.gold.emotion, emotions=sample.gold.emotions)
    text = _text(wording.LABEL, sample, asking, "label", what=wording.what(sample, names), names=", ".join(names))
    return [[_asked(sample, "label", text, gold=gold, annotators=sample.annotators)]]


def units(sample: Sample, asking: Asking) -> Sets:
    """Which action units, among the coded ones where absence was coded; and of a present and an absent one, whether."""
    coded = sorted({unit.number for unit in sample.gold.aus or ()})
    if sample.gold.units is None:
        return []
    present = ", ".join(facs.spelling(unit) for unit in sorted(sample.gold.units)) or wording.NO_UNITS
    codes = ", ".join(facs.spelling(unit) for unit in coded)
    ways = wording.UNITS_AMONG if set(coded) - sample.gold.units else wording.UNITS
    text = _text(ways, sample, asking, "units", codes=codes, form=wording.UNITS_FORM)
    sets = [[_asked(sample, "units", text, gold=Affect(aus=sample.gold.aus), answer=present, reasoning=None)]]
    pair = statements.units(sample, asking.seed, asking.lean, "unit")
    if pair is not None:
        sets.append([_whether(sample, asking, unit, right) for unit, right in zip(pair, ("yes", "no"), strict=True)])
    return sets


def attributes(sample: Sample, asking: Asking) -> Sets:
    """What each annotated attribute is, without what a tool saw; closed where the file knows few values of it."""
    sets = []
    for name, value in sorted(sample.attributes.items()):
        if SEEN.fullmatch(name):
            continue
        answer = value if isinstance(value, str) else ", ".join(value) if isinstance(value, tuple) else f"{value:g}"
        tag = "_".join(["attribute", *name.split()])
        text = _text(wording.ATTRIBUTE, sample, asking, tag, attribute=name.replace("_", " "))
        if answer.strip():
            fields = {"answer": answer, "choices": asking.choices.get(name), "reasoning": None}
            sets.append([_asked(sample, "attribute", text, tag, **fields)])
    return sets


def open_set(sample: Sample, asking: Asking) -> Sets:
    """All words annotated of the emotion, a set and no distribution, of the vocabulary where there is one.

    Words without a vocabulary are in the response alone: gold would have to be of some label set.
    """
    weights = sample.gold.emotions or {}
    words = [word for word, weight in weights.items() if weight > 0]
    if not words or any(weight not in (0, 1) for weight in weights.values()):
        return []
    known = labels.find(sample.labels).names if sample.labels else ()
    among = f" Choose from: {', '.join(known)}." if known else ""
    text = _text(wording.OPEN_SET, sample, asking, "open_set", what=wording.what(sample, known), names=among)
    thought = "" if sample.reasoning is None else f"<think>{sample.reasoning}</think>"
    gold = Affect(emotions=sample.gold.emotions) if known else Affect()
    response = f"{thought}<answer>{', '.join(words)}</answer>"
    return [[_asked(sample, "open_set", text, gold=gold, response=response, reasoning=None)]]


def description(sample: Sample, asking: Asking) -> Sets:
    """What shows the emotion, answered with the annotators' own words."""
    if not (sample.reasoning or "").strip():
        return []
    text = _text(wording.DESCRIPTION, sample, asking, "description", what=wording.what(sample))
    return [[_asked(sample, "description", text, response=sample.reasoning, reasoning=None)]]


def stated(sample: Sample, asking: Asking) -> Sets:
    """A true and a false statement of the emotion, and of an action unit, in either order."""
    sets: Sets = []
    for first, (true, false, seen) in zip((1, 3), statements.claims(sample, asking.seed, asking.lean), strict=False):
        both = list(zip((true, false), TRUTH, strict=True))
        if number(asking.seed, sample.id, "order", first) % 2:
            both.reverse()
        sets.append([_judged(sample, asking, f"statement_{first + at}", *one, seen) for at, one in enumerate(both)])
    return sets


KINDS: dict[str, Callable[[Sample, Asking], Sets]] = {
    "label": label, "units": units, "attributes": attributes, "open_set": open_set, "description": description,
    "statements": stated,
}  # fmt: skip


def _whether(sample: Sample, asking: Asking, unit: int, answer: str) -> Sample:
    name = f"unit_{unit}"
    text = _text(wording.UNIT, sample, asking, name, code=facs.spelling(unit), unit=facs.UNITS[unit].name)
    return _asked(sample, "unit", text, name, answer=answer, choices=("yes", "no"), reasoning=evidence(sample.gold))


def _judged(sample: Sample, asking: Asking, name: str, said: str, answer: str, seen: str | None) -> Sample:
    text = _text(wording.STATEMENT, sample, asking, name, claim=said, sense=wording.sense(sample))
    return _asked(sample, "statement", text, name, answer=answer, choices=TRUTH, reasoning=seen)


def _text(ways: tuple[str, ...], sample: Sample, asking: Asking, tag: str, **words: str) -> str:
    """One of the ways to ask, drawn by the sample's id."""
    return one_of(ways, asking.seed, sample.id, tag).format(**words)


def _asked(sample: Sample, task: str, text: str, name: str | None = None, **fields: Any) -> Sample:
    """The sample with this question; earlier turns go, for they may hold the answer, and so does all other gold."""
    plain = {"turns": (), "gold": Affect(), "annotators": (), "response": None, "answer": None, "choices": None}
    return sample.model_copy(
        update={**plain, "id": f"{sample.id}+{name or task}", "question": text, "task": task, **fields}
    )
