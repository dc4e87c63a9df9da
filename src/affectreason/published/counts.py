"""How many samples each split has of each label, beside what is published."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from affectreason.affect import facs
from affectreason.affect.named import label_names
from affectreason.affect.sample import Affect, Sample
from affectreason.published.about import About

NO_SPLIT = "no split"
WHOLE = "all"
MOST_WORDS = 12


@dataclass
class Counts:
    """Counters that a stream of samples is added to: by split, by split and label, by split and unit.

    `unlabelled` have no annotation of any kind, `unread` a response but no label that the parser found in it.
    """

    splits: Counter[str] = field(default_factory=Counter)
    labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    units: Counter[tuple[str, int]] = field(default_factory=Counter)
    unlabelled: int = 0
    unread: int = 0

    def add(self, sample: Sample) -> None:
        """Count one sample: its emotion (or each of several, else its sentiment or answer) and its present units."""
        split = sample.provenance.split or NO_SPLIT
        self.splits[split] += 1
        said = sample.gold
        self.labels.update((split, name) for name in label_names(sample))
        self.units.update((split, number) for number in said.units or ())
        self.unread += said == Affect() and sample.labels is not None and sample.response is not None
        self.unlabelled += not sample.annotated

    def by_split(self) -> dict[str, int]:
        """The number of samples of each split."""
        return dict(sorted(self.splits.items()))

    def table(self, about: About, protocol: str | None = None, part: bool = False) -> str:
        """A table in text, splits across and labels down; a cell that differs from the published number shows both.

        When but a `part` of the set was asked for, the numbers published of the whole are no measure.
        """
        columns = sorted(self.splits)
        whole = len(columns) > 1 or bool(about.published_labels(WHOLE, protocol))
        columns += [WHOLE] if whole else []
        measured = set(columns) - ({WHOLE} if part else set())
        published = {split: about.published_labels(split, protocol) if split in measured else {} for split in columns}
        most = Counter[str]()
        for (_, name), count in self.labels.items():
            most[name] += count
        common = {name for name, _ in most.most_common(MOST_WORDS)}
        shown = sorted(common.union(*published.values()))
        rows = [["", *columns]]
        for name in shown:
            counts = [most[name] if split == WHOLE else self.labels[split, name] for split in columns]
            rows.append(
                [name, *(_cell(n, published[split].get(name)) for n, split in zip(counts, columns, strict=True))]
            )
        if len(most) > len(shown):
            rows.append([f"{len(most) - len(shown)} more labels", *("" for _ in columns)])
        for number in sorted({number for _, number in self.units}):
            counts = [self.units[split, number] for split in sorted(self.splits)]
            rows.append([facs.spelling(number), *map(str, counts), *([str(sum(counts))] if whole else [])])
        totals = {**self.splits, WHOLE: sum(self.splits.values())}
        known = {split: about.published(split, protocol) for split in measured}
        rows.append(["samples", *(_cell(totals[split], known.get(split)) for split in columns)])
        return aligned(rows)

    def departures(self, about: About, protocol: str | None = None, part: bool = False) -> list[str]:
        """A sentence for each split whose number differs from the published one, and for the whole if not a `part`.

        Where no sample has a split, as those of folds have none until one is chosen, none is missed.
        """
        found = []
        known = [split.removeprefix(f"{protocol}:") for split in about.counts]
        known = [split for split in known if split == WHOLE or set(self.splits) - {NO_SPLIT}]
        absent = {split: 0 for split in known if ":" not in split and split not in self.splits}
        counted = dict(self.splits) if part else {**self.splits, **absent, WHOLE: sum(self.splits.values())}
        for split, count in counted.items():
            number = about.published(split, protocol)
            if number is not None and number != count:
                name = "the whole" if split == WHOLE else split
                found.append(f"{name} has {count or 'no'} samples, {number} are published")
        if self.unread:
            found.append(f"{self.unread} with a response in which no label of their set could be read")
        if self.unlabelled:
            found.append(f"{self.unlabelled} without annotation")
        return found


def _cell(count: int, published: int | None) -> str:
    return str(count) if published in (None, count) else f"{count} of {published}"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """A table in text: the first column to the left, the others to the right."""
    first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    return "\n".join(
        f"  {label:<{first}}" + "".join(f"  {cell:>{width}}" for cell, width in zip(rest, others, strict=True))
        for label, *rest in rows
    ).rstrip()
