"""What cannot be done in a trained stage: rates of frozen parts, whole weights in few bits, what vLLM cannot take.

It reads the recipe as it is written, as `checks` does.
"""

import re
from typing import Any

from affectreason.recipe import trackers

MODES = ("colocate", "server")
ALONE: dict[str, tuple[str, ...]] = {
    "colocate": (
        "vllm_gpu_memory_utilization", "vllm_tensor_parallel_size", "vllm_max_model_length", "vllm_enable_sleep_mode",
    ),
    "server": (
        "vllm_server_base_url", "vllm_server_host", "vllm_server_port", "vllm_server_timeout", "vllm_group_port",
    ),
}  # fmt: skip
"""The keys of TRL's that one mode of vLLM alone reads."""
ADAPTIVE = ("reduce_lr_on_plateau", "greedy")
"""The schedules of transformers that follow scores; all others follow steps."""
DEALT = ("split_batches", "dispatch_batches", "even_batches", "use_seedable_sampler")
"""The keys of accelerate's that decide which process is given which sample."""
_TOWERS = re.compile(r"visual|vision|audio_tower|multi_modal_projector|merger|all-linear")
_EMBEDDINGS = re.compile(r"embed_tokens|lm_head|wte")
Written = dict[str, Any]


def problems(stage: Written, quantize: Any) -> list[str]:
    """The mistakes of one trained stage, one line each; `quantize` is the recipe's."""
    name, lora = stage["name"], stage.get("lora")
    train = stage.get("train") if isinstance(stage.get("train"), dict) else {}
    found = _rates(name, stage) + _trainer(name, train or {}) + trackers.problems(name, train or {})
    if quantize is not None and lora is None:
        mend = "remove quantize" if stage.get("kind") == "warm_up" else f"give {name}.lora=, or remove quantize"
        found.append(f"quantize: {name} trains all weights, and those of {quantize} bits cannot be trained; {mend}")
    if stage.get("kind") == "grpo":
        found += _vllm(name, train or {}, lora if isinstance(lora, dict) else {}, quantize)
    return found


def _rates(name: str, stage: Written) -> list[str]:
    """Rates of parts that do not learn."""
    rates, frozen = stage.get("learning_rates"), stage.get("freeze")
    both = [part for part in rates if part in frozen] if isinstance(rates, dict) and isinstance(frozen, list) else []
    return [f"{name}.learning_rates.{part}: {part} is frozen; take it out here or of freeze" for part in both]


def _trainer(name: str, train: Written) -> list[str]:
    """Keys of the trainer's that no stage of ours can follow."""
    found = []
    if train.get("save_only_model"):
        found.append("save_only_model: a stage that is stopped could not go on from weights alone; remove it")
    if train.get("lr_scheduler_type") in ADAPTIVE:
        found.append(
            f"lr_scheduler_type: {train['lr_scheduler_type']} follows the scores of an evaluation amid training, and "
            "there is none (evaluate: asks the model afterwards); name one that follows steps, such as cosine or "
            "warmup_stable_decay"
        )
    if train.get("eval_strategy") not in (None, False, "no"):
        found.append(
            "eval_strategy: there is no evaluation amid training (evaluate: asks the model afterwards); remove it"
        )
    if train.get("train_sampling_strategy") not in (None, "random", "sequential"):
        found.append(
            f"train_sampling_strategy: {train['train_sampling_strategy']} needs the lengths of rows beforehand, and "
            "ours are made when they are read; write random or sequential"
        )
    if train.get("auto_find_batch_size"):
        found.append(
            "auto_find_batch_size: another batch size half-way would deal out other samples; lower "
            "per_device_train_batch_size, or write on_oom: skip at the stage"
        )
    dealt = train.get("accelerator_config")
    for key in dealt if isinstance(dealt, dict) else ():
        if key in DEALT:
            found.append(
                f"accelerator_config.{key}: how samples are dealt out to processes is set by us; a stopped stage goes "
                "on by it"
            )
    return [f"{name}.train.{line}" for line in found]


def _vllm(name: str, train: Written, lora: Written, quantize: Any) -> list[str]:
    """Keys of vLLM that do nothing or name nothing, and what learns that vLLM is not handed."""
    given = [key for key in train if key.startswith("vllm_")]
    if not train.get("use_vllm"):
        return [f"{name}.train.{key}: does nothing without use_vllm: true" for key in given]
    mode = train.get("vllm_mode", "colocate")
    if mode not in MODES:
        return [f"{name}.train.vllm_mode: {mode!r} is neither colocate nor server"]
    other = "server" if mode == "colocate" else "colocate"
    found = [
        f"{name}.train.{key}: is read with vllm_mode: {other} alone, and this is {mode}; take it out"
        for key in ALONE[other]
        if key in given
    ]
    for key, idle in _idle(train).items():
        found += [f"{name}.train.{one}: does nothing beside {key}; take it out" for one in idle if one in given]
    share = train.get("vllm_gpu_memory_utilization")
    if isinstance(share, int | float) and not 0 < share < 1:
        found.append(
            f"{name}.train.vllm_gpu_memory_utilization: {share} is no share of the GPU beside training; write 0.3 or so"
        )
    size = train.get("vllm_tensor_parallel_size")
    if isinstance(size, int) and size < 1:
        found.append(f"{name}.train.vllm_tensor_parallel_size: {size}; write a whole number from 1")
    if quantize is not None:
        found.append(
            f"{name}.train.use_vllm: vLLM is handed whole weights, and quantize: {quantize} leaves none; remove one"
        )
    return found + _unsynced(name, lora)


def _idle(train: Written) -> dict[str, tuple[str, ...]]:
    """The keys of vLLM's that TRL does not read beside another, by that one as it is written."""
    found: dict[str, tuple[str, ...]] = {}
    if train.get("vllm_server_base_url"):
        found["vllm_server_base_url"] = ("vllm_server_host", "vllm_server_port")
    if train.get("vllm_importance_sampling_correction") is False:
        ends = ("mode", "clip_max", "clip_min", "cap")
        found["vllm_importance_sampling_correction: false"] = tuple(f"vllm_importance_sampling_{one}" for one in ends)
    return found


def _unsynced(name: str, lora: Written) -> list[str]:
    """Weights of an adapter that vLLM is not handed, by their names.

    `model.vllm_weights` knows those of a model, and what a pattern that looks around names.
    """
    found = []
    if lora.get("trainable_token_indices") is not None:
        found.append(f"{name}.lora.trainable_token_indices: vLLM is not handed single tokens; take it out")
    for key in ("target_modules", "modules_to_save"):
        value = lora.get(key)
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, str) or "(?" in one:
                continue
            what = "embeddings" if _EMBEDDINGS.search(one) else "the towers" if _TOWERS.search(one) else None
            if what is not None and not (one == "all-linear" and lora.get("exclude_modules")):
                found.append(
                    f"{name}.lora.{key}: {one!r} are weights of {what}, and with use_vllm an adapter is of the "
                    "language model's layers alone; take it out, or leave use_vllm out"
                )
    return found
