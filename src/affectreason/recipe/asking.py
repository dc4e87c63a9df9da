"""How the questions of a benchmark are put: with the evidence thought out first, or directly; with media or without.

A task's `question` and `form` are strings that may hold `{labels}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from affectreason.errors import InputError
from affectreason.recipe import prompts
from affectreason.recipe.prompts import Prompt

if TYPE_CHECKING:
    from affectreason.affect.sample import Sample

THINK = (
    "{question}\n\n"
    "First give the evidence between <think> and </think>. "
    "Then give the answer alone between <answer> and </answer>.\n"
    "Form of the answer: FORM"
)
DIRECT = "{question}\n\nGive the answer alone, with nothing before or after it.\nForm of the answer: FORM"
TEXTS = {"think": THINK, "direct": DIRECT}


def think(question: str, form: str, names: Sequence[str] = ()) -> Prompt:
    """Ask for the evidence in `<think>`, then the answer in `<answer>`.

    `{labels}` becomes the `names`; without them, each sample's own label set when it is asked.
    """
    return _prompt(THINK, question, form, names)


def direct(question: str, form: str, names: Sequence[str] = ()) -> Prompt:
    """Ask for the answer and nothing else; `names` as in `think`."""
    return _prompt(DIRECT, question, form, names)


def chosen(given: object, question: str, form: str, names: Sequence[str] = ()) -> dict[str, Prompt]:
    """The prompts that `think=` means, by their names: true, false or both."""
    ways = {True: ("think",), False: ("direct",), "both": ("direct", "think")}
    if not (isinstance(given, bool) or given == "both"):
        raise InputError(f"think={given}: it is true, false or both")
    return {way: _prompt(TEXTS[way], question, form, names) for way in ways[given]}


def without_media(sample: Sample) -> Sample:
    """The sample of the text-only control: nothing to look at or listen to, all its words."""
    return sample.model_copy(update={"media": ()})


def require_labels(samples: Sequence[Sample], asked: Mapping[str, Prompt]) -> None:
    """Refuse a prompt that lists labels for a sample that names no label set."""
    listing = [name for name, prompt in asked.items() if "{labels}" in prompt.text + prompt.question]
    bare = [sample.id for sample in samples if sample.labels is None]
    if listing and bare:
        raise InputError(
            f"sample {bare[0]!r} names no label set, and prompt {listing[0]} lists its labels ({len(bare)} such "
            "samples); prepare them with labels=, or give each row its own labels"
        )


def named(name: str) -> dict[str, Prompt]:
    """The prompt a model was trained with, or another of `recipe/prompts.py`, by its name."""
    return {name: prompts.find(name)}


def _prompt(text: str, question: str, form: str, names: Sequence[str]) -> Prompt:
    whole = text.replace("FORM", form)
    if names:
        question, whole = (part.replace("{labels}", ", ".join(names)) for part in (question, whole))
    return Prompt(text=whole, question=question)
