"""The keys of a recipe that make a stage need less memory, each with its values from the mildest on."""

from dataclasses import dataclass, field
from typing import Any

from affectreason.model import memory, sharding
from affectreason.model.memory import Setting
from affectreason.model.sharding import Sharding
from affectreason.model.worst_row import Worst
from affectreason.recipe.parts import GRPO, SFT, Stage, Synthesize, WarmUp
from affectreason.recipe.schema import Recipe

Setup = tuple[Recipe, Stage, Sharding]
LEAST_PIXELS = 32 * 32
LEAST_TOKENS = 64
FILES = (("zero2", "zero3", "zero3_offload"), ("fsdp2",))
"""Accelerate files of which each takes less than the one before it; FSDP has no buckets, and may take less than all."""


@dataclass(frozen=True)
class Change:
    """Values of keys: of the recipe, of its media, of the stage, and of what the stage gives its trainer."""

    words: str
    recipe: dict[str, Any] = field(default_factory=dict)
    media: dict[str, Any] = field(default_factory=dict)
    stage: dict[str, Any] = field(default_factory=dict)
    train: dict[str, Any] = field(default_factory=dict)


Option = list[Change]
"""One key at values that take ever less."""


def options(recipe: Recipe, stage: Stage, spread: Sharding, row: Worst) -> list[Option]:
    """Keys that may make a stage smaller, sizes halved down to their least.

    First those that change no result, then those that round more, last those by which the model sees, writes or learns
    less. An optimizer's step sees as many rows as before.
    """
    own = memory.setting(recipe, stage, "cpu" if spread.cpu else "cuda")
    learns = isinstance(stage, (WarmUp, SFT, GRPO))
    found = [
        *(_of_batch(stage, own) if learns else [_batch_size(stage)]),
        *(_launch(recipe, spread) if isinstance(stage, (SFT, GRPO)) and not spread.cpu else ()),
        *([] if spread.cpu or recipe.dtype != "float32" else [[Change("dtype=bfloat16", {"dtype": "bfloat16"})]]),
        *(_of_weights(stage, own, spread, row) if isinstance(stage, (WarmUp, SFT, GRPO)) else ()),
        *_of_media(recipe, row),
        *_of_answers(stage, own),
        *(_lora(stage) if isinstance(stage, (SFT, GRPO)) else ()),
    ]
    return [one for one in found if one]


def applied(setup: Setup, change: Change) -> Setup:
    """A setup with the values of a change."""
    recipe, stage, spread = setup
    media = recipe.media.model_copy(update=change.media)
    train = {"train": {**getattr(stage, "train", {}), **change.train}} if change.train else {}
    other = stage.model_copy(update={**change.stage, **train})
    stages = tuple(other if one.name == stage.name else one for one in recipe.stages)
    changed = recipe.model_copy(update={**change.recipe, "media": media, "stages": stages})
    if "launch" in change.recipe:
        spread = sharding.read(change.recipe["launch"], spread.processes)
    return changed, other, spread


def possible(setup: Setup) -> bool:
    """Whether a run begins with it: the answers of a generation are whole groups, four bits are not parted."""
    recipe, stage, spread = setup
    if recipe.quantize is not None and (spread.zero == 3 or spread.fsdp):
        return False
    own = memory.setting(recipe, stage, "cpu")
    return not isinstance(stage, GRPO) or (own.generated * spread.processes) % own.group == 0


def _halves(value: int, least: int) -> list[int]:
    """A value halved again and again, the smallest not under the least."""
    found = []
    while value // 2 >= least:
        value //= 2
        found.append(value)
    return found


def _launch(recipe: Recipe, spread: Sharding) -> list[Option]:
    """More that is spread or put away."""
    found: list[Option] = []
    for files in FILES:
        found.append([])
        for path in (f"recipes/accelerate/{file}.yaml" for file in files):
            other = sharding.read(path, spread.processes)
            if recipe.quantize is not None and (other.zero == 3 or other.fsdp):  # four bits cannot be parted
                continue
            if (spread.processes > 1 or other.optimizer_on_cpu) and _spread_out(other) > _spread_out(spread):
                found[-1].append(Change(f"launch={path}", {"launch": path}))
    return found


