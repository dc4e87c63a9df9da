"""The range of every annotated number and the constancy of every annotated word, by data set, from a stream."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from affectreason.affect.sample import Sample

Value = str | float
MOST_KINDS = 8


@dataclass
class Column:
    """How many values were seen, the least and the greatest number, and the first eight different values."""

    count: int = 0
    least: float = math.inf
    most: float = -math.inf
    values: set[Value] = field(default_factory=set)

    def add(self, value: Value) -> None:
        """Take in one value."""
        self.count += 1
        if len(self.values) < MOST_KINDS:
            self.values.add(value)
        if not isinstance(value, str):
            self.least, self.most = min(self.least, value), max(self.most, value)


class Columns:
    """A column for each annotated field of each data set, `AU intensity` for those of all units together."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], Column] = {}

    def add(self, sample: Sample) -> None:
        """Take in what is annotated of one sample; what is not, is not there."""
        dataset, gold = sample.provenance.dataset or "", sample.gold
        for name in ("emotion", "sentiment", "valence", "arousal", "dominance", "score"):
            self._put(dataset, name, getattr(gold, name))
        for unit in gold.aus or ():
            self._put(dataset, "AU intensity", unit.intensity)
        self._put(dataset, "answer", sample.answer)
        for name, value in sample.attributes.items():
            self._put(dataset, name, ", ".join(value) if isinstance(value, tuple) else value)

    def _put(self, dataset: str, name: str, value: Value | None) -> None:
        if value is not None:
            self.found.setdefault((dataset, name), Column()).add(value)

    def rows(self) -> Iterator[tuple[str, str, int, float | None, float | None, int, str | None]]:
        """Data set, name, count, least, greatest, number of different values (8 = 8 or more), the one value of all."""
        for (dataset, name), column in self.found.items():
            numbers = (column.least, column.most) if column.least <= column.most else (None, None)
            constant = str(next(iter(column.values))) if len(column.values) == 1 else None
            yield dataset, name, column.count, *numbers, len(column.values), constant
