"""The machines a stage is launched on: what accelerate is told of them, and the accelerate file that suits them."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectreason.errors import InputError
from affectreason.recipe.checks import MODEL_KINDS
from affectreason.recipe.places import launch_config
from affectreason.recipe.schema import Recipe
from affectreason.recipe.words import read_yaml, switch, typed, whole

KEYS = ("gpus", "nodes", "ip", "port", "slurm")
PORT = 29500
MOST_GPUS, MOST_NODES = 64, 4096
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]*")
_ALONE, _PARTED, _COPIED = (f"recipes/accelerate/{name}.yaml" for name in ("one_gpu", "zero3", "zero2"))


@dataclass(frozen=True)
class Machines:
    """`nodes` machines with `gpus` GPUs each; `ip` and `port` are where the first is reached by the others."""

    gpus: int
    nodes: int = 1
    ip: str | None = None
    port: int = PORT
    slurm: bool = False


def read(given: dict[str, Any], launches: bool = True) -> Machines | None:
    """The machines that `gpus=`, `nodes=`, `ip=`, `port=` and `slurm=` name, None where none of them is given.

    What only counts, and launches nothing, need not know how the first is reached.
    """
    asked = {key: given[key] for key in KEYS if given.get(key) is not None}
    if not asked:
        return None
    if "gpus" not in asked:
        key, value = next(iter(asked.items()))
        raise InputError(f"{key}={typed(value)} without gpus=; write the GPUs of one machine, for example gpus=8")
    gpus, nodes = _many(asked["gpus"], asked.get("nodes", 1))
    slurm, ip = switch("slurm", asked.get("slurm", False)), asked.get("ip")
    if nodes > 1 and ip is None and not slurm and launches:
        raise InputError(
            f"nodes={nodes}: give ip=, the address by which the others reach the first machine, for example "
            "ip=10.0.0.1; or slurm=true, where SLURM knows it"
        )
    for key in ("ip", "port"):
        if key in asked and (nodes == 1 or (slurm and key == "ip")):
            what = "SLURM names the first machine" if slurm else "there is one machine alone"
            raise InputError(f"{key}={typed(asked[key])}: {what}; leave it out" + ("" if slurm else ", or give nodes="))
    if ip is not None and not (isinstance(ip, str) and _HOST.fullmatch(ip)):
        raise InputError(f"ip={typed(ip)}: write a host name or an address, for example ip=10.0.0.1")
    return Machines(gpus, nodes, ip, whole("port", asked.get("port", PORT), 1, 65535), slurm)


def _many(gpus: Any, nodes: Any) -> tuple[int, int]:
    """The GPUs of one machine and the number of machines; InputError for numbers that nobody has."""
    if gpus == 0 and not isinstance(gpus, bool):
        raise InputError(
            "gpus=0: there is nothing to launch on; write the GPUs of one machine from 1, or leave it out and take "
            "launch=recipes/accelerate/cpu.yaml"
        )
    if isinstance(gpus, int) and gpus > MOST_GPUS:
        raise InputError(f"gpus={gpus}: these are the GPUs of one machine, from 1 to {MOST_GPUS}; for more add nodes=")
    return whole("gpus", gpus, 1, MOST_GPUS), whole("nodes", nodes, 1, MOST_NODES)


def suited(recipe: Recipe, machines: Machines) -> tuple[Recipe, str | None]:
    """The recipe with an accelerate file for these machines, and a line where it is not its own.

    One file for many GPUs is as good as another: its own count is put aside. ZeRO-3 parts the weights too, which full
    training needs and an adapter seldom does.
    """
    kept = None if recipe.launch is None else _why_not(recipe.launch, machines)
    if recipe.launch is not None and kept is None:
        return recipe, None
    full = any(stage.kind in MODEL_KINDS and getattr(stage, "lora", None) is None for stage in recipe.stages)
    chosen = _ALONE if machines.gpus * machines.nodes == 1 else _PARTED if full else _COPIED
    why = f"{recipe.launch} {kept}" if kept else "the recipe names no accelerate file"
    return recipe.model_copy(update={"launch": chosen}), f"launch: {why}, so {chosen}; launch=FILE takes another"


def flags(machines: Machines) -> str:
    """What stands behind `accelerate launch --config_file FILE`; the shell puts in the place of each machine."""
    found = ["", f"--num_processes {machines.gpus * machines.nodes}"]
    if machines.nodes > 1:
        ip, rank = ('"$MAIN_IP"', '"$SLURM_NODEID"') if machines.slurm else (machines.ip, '"$RANK"')
        found += [f"--num_machines {machines.nodes}", f"--machine_rank {rank}"]
        found += [f"--main_process_ip {ip}", f"--main_process_port {machines.port}"]
    return " ".join(found)


def job(recipe: Recipe, machines: Machines, commands: list[str]) -> str:
    """A script for `sbatch` that runs commands one after another and stops at the first that fails."""
    lines = [
        "#!/bin/bash",
        f"#SBATCH --job-name={shlex.quote(recipe.name)}",
        f"#SBATCH --nodes={machines.nodes}",
        "#SBATCH --ntasks-per-node=1",
        f"#SBATCH --gpus-per-node={machines.gpus}",
        "#SBATCH --output=%x-%j.log",
        "set -e",
        "# srun does not take over what sbatch was told of cores",
        '[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="$SLURM_CPUS_PER_TASK"',
    ]
    if machines.nodes > 1:
        lines.append('hosts="$(scontrol show hostnames "${SLURM_JOB_NODELIST:?start this with sbatch}")"')
        lines.append("export MAIN_IP=\"${hosts%%$'\\n'*}\"")
    for command in commands:
        everywhere = command.startswith("accelerate launch")
        lines.append(f"srun --kill-on-bad-exit=1 bash -c {shlex.quote(command)}" if everywhere else command)
    return "\n".join(lines)


def told_by(launch: str) -> tuple[Path, dict[str, Any]]:
    """The path of an accelerate file and what it says; InputError where it is no mapping."""
    path = launch_config(launch)
    try:
        told = read_yaml(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: an accelerate config is UTF-8 text ({error}); see recipes/accelerate") from error
    if not isinstance(told, dict):
        raise InputError(f"{path}: an accelerate config is a mapping; see recipes/accelerate")
    return path, told


def _why_not(launch: str, machines: Machines) -> str | None:
    """Why an accelerate file does not suit, None where it does."""
    _, told = told_by(launch)
    if told.get("use_cpu"):
        return "is for CPUs"
    many = machines.gpus * machines.nodes
    if many > 1 and str(told.get("distributed_type", "NO")).upper() == "NO":
        return f"is for one process, not {many}"
    deep = told.get("deepspeed_config")
    if machines.nodes > 1 and isinstance(deep, dict) and deep.get("deepspeed_multinode_launcher") != "standard":
        return "has no deepspeed_multinode_launcher: standard, without which each machine would train by itself"
    return None
