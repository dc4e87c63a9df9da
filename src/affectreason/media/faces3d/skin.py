"""What is painted on a head, by place on the mean adult in decimetres from the middle between the eyes.

Lips, eyes, brows, hair, beard, nostrils and the wrinkles of action units. Places move with the skin, so that what is
painted does too.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from affectreason.media.faces3d.people import Person

# Above |x|: where the upper lip begins and the lower ends; where a brow's middle is and half its height.
_LIP_X = (0.0, 0.05, 0.12, 0.2, 0.235)
_LIP_TOP = (-0.6, -0.588, -0.615, -0.66, -0.688)
_LIP_END = (-0.8, -0.795, -0.775, -0.725, -0.692)
_BROW_X = (0.07, 0.12, 0.25, 0.38, 0.48, 0.56)
_BROW_Y = (0.172, 0.18, 0.205, 0.218, 0.195, 0.15)
_BROW_HALF = (0.025, 0.042, 0.042, 0.034, 0.022, 0.006)
# From the nape to the forehead (z): above which height hair grows.
_HAIR_Z = (-1.5, -1.2, -0.9, -0.62, -0.5, -0.36, -0.2, 0.0, 0.2)
_HAIR_Y = (-0.75, -0.55, -0.3, -0.22, -0.12, 0.2, 0.5, 0.66, 0.72)

Line = tuple[tuple[float, float], ...]
# The wrinkles of each action unit on the person's left; the right has them mirrored.
FOLDS: dict[int, tuple[Line, ...]] = {
    1: (((0.0, 0.4), (0.12, 0.41), (0.24, 0.38)), ((0.0, 0.5), (0.14, 0.51), (0.26, 0.47))),
    2: (((0.26, 0.38), (0.4, 0.4), (0.52, 0.33)), ((0.28, 0.47), (0.4, 0.49), (0.52, 0.43))),
    4: (((0.035, 0.08), (0.045, 0.18), (0.035, 0.3)), ((0.0, 0.045), (0.05, 0.055))),
    6: (
        ((0.5, 0.0), (0.62, 0.06)), ((0.5, -0.03), (0.63, -0.03)), ((0.49, -0.06), (0.61, -0.12)),
        ((0.16, -0.15), (0.3, -0.2), (0.45, -0.16)),
    ),
    7: (((0.17, -0.095), (0.3, -0.125), (0.43, -0.095)),),
    9: (
        ((0.0, 0.0), (0.07, 0.015)), ((0.0, -0.06), (0.085, -0.04)), ((0.0, -0.12), (0.095, -0.095)),
        ((0.1, -0.1), (0.17, -0.2)), ((0.17, -0.36), (0.24, -0.46), (0.27, -0.56)),
    ),
    10: (((0.17, -0.36), (0.27, -0.44), (0.33, -0.58)), ((0.0, -0.5), (0.04, -0.5))),
    12: (((0.18, -0.38), (0.29, -0.5), (0.345, -0.66)), ((0.26, -0.63), (0.29, -0.7))),
    15: (((0.245, -0.7), (0.285, -0.76), (0.3, -0.86)),),
    17: (
        ((0.0, -0.845), (0.08, -0.86), (0.13, -0.91)),
        ((0.03, -0.93), (0.035, -0.96)), ((0.08, -0.95), (0.085, -0.98)),
    ),
    20: (((0.3, -0.6), (0.335, -0.69), (0.3, -0.79)), ((0.37, -0.6), (0.405, -0.7), (0.37, -0.81))),
    23: (
        ((0.05, -0.575), (0.055, -0.52)), ((0.12, -0.595), (0.135, -0.54)),
        ((0.05, -0.805), (0.055, -0.86)), ((0.12, -0.785), (0.135, -0.84)),
    ),
}  # fmt: skip
_FOLD_WIDE = 0.014
_IRIS, _PUPIL = 0.064, 0.028


def paint(places: np.ndarray, who: Person, units: Mapping[int, float], crease: np.ndarray) -> np.ndarray:
    """The colour (P, 3), 0 to 255, of skin at `places` (P, 3); `crease` (P,) in [0, 1] is how much it is compressed."""
    x, y, z = np.abs(places[:, 0]), places[:, 1], places[:, 2]
    colour = np.tile(np.array(who.skin, np.float32), (len(places), 1))
    front = z > -0.35
    grown = hair(places, who.hairline) if who.style != "bald" else np.zeros(0)
    blush = 0.22 * _spot(x, y, 0.36, -0.36, 0.2) + 0.2 * _spot(x, y, 0.0, -0.38, 0.12)
    _over(colour, (196, 84, 72), blush * front * (1.0 if sum(who.skin) > 420 else 0.5))
    colour *= (1 - 0.025 * _grain(places))[:, None]
    if who.beard:
        _over(colour, who.hair, who.beard * _beard(x, y, z))
    _over(colour, tuple(0.3 * level for level in who.skin), 0.8 * _spot(x, y, 0.1, -0.435, 0.05) * (z > 0.2))
    _over(colour, who.lip, lips(places))
    _over(colour, (52, 18, 18), cavity(places))
    _over(colour, who.brow, 0.92 * brow(places, who.brow_width))
    if who.style != "bald":
        at = np.flatnonzero(grown > 0)
        strand = 0.85 + 0.2 * np.sin(46 * places[at, 0] + 9 * np.sin(5 * z[at]) + 6 * y[at]) * np.sin(
            21 * z[at] + 13 * x[at]
        )
        colour[at] += (np.array(who.hair) * strand[:, None] - colour[at]) * grown[at, None]
    _over(colour, who.shirt, _step(-1.28 - 0.22 * np.minimum(x, 0.6), y, 0.02))
    dark = 0.42 * np.maximum(crease, 0.9 * folds(places, units) * front)
    return colour * (1 - dark[:, None] * np.array([0.8, 1.0, 1.0]))


def eyes(places: np.ndarray, who: Person) -> np.ndarray:
    """The colour of eyeballs: white, iris with a dark rim, pupil and a glint; darker under the upper lid."""
    x, y = np.abs(places[:, 0]) - 0.308, places[:, 1] + 0.006
    away = np.hypot(x, y)
    colour: np.ndarray = np.tile(np.array((236, 232, 228), np.float32), (len(places), 1))
    iris = np.array(who.iris) * (1.15 - 0.5 * (away[:, None] / _IRIS) ** 4)
    colour = np.where((away < _IRIS)[:, None], iris, colour)
    colour = np.where((away < _PUPIL)[:, None], (12, 10, 10), colour)
    colour = colour * (1 - 0.45 * np.clip((y + 0.005) / 0.05, 0, 1))[:, None]
    glint = np.hypot(places[:, 0] - 0.308 * np.sign(places[:, 0]) + 0.022, y - 0.022) < 0.014
    found: np.ndarray = np.where(glint[:, None], (250, 250, 250), colour)
    return found


def lips(places: np.ndarray) -> np.ndarray:
    """How much of each place is lip, in [0, 1]."""
    x, y = np.abs(places[:, 0]), places[:, 1]
    inside = _step(np.interp(x, _LIP_X, _LIP_TOP), y, 0.012) * (1 - _step(np.interp(x, _LIP_X, _LIP_END), y, 0.012))
    found: np.ndarray = inside * (x < 0.24) * (places[:, 2] > 0.05)
    return found


def cavity(places: np.ndarray) -> np.ndarray:
    """How much of each place lies behind the lips, in [0, 1]."""
    x, y, z = np.abs(places[:, 0]), places[:, 1], places[:, 2]
    behind = _step(0.22 - 1.6 * np.minimum(x, 0.2) ** 2, z, 0.03)
    found: np.ndarray = behind * (x < 0.22) * (y < -0.5) * (y > -0.77) * (z > -0.7)
    return found


def brow(places: np.ndarray, width: float) -> np.ndarray:
    """How much of each place is brow, in [0, 1]; `width` is a factor."""
    x, y = np.abs(places[:, 0]), places[:, 1]
    half = np.interp(x, _BROW_X, _BROW_HALF) * width
    away = np.abs(y - np.interp(x, _BROW_X, _BROW_Y)) + 0.003 * np.sin(130 * x + 60 * y)
    inside = _step(half, away, 0.014) * _step(_BROW_X[-1], x, 0.02) * (1 - _step(_BROW_X[0], x, 0.03))
    found: np.ndarray = inside * (places[:, 2] > -0.2)
    return found


def hair(places: np.ndarray, higher: float, soft: float = 0.03) -> np.ndarray:
    """How much of each place has hair on it, in [0, 1]: the scalp, over `soft` decimetres, and not the ears.

    `higher` raises the hairline over the forehead, in decimetres.
    """
    x, y, z = np.abs(places[:, 0]), places[:, 1], places[:, 2]
    line = np.interp(z, _HAIR_Z, _HAIR_Y) + 0.012 * np.sin(31 * places[:, 0]) - 0.06 * np.minimum(x, 0.5)
    line += higher * (z > -0.3) + soft / 2
    found: np.ndarray = (1 - _step(line, y, soft)) * ~((x > 0.715) & (y < 0.12))
    return found


def folds(places: np.ndarray, units: Mapping[int, float]) -> np.ndarray:
    """How deep the wrinkles of the action units are at each place, in [0, 1]."""
    x, y = np.abs(places[:, 0]), places[:, 1]
    deep = np.zeros(len(places), np.float32)
    for unit, intensity in units.items():
        for line in FOLDS.get(unit, ()):
            for (x0, y0), (x1, y1) in pairwise(line):
                reach = 3 * _FOLD_WIDE
                near = (x > min(x0, x1) - reach) & (x < max(x0, x1) + reach)
                near &= (y > min(y0, y1) - reach) & (y < max(y0, y1) + reach)
                at = np.flatnonzero(near)
                along = ((x[at] - x0) * (x1 - x0) + (y[at] - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)
                along = along.clip(0, 1)
                far = (x[at] - x0 - along * (x1 - x0)) ** 2 + (y[at] - y0 - along * (y1 - y0)) ** 2
                deep[at] = np.maximum(deep[at], intensity / 5 * np.exp(-far / _FOLD_WIDE**2))
    return deep


def _beard(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Where a beard grows, in [0, 1]: the jaw, the chin and above the lip."""
    cheek = np.interp(x, (0.0, 0.2, 0.35, 0.6, 0.72), (-0.5, -0.5, -0.62, -0.5, -0.25))
    found: np.ndarray = _step(cheek, y, 0.08) * (1 - _step(-1.2, y, 0.1)) * (z > -0.55)
    return found


def _grain(places: np.ndarray) -> np.ndarray:
    """A slight unevenness of the skin, about 0."""
    x, y, z = places.T
    found: np.ndarray = np.sin(23 * x + 7 * np.sin(11 * y)) * np.sin(29 * y + 5 * np.sin(13 * z)) * 0.5
    return found


def _spot(x: np.ndarray, y: np.ndarray, at_x: float, at_y: float, wide: float) -> np.ndarray:
    found: np.ndarray = np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / wide**2)
    return found


def _step(edge: np.ndarray | float, value: np.ndarray | float, soft: float) -> np.ndarray:
    """1 where a value lies below an edge, 0 above, and between over a distance of `soft`."""
    found: np.ndarray = np.clip((np.asarray(edge) - value) / soft + 0.5, 0, 1)
    return found


def _over(under: np.ndarray, colour: np.ndarray | tuple[float, ...], share: np.ndarray) -> None:
    """Lay a colour over others, in place; `share` (P,) in [0, 1]."""
    at = np.flatnonzero(share > 0.004)
    colour = np.asarray(colour, np.float32)
    under[at] += ((colour[at] if colour.ndim == 2 else colour) - under[at]) * share[at, None].astype(np.float32)
