"""What a drawn face shows and why: recipes of action units for seven emotions, and sentences that name them.

The recipes follow the prototypes of EMFACS (Friesen & Ekman 1983; Ekman, Friesen & Hager 2002) and the shares of Du,
Tao & Martinez (PNAS 2014). They are conventions of posed faces (Barrett et al. 2019), not laws of felt emotion.
"""

from collections.abc import Mapping
from random import Random

from affectreason.errors import InputError, nearest

EMOTIONS: tuple[str, ...] = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")

# Always there, at intensity 2.5 or more. With the optional units, only fear can hold the core of another emotion
# (surprise), and surprise never holds AU4 or AU20: the units decide the emotion.
CORE: dict[str, tuple[int, ...]] = {
    "anger": (4, 7, 23),
    "disgust": (9, 10),
    "fear": (1, 4, 20, 25),
    "happiness": (6, 12),
    "neutral": (),
    "sadness": (1, 4, 15),
    "surprise": (1, 2, 25, 26),
}
# Sometimes there, with this probability.
OPTIONAL: dict[str, dict[int, float]] = {
    "anger": {5: 0.5, 17: 0.35},
    "disgust": {4: 0.3, 15: 0.25, 17: 0.5, 25: 0.25},
    "fear": {2: 0.6, 5: 0.65, 26: 0.35},
    "happiness": {25: 0.5, 26: 0.15},
    "neutral": {},
    "sadness": {17: 0.5},
    "surprise": {5: 0.65},
}
OPPOSING: tuple[tuple[int, int], ...] = ((12, 15), (17, 25), (17, 26), (23, 25), (23, 26))
_WEAK = (2, 5, 7, 17)  # units that tell no emotion alone

PHRASES: dict[int, str] = {
    1: "the inner brows are raised",
    2: "the outer brows are raised",
    4: "the brows are lowered",
    5: "the upper lids are raised",
    6: "the cheeks are raised",
    7: "the lids are tightened",
    9: "the nose is wrinkled",
    10: "the upper lip is raised",
    12: "the lip corners are pulled up",
    15: "the lip corners are pulled down",
    17: "the chin is raised",
    20: "the lips are stretched",
    23: "the lips are tightened",
    25: "the lips are parted",
    26: "the jaw is dropped",
}


def expression(emotion: str, rng: Random) -> dict[int, float]:
    """Choose the action units of a face that shows an emotion: unit number -> intensity, 1 to 5 in steps of 0.1.

    The core units of the emotion are at 2.5 or more; optional ones at 2 to 4.5; seldom one weak unit (1.5 to 2.5)
    strays in. Opposing units never come together. An unknown emotion is an InputError.
    """
    if emotion not in CORE:
        raise InputError(f"no drawn face shows {emotion!r}; {nearest(emotion, EMOTIONS)}")
    found = {unit: round(rng.uniform(2.5, 5.0), 1) for unit in CORE[emotion]}
    for unit, share in OPTIONAL[emotion].items():
        if rng.random() < share and _fits(unit, found):
            found[unit] = round(rng.uniform(2.0, 4.5), 1)
    if rng.random() < (0.1 if emotion == "neutral" else 0.05):
        unit = rng.choice(_WEAK)
        if unit not in found and _fits(unit, found):
            found[unit] = round(rng.uniform(1.5, 2.5), 1)
    return dict(sorted(found.items()))


def _fits(unit: int, found: Mapping[int, float]) -> bool:
    """Whether a unit can join the others: no opposite is there, and a dropped jaw has parted lips."""
    if unit == 26 and 25 not in found:
        return False
    return not any((a == unit and b in found) or (b == unit and a in found) for a, b in OPPOSING)


def decode(units: Mapping[int, float] | frozenset[int]) -> str:
    """The emotion whose core units are all there, the one with the most of them; neutral when none is complete.

    Fear with every optional unit also holds the core of surprise, which is as long: fear comes first in `EMOTIONS`.
    """
    there = set(units)
    return max(EMOTIONS, key=lambda emotion: len(CORE[emotion]) if there.issuperset(CORE[emotion]) else -1)


def reasoning(units: Mapping[int, float], emotion: str, rng: Random | None = None) -> str:
    """Say in one or two sentences which units are there, by number, and what they add up to.

    The wording is fixed, so that a small model can learn it; `rng` is taken for callers that vary it and is not used.
    """
    phrases = [f"{PHRASES[unit]} (AU{unit})" for unit in sorted(units) if units[unit] > 0]
    if not phrases:
        return f"No action unit is active. The face is at rest, which is {emotion}."
    listed = phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} and {phrases[-1]}"
    if emotion == "neutral":
        return f"{listed[0].upper()}{listed[1:]}. Alone it shows no emotion, which is neutral."
    return f"{listed[0].upper()}{listed[1:]}. Together they show {emotion}."
