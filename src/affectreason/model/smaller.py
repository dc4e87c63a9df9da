"""The keys of a recipe that make a stage need less memory, each with the recipe that it makes."""

from collections.abc import Iterator
from typing import Any

from affectreason.model import memory, sharding
from affectreason.model.memory import Setting
from affectreason.model.sharding import Sharding
from affectreason.model.worst_row import Worst
from affectreason.recipe.parts import GRPO, SFT, Stage, Synthesize
from affectreason.recipe.schema import Recipe

Change = tuple[str, Recipe, Stage, Sharding]
"""The words of a command, and the recipe, stage and sharding with them."""
LEAST_PIXELS = 32 * 32
FILES = ("zero2", "zero3", "zero3_offload", "fsdp2")


def changes(recipe: Recipe, stage: Stage, spread: Sharding, row: Worst) -> Iterator[Change]:
    """Changes of one key that may make a stage smaller; sizes are halved."""
    own = memory.setting(recipe, stage, "cpu" if spread.cpu else "cuda")
    yield from _of_launch(recipe, stage, spread)
    for words, changed in _of_media(recipe, row):
        media = recipe.media.model_copy(update=changed)
        yield words, recipe.model_copy(update={"media": media}), stage, spread
    of_stage = [
        *_of_steps(stage, own),
        *(_of_weights(stage, own, spread, row) if isinstance(stage, (SFT, GRPO)) else ()),
    ]
    for words, changed in of_stage:
        other = stage.model_copy(update=changed)
        stages = tuple(other if one.name == stage.name else one for one in recipe.stages)
        yield words, recipe.model_copy(update={"stages": stages}), other, spread


def _of_launch(recipe: Recipe, stage: Stage, spread: Sharding) -> Iterator[Change]:
    """Fewer bytes a number, and more that is spread or put away."""
    if spread.cpu:
        return
    if recipe.dtype == "float32":
        yield "dtype=bfloat16", recipe.model_copy(update={"dtype": "bfloat16"}), stage, spread
    for file in FILES:
        path = f"recipes/accelerate/{file}.yaml"
        other = sharding.read(path, spread.processes)
        if recipe.quantize is not None and (other.zero == 3 or other.fsdp):  # four bits cannot be parted
            continue
        if (spread.processes > 1 or other.optimizer_on_cpu) and _spread_out(other) > _spread_out(spread):
            yield f"launch={path}", recipe.model_copy(update={"launch": path}), stage, other


def _spread_out(spread: Sharding) -> int:
    """A rank: FSDP is after ZeRO-3, for it keeps no bucket of a fixed size; putting away is after both."""
    return (7 if spread.fsdp else spread.zero * 2) + 2 * int(spread.optimizer_on_cpu)


def _of_media(recipe: Recipe, row: Worst) -> Iterator[tuple[str, dict[str, Any]]]:
    """Fewer pixels, fewer frames."""
    half = (recipe.media.max_pixels or row.pixels) // 2
    if row.length.vision and half >= LEAST_PIXELS:
        yield f"media.max_pixels={half}", {"max_pixels": half}
    frames = recipe.media.max_frames // 2
    if frames >= 2 and any(one.kind in ("video", "frames") for one in row.sample.media):
        yield f"media.max_frames={frames}", {"max_frames": frames}


def _of_steps(stage: Stage, own: Setting) -> Iterator[tuple[str, dict[str, Any]]]:
    """Fewer rows and tokens at once; an optimizer's step sees as many rows as before."""
    if isinstance(stage, Synthesize):
        if stage.batch_size > 1:
            yield f"{stage.name}.batch_size={stage.batch_size // 2}", {"batch_size": stage.batch_size // 2}
        return
    changed: list[dict[str, Any]] = []
    if not own.checkpointing:
        changed.append({"gradient_checkpointing": True})
    if own.batch > 1:
        more = own.accumulate * (own.batch // (own.batch // 2))
        changed.append({"per_device_train_batch_size": own.batch // 2, "gradient_accumulation_steps": more})
    if own.group > 2:
        changed.append({"num_generations": own.group // 2})
    if own.answer > 64:
        changed.append({"max_completion_length": own.answer // 2})
    for one in changed:
        words = " ".join(f"{stage.name}.train.{key}={str(value).lower()}" for key, value in one.items())
        yield words, {"train": {**getattr(stage, "train", {}), **one}}


def _of_weights(stage: SFT | GRPO, own: Setting, spread: Sharding, row: Worst) -> Iterator[tuple[str, dict[str, Any]]]:
    """Less that is trained, and a smaller optimizer."""
    if stage.lora is not None:
        return
    yield f"{stage.name}.lora={{r: 16}}", {"lora": {"r": 16}}
    if "vision" not in stage.freeze and row.length.vision:
        yield f"{stage.name}.freeze=[vision]", {"freeze": [*stage.freeze, "vision"]}
    if own.optimizer in ("adamw_torch", "adamw_torch_fused") and not spread.zero:
        train = {**stage.train, "optim": "adamw_bnb_8bit"}
        yield f"{stage.name}.train.optim=adamw_bnb_8bit", {"train": train}
