"""Whether the samples a stage learns from have the tasks and modalities it asks for, told before anything runs."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

from affectreason.affect.hashes import share
from affectreason.affect.sample import Sample
from affectreason.affect.samples import each
from affectreason.recipe import modalities, runs, targets
from affectreason.recipe.parts import Stage, Trained
from affectreason.recipe.schema import Recipe
from affectreason.recipe.words import source_and_split

File = tuple[Path, str | None]


def check(recipe: Recipe, stages: Iterable[Stage], out: Path) -> None:
    """Refuse `tasks` and `drop` that fit no sample, of stages that are not done and whose data is there already.

    So is text to be taken away that a question quotes. A file is read as far as is needed: to its end only where
    something is missing, or where text is taken away.
    """
    for stage in stages:
        if not isinstance(stage, Trained) or runs.is_done(out, stage.name):
            continue
        data, replay = ([_file(recipe, item, out) for item in items] for items in (stage.data, stage.replay))
        known, again = ([one for one in files if one is not None] for files in (data, replay))
        if stage.tasks and len(known) == len(data):
            _check_tasks(stage, known)
        if stage.drop and len(known) == len(data) and len(again) == len(replay):
            _check_modalities(stage, [*known, *again])
            if "text" in stage.drop:
                _check_quotes(recipe, stage, out, known, again)


def _check_tasks(stage: Trained, files: Sequence[File]) -> None:
    tags: set[str] = set()
    for sample in _met(files):
        if (sample.task or "") not in tags:
            tags.add(sample.task or "")
            if all(any(fnmatchcase(tag, name) for tag in tags) for name in stage.tasks):
                return
    targets.require_tasks(tags, stage.tasks, stage.name)


def _check_modalities(stage: Trained, files: Sequence[File]) -> None:
    there: set[str] = set()
    count = 0
    for sample in _met(files):
        count += 1
        there |= modalities.of(sample)
        if there.issuperset(stage.drop):
            return
    modalities.require_any(there, count, stage.drop, f"drop on {', '.join(stage.data)}")


def _check_quotes(recipe: Recipe, stage: Trained, out: Path, data: Sequence[File], replay: Sequence[File]) -> None:
    """Refuse to take away text that a question quotes, of samples that are learned from for certain.

    Which samples evaluation uses is known where its files are there; else the stage tells it when it begins.
    """
    kept = (one for one in _met(data) if not stage.tasks or targets.is_of(one, stage.tasks, stage.name))
    found = [one for one in islice(kept, stage.limit) if modalities.is_quoted(one)]
    for file, part in zip(replay, stage.replay.values(), strict=True):
        drawn = (one for one in _met([file]) if share(f"{stage.name}/{one.group or one.id}") < part)
        found += [one for one in drawn if modalities.is_quoted(one)]
    asked = recipe.evaluate
    if found and asked is not None:
        from affectreason.recipe import answers  # brings numpy, and a plan without such questions answers at once

        there = all(_file(recipe, item, out) is not None for item in asked.data)
        found = answers.without_held_out(recipe, found, out)[0] if there else []
    modalities.require_unquoted(found, f"drop on {', '.join(stage.data)}")


def _file(recipe: Recipe, item: str, out: Path) -> File | None:
    """The file of an item of `data` and the split of it, None where it is not there yet."""
    source, split = source_and_split(item)
    made = source in {stage.name for stage in recipe.stages}
    path = out / source / "samples.jsonl" if made else Path(source)
    there = runs.is_done(out, source) if made else path.is_file()
    return (path, split) if there else None


def _met(files: Sequence[File]) -> Iterator[Sample]:
    """The samples of files one at a time; a row that cannot be read is told by the stage that reads it."""
    for path, split in files:
        for _, _, found in each(path):
            if isinstance(found, Sample) and split in (None, found.provenance.split):
                yield found
