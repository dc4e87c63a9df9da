"""How far annotators agree: mean pairwise agreement and Krippendorff's alpha, from sums, so that no vote is kept.

Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): alpha = 1 - observed / expected disagreement over the
pairs of votes on one item; an item with a single vote has no pair and is left out.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from affectreason.affect.sample import Affect

SCALES = ("valence", "arousal", "dominance", "score")


def finite(value: float | None) -> float | None:
    """The number, None where it or a sum it is made of is too large to be one: JSON has no infinity."""
    return value if value is not None and math.isfinite(value) else None


@dataclass
class Names:
    """Votes that are names: two of them agree or do not (alpha with the nominal metric)."""

    items: int = 0
    agreeing: float = 0.0
    apart: float = 0.0
    given: Counter[str] = field(default_factory=Counter)

    def add(self, votes: Sequence[str]) -> None:
        """Take in the votes on one item; the absent ones are not among them."""
        size = len(votes)
        if size < 2:
            return
        counts = Counter(votes)
        same = sum(count * (count - 1) for count in counts.values())
        self.items += 1
        self.agreeing += same / (size * (size - 1))
        self.apart += (size * (size - 1) - same) / (size - 1)
        self.given.update(counts)

    def result(self) -> dict[str, Any]:
        """Items, votes, the mean share of agreeing pairs in [0, 1], and alpha: None where every vote is the same."""
        total = self.given.total()
        expected = total * total - sum(count * count for count in self.given.values())
        alpha = 1 - self.apart * (total - 1) / expected if expected else None
        pairwise = self.agreeing / self.items if self.items else None
        return {"scale": "names", "items": self.items, "votes": total, "pairwise": pairwise, "alpha": alpha}


@dataclass
class Numbers:
    """Votes that are numbers: they lie apart by their difference (alpha with the interval metric, its square).

    The sums are of the differences from the first vote: those of large numbers would lose the small differences.
    """

    items: int = 0
    votes: int = 0
    difference: float = 0.0
    apart: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    first: float | None = None

    def add(self, votes: Sequence[float]) -> None:
        """Take in the votes on one item; the absent ones are not among them."""
        size = len(votes)
        if size < 2:
            return
        gaps = [abs(one - other) for one, other in combinations(votes, 2)]
        self.items += 1
        self.votes += size
        self.difference += sum(gaps) / len(gaps)
        self.apart += 2 * sum(gap * gap for gap in gaps) / (size - 1)
        self.first = votes[0] if self.first is None else self.first
        moved = [vote - self.first for vote in votes]
        self.total += sum(moved)
        self.squares += sum(vote * vote for vote in moved)

    def result(self) -> dict[str, Any]:
        """Items, votes, the mean difference of two votes on one item, and alpha: None where every vote is the same."""
        expected = 2 * (self.votes * self.squares - self.total * self.total)
        alpha = 1 - self.apart * (self.votes - 1) / expected if expected > 0 else None
        difference = self.difference / self.items if self.items else None
        told = {"items": self.items, "votes": self.votes, "difference": finite(difference), "alpha": finite(alpha)}
        return {"scale": "numbers", **told}


@dataclass
class Votes:
    """The single votes of a stream of samples, each measure by those who gave it: coded, not missing."""

    names: dict[str, Names] = field(default_factory=dict)
    numbers: dict[str, Numbers] = field(default_factory=dict)
    sets: int = 0

    def add(self, annotators: Sequence[Affect]) -> None:
        """Take in the annotators of one sample."""
        if len(annotators) < 2:
            return
        for name in ("emotion", "sentiment"):
            said = [vote for affect in annotators if (vote := getattr(affect, name)) is not None]
            self.names.setdefault(name, Names()).add(said)
        for name in SCALES:
            told = [vote for affect in annotators if (vote := getattr(affect, name)) is not None]
            self.numbers.setdefault(name, Numbers()).add(told)
        for number in {unit.number for affect in annotators for unit in affect.aus or ()}:
            coders = [affect for affect in annotators if any(unit.number == number for unit in affect.aus or ())]
            seen = ["present" if number in (affect.units or ()) else "absent" for affect in coders]
            self.names.setdefault(f"AU{number}", Names()).add(seen)
        self.sets += sum(affect.emotions is not None for affect in annotators) > 1

    def results(self) -> dict[str, dict[str, Any]]:
        """Each measure that has items; units only where some vote says absent, else only present ones are listed."""
        absent = any(votes.given["absent"] for name, votes in self.names.items() if name.startswith("AU"))
        every: dict[str, Names | Numbers] = {**self.names, **self.numbers}
        found = {name: votes.result() for name, votes in every.items() if votes.items}
        units = sorted((name for name in found if name.startswith("AU")), key=lambda name: int(name[2:]))
        others = [name for name in found if not name.startswith("AU")]
        return {name: found[name] for name in others + (units if absent else [])}
