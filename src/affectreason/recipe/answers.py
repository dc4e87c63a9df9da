"""What a stage's model answered about the held-out samples, read back from its folder."""

import hashlib
import json
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from affectreason.affect import facs, jsonl, labels, reading
from affectreason.affect.hashes import share
from affectreason.affect.sample import Sample
from affectreason.affect.samples import read
from affectreason.errors import InputError
from affectreason.recipe import folders, modalities, runs, sources, targets
from affectreason.recipe.parts import Evaluate, Stage, Trained
from affectreason.recipe.schema import Recipe
from affectreason.recipe.words import source_and_split
from affectreason.scoring.metrics import Prediction

FILE = runs.ANSWERS


def held_out(recipe: Recipe, asked: Evaluate, out: Path) -> list[Sample]:
    """The samples every model of the recipe is asked about."""
    return sources.samples(recipe, asked.data, out)[: asked.limit]


def predictions(
    recipe: Recipe, stage: Stage, out: Path, key: str = "text", gone: Sequence[str] = ()
) -> list[Prediction] | None:
    """The stage's answers beside what is right, None where it was not evaluated.

    `key` is `text` for the greedy answers or `sampled` for those drawn at the evaluation's temperature; `gone` names
    the modalities that were taken away. The samples are whole in either case.
    """
    path = out / stage.name / runs.answer_file(gone)
    if recipe.evaluate is None or not path.is_file():
        return None
    rows = _rows(path, key)
    asked = held_out(recipe, recipe.evaluate, out)
    if {sample.id for sample in asked} != set(rows):
        raise InputError(
            f"{path} answers other samples than recipe {recipe.name} evaluates now; "
            f"ask again: affectreason run {runs.given(recipe, out)}"
        )
    form = targets.prompt_of(recipe, stage).answers
    return [Prediction(s, reading.read(rows[s.id], s, recipe.labels, form=form)) for s in asked]


def _rows(path: Path, key: str) -> dict[str, str]:
    """The texts of a file of answers by sample; InputError, with its line, for what is no answer."""
    found: dict[str, str] = {}
    for line, row in jsonl.rows(path):
        name, text = row.get("id"), row.get(key)
        if not isinstance(name, str) or not isinstance(text, str):
            raise InputError(
                f'{path}:{line}: this is no answer, which has the texts "id" and "{key}"; put the file back, or remove '
                f"it, and affectreason run asks anew: rm {shlex.quote(str(path))}"
            )
        found[name] = text
    return found


def forget_others(recipe: Recipe, folder: Path) -> None:
    """Remove answers that were asked for otherwise (other samples, lengths or temperature); they would not compare."""
    if are_others(recipe, folder):
        # Under another name first: removed half-way, its answers would be left without the settings they came of.
        gone = folder.with_name(f"{folder.name}.gone")
        shutil.rmtree(gone, ignore_errors=True)
        folder.rename(gone)
        shutil.rmtree(gone)
    folder.mkdir(parents=True, exist_ok=True)
    folders.write_text(folder / "settings.json", json.dumps(_asked_with(recipe), indent=2))


def are_others(recipe: Recipe, folder: Path) -> bool:
    """Whether the answers in a folder of them were asked for otherwise than the recipe evaluates now."""
    path = folder / "settings.json"
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:  # never asked, or another process removes the answers at this moment
        return False
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON ({error}); {_unknown(folder)}") from error
    if not isinstance(before, dict):
        raise InputError(f"{path}: it holds no settings (no JSON object); {_unknown(folder)}")
    return bool(before != _asked_with(recipe))


def _unknown(folder: Path) -> str:
    """What to do where it is not known how a model was asked; its answers may have cost hours, and are left alone."""
    return (
        "how the answers beside it were asked for is not known: put the file back, or remove the folder, and the same "
        f"command asks anew: rm -r {shlex.quote(str(folder))}"
    )


def _asked_with(recipe: Recipe) -> dict[str, Any]:
    assert recipe.evaluate is not None
    found = recipe.evaluate.model_dump(mode="json", exclude={"rewards", "units", "without", "search"})
    return {**found, "files": runs.digests(recipe, recipe.evaluate.data)}


