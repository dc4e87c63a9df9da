"""What one process of a stage needs, in bytes: counted parts put together as its launch file spreads them.

A stage has up to three moments: forward and backward, the optimizer's step, and the writing of answers. The largest is
what has to fit.
"""

from dataclasses import dataclass, replace
from typing import Any

from affectreason.model import counted_steps, on_meta, optimizer_state
from affectreason.model.counted_steps import Counts
from affectreason.model.sharding import Sharding
from affectreason.model.worst_row import Worst
from affectreason.recipe.parts import GRPO, SFT, Stage, Synthesize
from affectreason.recipe.schema import Recipe


@dataclass(frozen=True)
class Setting:
    """The keys of a stage that its memory depends on, with the values that count."""

    batch: int
    accumulate: int
    group: int
    answer: int
    written: int
    optimizer: str
    checkpointing: bool
    half: bool
    device: str
    reference: bool
    vllm: float


@dataclass(frozen=True)
class Need:
    """Bytes of one process by part, the moments made of them, and the parts of the largest moment.

    `host` is memory of the computer's own that offloading takes.
    """

    parts: dict[str, int]
    moments: dict[str, int]
    host: int = 0
    flops: int = 0

    @property
    def most(self) -> int:
        """The largest moment."""
        return max(self.moments.values())

    @property
    def when(self) -> str:
        """Its name."""
        return max(self.moments, key=lambda name: self.moments[name])


def setting(recipe: Recipe, stage: Stage, device: str) -> Setting:
    """The values of the keys, the trainers' own where a recipe gives none."""
    if isinstance(stage, Synthesize):
        size = stage.batch_size
        return Setting(size, 1, 1, stage.max_new_tokens, size, "", False, False, device, False, 0.0)
    train = getattr(stage, "train", {})
    from trl import GRPOConfig, SFTConfig  # here: they take seconds to import

    usual: Any = GRPOConfig if isinstance(stage, GRPO) else SFTConfig

    def value(key: str) -> Any:
        return train.get(key, usual.__dataclass_fields__[key].default)

    batch, accumulate = int(value("per_device_train_batch_size")), int(value("gradient_accumulation_steps"))
    cuda = device == "cuda"  # as training.arguments decides
    checkpointing = train.get("gradient_checkpointing", train.get("activation_checkpointing", cuda))
    half = train.get("bf16", cuda and recipe.dtype != "float32")
    name = str(train.get("optim", optimizer_state.USUAL))
    found = Setting(batch, accumulate, 1, 0, 0, name, bool(checkpointing), bool(half), device, False, 0.0)
    if not isinstance(stage, GRPO):
        return found
    vllm = train.get("use_vllm", False)
    colocated = vllm and value("vllm_mode") == "colocate"
    return replace(
        found,
        group=int(value("num_generations")),
        answer=int(value("max_completion_length")),
        written=0 if vllm else batch * int(train.get("steps_per_generation", accumulate)),
        reference=bool(value("beta")) and stage.lora is None,
        vllm=float(value("vllm_gpu_memory_utilization")) if colocated else 0.0,
    )


def count(recipe: Recipe, stage: Stage, config: Any, processor: Any, row: Worst, own: Setting, deep3: bool = False) -> tuple[Counts, Any]:  # fmt: skip  # noqa: E501
    """The counted parts of a stage, and its model of shapes."""
    adapter = {"autocast_adapter_dtype": False} if deep3 else {}  # as TRL does under ZeRO-3
    model = on_meta.for_stage(recipe, stage, config, **adapter)
    found = counted_steps.weights_of(model)
    if isinstance(stage, (SFT, GRPO)):
        found = counted_steps.step(
            recipe, stage, model, processor, row, device=own.device, half=own.half, checkpointing=own.checkpointing,
            batch=own.batch, group=own.group, answer=own.answer,
        )  # fmt: skip
    if own.written:
        wrote = counted_steps.writing(
            recipe, stage, model, processor, row, device=own.device, answers=own.written, group=own.group,
            length=own.answer,
        )  # fmt: skip
        found = replace(found, cache=wrote.cache, writing=wrote.writing, flops=found.flops + wrote.flops)
    if recipe.quantize is not None:
        less, moment = on_meta.four_bit(model, recipe.dtype)
        found = replace(
            found, weights=found.weights - less, most=found.most and found.most + moment,
            activations=found.activations and found.activations + moment,
            writing=found.writing and found.writing + moment,
        )  # fmt: skip
    return found, model


