"""What the `init` and the `data` of a stage name: models and samples of earlier stages, folders and files."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from affectreason.affect.sample import Sample
from affectreason.affect.samples import check_labels, read
from affectreason.errors import InputError
from affectreason.recipe import assets, runs
from affectreason.recipe.parts import Stage
from affectreason.recipe.schema import MODEL_KINDS, Recipe
from affectreason.recipe.words import source_and_split


def model_source(recipe: Recipe, stage: Stage, out: Path) -> str:
    """The folder or hub id a stage starts from; an earlier stage must be done."""
    return model_named(recipe, getattr(stage, "init", None), out)


def model_named(recipe: Recipe, name: str | None, out: Path) -> str:
    """The folder or hub id of a model: what an earlier stage left, a folder, a hub id, or (None) the recipe's own."""
    name = name or recipe.model
    if name in {s.name for s in recipe.stages}:
        require_done(recipe, name, out)
        return str(out / name / "model")
    return name


def samples(recipe: Recipe, data: list[str], out: Path) -> list[Sample]:
    """The samples of `data`: outputs of stages (`grow`, or `faces:test` for one split) and JSONL files.

    A sample that names no label set has the recipe's, and its labels must be of that set.
    """
    found: list[Sample] = []
    for item in data:
        source, split = source_and_split(item)
        if source in {s.name for s in recipe.stages}:
            require_done(recipe, source, out)
            source = str(out / source / "samples.jsonl")
        found += _labelled(source, read(source, split), recipe.labels)
    seen = Counter(sample.id for sample in found)
    twice = [name for name, count in seen.items() if count > 1]
    if twice:
        raise InputError(f"data {data}: {len(twice)} ids appear twice, first {twice[0]!r}; give each sample its own id")
    return found


def _labelled(source: str, found: list[Sample], labels: str) -> list[Sample]:
    """The samples of a file with the recipe's label set where they name none."""
    try:
        return [s if s.labels else check_labels([s.model_copy(update={"labels": labels})])[0] for s in found]
    except InputError as error:
        raise InputError(
            f"{source}: {error}; set labels= to the set these labels are of, or give the row its own labels"
        ) from error


def require_files(recipe: Recipe, stages: Iterable[Stage], out: Path | None = None) -> None:
    """Refuse to begin when a JSONL file that these stages or the evaluation will read is missing; all are named.

    So is a model of `assets:NAME` that was not got, and the head that `faces: 3d` draws. What is done in the run's
    folder `out` is asked for nothing but the base under an adapter that still has to answer.
    """
    stages = list(stages)
    done = {stage.name for stage in stages if out is not None and runs.is_done(out, stage.name)}
    answered = {stage.name for stage, state in runs.states(recipe, out) if state == "done"} if out is not None else done
    for stage in stages:
        if stage.kind == "draw" and stage.faces == "3d" and stage.name not in done:
            assets.head()
        if stage.kind in (*MODEL_KINDS, "synthesize") and stage.name not in answered:
            init = stage.name if stage.name in done else getattr(stage, "init", None)
            outside = _outside(recipe, init or recipe.model)
            if outside is not None:
                assets.resolved(outside)
    items = [item for stage in stages if stage.name not in done for item in runs.reads(stage)]
    items += recipe.evaluate.data if recipe.evaluate else []
    sources = dict.fromkeys(source_and_split(item)[0] for item in items)
    made = {stage.name for stage in recipe.stages}
    missing = [source for source in sources if source not in made and not Path(source).is_file()]
    if missing:
        raise InputError(
            f"recipe {recipe.name}: no such file: {', '.join(missing)}; data_prep/README.md says how they are made, "
            "or name your own with STAGE.data=[FILE.jsonl] and evaluate.data=[FILE.jsonl]"
        )


def _outside(recipe: Recipe, name: str) -> str | None:
    """The model outside the run that is read with the one of that name; None where a stage left all of its weights."""
    made = {stage.name: stage for stage in recipe.stages}
    while name in made:
        if getattr(made[name], "lora", None) is None:
            return None
        name = getattr(made[name], "init", None) or recipe.model
    return name


def require_done(recipe: Recipe, name: str, out: Path) -> None:
    """Refuse an input whose stage is not done, with the command that makes it."""
    if not runs.is_done(out, name):
        raise InputError(
            f"recipe {recipe.name}: stage {name!r} is not done (no {out / name / 'done.json'})\n"
            f"hint: {runs.command(recipe, recipe.stage(name), out)}"
        )
