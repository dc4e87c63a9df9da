"""Who is drawn: the looks of an invented person, decided by one number."""

import random
from dataclasses import dataclass
from typing import Literal

Colour = tuple[int, int, int]
Hair = Literal["bald", "short", "fade", "curly", "long", "bun"]

_SKINS: tuple[Colour, ...] = (  # light to dark; a person lies anywhere between two neighbours
    (244, 218, 200),
    (238, 200, 170),
    (229, 182, 144),
    (208, 154, 112),
    (180, 124, 84),
    (150, 98, 66),
    (124, 79, 54),
    (102, 66, 47),
)
_HAIRS: tuple[Colour, ...] = (
    (22, 18, 20),
    (48, 30, 22),
    (84, 50, 28),
    (134, 82, 38),
    (206, 166, 92),
    (160, 66, 28),
    (150, 150, 154),
)
_IRISES: tuple[Colour, ...] = ((66, 38, 20), (98, 60, 28), (44, 98, 164), (52, 120, 76), (110, 116, 126), (128, 96, 40))
_BACKGROUNDS: tuple[Colour, ...] = (
    (120, 178, 216),
    (140, 204, 178),
    (176, 160, 214),
    (70, 104, 140),
    (206, 216, 222),
    (92, 132, 112),
    (226, 218, 150),
    (96, 90, 122),
)
_GLASSES: tuple[Colour, ...] = ((30, 30, 36), (150, 40, 46), (40, 70, 150), (110, 112, 118))


@dataclass(frozen=True)
class Identity:
    """The looks of one invented person; lengths are in hundredths of about the frame (the frame is 96 wide)."""

    number: int
    skin: Colour
    hair: Colour
    style: Hair
    brow: Colour
    brow_width: float
    eye_width: float
    eye_gap: float
    iris: Colour
    nose_width: float
    nose_length: float
    mouth_width: float
    lip_width: float
    lip: Colour
    face_width: float
    jaw: float
    background: Colour
    glasses: Colour | None
    beard: bool
    freckles: bool


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Blend two colours; `share` in [0, 1] is the part of `b`."""
    keep = 1.0 - share
    return (round(a[0] * keep + b[0] * share), round(a[1] * keep + b[1] * share), round(a[2] * keep + b[2] * share))


def brightness(colour: Colour) -> float:
    """The luma of a colour, 0 to 255 (ITU-R BT.601)."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def identity(number: int) -> Identity:
    """The person with this number (any integer): the same looks always, whatever was drawn before."""
    rng = random.Random(f"affectreason face {number}")
    depth = rng.uniform(0, len(_SKINS) - 1.001)
    skin = mix(_SKINS[int(depth)], _SKINS[int(depth) + 1], depth % 1)
    hair = rng.choice(_HAIRS if depth < 3.5 else (*_HAIRS[:3], _HAIRS[6]))
    style: Hair = rng.choice(("bald", "short", "fade", "curly", "long", "bun"))
    lip = mix((mix(skin, (186, 52, 62), 0.62)), (110, 20, 40), rng.uniform(0.0, 0.3))
    brow = mix(hair, (0, 0, 0), 0.3)
    brow = mix(brow, (26, 16, 12), max(0.0, brightness(brow) - 60) / 120)
    beard = style != "long" and rng.random() < 0.2
    # A background close to the skin would hide the outline of the face.
    backgrounds = [b for b in _BACKGROUNDS if sum(abs(x - y) for x, y in zip(b, skin, strict=True)) > 90]
    return Identity(
        number=number,
        skin=skin,
        hair=hair,
        style=style,
        brow=brow,
        brow_width=rng.uniform(3.8, 5.6),
        eye_width=rng.uniform(10.6, 12.2),
        eye_gap=rng.uniform(18.2, 20.0),
        iris=rng.choice(_IRISES if depth < 4 else (*_IRISES[:2], _IRISES[5])),
        nose_width=rng.uniform(5.0, 8.0),
        nose_length=rng.uniform(-1.5, 1.0),
        mouth_width=rng.uniform(13.5, 16.5),
        lip_width=rng.uniform(3.0, 4.4),
        lip=lip,
        face_width=rng.uniform(38.5, 42.0),
        jaw=rng.uniform(0.06, 0.24),
        background=rng.choice(backgrounds),
        glasses=rng.choice(_GLASSES) if rng.random() < 0.18 else None,
        beard=beard,
        freckles=rng.random() < 0.15,
    )
