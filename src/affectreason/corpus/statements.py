"""True and false statements of a labelled sample: the false one is as near to the truth as the label set allows."""

from affectreason.affect import facs, labels
from affectreason.affect.sample import Affect, Sample
from affectreason.corpus import wording
from affectreason.corpus.chance import number, one_of
from affectreason.recipe.prompts import evidence

NO_MEANING = "other"
"""The family of labels that name no emotion ("something else"): nothing is stated of them."""
UNKNOWN = 3.0
"""Beyond any distance of valences, which lie in [-1, 1]."""


def claims(sample: Sample, seed: int) -> list[tuple[str, str, str | None]]:
    """Of the emotion and of a unit, where there are both sides: a true claim, a false one, and the evidence.

    The evidence is the annotated reasoning, or the units in words where nobody wrote any; of a unit always the units.
    """
    found = []
    names, pair = emotions(sample, seed), units(sample, seed, "statement")
    seen = evidence(sample.gold)
    if names is not None:
        what = wording.what(sample, labels.find(str(sample.labels)).names)
        true, false = (f'{what[0].upper()}{what[1:]} is "{name}".' for name in names)
        found.append((true, false, seen if sample.reasoning is None else sample.reasoning))
    if pair is not None:
        phrases = [(facs.phrase(unit), facs.spelling(unit)) for unit in pair]
        true, false = (f"{phrase[0].upper()}{phrase[1:]} ({code})." for phrase, code in phrases)
        found.append((true, false, seen))
    return found


def emotions(sample: Sample, seed: int) -> tuple[str, str] | None:
    """The gold emotion and the nearest name of the vocabulary that nobody said; None without one of the two."""
    vocabulary = labels.find(sample.labels) if sample.labels else None
    truth = sample.gold.emotion
    if vocabulary is None or truth is None or vocabulary.family.get(truth) == NO_MEANING:
        return None
    said = {vocabulary.canonical(name) for affect in (sample.gold, *sample.annotators) for name in _named(affect)}
    free = [n for n in vocabulary.names if n not in said and vocabulary.family.get(n) != NO_MEANING]
    if not free:
        return None
    return truth, min(free, key=lambda name: (*_apart(vocabulary, truth, name), number(seed, sample.id, name)))


def units(sample: Sample, seed: int, use: str) -> tuple[int, int] | None:
    """A present unit and the nearest one coded absent: one that opposes it, else one beside it; None without both.

    `use` is a word that makes draws for different uses differ. Raises InputError for a unit that FACS does not have.
    """
    present = sample.gold.units or frozenset()
    absent = {unit.number for unit in sample.gold.aus or ()} - present
    if not present or not absent:
        return None
    for unit in (*present, *absent):
        facs.spelling(unit)
    truth = one_of(sorted(present), seed, sample.id, use)
    against = {frozenset(pair) for pair in facs.OPPOSING}

    def apart(unit: int) -> tuple[bool, bool, int, int]:
        opposed = frozenset((truth, unit)) in against
        other_region = facs.UNITS[truth].region != facs.UNITS[unit].region
        return not opposed, other_region, abs(unit - truth), number(seed, sample.id, use, unit)

    return truth, min(absent, key=apart)


def _apart(vocabulary: labels.Labels, one: str, other: str) -> tuple[int, float]:
    """How far two labels are apart: by family, then sign of valence, then the distance of valences."""
    a, b = vocabulary.valence.get(one), vocabulary.valence.get(other)
    distance = UNKNOWN if a is None or b is None else abs(a - b)
    if vocabulary.family.get(one) is not None and vocabulary.family.get(one) == vocabulary.family.get(other):
        return 0, distance
    same_sign = a is not None and b is not None and (a > 0, a < 0) == (b > 0, b < 0)
    return (1 if same_sign else 2), distance


def _named(affect: Affect) -> set[str]:
    one = {affect.emotion} if affect.emotion else set()
    return one | {name for name, weight in (affect.emotions or {}).items() if weight > 0}