def _spread_out(spread: Sharding) -> int:
    """A rank: FSDP is after ZeRO-3, for it keeps no bucket of a fixed size; putting away is after both."""
    return (7 if spread.fsdp else spread.zero * 2) + 2 * int(spread.optimizer_on_cpu)


def _of_media(recipe: Recipe, row: Worst) -> list[Option]:
    """Fewer pixels, fewer frames."""
    found = []
    if row.length.vision:
        sizes = _halves(recipe.media.max_pixels or row.pixels, max(LEAST_PIXELS, recipe.media.min_pixels or 0))
        found.append([Change(f"media.max_pixels={one}", media={"max_pixels": one}) for one in sizes])
    if any(one.kind in ("video", "frames") for one in row.sample.media):
        counts = _halves(recipe.media.max_frames, 2)
        found.append([Change(f"media.max_frames={one}", media={"max_frames": one}) for one in counts])
    return found


def _batch_size(stage: Any) -> Option:
    """Fewer samples asked at once."""
    sizes = _halves(stage.batch_size, 1)
    return [Change(f"{stage.name}.batch_size={one}", stage={"batch_size": one}) for one in sizes]


def _of_batch(stage: Stage, own: Setting) -> list[Option]:
    """Activations made again, fewer rows at once, fewer answers written at once."""
    recomputes = own.checkpointing or isinstance(stage, WarmUp)  # a warm-up cannot, as memory.setting says
    found = [] if recomputes else [[_train(stage, gradient_checkpointing=True)]]
    given = getattr(stage, "train", {})
    rows = []
    for size in _halves(own.batch, 1):
        more: dict[str, int] = {"gradient_accumulation_steps": own.accumulate * (own.batch // size)}
        if "steps_per_generation" in given:
            more["steps_per_generation"] = int(given["steps_per_generation"]) * (own.batch // size)
        rows.append(_train(stage, per_device_train_batch_size=size, **more))
    found.append(rows)
    if own.written:
        found.append([_train(stage, steps_per_generation=one) for one in _halves(own.generated // own.batch, 1)])
    return found


def _of_answers(stage: Stage, own: Setting) -> list[Option]:
    """Fewer and shorter answers."""
    if isinstance(stage, Synthesize):
        lengths = _halves(own.answer, LEAST_TOKENS)
        return [[Change(f"{stage.name}.max_new_tokens={one}", stage={"max_new_tokens": one}) for one in lengths]]
    if not isinstance(stage, GRPO):
        return []
    return [
        [_train(stage, num_generations=one) for one in _halves(own.group, 2)],
        [_train(stage, max_completion_length=one) for one in _halves(own.answer, LEAST_TOKENS)],
    ]


def _of_weights(stage: WarmUp | SFT | GRPO, own: Setting, spread: Sharding, row: Worst) -> list[Option]:
    """A smaller optimizer, a tower that does not learn."""
    if stage.lora is not None:
        return []
    found = []
    if own.optimizer in ("adamw_torch", "adamw_torch_fused") and not (spread.zero or spread.cpu):
        found.append([_train(stage, optim="adamw_bnb_8bit")])
    if "vision" not in stage.freeze and row.length.vision and not isinstance(stage, WarmUp):
        found.append([Change(f"{stage.name}.freeze=[vision]", stage={"freeze": [*stage.freeze, "vision"]})])
    return found


def _lora(stage: SFT | GRPO) -> list[Option]:
    """An adapter in place of all weights."""
    return [[Change(f"{stage.name}.lora={{r: 16}}", stage={"lora": {"r": 16}})]] if stage.lora is None else []


def _train(stage: Stage, **values: Any) -> Change:
    words = " ".join(f"{stage.name}.train.{key}={str(value).lower()}" for key, value in values.items())
    return Change(words, train=values)
