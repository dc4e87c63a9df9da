"""What one process of a stage needs, in bytes: counted parts put together as its launch file spreads them.

A stage has up to three moments: forward and backward, the optimizer's step, and the writing of answers. The largest is
what has to fit.
"""

from dataclasses import dataclass, replace
from typing import Any

from affectreason.model import counted_steps, on_meta, optimizer_state
from affectreason.model.counted_steps import Counts
from affectreason.model.sharding import AUTO, Sharding
from affectreason.model.worst_row import Worst
from affectreason.recipe.parts import GRPO, SFT, Stage, Synthesize, WarmUp
from affectreason.recipe.schema import Recipe


@dataclass(frozen=True)
class Setting:
    """The keys of a stage that its memory depends on, with the values that count.

    `generated` are the answers of a process in one generation, `written` those of them that its own model writes.
    """

    batch: int
    accumulate: int
    group: int
    answer: int
    written: int
    generated: int
    optimizer: str
    checkpointing: bool
    half: bool
    device: str
    reference: bool
    vllm: float


@dataclass(frozen=True)
class Need:
    """Bytes of one process by part, the moments made of them, and the parts of the largest moment.

    `host` is memory of the computer's own that offloading takes. `flops` are the operations of a micro-batch, `asking`
    those of reading the prompts of a generation, and `read` the bytes that its tokens read, one after another.
    """

    parts: dict[str, int]
    moments: dict[str, int]
    host: int = 0
    flops: int = 0
    asking: int = 0
    read: int = 0

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
        return Setting(size, 1, 1, stage.max_new_tokens, size, size, "", False, False, device, False, 0.0)
    train = getattr(stage, "train", {})
    from trl import GRPOConfig, SFTConfig  # here: they take seconds to import

    usual: Any = GRPOConfig if isinstance(stage, GRPO) else SFTConfig

    def value(key: str) -> Any:
        return train.get(key, usual.__dataclass_fields__[key].default)

    batch, accumulate = int(value("per_device_train_batch_size")), int(value("gradient_accumulation_steps"))
    cuda = device == "cuda"  # as training.arguments decides
    checkpointing = train.get("gradient_checkpointing", train.get("activation_checkpointing", cuda))
    if isinstance(stage, WarmUp):  # its senses are no transformers model, which alone can recompute
        checkpointing = False
    half = train.get("bf16", cuda and recipe.dtype != "float32")
    name = str(train.get("optim", optimizer_state.USUAL))
    found = Setting(batch, accumulate, 1, 0, 0, 0, name, bool(checkpointing), bool(half), device, False, 0.0)
    if not isinstance(stage, GRPO):
        return found
    vllm = train.get("use_vllm", False)
    colocated = vllm and value("vllm_mode") == "colocate"
    generated = batch * int(train.get("steps_per_generation") or accumulate)
    return replace(
        found,
        group=int(value("num_generations")),
        answer=int(value("max_completion_length")),
        written=0 if vllm else generated,
        generated=generated,
        reference=bool(value("beta")) and stage.lora is None,
        vllm=float(value("vllm_gpu_memory_utilization")) if colocated else 0.0,
    )


def count(
    recipe: Recipe, stage: Stage, config: Any, processor: Any, row: Worst, own: Setting, zero: int = 0,
    known: dict[Any, Any] | None = None,
) -> tuple[Counts, Any]:  # fmt: skip
    """The counted parts of a stage, and its model of shapes; what is `known` already is not counted again."""
    known = {} if known is None else known
    adapter = {"autocast_adapter_dtype": False} if zero == 3 else {}  # as TRL does under ZeRO-3
    lora = None if getattr(stage, "lora", None) is None else on_meta.lora_of(recipe, stage)
    freeze = tuple(getattr(stage, "freeze", ()))
    of = (
        id(config),
        recipe.dtype,
        recipe.attn_implementation,
        repr(lora),
        lora is not None and bool(adapter),
        freeze,
        stage.kind,
    )
    if of not in known:
        known[of] = on_meta.for_stage(recipe, stage, config, **adapter)
    model = known[of]
    media = tuple(one.kind for one in row.sample.media)
    about = (of, row.length, row.pixels, media, own.device, own.group, own.answer)
    laid = tuple(getattr(stage, key, None) for key in ("share_prompt", "share_media", "row_tokens"))
    stepping = ("step", *about, *laid, own.half, own.checkpointing, own.batch)
    if stepping not in known:
        known[stepping] = _step(recipe, stage, model, processor, row, own)
    found: Counts = known[stepping]
    if own.written:
        written = ("writing", *about, own.written)
        if written not in known:
            known[written] = counted_steps.writing(
                recipe, stage, model, processor, row, device=own.device, answers=own.written, group=own.group,
                length=own.answer,
            )  # fmt: skip
        wrote = known[written]
        found = replace(found, cache=wrote.cache, writing=wrote.writing, asking=wrote.asking)
    if recipe.quantize is not None:
        less, moment = on_meta.four_bit(model, recipe.dtype)
        found = replace(
            found, weights=found.weights - less, most=found.most and found.most + moment,
            activations=found.activations and found.activations + moment,
            writing=found.writing and found.writing + moment,
        )  # fmt: skip
    return found, model


