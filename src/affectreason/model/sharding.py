"""How a launch file spreads a model over processes, and what of it each of them holds."""

import json
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
    if said < 1:
        raise InputError(f"{path}: num_processes: {said} launches nothing; write a whole number from 1")
    deep, parts = _deepspeed(_block(raw, "deepspeed_config", path), path), _block(raw, "fsdp_config", path)
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


def _block(raw: Any, key: str, path: Path) -> dict[str, Any]:
    found = raw.get(key) or {}
    if not isinstance(found, dict):
        raise InputError(f"{path}: {key}: {found!r} is no mapping; see recipes/accelerate")
    return found


def _deepspeed(given: dict[str, Any], path: Path) -> dict[str, Any]:
    """What accelerate is told of DeepSpeed, also where that is in a JSON file of DeepSpeed's own."""
    file = given.get("deepspeed_config_file")
    if file is None:
        return given
    try:
        told = json.loads(Path(str(file)).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: deepspeed_config_file: {file} cannot be read as JSON: {error}") from error
    zero = _block(told if isinstance(told, dict) else {}, "zero_optimization", Path(str(file)))
    to = {key: _block(zero, f"offload_{key}", Path(str(file))).get("device", "none") for key in ("optimizer", "param")}
    return {"zero_stage": zero.get("stage", 0), **{f"offload_{key}_device": place for key, place in to.items()}}


def _whole(raw: dict[str, Any], key: str, without: int, path: Path) -> int:
    value = raw.get(key, without)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{path}: {key}: {value!r} is no whole number")
    return value
