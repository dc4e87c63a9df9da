"""Which samples are measured for a recipe: some by chance, and those that may not fit."""

import heapq
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from affectreason.affect.hashes import share
from affectreason.affect.sample import Sample
from affectreason.affect.samples import each
from affectreason.corpus.finding import Finding
from affectreason.corpus.sides import Named
from affectreason.errors import InputError, nearest
from affectreason.model.askable import READERS, Asked, Fault, Row, in_labels, splits_of
from affectreason.recipe.schema import Recipe

LONGEST = 50
"""Rows with the longest texts, and with the largest media, that are measured beside those drawn."""


def choose(
    recipe: Recipe,
    data: Sequence[Named],
    asked: list[Asked],
    rows: int | None,
    large: set[tuple[str, str]],
) -> tuple[list[Row], list[Row], list[Finding]]:
    """Look at every sample once; the rows drawn by their ids, others with long texts or large media, what is wrong.

    `rows` are drawn (None: all); `large` are file and id of those with large media.
    """
    text = f"samples whose labels are not of labels={recipe.labels}: #"
    bad = Fault("error", "label_outside_recipe", text, "set labels= or `labels`")
    seen: dict[Path, set[str]] = {path: set() for path, _ in data}
    huge: list[Row] = []
    drawn: list[tuple[float, int, Row]] = []
    longest: list[tuple[int, int, Row]] = []
    for number, row in enumerate(_rows(recipe, data, bad, seen)):
        for stage in asked:
            if stage.reads(row):
                stage.add(row)
        if (str(row.file), row.sample.id) in large and len(huge) < LONGEST:
            huge.append(row)
        size = len(row.sample.model_dump_json(include={"question", "turns", "response", "reasoning"}))
        _keep(drawn, (-share(row.sample.id), -number, row), rows)
        _keep(longest, (size, -number, row), 0 if rows is None else LONGEST)
    found = _reads_nothing(recipe, seen) + bad.finding() + [one for stage in asked for one in stage.findings()]
    in_order = [row for _, _, row in sorted(drawn, key=lambda one: -one[1])]
    others = {row.key: row for row in [*(row for *_, row in longest), *huge]}
    at_random = {row.key for row in in_order}
    return in_order, [row for key, row in others.items() if key not in at_random], found


def _reads_nothing(recipe: Recipe, seen: dict[Path, set[str]]) -> list[Finding]:
    """Stages whose data names a split that the file does not have."""
    found = []
    for stage in recipe.stages:
        for path, splits in seen.items() if isinstance(stage, READERS) else ():
            for split in sorted(split for split in splits_of(stage, path) if split is not None):
                if split not in splits:
                    text = f"{stage.name}: no sample of {path} is of split {split!r}; {nearest(split, splits)}"
                    mend = f"mend {stage.name}.data"
                    found.append(Finding("error", "reads_nothing", 1, text, (), mend))
    return found


def _keep(heap: list[Any], item: Any, most: int | None) -> None:
    """Keep the greatest items only."""
    if most is None or len(heap) < most:
        heapq.heappush(heap, item)
    elif most:
        heapq.heappushpop(heap, item)


def _rows(recipe: Recipe, data: Sequence[Named], bad: Fault, seen: dict[Path, set[str]]) -> Iterator[Row]:
    """The readable samples in the recipe's labels, all splits going into `seen`; the file's checks tell other rows."""
    for path, split in data:
        for line, _, sample in each(path):
            if not isinstance(sample, Sample):
                continue
            own = sample.provenance.split
            if own is not None:
                seen[path].add(own)
            if split in (None, own):
                try:
                    yield Row(in_labels(sample, recipe), path, line)
                except InputError as error:
                    bad.add(Row(sample, path, line), error)
