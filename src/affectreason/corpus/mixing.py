"""Which groups of which files go into a mixture, and how often: seeded, weighted, balanced, groups kept whole."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from affectreason.affect.named import label_names
from affectreason.affect.sample import Sample
from affectreason.corpus.chance import number
from affectreason.corpus.finding import plural
from affectreason.corpus.places import Places, members

SHOWN = 20
"""Labels that the table shows by name."""

KINDS: dict[str, Callable[[Sample], str | None]] = {
    "emotion": lambda sample: sample.gold.emotion,
    "sentiment": lambda sample: sample.gold.sentiment,
    "split": lambda sample: sample.provenance.split,
    "dataset": lambda sample: sample.provenance.dataset,
    "task": lambda sample: sample.task,
}
"""What can be balanced."""


class Pick(NamedTuple):
    """A group of a source that is taken, and how often it was taken before."""

    source: int
    group: int
    again: int


@dataclass
class Source:
    """A file or a split of it as the user named it, where its samples stand, and what was drawn of it, by label."""

    name: str
    found: Places
    picks: list[Pick] = field(default_factory=list)
    drawn: Counter[str] = field(default_factory=Counter)


def quotas(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers that sum to `total`, as near to the shares of these weights as can be (largest remainder)."""
    exact = [total * weight / sum(weights) for weight in weights]
    found = [int(share) for share in exact]
    rest = sorted(range(len(exact)), key=lambda i: (found[i] - exact[i], i))
    for i in rest[: total - sum(found)]:
        found[i] += 1
    return found


def picks(found: Places, source: int, quota: int, seed: int, balance: bool = False) -> list[Pick]:
    """Groups of a source with as nearly `quota` samples as whole groups allow; each once before any is taken again.

    With `balance` every class of the source gets as many samples as the others; groups without a class keep their
    share.
    """
    if not balance:
        return _drawn(found, source, np.arange(len(found.sizes)), quota, seed)
    classes = [c for c in range(len(found.names)) if (found.classes == c).any()]
    without = int(found.sizes[found.classes < 0].sum())
    loose = round(quota * without / int(found.sizes.sum()))
    parts = [(-1, loose), *zip(classes, quotas(quota - loose, [1.0] * len(classes)), strict=True)]
    return [pick for c, part in parts for pick in _drawn(found, source, np.flatnonzero(found.classes == c), part, seed)]


def drawn(sources: Sequence[Source], seed: int, balance: str | None = None) -> Iterator[Sample]:
    """The samples of all picks, in a seeded order; those drawn again have `+again_2` and so on behind id and group.

    They are counted in the sources by what is balanced (of `KINDS`), else by emotion, sentiment or choice.
    """
    kind = KINDS[balance] if balance else _label
    taken = [pick for source in sources for pick in source.picks]
    with ExitStack() as stack:
        files = [stack.enter_context(source.found.path.open("rb")) for source in sources]
        for pick in sorted(taken, key=lambda pick: (number(seed, "order", *pick), pick)):
            for sample in members(files[pick.source], sources[pick.source].found, pick.group):
                sources[pick.source].drawn[kind(sample) or f"no {balance or 'label'}"] += 1
                yield _again(sample, pick.again + 1) if pick.again else sample


def table(sources: Sequence[Source]) -> str:
    """Labels down, sources across; below, what each source has and how much of it was drawn again or never."""
    total: Counter[str] = sum((source.drawn for source in sources), Counter())
    common = sorted(name for name, _ in total.most_common(SHOWN))
    rows: list[tuple[str, list[int]]] = [(name, [source.drawn[name] for source in sources]) for name in common]
    if len(total) > SHOWN:
        rows.append(
            (
                plural(len(total) - SHOWN, "more label"),
                [s.drawn.total() - sum(s.drawn[n] for n in common) for s in sources],
            )
        )
    rows.append(("all", [source.drawn.total() for source in sources]))
    rows.append(("of samples there", [len(source.found.at) for source in sources]))
    rows.append(("drawn again", [_count(source, True) for source in sources]))
    rows.append(("never drawn", [len(source.found.at) - _count(source, False) for source in sources]))
    rows.append(("held out", [source.found.dropped for source in sources]))
    cells = [["", *(source.name for source in sources)], *([name, *map(str, row)] for name, row in rows)]
    first, *others = (max(map(len, column)) for column in zip(*cells, strict=True))
    return "\n".join(
        f"  {name:<{first}}" + "".join(f"  {cell:>{width}}" for cell, width in zip(row, others, strict=True))
        for name, *row in cells
    )


def _drawn(found: Places, source: int, groups: np.ndarray, quota: int, seed: int) -> list[Pick]:
    """Whole rounds over the groups, each in an order of its own, up to the count that is nearest to the quota."""
    taken: list[Pick] = []
    count, again = 0, 0
    while len(groups) and count < quota:
        for group in sorted(map(int, groups), key=lambda one: number(seed, "draw", source, one, again)):
            size = int(found.sizes[group])
            if count >= quota or (taken and count + size - quota > quota - count):
                return taken
            taken.append(Pick(source, group, again))
            count += size
        again += 1
    return taken


def _again(sample: Sample, times: int) -> Sample:
    group = None if sample.group is None else f"{sample.group}+again_{times}"
    return sample.model_copy(update={"id": f"{sample.id}+again_{times}", "group": group})


def _label(sample: Sample) -> str | None:
    """What stands for a sample in the table: its emotion or emotions, else its sentiment, else its choice."""
    return ", ".join(label_names(sample)) or None


def _count(source: Source, again: bool) -> int:
    """The samples that were drawn again, or for the first time."""
    return sum(int(source.found.sizes[pick.group]) for pick in source.picks if (pick.again > 0) == again)
