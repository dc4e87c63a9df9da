"""Ask models the questions of a benchmark: a text for each sample, written down as it comes.

`predictions.jsonl` has a row a sample, in their order: `id`, `text`, `tokens`, `cut` (broken off because no more tokens
were allowed) and `logprob` (mean over the tokens, in nats, at temperature 1).
"""

import gc
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

import torch

from affectreason.affect.sample import Sample
from affectreason.benchmark.survival import beside
from affectreason.errors import InputError
from affectreason.media import openable
from affectreason.model import generate, hearing, journal, said, talk, vision_cache
from affectreason.model.systems import System, base_of, place, settings
from affectreason.recipe import asked, asking, declared, folders, modalities, prompts
from affectreason.recipe.parts import Media
from affectreason.recipe.prompts import Prompt

Row = dict[str, Any]
Again = Callable[[Path], Mapping[str, Mapping[str, str]]]


def ask_all(
    systems: Sequence[System],
    samples: Sequence[Sample],
    folder: Path,
    *,
    max_new_tokens: int,
    temperature: float = 0.0,
    dtype: str = "auto",
    quantize: str | None = None,
    media: Media | None = None,
    batch_size: int | None = None,
    again: Again | None = None,
    kept: str | Path | None = None,
) -> list[Path]:
    """The file of answers of each system, `folder/SLUG/predictions[-SEED].jsonl`; goes on where it was stopped.

    Media are checked before a model is loaded, each model is loaded once, one whose answers are all there never.
    `again` says of a file of answers what is asked once more, by way: for ids of samples, what the answer is made to
    begin with; these answers go to `survival.beside`. InputError where the folder holds answers asked otherwise.
    `kept` is the folder of a vision cache, by which every further question about a clip costs no encoding.
    """
    media = media or Media()
    asking.require_labels(samples, {system.name: system.prompt for system in systems})
    if not all(system.media for system in systems) and not any(sample.media for sample in samples):
        raise InputError(
            "text_only=true: no sample has anything to look at, so every answer is of text only; remove it"
        )
    modalities.require(samples, {name for system in systems for name in system.gone}, "without=")
    openable.require(samples)
    answers = {"max_new_tokens": max_new_tokens, "temperature": temperature}
    shared = {
        "samples": asked.digest(samples),
        "count": len(samples),
        **answers,
        "dtype": dtype,
        **({} if quantize is None else {"quantize": quantize}),
        "media": media.model_dump(mode="json"),
    }
    paths = [folder / place(system) for system in systems]
    with asked.held(folder, shared, _each(systems)) if journal.is_main() else nullcontext():
        journal.wait()  # until the main process has refused or made the folder
        loads: dict[tuple[str, str | None], list[tuple[System, Path]]] = {}
        for system, path in zip(systems, paths, strict=True):
            if not _all_there(path, again):
                loads.setdefault((system.model, system.adapter), []).append((system, path))
        for (source, adapter), those in loads.items():
            model, processor = talk.opened(source, adapter, dtype, media, quantize)
            cache = vision_cache.opened(model.requires_grad_(False), kept, needed=False)
            how: dict[str, Any] = {**answers, "batch_size": batch_size, "media": media, "cache": cache}
            for system, path in those:
                _ask_system(model, processor, samples, system, path, again, how)
            del model, processor
            free()
        journal.wait()
    return paths


def _ask_system(
    model: Any,
    processor: Any,
    samples: Sequence[Sample],
    system: System,
    path: Path,
    again: Again | None,
    how: dict[str, Any],
) -> None:
    """Ask one system, and what is asked of its answers once more."""
    given = samples if system.media else [asking.without_media(sample) for sample in samples]
    hearing.require(processor, given)
    given = [modalities.without(sample, system.gone) for sample in given]
    label = system.name if system.seed is None else f"{system.name}, seed {system.seed}"
    how = {**how, "seed": system.seed or 0, "bare": system.bare}
    ask(model, processor, given, system.prompt, path, **how, label=label)
    for way, begun in ({} if again is None else again(path)).items():
        those = [sample for sample in given if sample.id in begun]
        told = f"{label}, {way}"
        ask(model, processor, those, system.prompt, beside(path, way), **how, begun=begun, label=told)


