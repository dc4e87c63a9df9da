"""Who is drawn in 3d: the shape and the looks of an invented person, decided by one number."""

import random
from dataclasses import dataclass
from typing import Literal

from affectreason.media.face_people import Colour, mix

Hair = Literal["bald", "short", "thick", "long"]

HERITAGES: tuple[str, ...] = ("african", "asian", "caucasian")  # the names of the head's own shapes
_AGES: tuple[str, ...] = ("child", "young", "old")
_WHO: tuple[str, ...] = tuple(f"{sex}-{age}" for sex in ("female", "male") for age in _AGES)
SHAPES: tuple[str, ...] = (
    *(f"{one}-{who}" for one in HERITAGES for who in _WHO),
    *(f"universal-{who}-averagemuscle-{heavy}" for who in _WHO for heavy in ("minweight", "maxweight")),
)
_SKINS: tuple[Colour, ...] = (  # light to dark; a person lies anywhere between two neighbours
    (238, 208, 188),
    (228, 188, 160),
    (212, 166, 134),
    (188, 138, 104),
    (158, 108, 78),
    (124, 82, 60),
    (98, 64, 48),
)
_HAIRS: tuple[Colour, ...] = ((26, 22, 22), (44, 30, 24), (74, 48, 32), (118, 78, 44), (176, 138, 84), (132, 62, 34))
_GREY: Colour = (168, 166, 164)
_IRISES: tuple[Colour, ...] = ((62, 38, 22), (92, 60, 32), (70, 104, 140), (84, 112, 78), (104, 112, 120))
_BACKGROUNDS: tuple[Colour, ...] = (
    (112, 138, 158), (126, 148, 132), (140, 132, 156), (84, 96, 108), (176, 182, 186), (150, 140, 120), (96, 88, 104),
)  # fmt: skip
_SHIRTS: tuple[Colour, ...] = ((44, 52, 66), (120, 44, 48), (52, 84, 70), (196, 192, 184), (66, 62, 60), (58, 86, 132))


@dataclass(frozen=True)
class Person:
    """One invented person: `shape` weighs the head's own shapes; `male` and `age` (0 child, 0.5 young, 1 old)."""

    number: int
    shape: tuple[tuple[str, float], ...]
    male: float
    age: float
    skin: Colour
    hair: Colour
    style: Hair
    hairline: float
    brow: Colour
    brow_width: float
    beard: float
    iris: Colour
    lip: Colour
    shirt: Colour
    background: Colour


def person(number: int) -> Person:
    """The person with this number (any integer): the same always, whatever was drawn before.

    Sex, age and the parts of three heritages are mixed freely; the tone of the skin leans to the heritage.
    """
    rng = random.Random(f"affectreason head {number}")
    parts = [rng.random() ** 2.5 + 0.02 for _ in HERITAGES]
    heritage = [part / sum(parts) for part in parts]
    male, age, weight = float(rng.random() < 0.5), rng.uniform(0.3, 1.0), rng.uniform(-0.8, 0.8)
    depth = min(max(5.4 * heritage[0] + 2.0 * heritage[1] + 0.8 * heritage[2] + rng.uniform(-0.8, 0.8), 0.0), 5.99)
    skin = mix(_SKINS[int(depth)], _SKINS[int(depth) + 1], depth % 1)
    hair = rng.choice(_HAIRS if depth < 1.8 else _HAIRS[:2])
    hair = mix(hair, _GREY, max(0.0, (age - 0.72) * rng.uniform(1.0, 3.2)))
    style: Hair = rng.choice(
        ("bald", "short", "short", "thick") if male else ("short", "thick", "long", "long", "long")
    )
    red = (150, 52, 56) if male else (186, 52, 62)
    return Person(
        number=number,
        shape=_shape(heritage, male, age, weight),
        male=male,
        age=age,
        skin=skin,
        hair=hair,
        style=style,
        hairline=rng.uniform(-0.08, 0.04) + (0.25 * max(0.0, age - 0.6) if male else 0.0),
        brow=mix(mix(hair, (28, 20, 18), 0.45), skin, 0.08),
        brow_width=rng.uniform(0.85, 1.25) if male else rng.uniform(0.6, 0.95),
        beard=rng.uniform(0.15, 0.6) if male and age > 0.45 and rng.random() < 0.5 else 0.0,
        iris=rng.choice(_IRISES if depth < 1.8 else _IRISES[:2]),
        lip=mix(skin, red, rng.uniform(0.3, 0.42) if male else rng.uniform(0.4, 0.6)),
        shirt=rng.choice(_SHIRTS),
        # A background close to the skin would hide the outline of the face.
        background=rng.choice([b for b in _BACKGROUNDS if sum(abs(x - y) for x, y in zip(b, skin, strict=True)) > 70]),
    )


def _shape(heritage: list[float], male: float, age: float, weight: float) -> tuple[tuple[str, float], ...]:
    """The weight of every shape of a person; those at 0 are left out."""
    ages = {"child": max(0.0, 1 - 2 * age), "young": 1 - abs(2 * age - 1), "old": max(0.0, 2 * age - 1)}
    sexes = {"female": 1 - male, "male": male}
    found: dict[str, float] = {}
    for sex, of_sex in sexes.items():
        for years in _AGES:
            share = of_sex * ages[years]
            for one, part in zip(HERITAGES, heritage, strict=True):
                found[f"{one}-{sex}-{years}"] = share * part
            heavy = "maxweight" if weight > 0 else "minweight"
            found[f"universal-{sex}-{years}-averagemuscle-{heavy}"] = share * abs(weight)
    return tuple((name, value) for name, value in found.items() if value)
