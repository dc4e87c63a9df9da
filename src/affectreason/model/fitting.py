"""Whether samples fit a recipe: how many tokens they become, vision tokens counted, and which of them carry loss.

Only the processor is loaded, no weights, so that it runs before a GPU is hired. What is measured is what the stage's
own collator makes of a row.
"""

import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoProcessor

from affectreason.affect.hashes import share as share_of
from affectreason.affect.sample import Sample
from affectreason.corpus.finding import Finding
from affectreason.corpus.sides import Named, named
from affectreason.errors import InputError
from affectreason.media.progress import bar
from affectreason.model import adapters, hub, load, pixels, tiny, worn
from affectreason.model.askable import READERS, Asked, Fault, Row, splits_of
from affectreason.model.choose import choose
from affectreason.model.collate import IGNORED, Collator, prompt_batch
from affectreason.model.laid_out import Shown, marks, pieces
from affectreason.model.lengths import Length, summary, too_long
from affectreason.model.safe import SAFE, unsafe
from affectreason.recipe import assets, prompts, targets
from affectreason.recipe.parts import SFT, Stage, Synthesize
from affectreason.recipe.schema import Recipe


@dataclass
class Fit:
    """What was found for a recipe, and a few rows laid out."""

    findings: list[Finding] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)


def fit(
    recipe: Recipe,
    data: Sequence[str | Path],
    rows: int | None = 500,
    shown: int = 3,
    large: Collection[tuple[str, str]] = (),
) -> Fit:
    """Hold the samples of files, or of `FILE:SPLIT`, against every stage of a recipe that would read them.

    `rows` are drawn by their ids and measured, beside the 50 with the longest texts and those of `large`, by file and
    id; None measures all. Whether there is something to learn or to reward is asked of every sample. Raises InputError
    where no stage reads samples and where the processor cannot be loaded.
    """
    found, names = Fit(), [named(item) for item in data]
    stages, is_named = stages_of(recipe, names)
    found.findings += [] if is_named else [_unnamed(recipe, stages, data)]
    asked = [Asked(recipe, stage, {path for path, _ in names}, is_named) for stage in stages]
    drawn, others, bad = choose(recipe, names, asked, rows, set(large))
    found.findings += bad
    chosen, at_random = [*drawn, *others], {row.key for row in drawn}
    progress = bar("measuring", len(chosen) * len(stages))
    loaded: dict[str, tuple[Any, int | None]] = {}
    try:
        for number, one in enumerate(asked):
            stage, start = one.stage, start_of(recipe, one.stage)
            processor, context = loaded[start] = loaded.get(start) or processor_of(start, recipe)
            made = collator(recipe, stage, processor)
            wanted = [asked for row in chosen if one.reads(row) for asked in _asked(recipe, stage, row)]
            lengths = _measure(made, stage, wanted, found, progress.move, number * len(chosen) + 1)
            found.findings += summary(stage, [length for row, length in lengths if row.key in at_random])
            found.findings += too_long(stage, lengths, context)
            if not found.shown and isinstance(stage, SFT):
                learnt = [row for row, length in lengths if length.answer]
                found.shown = [laid_out(made, stage, row) for row in learnt[:shown]]
        progress.move(len(chosen) * len(stages))
    finally:
        progress.close()
    found.findings = _once(found.findings, stages)
    return found


def _asked(recipe: Recipe, stage: Stage, row: Row) -> list[Row]:
    """A row as the stage's prompts ask it; as it is where a model writes the answer, or there is none to learn."""
    those = targets.to_learn(recipe, stage, [row.sample]) if isinstance(stage, SFT) else []
    return [replace(row, sample=sample) for sample in those] or [row]


def _once(findings: list[Finding], stages: list[Stage]) -> list[Finding]:
    """What is told alike of several stages told once, with the names of all of them."""
    found: dict[Finding, list[str]] = {}
    for one in findings:
        name = next((stage.name for stage in stages if one.text.startswith(f"{stage.name}: ")), "")
        found.setdefault(replace(one, text=one.text.removeprefix(f"{name}: ")), []).append(name)
    return [replace(one, text=": ".join([*filter(None, [", ".join(of)]), one.text])) for one, of in found.items()]


def _unnamed(recipe: Recipe, stages: list[Stage], data: Sequence[str | Path]) -> Finding:
    names = ", ".join(stage.name for stage in stages)
    text = f"no stage of {recipe.name} names these files, so they are held against all that read samples: {names}"
    mend = f"{stages[0].name}.data=[{', '.join(map(str, data))}] holds them against one"
    return Finding("note", "named_by_no_stage", len(stages), text, (), mend)


