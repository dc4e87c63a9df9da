"""The row of a stage's data that takes most memory: of its samples where they are there, else as large as may come."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError
from affectreason.model import fitting
from affectreason.model.askable import Asked, Row
from affectreason.model.choose import choose
from affectreason.model.lengths import Length
from affectreason.recipe import runs, targets
from affectreason.recipe.parts import SFT, Draw, Stage
from affectreason.recipe.schema import Recipe
from affectreason.recipe.words import source_and_split

MEASURED = 50
"""Samples of a stage's data that are made into tokens, drawn by their ids, beside those with the longest texts."""
ASSUMED_ANSWER = 256
"""Tokens of the answer where no data and no `max_length` say how long it is."""
WORD = " one"  # a word that is about one token


@dataclass(frozen=True)
class Worst:
    """A row: its sample, tokens, the sample of middle length, how many samples there are, and how this is known."""

    sample: Sample
    length: Length
    middle: Length
    rows: int | None
    known: str
    pixels: int
    """The most pixels of one picture or frame that the model is given."""

    @property
    def tokens(self) -> int:
        """Tokens of the prompt, and of the answer where it is learnt."""
        return self.length.prompt + (self.length.answer or 0)


@contextmanager
def worst(recipe: Recipe, stage: Stage, out: Path, processor: Any) -> Iterator[Worst]:
    """The worst row of a stage; files that are made up for it live as long as the context."""
    with TemporaryDirectory() as folder:
        found = _measured(recipe, stage, out, processor)
        yield found or _assumed(recipe, stage, processor, Path(folder))


def _measured(recipe: Recipe, stage: Stage, out: Path, processor: Any) -> Worst | None:
    """Of the samples that are there; None where there are none yet."""
    made = {one.name for one in recipe.stages}
    names, there = [], []
    for item in runs.reads(stage):
        source, split = source_and_split(item)
        path = out / source / "samples.jsonl" if source in made else Path(source)
        if path.is_file():
            names.append((path, split))
            there.append(f"{path}:{split}" if split else str(path))
    if not names:
        return None
    reading = stage.model_copy(update={"data": there, "replay": {}})
    asked = Asked(recipe, reading, {path for path, _ in names}, True)
    drawn, longest, _ = choose(recipe, names, [asked], MEASURED, set())
    rows = [row for row in {row.key: row for row in [*drawn, *longest]}.values() if asked.reads(row)]
    measured = list(_lengths(recipe, reading, rows, processor))
    if not measured:
        return None
    by_length = sorted(measured, key=lambda one: one[1].prompt + (one[1].answer or 0))
    (sample, length), (_, middle) = by_length[-1], by_length[(len(by_length) - 1) // 2]
    area = _side(recipe, processor) ** 2
    return Worst(sample, length, middle, _count(names), f"the longest of {len(measured)} samples measured", area)


def _lengths(recipe: Recipe, stage: Stage, rows: list[Row], processor: Any) -> Iterator[tuple[Sample, Length]]:
    """The samples as they are asked, with their lengths, without those that `check data=` says cannot be read."""
    made = fitting.collator(recipe, stage, processor)
    for row in rows:
        for sample in targets.to_learn(recipe, stage, [row.sample]) if isinstance(stage, SFT) else [row.sample]:
            try:
                yield sample, fitting.measured(made, stage, sample)
            except InputError:
                continue


def _count(names: list[tuple[Path, str | None]]) -> int:
    """How many samples there are of these files and splits."""
    from affectreason.affect.samples import each

    return sum(
        isinstance(sample, Sample) and split in (None, sample.provenance.split)
        for path, split in names
        for _, _, sample in each(path)
    )


def _assumed(recipe: Recipe, stage: Stage, processor: Any, folder: Path) -> Worst:
    """A row with as many pixels, frames and tokens as the recipe allows."""
    source = source_and_split(runs.reads(stage)[0])[0]
    drawn = next((one for one in recipe.stages if one.name == source and isinstance(one, Draw)), None)
    split = {name for item in runs.reads(stage) for one, name in [source_and_split(item)] if one == source}
    side = drawn.size if drawn else _side(recipe, processor)
    clips = bool({"max_frames", "fps"} & recipe.media.model_fields_set)
    if drawn is not None:
        clips = bool(drawn.scenes) or any(name in drawn.clips for name in split)
    frames = recipe.media.max_frames if clips else 1
    for number in range(frames):
        Image.effect_noise((side, side), 64).convert("RGB").save(folder / f"{number:04}.png")
    path = folder if clips else folder / "0000.png"
    media = (Media(kind="frames" if clips else "image", path=str(path)),)
    labels = None if recipe.labels == "open" else recipe.labels
    sample = Sample(id="assumed", media=media, labels=labels, gold=Affect(), response="one")
    made = fitting.collator(recipe, stage, processor)
    length = fitting.measured(made, stage, sample)
    if isinstance(stage, SFT):
        most = stage.train.get("max_length")
        words = max(1, most - length.prompt - 1) if most else ASSUMED_ANSWER
        sample, length = _answered(made, stage, sample, words)
        over = length.prompt + (length.answer or 0) - (most or 0)
        if most and 0 < over < words:  # a word was more than one token
            sample, length = _answered(made, stage, sample, words - over)
    what = f"a clip of {frames} frames of {side} x {side}" if clips else f"a picture of {side} x {side}"
    if drawn is not None:
        return Worst(sample, length, length, _drawn(drawn, split), f"{what}, as {source} draws", side * side)
    bound = "media.max_pixels" if recipe.media.max_pixels else "the model's own bound, for media.max_pixels is not set"
    return Worst(sample, length, length, None, f"no data is there yet; {what}, by {bound}", side * side)


def _drawn(drawn: Draw, split: set[str | None]) -> int | None:
    """How many samples a stage draws of splits; None where there are scenes, of which several may be asked."""
    those = {
        kind: sum(count for name, count in getattr(drawn, kind).items() if name in split or None in split)
        for kind in ("splits", "clips", "scenes", "voices")
    }
    return None if those["scenes"] else sum(those.values()) or None


def _answered(made: Any, stage: Stage, sample: Sample, words: int) -> tuple[Sample, Length]:
    """The sample with an answer of so many words, and its tokens."""
    sample = sample.model_copy(update={"response": "one" + WORD * (words - 1)})
    return sample, fitting.measured(made, stage, sample)


def _side(recipe: Recipe, processor: Any) -> int:
    """Pixels on the side of the largest picture that the model is given."""
    size = dict(processor.image_processor.size)
    area = recipe.media.max_pixels or size.get("longest_edge") or 0
    if "shortest_edge" in size and "longest_edge" in size and area:
        return max(32, isqrt(area))
    return int(size.get("height") or size.get("shortest_edge") or 512)
