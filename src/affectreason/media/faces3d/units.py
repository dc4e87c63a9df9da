"""Facial action units as weights of face units.

Face units are those of ARKit (52 blendshapes); which action units they show follows the comparison of both that is in
common use (Ozel, ARKit to FACS cheat sheet, 2022). Weights above 1 go beyond the pack's own strength, which is mild.
"""

from collections.abc import Collection, Mapping

from affectreason.errors import InputError

_BOTH = ("Left", "Right")

# Action unit -> face unit -> weight at intensity 5. A name without a side stands for both sides where it has two.
TABLE: dict[int, dict[str, float]] = {
    1: {"browInnerUp": 2.2},
    2: {"browOuterUp": 1.5},
    4: {"browDown": 1.7},
    5: {"eyeWide": 1.8},
    6: {"cheekSquint": 1.3, "eyeSquint": 0.4},
    7: {"eyeSquint": 1.7},
    9: {"noseSneer": 2.2, "browDown": 0.5, "cheekSquint": 0.3},
    10: {"mouthUpperUp": 1.7, "noseSneer": 0.5},
    12: {"mouthSmile": 0.85},
    15: {"mouthFrown": 2.0},
    17: {"mouthShrugLower": 1.6, "mouthShrugUpper": 0.6},
    20: {"mouthStretch": 1.6, "mouthDimple": 0.5, "mouthSmile": 0.16},
    23: {"mouthPucker": 0.9, "mouthRollLower": 0.9, "mouthRollUpper": 0.8},
    25: {"mouthLowerDown": 1.3, "mouthUpperUp": 0.15, "jawOpen": 0.16},
    26: {"jawOpen": 0.75},
}
UNITS: tuple[int, ...] = tuple(TABLE)


def weights(units: Mapping[int, float], names: Collection[str], shut: Collection[int] = ()) -> dict[str, float]:
    """The weights of face units (of `names`) for action units at intensities 0 to 5; what two ask for adds up.

    `shut` names closed eyes by their side of the picture: -1 is the person's right eye, 1 the left one. A unit that is
    not in `TABLE` or an intensity out of range is an InputError.
    """
    found: dict[str, float] = {}
    for unit, intensity in units.items():
        if unit not in TABLE:
            raise InputError(f"AU{unit} cannot be drawn in 3d; the units that can: {', '.join(map(str, UNITS))}")
        if not 0 <= intensity <= 5:
            raise InputError(f"AU{unit} has intensity {intensity}; an intensity lies in 0 to 5")
        for name, weight in TABLE[unit].items():
            for side in _sides(name, names):
                found[side] = found.get(side, 0.0) + weight * intensity / 5
    for eye in shut:
        found = {name: weight for name, weight in found.items() if name not in _opens(eye)}
        found["eyeBlink" + ("Right" if eye < 0 else "Left")] = 1.0
    return {name: weight for name, weight in found.items() if weight}


def _sides(name: str, names: Collection[str]) -> list[str]:
    """The face units that a name of the table stands for; InputError where the head has none."""
    sides = [name] if name in names else [name + side for side in _BOTH]
    missing = [side for side in sides if side not in names]
    if missing:
        raise InputError(f"the head has no face unit {missing[0]}; run `affectreason assets get small` again")
    return sides


def _opens(eye: int) -> tuple[str, ...]:
    """The face units of an eye that a shut lid undoes."""
    side = "Right" if eye < 0 else "Left"
    return (f"eyeWide{side}", f"eyeSquint{side}")
