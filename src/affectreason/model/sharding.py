"""How a launch file spreads a model over processes, and what of it each of them holds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectreason.errors import InputError
from affectreason.recipe.places import launch_config
from affectreason.recipe.words import read_yaml

NAMES = {0: "no sharding", 1: "ZeRO-1", 2: "ZeRO-2", 3: "ZeRO-3"}
# Defaults of DeepSpeed's ZeRO in numbers, not bytes (deepspeed/runtime/zero/config.py), for files that set no other.
BUCKET, LIVE = int(5e8), int(1e9)


@dataclass(frozen=True)
class Sharding:
    """What a launch file asks for.

    `zero` is the ZeRO stage, 0 without DeepSpeed; `fsdp` FullyShardedDataParallel. `bucket` and `live` are DeepSpeed's
    reduce bucket and the most parameters that ZeRO-3 keeps whole, in numbers. `said` is the number of processes in the
    file, `processes` the one that counts.
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
    live: int = LIVE
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
    path = launch_config(launch)
    raw = read_yaml(path.read_text(encoding="utf-8"), str(path))
    if not isinstance(raw, dict):
        raise InputError(f"{path}: an accelerate config is a mapping; see recipes/accelerate")
    said = _whole(raw, "num_processes", 1, path)
    deep, parts = raw.get("deepspeed_config") or {}, raw.get("fsdp_config") or {}
    kind = str(raw.get("distributed_type", "NO")).upper()
    zero = _whole(deep, "zero_stage", 2, path) if kind == "DEEPSPEED" else 0
    if zero not in NAMES:
        raise InputError(f"{path}: deepspeed_config.zero_stage: {zero} is none; write 0, 1, 2 or 3")
    fsdp = kind == "FSDP"
    to_cpu = fsdp and str(parts.get("fsdp_offload_params", False)).lower() == "true"
    return Sharding(
        file=launch,
        processes=gpus or said,
        said=said,
        zero=zero,
        fsdp=fsdp,
        optimizer_on_cpu=to_cpu or deep.get("offload_optimizer_device", "none") not in ("none", None),
        parameters_on_cpu=to_cpu or deep.get("offload_param_device", "none") not in ("none", None),
        cpu=bool(raw.get("use_cpu")),
    )


def _whole(raw: Any, key: str, without: int, path: Path) -> int:
    value = raw.get(key, without) if isinstance(raw, dict) else without
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{path}: {key}: {value!r} is no whole number")
    return value