def _measure(
    made: Collator, stage: Stage, rows: list[Row], found: Fit, moved: Callable[[int], None], first: int
) -> list[tuple[Row, Length]]:
    """The rows with their lengths; those whose media cannot be read are told in a finding."""
    text = f"{stage.name}: samples that cannot be made into tokens: #"
    bad = Fault("error", "cannot_be_laid_out", text, "mend them, or take them out of its data")
    lengths = []
    for at, row in enumerate(rows, first):
        try:
            lengths.append((row, measured(made, stage, row.sample)))
        except InputError as error:
            bad.add(row, error)
        moved(at)
    found.findings += bad.finding()
    return lengths


def stages_of(recipe: Recipe, data: Sequence[Named]) -> tuple[list[Stage], bool]:
    """The stages that name one of the files as their data, else all that read samples; and whether any names one."""
    readers = [stage for stage in recipe.stages if isinstance(stage, READERS)]
    if not readers:
        raise InputError(f"recipe {recipe.name} has no sft, grpo or synthesize stage, which would read samples")
    meant = [stage for stage in readers if any(_meets(splits_of(stage, path), split) for path, split in data)]
    return [*(meant or readers)], bool(meant)


def _meets(asked: frozenset[str | None], split: str | None) -> bool:
    """Whether a stage that asks for these splits of a file reads anything of this one, or of all of it."""
    return bool(asked) and (split is None or bool(asked & {None, split}))


def start_of(recipe: Recipe, stage: Stage) -> str:
    """The model or the adapter that the first of the stages begins with which a stage goes on from."""
    by_name = {one.name: one for one in recipe.stages}
    init = getattr(stage, "init", None) or recipe.model
    while init in by_name:
        init = getattr(by_name[init], "init", None) or recipe.model
    return str(init)


def source_of(recipe: Recipe, stage: Stage) -> str:
    """The model of a stage, under the adapter where it begins with one."""
    init = start_of(recipe, stage)
    home = hub.adapter_at(init)
    return init if home is None else adapters.base_of(init, home)


def processor_of(source: str, recipe: Recipe) -> tuple[Any, int | None]:
    """The processor of a model or an adapter, as `load.load` has it, and the tokens the model was made for."""
    home = hub.adapter_at(source)
    if home is not None:
        source, adapter = adapters.base_of(source, home), source
    with tempfile.TemporaryDirectory() as folder:
        place = folder if source.startswith("tiny:") else assets.resolved(source)
        if place == folder:
            tiny.write(source.partition(":")[2], Path(folder))
        load.check_folder(place)
        try:
            processor = AutoProcessor.from_pretrained(place, **SAFE)
            config = AutoConfig.from_pretrained(place, **SAFE)
        except (OSError, ValueError) as error:
            raise InputError(f"cannot load the processor of {source!r}: {unsafe(source, error)}") from error
        if home is not None:
            processor = worn.processor(adapter, processor, config)
    pixels.set_pixels(processor, recipe.media.min_pixels, recipe.media.max_pixels)
    return processor, getattr(config.get_text_config(), "max_position_embeddings", None)


def collator(recipe: Recipe, stage: Stage, processor: Any) -> Collator:
    """The stage's collator without its limit, which is compared afterwards so that every row is told."""
    prompt = targets.learned_by(recipe, stage) if isinstance(stage, SFT) else targets.prompt_of(recipe, stage)
    hinted = stage.hinted if isinstance(stage, SFT) else float(isinstance(stage, Synthesize) and stage.hint)
    seen = recipe.media
    return Collator(processor, prompt, seen.fps, seen.max_frames, None, hinted, seen.max_seconds)


def measured(made: Collator, stage: Stage, sample: Sample) -> Length:
    """How many tokens the stage makes of a sample; InputError where its media cannot be read."""
    ids, labels = tokens(made, stage, sample)
    answer = sum(label != IGNORED for label in labels)
    vision = sum(token in marks(made.processor) for token in ids)
    return Length(len(ids) - answer, vision, answer if isinstance(stage, SFT) else None)


def tokens(made: Collator, stage: Stage, sample: Sample) -> tuple[list[int], list[int]]:
    """The tokens of a row and their labels, through the collator; of a prompt alone where a model writes the answer."""
    if isinstance(stage, SFT) and prompts.target(sample) is not None:
        batch = made([{"sample": sample.to_json()}])
        return batch["input_ids"][0].tolist(), batch["labels"][0].tolist()
    dialogue = prompts.messages(sample, made.prompt, hint=share_of(sample.id) < made.hinted)
    batch = prompt_batch(made.processor, [dialogue], [made.load(sample)], "left")
    ids = batch["input_ids"][0].tolist()
    return ids, [IGNORED] * len(ids)


def laid_out(made: Collator, stage: Stage, row: Row) -> Shown:
    """A row in pieces."""
    return Shown(stage.name, row.named(), pieces(made.processor, *tokens(made, stage, row.sample)))
