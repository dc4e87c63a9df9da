"""True and false statements of a labelled sample: the false one is near to the truth, and no name gives it away.

A name that is true more often than false, or never true, lets one judge a statement without looking; so over a file
each name is false about as often as it is true, and only then is the nearer one preferred.
"""

import math
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

from affectreason.affect import facs, labels
from affectreason.affect.named import emotions_said
from affectreason.affect.sample import Affect, Sample
from affectreason.corpus import wording
from affectreason.corpus.chance import leaning, pair
from affectreason.errors import InputError
from affectreason.recipe.prompts import evidence

NO_MEANING = "other"
"""The family of labels that name no emotion ("something else"): nothing is stated of them."""
UNKNOWN = 1.5
"""The distance of valences, which lie in [-1, 1], where one is not known."""
SHARP = 4.0
"""How sharply near names are preferred: e**-4 for a step of `_apart`, or for one of valence."""
UNITS = ("", "units")

Key = tuple[str, str]
"""What a claim is of: a label set and its words for the affect, or `UNITS`; within one, names are made even."""
Sides = tuple[frozenset[Any], frozenset[Any]]
"""What is true and what is not."""
Leanings = Mapping[Key, Mapping[Any, float]]


def count(sample: Sample, counts: dict[Key, Counter[Sides]]) -> None:
    """Note which draws a sample asks for; an entry of `counts` for each two sides. InputError as of `units`."""
    try:
        both = emotion_sides(sample), unit_sides(sample)
    except InputError as error:
        raise InputError(f"sample {sample.id!r}: {error}") from error
    for key, sides in both:
        if all(sides):
            counts.setdefault(key, Counter())[sides] += 1


def leanings(counts: Mapping[Key, Mapping[Sides, int]]) -> Leanings:
    """For each label set and for the units, how far each name leans to the false side so that it is false as often."""
    return {key: leaning(of, partial(_near, key)) for key, of in counts.items()}


def claims(sample: Sample, seed: int, lean: Leanings) -> list[tuple[str, str, str | None]]:
    """Of the emotion and of a unit, where there are both sides: a true claim, a false one, and the evidence.

    The evidence is the annotated reasoning, or the units in words where nobody wrote any; of a unit always the units.
    """
    found = []
    names, drawn = emotions(sample, seed, lean), units(sample, seed, lean, "statement")
    seen = evidence(sample.gold)
    if names is not None:
        what = wording.what(sample, labels.find(str(sample.labels)).names)
        true, false = (f'{what[0].upper()}{what[1:]} is "{name}".' for name in names)
        found.append((true, false, seen if sample.reasoning is None else sample.reasoning))
    if drawn is not None:
        phrases = [(facs.phrase(unit), facs.spelling(unit)) for unit in drawn]
        true, false = (f"{phrase[0].upper()}{phrase[1:]} ({code})." for phrase, code in phrases)
        found.append((true, false, seen))
    return found


def emotions(sample: Sample, seed: int, lean: Leanings) -> tuple[str, str] | None:
    """The gold emotion and a name of the vocabulary that nobody said; None without one of the two."""
    key, sides = emotion_sides(sample)
    return _drawn(key, sides, lean, seed, sample.id, "emotion")


def units(sample: Sample, seed: int, lean: Leanings, use: str) -> tuple[int, int] | None:
    """A present unit and one coded absent, sooner one that opposes it, else one beside it; None without both.

    `use` is a word that makes draws for different uses differ. Raises InputError for a unit that FACS does not have.
    """
    key, sides = unit_sides(sample)
    return _drawn(key, sides, lean, seed, sample.id, use)


def emotion_sides(sample: Sample) -> tuple[Key, Sides]:
    """The gold emotion, and the names of the vocabulary that neither gold nor an annotator said."""
    vocabulary = labels.find(sample.labels) if sample.labels else None
    truth = sample.gold.emotion
    if vocabulary is None or truth is None or vocabulary.family.get(truth) == NO_MEANING:
        return ("", ""), (frozenset(), frozenset())
    said = {vocabulary.canonical(name) for affect in (sample.gold, *sample.annotators) for name in _named(affect)}
    free = {n for n in vocabulary.names if n not in said and vocabulary.family.get(n) != NO_MEANING}
    return (vocabulary.name, wording.what(sample, vocabulary.names)), (frozenset({truth}), frozenset(free))


def unit_sides(sample: Sample) -> tuple[Key, Sides]:
    """The units present and those coded absent. Raises InputError for a unit that FACS does not have."""
    present = sample.gold.units or frozenset()
    absent = frozenset(unit.number for unit in sample.gold.aus or ()) - present
    if present and absent:
        for unit in sorted(present | absent):
            facs.spelling(unit)
    return UNITS, (present, absent)


def _drawn(key: Key, sides: Sides, lean: Leanings, *words: object) -> Any:
    if not all(sides):
        return None
    return pair(*sides, partial(_near, key), lean.get(key, {}), *words)


def _near(key: Key, one: Any, other: Any) -> float:
    """How near two names are, above 0; 1 are those that are all but one."""
    steps, distance = _units_apart(one, other) if key == UNITS else _apart(labels.find(key[0]), one, other)
    return math.exp(-SHARP * (steps + distance))


def _apart(vocabulary: labels.Labels, one: str, other: str) -> tuple[int, float]:
    """How far two labels are apart: by family, then sign of valence, then the distance of valences."""
    a, b = vocabulary.valence.get(one), vocabulary.valence.get(other)
    distance = UNKNOWN if a is None or b is None else abs(a - b)
    if vocabulary.family.get(one) is not None and vocabulary.family.get(one) == vocabulary.family.get(other):
        return 0, distance
    same_sign = a is not None and b is not None and (a > 0, a < 0) == (b > 0, b < 0)
    return (1 if same_sign else 2), distance


def _units_apart(one: int, other: int) -> tuple[int, float]:
    """How far two units are apart: opposed, of one region, or neither; and by their numbers, a step in fifty."""
    opposed = (one, other) in facs.OPPOSING or (other, one) in facs.OPPOSING
    beside = facs.UNITS[one].region == facs.UNITS[other].region
    return (0 if opposed else 1 if beside else 2), abs(one - other) / 50


def _named(affect: Affect) -> set[str]:
    one = {affect.emotion} if affect.emotion else set()
    return one | set(emotions_said(affect))
