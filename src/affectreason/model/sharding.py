"""How a launch file spreads a model over processes, and what of it each of them holds."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectreason.errors import InputError
from affectreason.recipe import machines

NAMES = {0: "no sharding", 1: "ZeRO-1", 2: "ZeRO-2", 3: "ZeRO-3"}
# Defaults of DeepSpeed's ZeRO in numbers, not bytes (deepspeed/runtime/zero/config.py), for files that set no other.
BUCKET, PREFETCH, LIVE, REUSE = int(5e8), int(5e7), int(1e9), int(1e9)
AUTO = -1
"""A size that transformers sets by the width of the model, where DeepSpeed's file says `auto`."""


@dataclass(frozen=True)
class Sharding:
    """What a launch file asks for.

    `zero` is the ZeRO stage, 0 without DeepSpeed; `fsdp` FullyShardedDataParallel, which with `whole_between` does not
    part the weights again between forward and backward. DeepSpeed has `buckets` of `bucket` numbers for gradients. Of
    weights ZeRO-3 fetches `prefetch` numbers ahead while fewer than `live` are whole, and does not part again what is
    used within `reuse` numbers. `said` is the number of processes in the file, `processes` the one that counts.
    """

    file: str
    processes: int
    said: int
    zero: int = 0
    fsdp: bool = False
    optimizer_on_cpu: bool = False
    parameters_on_cpu: bool = False
    gathers_to_write: bool = True
    bucket: int = BUCKET
    buckets: int = 1
    prefetch: int = PREFETCH
    live: int = LIVE
    reuse: int = REUSE
    whole_between: bool = False
    cpu: bool = False

    @property
    def name(self) -> str:
        """The kind in a word or two."""
        kind = "FSDP" if self.fsdp else NAMES[self.zero] if self.zero else "DDP" if self.processes > 1 else NAMES[0]
        return kind + (" with offload" if self.optimizer_on_cpu or self.parameters_on_cpu else "")


def read(launch: str | None, gpus: int | None) -> Sharding:
    """The sharding of an accelerate file, for so many processes; without a file one process, or copies of it."""
    if launch is None:
        return Sharding("", gpus or 1, gpus or 1)
    path, raw = machines.told_by(launch)
    said = _whole(raw, "num_processes", 1, path)
    if said < 1:
        raise InputError(f"{path}: num_processes: {said} launches nothing; write a whole number from 1")
    deep, own = _deepspeed(_block(raw, "deepspeed_config", path), path)
    parts = _block(raw, "fsdp_config", path)
    kind = str(raw.get("distributed_type", "NO")).upper()
    zero = _whole(deep, "zero_stage", 2, path) if kind == "DEEPSPEED" else 0
    if zero not in NAMES:
        raise InputError(f"{path}: deepspeed_config.zero_stage: {zero} is none; write 0, 1, 2 or 3")
    fsdp = kind == "FSDP"
    to_cpu = fsdp and str(parts.get("fsdp_offload_params", False)).lower() == "true"
    return Sharding(
        **(_sizes(deep, zero, own) if zero else {}),
        file=launch,
        processes=gpus or said,
        said=said,
        zero=zero,
        fsdp=fsdp,
        optimizer_on_cpu=to_cpu or deep.get("offload_optimizer_device", "none") not in ("none", None),
        parameters_on_cpu=to_cpu or deep.get("offload_param_device", "none") not in ("none", None),
        whole_between=fsdp and _whole_between(parts),
        cpu=bool(raw.get("use_cpu")),
    )


def _block(raw: Any, key: str, path: Path) -> dict[str, Any]:
    found = raw.get(key) or {}
    if not isinstance(found, dict):
        raise InputError(f"{path}: {key}: {found!r} is no mapping; see recipes/accelerate")
    return found


def _deepspeed(given: dict[str, Any], path: Path) -> tuple[dict[str, Any], Path]:
    """What accelerate is told of DeepSpeed, also where that is in a JSON file of DeepSpeed's own; and the file."""
    file = given.get("deepspeed_config_file")
    if file is None:
        return given, path
    try:
        told = json.loads(Path(str(file)).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: deepspeed_config_file: {file} cannot be read as JSON: {error}") from error
    zero = _block(told if isinstance(told, dict) else {}, "zero_optimization", Path(str(file)))
    to = {key: _block(zero, f"offload_{key}", Path(str(file))).get("device", "none") for key in ("optimizer", "param")}
    away = {f"offload_{key}_device": place for key, place in to.items()}
    return {**zero, "zero_stage": zero.get("stage", 0), **away}, Path(str(file))


def _sizes(deep: dict[str, Any], zero: int, path: Path) -> dict[str, Any]:
    """What DeepSpeed holds to pass data on. `allgather_bucket_size` is none of it: torch gathers without a bucket."""
    overlaps = deep.get("overlap_comm")
    twice = zero < 3 and overlaps is True  # ZeRO-3 overlaps with one bucket
    return {
        "bucket": _size(deep, "reduce_bucket_size", BUCKET, path),
        "buckets": 0 if deep.get("contiguous_gradients") is False else 1 + twice,
        "prefetch": _size(deep, "stage3_prefetch_bucket_size", PREFETCH, path),
        "live": _size(deep, "stage3_max_live_parameters", LIVE, path),
        "reuse": _size(deep, "stage3_max_reuse_distance", REUSE, path),
    }


def _size(deep: dict[str, Any], key: str, without: int, path: Path) -> int:
    """Numbers of a key of DeepSpeed's, which also takes 5e8; `auto` where transformers knows that."""
    value = deep.get(key, without)
    if value == "auto" and key in ("reduce_bucket_size", "stage3_prefetch_bucket_size"):
        return AUTO
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 or value % 1:
        raise InputError(f"{path}: {key}: {value!r} is no size; write a whole number of parameters, for example 5e8")
    return int(value)


def _whole_between(parts: dict[str, Any]) -> bool:
    """Whether FSDP keeps weights whole from forward to backward, of its second version or of its first."""
    said = parts.get("fsdp_reshard_after_forward", parts.get("fsdp_sharding_strategy", True))
    return str(said).upper() in ("FALSE", "SHARD_GRAD_OP", "2")


def _whole(raw: dict[str, Any], key: str, without: int, path: Path) -> int:
    value = raw.get(key, without)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{path}: {key}: {value!r} is no whole number")
    return value