def _step(recipe: Recipe, stage: Stage, model: Any, processor: Any, row: Worst, own: Setting) -> Counts:
    """What a stage that learns takes for a micro-batch; of another the weights alone."""
    if isinstance(stage, WarmUp):
        return counted_steps.sensing(
            recipe, stage, model, processor, row, device=own.device, half=own.half, batch=own.batch
        )
    if not isinstance(stage, (SFT, GRPO)):
        return counted_steps.weights_of(model)
    return counted_steps.step(
        recipe, stage, model, processor, row, device=own.device, half=own.half, checkpointing=own.checkpointing,
        batch=own.batch, group=own.group, answer=own.answer,
    )  # fmt: skip


def need(found: Counts, model: Any, own: Setting, spread: Sharding, memory: int) -> Need:
    """What one process needs; `memory` is that of its device, of which vLLM takes its share."""
    trains = bool(own.optimizer)
    state = optimizer_state.state(own.optimizer, model) if trains else 0
    reference = found.weights if own.reference else 0
    spread = _sized(spread, model)
    base = _spread(found, reference, state, own, spread) if trains else {"weights": found.weights}
    vllm = {"vLLM": round(own.vllm * memory)} if own.vllm else {}
    host = base.pop("host", 0)
    come = ("gathered layers", "gradients", "step", *(["buckets"] if spread.zero in (1, 2) else []))
    resident = {name: size for name, size in base.items() if name not in come}
    held = sum(resident.values()) + sum(vllm.values())
    whole = own.accumulate > 1 or spread.processes > 1 or spread.zero > 0
    moments = {}
    if trains and found.most:
        learning = base["gradients"] + found.activations if whole else found.most
        passed = base.get("gathered layers", 0) + (base.get("buckets", 0) if "buckets" in come else 0)
        moments["forward and backward"] = held + learning + passed
        moments["optimizer step"] = held + base["gradients"] + base.get("step", 0)
    if found.writing:
        gathers = trains and spread.zero == 3 and spread.gathers_to_write
        moments["writing answers"] = (
            held + found.writing + (found.weights if gathers else base.get("gathered layers", 0))
        )
    if not moments:
        moments["weights"] = held
    parts = {**base, **vllm, "activations": found.activations - found.logits, "logits": found.logits}
    parts |= {"keys and values": found.cache, "written with": found.writing - found.cache} if found.writing else {}
    read = own.answer * (found.weights + found.cache // 2) if found.writing else 0
    parts = {name: size for name, size in parts.items() if size}
    return Need(parts, moments, host, found.flops, found.asking, read)


def _spread(found: Counts, reference: int, state: int, own: Setting, spread: Sharding) -> dict[str, int]:
    """Weights, gradients, optimizer and what passing data between processes takes, of one process; `host` is apart."""
    n = spread.processes
    parts = {"weights": found.weights, "reference": reference, "gradients": found.gradients, "optimizer": state}
    wide = found.gradients // max(1, found.trained)  # bytes of a number
    copies = optimizer_state.passing(own.optimizer) if own.device == "cuda" else 0
    if spread.zero:
        # DeepSpeed trains a copy in float32 of its part; a step turns the part's gradients into float32 too.
        master = -(-found.trained // n)
        parts["optimizer"] = master * 4 + optimizer_state.of_numbers(own.optimizer, master)
        parts["step"] = master * 4 * (1 + copies)
        # ZeRO-2 has them in a backward pass, ZeRO-3 from the beginning.
        parts["buckets"] = spread.buckets * spread.bucket * wide
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
        parts["gathered layers"] = _whole(found, spread, wide)
    if copies and not spread.zero:
        parts["step"] = copies * parts["gradients"]
    return _offloaded(parts, spread)


def _whole(found: Counts, spread: Sharding, wide: int) -> int:
    """Bytes of parted weights that are whole at once.

    FSDP has the layer it computes, the one it fetches, and the head from the end of forward on. ZeRO-3 has what it
    computes and fetches ahead, in one piece that is copied, and does not part what comes again soon: at the end of
    forward the last layers, which are passed twice until the first of them is used again.
    """
    if spread.fsdp:
        return found.weights if spread.whole_between else min(found.weights, 2 * found.gathered + found.largest)
    ahead = min(found.weights, min(spread.prefetch, spread.live) * wide)
    return min(found.weights, found.largest + ahead + spread.reuse // 2 * wide) + ahead


def _sized(spread: Sharding, model: Any) -> Sharding:
    """Sizes that transformers sets, where DeepSpeed's file says `auto`, by the width of the model."""
    if AUTO not in (spread.bucket, spread.prefetch):
        return spread
    square = model.config.get_text_config().hidden_size ** 2
    bucket = square if spread.bucket == AUTO else spread.bucket
    return replace(spread, bucket=bucket, prefetch=int(0.9 * square) if spread.prefetch == AUTO else spread.prefetch)


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
