"""What one process of a stage needs on its machines; what does not change between two questions is found once."""

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from affectreason.model import fitting, memory, on_meta, worst_row
from affectreason.model.memory import Need, Setting
from affectreason.model.smaller import Setup
from affectreason.model.worst_row import Worst
from affectreason.recipe.parts import Evaluate, Filter, Stage, Synthesize
from affectreason.recipe.schema import Recipe

EVALUATE = "evaluate"
"""What the asking of held-out samples is called where stages are."""
_OF_LEARNING = ("train", "lora", "freeze", "rewards", "keep", "learning_rates", "on_oom", "batch_size",
                "max_new_tokens", "name", "init", "tries", "seed")  # fmt: skip
"""Keys of a stage that none of its rows depends on."""


@dataclass
class Known:
    """Where a run's outputs are, what was found, and the files made up for it; they live as long as `files`."""

    out: Path
    files: ExitStack
    found: dict[Any, Any] = field(default_factory=dict)


def needed(setup: Setup, size: int, known: Known) -> tuple[Need, Worst, tuple[int, int]]:
    """What one process needs on a device of `size` bytes, of which row, and the bytes of the stage on the disk."""
    recipe, stage, spread = setup
    source = fitting.source_of(recipe, stage)
    if ("config", source) not in known.found:
        known.found["config", source] = on_meta.config_of(source)
    config = known.found["config", source]
    own = setting(setup)
    row, processor = _row(recipe, stage, known)
    parts, model = memory.count(recipe, stage, config, processor, row, own, spread.zero, known.found)
    return memory.need(parts, model, own, spread, size), row, memory.saved(stage, parts, model, own, spread)


def setting(setup: Setup) -> Setting:
    """The keys that count; a search asks for several candidates of every sample at once."""
    recipe, stage, spread = setup
    own = memory.setting(recipe, stage, "cpu" if spread.cpu else "cuda")
    if stage.name == EVALUATE and recipe.evaluate and recipe.evaluate.search:
        many = recipe.evaluate.search.candidates
        own = replace(own, group=many, written=own.written * many)
    return own


def _row(recipe: Recipe, stage: Stage, known: Known) -> tuple[Worst, Any]:
    """The worst row of a stage, and the processor that makes it."""
    start = fitting.start_of(recipe, stage)
    said = stage.model_dump(exclude=set(_OF_LEARNING))
    longest = getattr(stage, "train", {}).get("max_length")
    about = ("row", start, repr(recipe.media), recipe.prompt, repr(recipe.labels), repr(said), longest)
    if about not in known.found:
        processor, _ = fitting.processor_of(start, recipe)
        row = known.files.enter_context(worst_row.worst(recipe, stage, known.out, processor))
        known.found[about] = row, processor
    found: tuple[Worst, Any] = known.found[about]
    return found


def evaluations(recipe: Recipe) -> list[Stage]:
    """The asking of each model that is evaluated, as stages that write; of models and prompts that are alike, one."""
    asked, found = recipe.evaluate, {}
    if isinstance(asked, Evaluate):
        for stage in recipe.stages:
            if stage.kind in ("warm_up", "sft", "grpo"):
                prompt = getattr(stage, "prompt", None)
                found[fitting.start_of(recipe, stage), prompt] = _writes(
                    EVALUATE,
                    stage.name,
                    asked.data,
                    prompt,
                    asked.max_new_tokens,
                    asked.batch_size,
                    2 + len(asked.without),
                )  # a greedy and a sampled answer, and a greedy one without each
    return list(found.values())


def witnesses(stage: Filter) -> list[Stage]:
    """The witnesses of a filter that load a model, as stages that write; a classifier sees one sample at a time."""
    found = []
    for one in stage.witnesses:
        if one.use == "model":
            asked = (one.prompt, stage.max_new_tokens, stage.batch_size)
            found.append(_writes(stage.name, one.model, stage.data, *asked))
        elif one.use == "classifier":
            found.append(_writes(stage.name, one.model, stage.data, None, 1, 1))
    return found


def _writes(
    name: str, init: str | None, data: list[str], prompt: str | None, tokens: int, batch: int, times: int = 1
) -> Stage:
    """A stage that is there to be counted alone, so that nothing is kept of what it writes."""
    return Synthesize.model_construct(
        kind="synthesize", name=name, init=init, data=data, prompt=prompt, limit=None, hint=False, tries=times, keep=[],
        temperature=0.0, max_new_tokens=tokens, batch_size=batch, alike=1.0, seed=0,
    )  # fmt: skip
