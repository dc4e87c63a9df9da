"""Where the samples of a JSONL file stand, by group, so that they can be read in another order and none is kept."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from affectreason.affect import jsonl
from affectreason.affect.sample import Sample
from affectreason.affect.samples import each, sample_or_error
from affectreason.corpus.chance import number
from affectreason.corpus.finding import plural
from affectreason.errors import InputError, nearest


@dataclass(frozen=True)
class Places:
    """The first bytes and lines (N, 2) of samples in G groups: group g is at[starts[g]:starts[g + 1]], in file order.

    `classes` (G,) are numbers of `names`, of the first member that has a class; -1 where none has one. `dropped` counts
    the samples of groups that were left out.
    """

    path: Path
    at: np.ndarray
    starts: np.ndarray
    classes: np.ndarray
    names: tuple[str, ...]
    dropped: int = 0

    @property
    def sizes(self) -> np.ndarray:
        """The number of samples of each group, of shape (G,)."""
        return np.diff(self.starts)


def place(
    path: Path,
    found: Iterable[tuple[int, int, Sample]],
    group: Callable[[Sample], str | None],
    drop: Callable[[Sample], object] = lambda sample: False,
    kind: Callable[[Sample], str | None] = lambda sample: sample.gold.emotion,
) -> Places:
    """Note where samples stand. Those of one `group` are put together (None: alone); one `drop` leaves its group out.

    `kind` gives a sample its class. For each sample some 40 bytes are kept, and some 100 more while it runs.
    """
    at, member, known = array("q"), array("q"), dict[int, int]()
    classes, names, dropped = array("q"), dict[str, int](), set[int]()
    for offset, line, sample in found:
        name = group(sample)
        which = len(classes) if name is None else known.setdefault(number(name), len(classes))
        if which == len(classes):
            classes.append(-1)
        if classes[which] < 0 and (named := kind(sample)) is not None:
            classes[which] = names.setdefault(named, len(names))
        if drop(sample):
            dropped.add(which)
        at.extend((offset, line))
        member.append(which)
    free = np.ones(len(classes), bool)
    free[list(dropped)] = False
    members = np.asarray(member, np.int64)
    order = np.argsort(members, kind="stable")
    order = order[free[members[order]]]
    sizes = np.bincount(members, minlength=len(classes))[free] if len(members) else np.zeros(0, np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    kept = np.asarray(classes, np.int64)[free]
    spots = np.asarray(at, np.int64).reshape(-1, 2)[order]
    return Places(path, spots, starts, kept, tuple(names), len(member) - len(order))


def samples(path: Path, split: str | None = None) -> Iterator[tuple[int, int, Sample]]:
    """Each sample of a JSONL file (of one split) with the byte and number of its line, as `affect.sample.read` does.

    Raises InputError with file and line for what cannot be read, two equal ids, an array of JSON, and an empty split.
    """
    if path.is_file() and jsonl.is_array(path):
        raise InputError(f"{path} is one JSON array; write one object a line: jq -c '.[]' {path.name} > lines.jsonl")
    seen, splits = dict[int, int](), Counter[str | None]()
    for line, offset, sample in each(path):
        if isinstance(sample, InputError):
            raise InputError(f"{path}:{line}: {sample}") from sample
        if sample is None:
            continue
        first = seen.setdefault(number(sample.id), line)
        if first != line:
            raise InputError(f"{path}:{line}: sample {sample.id!r}: line {first} has the same id; give each its own")
        splits[sample.provenance.split] += 1
        if split is None or sample.provenance.split == split:
            yield offset, line, sample
    if not splits:
        raise InputError(f"{path} holds no samples; `affectreason prep` makes such files")
    if split is not None and not splits[split]:
        none = f" ({plural(splits[None], 'sample names', 'samples name')} no split)" if splits[None] else ""
        raise InputError(f"{path}: no sample of split {split!r}; {nearest(split, filter(None, splits))}{none}")


def members(file: BinaryIO, found: Places, group: int) -> list[Sample]:
    """The samples of a group, read again from the open file they were placed in."""
    read = []
    for offset, line in found.at[found.starts[group] : found.starts[group + 1]]:
        file.seek(int(offset))
        row = jsonl.row_or_error(file.readline())
        sample = row if isinstance(row, InputError) else sample_or_error(row, found.path, int(line))
        if isinstance(sample, InputError):
            raise InputError(f"{found.path}:{line}: {sample}") from sample
        if sample is not None:
            read.append(sample)
    return read