def without_held_out(recipe: Recipe, samples: list[Sample], out: Path) -> tuple[list[Sample], int]:
    """The samples that evaluation does not use, by id or by the bytes of a file, and how many it does."""
    if recipe.evaluate is None:
        return samples, 0
    held = sources.samples(recipe, recipe.evaluate.data, out)
    ids = {sample.id for sample in held}
    paths = [item.path for sample in held for item in sample.media]
    sizes, contents = {_size(path) for path in paths}, {_content(path) for path in paths}
    free = [
        s
        for s in samples
        if s.id not in ids and not any(_size(i.path) in sizes and _content(i.path) in contents for i in s.media)
    ]
    return free, len(samples) - len(free)


def to_learn_from(recipe: Recipe, stage: Trained, out: Path) -> list[Sample]:
    """The samples a stage trains on: those of its tasks that evaluation does not use; what is left out is said.

    Some lose a modality by the stage's `drop`. InputError for a task or a modality that none of them has.
    """
    named = ", ".join(stage.data)
    samples, held = without_held_out(recipe, sources.samples(recipe, stage.data, out), out)
    if held:
        print(f"left out {held} samples of {named} that evaluation uses", file=sys.stderr)
    if not samples:
        raise InputError(
            f"every sample of {named} is one that evaluation uses; name a split, for example "
            f"{stage.data[0].partition(':')[0]}:train, or another evaluate.data"
        )
    samples = targets.of_tasks(samples, stage.tasks, stage.name)[: stage.limit] + _replayed(recipe, stage, out)
    modalities.require(samples, stage.drop, f"drop on {named}")
    return [modalities.dropped(sample, stage.drop) for sample in samples]


def _replayed(recipe: Recipe, stage: Trained, out: Path) -> list[Sample]:
    """The share of earlier data that a stage learns again, drawn by a hash of groups and ids."""
    found: list[Sample] = []
    for item, part in stage.replay.items():
        free, _ = without_held_out(recipe, sources.samples(recipe, [item], out), out)
        found += [one for one in free if share(f"{stage.name}/{one.group or one.id}") < part]
    return found


def check_held_out(recipe: Recipe) -> None:
    """Refuse, before anything is trained, held-out files that do not read or do not have what the recipe asks of them.

    These are labels of the recipe's set and, where all samples are in files, the modalities to be taken away.
    """
    asked = recipe.evaluate
    if asked is None:
        return
    made = {stage.name for stage in recipe.stages}
    vocabulary = labels.find(recipe.labels)
    names = vocabulary.names
    held: list[Sample] = []
    for item in asked.data:
        source, split = source_and_split(item)
        found = read(source, split) if source not in made else []
        held += found
        for sample in found:
            if not vocabulary.any_word and sample.gold.emotion is not None and sample.gold.emotion not in names:
                raise InputError(
                    f"evaluate.data {item}: sample {sample.id!r} is annotated {sample.gold.emotion!r}, which is not in "
                    f"the recipe's labels {recipe.labels} ({', '.join(names)}); set labels= to the set of the data"
                )
    if not any(source_and_split(item)[0] in made for item in asked.data):
        modalities.require(held[: asked.limit], {name for gone in asked.without for name in gone}, "evaluate.without")


def _size(path: str) -> int:
    return Path(path).stat().st_size if Path(path).is_file() else -1


def _content(path: str) -> str:
    """A file's content as a hash; for a folder of frames or an address the path itself."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest() if Path(path).is_file() else path


def units(recipe: Recipe, samples: list[Sample]) -> tuple[int, ...]:
    """The fixed vocabulary of units F1 is averaged over: the named set, else every unit annotated in the samples."""
    if recipe.evaluate is not None and recipe.evaluate.units is not None:
        return facs.unit_set(recipe.evaluate.units)
    return tuple(sorted({unit for sample in samples for unit in sample.gold.units or ()}))