def need(found: Counts, model: Any, own: Setting, spread: Sharding, memory: int) -> Need:
    """What one process needs; `memory` is that of its device, of which vLLM takes its share."""
    trains = bool(own.optimizer)
    state = optimizer_state.state(own.optimizer, model) if trains else 0
    reference = found.weights if own.reference else 0
    base = _spread(found, reference, state, own, spread) if trains else {"weights": found.weights}
    vllm = {"vLLM": round(own.vllm * memory)} if own.vllm else {}
    host = base.pop("host", 0)
    resident = {name: size for name, size in base.items() if name not in ("gathered layers", "gradients", "step")}
    held = sum(resident.values()) + sum(vllm.values())
    whole = own.accumulate > 1 or spread.processes > 1 or spread.zero > 0
    moments = {}
    if trains and found.most:
        learning = base["gradients"] + found.activations if whole else found.most
        moments["forward and backward"] = held + learning + base.get("gathered layers", 0)
        moments["optimizer step"] = held + base["gradients"] + base.get("step", 0)
    if found.writing:
        gathers = spread.zero == 3 and spread.gathers_to_write
        moments["writing answers"] = (
            held + found.writing + (found.weights if gathers else base.get("gathered layers", 0))
        )
    if not moments:
        moments["weights"] = held
    parts = {**base, **vllm, "activations": found.activations - found.logits, "logits": found.logits}
    parts |= {"keys and values": found.cache, "written with": found.writing - found.cache} if found.writing else {}
    return Need({name: size for name, size in parts.items() if size}, moments, host, found.flops)


def _spread(found: Counts, reference: int, state: int, own: Setting, spread: Sharding) -> dict[str, int]:
    """Weights, gradients, optimizer and what passing data between processes takes, of one process; `host` is apart."""
    n = spread.processes
    parts = {"weights": found.weights, "reference": reference, "gradients": found.gradients, "optimizer": state}
    wide = found.gradients // max(1, found.trained)  # bytes of a number
    if spread.zero:
        # DeepSpeed trains a copy in float32 of its part; a step turns the part's gradients into float32 too.
        master = -(-found.trained // n)
        parts["optimizer"] = master * 4 + optimizer_state.of_numbers(own.optimizer, master)
        parts["step"] = master * 4
        parts["buckets"] = spread.bucket * wide
    elif spread.fsdp and own.half:
        # accelerate's FSDP2 keeps what learns in float32 under mixed precision, and computes in halves of it.
        parts["weights"] += found.trained * 4 - found.gradients
        parts["gradients"] = found.trained * 4
        parts["optimizer"] = optimizer_state.of_numbers(own.optimizer, found.trained) // n
    elif spread.fsdp:
        parts["optimizer"] = state // n
    elif n > 1:
        parts["buckets"] = found.gradients  # DistributedDataParallel's, a copy as it is set up by accelerate
    if spread.zero >= 2 or spread.fsdp:
        parts["gradients"] = -(-parts["gradients"] // n)
    if spread.zero == 3 or spread.fsdp:
        parts["weights"], parts["reference"] = -(-parts["weights"] // n), -(-reference // n)
        # ZeRO-3 keeps up to `live` numbers whole, FSDP the layer it computes and the one it fetches.
        parts["gathered layers"] = min(found.weights, spread.live * wide) if spread.zero == 3 else 2 * found.gathered
    return _offloaded(parts, spread)


def _offloaded(parts: dict[str, int], spread: Sharding) -> dict[str, int]:
    """What is offloaded is taken out and kept in the memory of the computer."""
    gone = [*(["optimizer", "gradients", "step"] if spread.optimizer_on_cpu else [])]
    gone += ["weights"] if spread.parameters_on_cpu else []
    host = sum(parts.get(name, 0) for name in gone)
    return {**{name: 0 if name in gone else size for name, size in parts.items()}, "host": host}


def saved(stage: Stage, found: Counts, model: Any, own: Setting, spread: Sharding) -> tuple[int, int]:
    """Bytes of the model that a stage leaves, and of the checkpoints it has while it runs.

    There is one checkpoint more than are kept, for one goes only when the next is there.
    """
    if not own.optimizer:
        return 0, 0
    learnt = found.gradients if hasattr(model, "peft_config") else found.weights
    state = optimizer_state.state(own.optimizer, model)
    if spread.zero:
        state = found.trained * 4 + optimizer_state.of_numbers(own.optimizer, found.trained)
    train = getattr(stage, "train", {})
    limit = train.get("save_total_limit", 2)  # ours, in training.arguments
    count = 0 if train.get("save_strategy") == "no" else (limit or 10) + 1
    return learnt, count * (learnt + state)
