"""Whether samples fit a recipe: how many tokens they become, vision tokens counted, and which of them carry loss.

Only the processor is loaded, no weights, so that it runs before a GPU is hired. What is measured is what the stage's
own collator makes of a row.
"""

import heapq
import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoProcessor

from affectreason.affect.sample import Sample
from affectreason.affect.samples import each
from affectreason.corpus.finding import Finding
from affectreason.errors import InputError
from affectreason.media.progress import bar
from affectreason.model import load, tiny
from affectreason.model.askable import READERS, Asked, Row, Tally, in_labels, reads
from affectreason.model.collate import IGNORED, Collator, load_media, prompt_batch
from affectreason.model.collate import share as share_of
from affectreason.model.laid_out import Shown, marks, pieces
from affectreason.model.lengths import Length, summary, too_long
from affectreason.recipe import prompts
from affectreason.recipe.schema import SFT, Recipe, Stage, Synthesize
from affectreason.recipe.words import source_and_split

LONGEST = 50
"""Rows with the longest texts that are measured beside those drawn: these are what may not fit."""


@dataclass
class Fit:
    """What was found for a recipe, and a few rows laid out."""

    findings: list[Finding] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)


def fit(recipe: Recipe, data: Sequence[Path], rows: int | None = 500, shown: int = 3) -> Fit:
    """Hold the samples of files against every stage of a recipe that would read them.

    `rows` are drawn by their ids and measured, beside the 50 with the longest texts; None measures all. Whether there
    is something to learn or to reward is asked of every sample. Raises InputError where no stage reads samples and
    where the processor cannot be loaded.
    """
    found = Fit()
    stages, named = stages_of(recipe, data)
    found.findings += [] if named else [_unnamed(recipe, stages, data)]
    drawn, longest = _chosen(recipe, data, [Asked(stage) for stage in stages], named, rows, found)
    ids = {row.named() for row in drawn}
    chosen = [*drawn, *(row for row in longest if row.named() not in ids)]
    progress = bar("measuring", len(chosen) * len(stages))
    loaded: dict[str, tuple[Any, int | None]] = {}
    try:
        for number, stage in enumerate(stages):
            source = source_of(recipe, stage)
            processor, context = loaded[source] = loaded.get(source) or processor_of(source, recipe)
            made = collator(recipe, stage, processor)
            wanted = [row for row in chosen if reads(stage, row, named)]
            lengths = _measure(made, stage, wanted, found, progress.move, number * len(chosen) + 1)
            found.findings += summary(stage, [length for row, length in lengths if row.named() in ids])
            found.findings += too_long(stage, lengths, context)
            if not found.shown and isinstance(stage, SFT):
                learnt = [row for row, length in lengths if length.answer]
                found.shown = [laid_out(made, stage, row) for row in learnt[:shown]]
        progress.move(len(chosen) * len(stages))
    finally:
        progress.close()
    return found


def _unnamed(recipe: Recipe, stages: list[Stage], data: Sequence[Path]) -> Finding:
    names = ", ".join(stage.name for stage in stages)
    text = f"no stage of {recipe.name} names these files, so they are held against all that read samples: {names}"
    mend = f"{stages[0].name}.data=[{', '.join(map(str, data))}] holds them against one"
    return Finding("note", "named_by_no_stage", len(stages), text, (), mend)


def _measure(
    made: Collator, stage: Stage, rows: list[Row], found: Fit, moved: Callable[[int], None], first: int
) -> list[tuple[Row, Length]]:
    """The rows with their lengths; those whose media cannot be read are told in a finding."""
    text = f"{stage.name}: samples that cannot be made into tokens: #"
    bad = Tally("error", "cannot_be_laid_out", text, "mend them, or take them out of its data")
    lengths = []
    for at, row in enumerate(rows, first):
        try:
            lengths.append((row, measured(made, stage, row.sample)))
        except InputError as error:
            bad.add(row, error)
        moved(at)
    found.findings += bad.finding()
    return lengths


def stages_of(recipe: Recipe, data: Sequence[Path]) -> tuple[list[Stage], bool]:
    """The stages that name one of the files as their data, else all that read samples; and whether any names one."""
    readers = [stage for stage in recipe.stages if isinstance(stage, READERS)]
    if not readers:
        raise InputError(f"recipe {recipe.name} has no sft, grpo or synthesize stage, which would read samples")
    files = {path.resolve() for path in data}
    named = [one for one in readers if files & {Path(source_and_split(item)[0]).resolve() for item in one.data}]
    return [*(named or readers)], bool(named)