def ask(
    model: Any,
    processor: Any,
    samples: Sequence[Sample],
    prompt: Prompt,
    path: Path,
    *,
    max_new_tokens: int,
    temperature: float = 0.0,
    seed: int = 0,
    batch_size: int | None = None,
    media: Media | None = None,
    bare: bool = False,
    label: str = "asked",
    begun: Mapping[str, str] | None = None,
    cache: vision_cache.Cache | None = None,
) -> None:
    """Write the answers to all samples; those that were written down before a kill are not asked again.

    Every process takes its share. The longest come first, so that a batch too large for the device's memory is met at
    once; it is halved until it fits. No answer depends on the batch it was asked in but for rounding. With `bare` the
    adapter is switched off. What an answer is made to begin with, by `begun`, is part of its text.
    """
    if path.is_file():
        return
    given, starts = media or Media(), begun or {}

    def answer(those: list[Sample]) -> list[Row]:
        dialogues = [
            generate.Asked(sample, prompts.messages(sample, prompt), starts.get(sample.id, "")) for sample in those
        ]
        loaded = [generate.load_media(sample, given.fps, given.max_frames, given.max_seconds) for sample in those]
        how: dict[str, Any] = {"max_new_tokens": max_new_tokens, "temperature": temperature, "seed": seed}
        how["cache"] = cache
        with model.disable_adapter() if bare else nullcontext():
            answers = said.answers(model, processor, dialogues, loaded, **how)
        rows = [{"id": one.sample.id, **asdict(said_)} for one, said_ in zip(dialogues, answers, strict=True)]
        return [{**row, "text": one.begun + row["text"]} for one, row in zip(dialogues, rows, strict=True)]

    order = sorted(range(len(samples)), key=lambda i: (*_media(samples[i]), len(prompts.asked(samples[i], ""))))
    work = partial(_batches, samples, batch_size or guess(), answer)
    rows = journal.by_item(path.parent / "parts" / path.stem, label, order[::-1], work)
    if journal.is_main():
        folders.write_text(path, "".join(json.dumps(rows[i]) + "\n" for i in range(len(samples))))
    journal.wait()


def _all_there(path: Path, again: Again | None) -> bool:
    """Whether a system has nothing left to answer."""
    return path.is_file() and all(beside(path, way).is_file() for way in (again(path) if again is not None else ()))


def _batches(
    samples: Sequence[Sample], size: int, answer: Callable[[list[Sample]], list[Row]], items: list[int]
) -> Iterator[dict[int, Row]]:
    """The rows of the samples at these places, batch by batch; a size the device has no memory for is halved."""
    at = 0
    while at < len(items):
        alike = _media(samples[items[at]])
        these = list(takewhile(lambda i: _media(samples[i]) == alike, items[at : at + size]))  # noqa: B023
        rows = None
        with suppress(torch.OutOfMemoryError):
            rows = answer([samples[i] for i in these])
        if rows is not None:
            yield dict(zip(these, rows, strict=True))
            at += len(these)
            continue
        free()  # not before: what was raised held the tensors
        size = len(these) // 2
        if size == 0:
            raise InputError(
                f"sample {samples[these[0]].id!r}: the device has too little memory to ask about it alone; lower "
                "max_new_tokens, or give smaller pictures, fewer frames or dtype=bfloat16"
            )


def guess() -> int:
    """How many samples are asked at once at first; a batch that does not fit is halved."""
    return 64 if torch.cuda.is_available() else 4


def free() -> None:
    """Give back what nothing holds any more."""
    gc.collect()
    torch.cuda.empty_cache()


def _media(sample: Sample) -> tuple[int, int, int]:
    """Clips, sounds and pictures of a sample; only samples with as many share a batch."""
    clips = sum(item.kind in ("video", "frames") for item in sample.media)
    sounds = sum(item.kind == "audio" for item in sample.media)
    return clips, sounds, len(sample.media) - clips - sounds


def _each(systems: Sequence[System]) -> dict[str, dict[str, Any]]:
    """What each system is asked with, by its name."""
    found = {}
    for system in systems:
        if system.name not in found:
            base = (base_of(system.model, system.adapter) or system.model) if system.bare else None
            facts = declared.declared(base) if base else declared.declared(system.model, system.adapter)
            found[system.name] = {**settings(system), **declared.weights_of(facts), "declared": facts}
    return found
