"""From blendshapes to evidence for action units: what MediaPipe's 52 scores can say of a face, and what they cannot.

AU6 (cheekSquint), AU9 (noseSneer) and AD34 (cheekPuff) stay near 0 on broad smiles and sneers, so they are unobserved,
as is every unit without a blendshape; AU23 shares the scores of AU24.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

SIDES: dict[int, str] = {
    2: "browOuterUp", 4: "browDown", 5: "eyeWide", 7: "eyeSquint", 10: "mouthUpperUp", 12: "mouthSmile",
    14: "mouthDimple", 15: "mouthFrown", 16: "mouthLowerDown", 20: "mouthStretch", 24: "mouthPress", 43: "eyeBlink",
}  # fmt: skip
"""Units with a score for each side: `mouthSmileLeft` and `mouthSmileRight`, as the tool names its sides."""
WHOLE: dict[int, tuple[str, ...]] = {
    1: ("browInnerUp",), 17: ("mouthShrugLower",), 18: ("mouthPucker",), 22: ("mouthFunnel",), 26: ("jawOpen",),
    28: ("mouthRollLower", "mouthRollUpper"),
}  # fmt: skip
"""Units with one score, or with the mean of two."""
PARTED = 0.1
"""From here on an open jaw parts the lips. A smile that shows the teeth has a closed jaw, so less says nothing."""
UNEVEN = 0.2
"""From this difference on the two sides are told apart."""
SHUT = 43


class Evidence(NamedTuple):
    """How strongly the tool sees a unit, in [0, 1]; `left` and `right` where it scores the sides apart."""

    value: float
    left: float | None = None
    right: float | None = None


def evidence(scores: Mapping[str, float]) -> dict[int, Evidence]:
    """Evidence by unit from the scores of all 52 blendshapes; a unit that cannot be seen is absent from it."""
    found = {}
    for unit, name in SIDES.items():
        left, right = scores[f"{name}Left"], scores[f"{name}Right"]
        found[unit] = Evidence((left + right) / 2, left, right)
    for unit, names in WHOLE.items():
        found[unit] = Evidence(sum(scores[name] for name in names) / len(names))
    parted = scores["jawOpen"] - scores["mouthClose"]
    if parted >= PARTED:
        found[25] = Evidence(parted)
    return dict(sorted(found.items()))


def as_text(found: Mapping[int, Evidence]) -> tuple[str, ...]:
    """`AU12 0.90`, and `AU14 0.35 (left 0.60, right 0.10)` where the sides differ."""
    return tuple(
        f"AU{unit} {one.value:.2f}"
        + (
            f" (left {one.left:.2f}, right {one.right:.2f})"
            if one.left is not None and one.right is not None and abs(one.left - one.right) >= UNEVEN
            else ""
        )
        for unit, one in found.items()
    )


def peak(frames: Sequence[Mapping[int, Evidence] | None]) -> int | None:
    """The frame with the largest sum of evidence, the first of equal ones; None where no frame has a face.

    Shut eyes do not count, or every blink would be a peak.
    """
    sums = {
        at: sum(one.value for unit, one in found.items() if unit != SHUT)
        for at, found in enumerate(frames)
        if found is not None
    }
    return max(sums, key=lambda at: sums[at]) if sums else None