def source_of(recipe: Recipe, stage: Stage) -> str:
    """The model whose processor a stage uses: that of the first of the stages it goes on from."""
    by_name = {one.name: one for one in recipe.stages}
    init = getattr(stage, "init", None) or recipe.model
    while init in by_name:
        init = getattr(by_name[init], "init", None) or recipe.model
    adapter = Path(init) / "adapter_config.json"
    return json.loads(adapter.read_text(encoding="utf-8"))["base_model_name_or_path"] if adapter.is_file() else init


def processor_of(source: str, recipe: Recipe) -> tuple[Any, int | None]:
    """The processor of a model, set up as `load.load` does, and the number of tokens the model was made for."""
    with tempfile.TemporaryDirectory() as folder:
        place = folder if source.startswith("tiny:") else source
        if place == folder:
            tiny.write(source.partition(":")[2], Path(folder))
        load.check_folder(place)
        try:
            processor, config = AutoProcessor.from_pretrained(place), AutoConfig.from_pretrained(place)
        except (OSError, ValueError) as error:
            raise InputError(f"cannot load the processor of {source!r}: {str(error).splitlines()[0]}") from error
    load.set_pixels(processor, recipe.media.min_pixels, recipe.media.max_pixels)
    return processor, getattr(config.get_text_config(), "max_position_embeddings", None)


def collator(recipe: Recipe, stage: Stage, processor: Any) -> Collator:
    """The stage's collator without its limit, which is compared afterwards so that every row is told."""
    prompt = prompts.find(getattr(stage, "prompt", None) or recipe.prompt)
    hinted = stage.hinted if isinstance(stage, SFT) else float(isinstance(stage, Synthesize) and stage.hint)
    return Collator(processor, prompt, recipe.media.fps, recipe.media.max_frames, None, hinted)


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
    batch = prompt_batch(made.processor, [dialogue], [load_media(sample, made.fps, made.max_frames)], "left")
    ids = batch["input_ids"][0].tolist()
    return ids, [IGNORED] * len(ids)


def laid_out(made: Collator, stage: Stage, row: Row) -> Shown:
    """A row in pieces."""
    return Shown(stage.name, row.named(), pieces(made.processor, *tokens(made, stage, row.sample)))


def _chosen(
    recipe: Recipe, data: Sequence[Path], asked: list[Asked], named: bool, rows: int | None, found: Fit
) -> tuple[list[Row], list[Row]]:
    """Look at every sample once; the rows drawn by their ids, and those with the longest texts."""
    bad = Tally(
        "error",
        "label_outside_recipe",
        f"samples whose labels are not of labels={recipe.labels}: #",
        "set labels= or `labels`",
    )
    drawn: list[tuple[float, int, Row]] = []
    longest: list[tuple[int, int, Row]] = []
    for number, row in enumerate(_rows(recipe, data, bad)):
        for stage in asked:
            if reads(stage.stage, row, named):
                stage.add(row)
        size = len(row.sample.model_dump_json(include={"question", "turns", "response", "reasoning"}))
        _keep(drawn, (-share_of(row.sample.id), -number, row), rows)
        _keep(longest, (size, -number, row), 0 if rows is None else LONGEST)
    found.findings += bad.finding() + [one for stage in asked for one in stage.findings()]
    in_order = [row for _, _, row in sorted(drawn, key=lambda one: -one[1])]
    return in_order, [row for *_, row in longest]


def _keep(heap: list[Any], item: Any, most: int | None) -> None:
    """Keep the greatest items only."""
    if most is None or len(heap) < most:
        heapq.heappush(heap, item)
    elif most:
        heapq.heappushpop(heap, item)


def _rows(recipe: Recipe, data: Sequence[Path], bad: Tally) -> Iterable[Row]:
    """The readable samples in the recipe's labels; rows that cannot be read are told by the checks of the file."""
    for path in data:
        for line, _, sample in each(path):
            if isinstance(sample, Sample):
                try:
                    yield Row(in_labels(sample, recipe), path, line)
                except InputError as error:
                    bad.add(Row(sample, path, line), error)
