"""What `affectreason check recipe=` counts of two processes under DeepSpeed, beside the tensors that they really hold.

A CPU shows the sizes of DeepSpeed's buckets and what of the weights is whole; its kernels are not those of a GPU.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.conftest import MICRO, ROOT

from affectreason.affect.samples import write
from affectreason.model import needs, sharding
from affectreason.recipe import schema

HERE = Path(__file__).parent
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("g++") is None, reason="DeepSpeed compiles its CPU collectives and needs g++"),
]
LITTLE = {"reduce_bucket_size": 1_000_000}
AT_ONCE = {"stage3_max_reuse_distance": 0, "stage3_prefetch_bucket_size": 0, "stage3_param_persistence_threshold": 0}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A Qwen3-VL of 11 million parameters, whose layers are larger than what ZeRO-3 never parts."""
    spec = importlib.util.spec_from_file_location("random_qwen", ROOT / "eval" / "speed" / "random_qwen.py")
    random_qwen = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(random_qwen)
    folder = tmp_path_factory.mktemp("model")
    for part in random_qwen.made(256, 6, {"shortest_edge": 32 * 32, "longest_edge": 64 * 64}):
        part.save_pretrained(folder)
    return folder


def launch_file(folder, zero):
    """An accelerate file of two processes with a ZeRO block in DeepSpeed's own JSON."""
    told = {"zero_optimization": zero, "zero_allow_untested_optimizer": True, "gradient_clipping": "auto"}
    told |= {"train_micro_batch_size_per_gpu": "auto", "gradient_accumulation_steps": "auto"}
    (folder / "zero.json").write_text(json.dumps(told))
    deep = {"deepspeed_config_file": str(folder / "zero.json"), "zero3_init_flag": zero["stage"] == 3}
    whole = {"distributed_type": "DEEPSPEED", "deepspeed_config": deep, "use_cpu": True, "num_machines": 1}
    whole |= {"num_processes": 2, "machine_rank": 0, "main_process_port": 0, "main_training_function": "main"}
    (folder / "own.yaml").write_text(json.dumps(whole))
    return folder / "own.yaml"


@pytest.fixture
def held(model, drawn, tmp_path):
    """The bytes that each of two processes holds at most under a ZeRO block, and those that are counted."""

    def of(**zero):
        write(tmp_path / "samples.jsonl", drawn["pictures"])
        file = launch_file(tmp_path, zero)
        train = {"per_device_train_batch_size": 1, "max_steps": 4, "save_strategy": "no", "logging_steps": 1}
        changes = {"launch": str(file), "model": str(model), "sft.init": str(model), "evaluate": None}
        changes |= {"sft.data": [str(tmp_path / "samples.jsonl")], "sft.hinted": 0.0, "sft.train": train}
        words = [f"{key}={json.dumps(value)}" for key, value in changes.items()]
        command = ["accelerate", "launch", "--config_file", file, HERE / "memory_worker.py", tmp_path / "seen", "sft",
                   f"recipe={MICRO}", "stage=sft", f"out={tmp_path / 'run'}", *words]  # fmt: skip
        env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        env |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "DS_ACCELERATOR": "cpu"}
        told = list(map(str, command))
        done = subprocess.run(told, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=400)
        assert done.returncode == 0, done.stdout + done.stderr
        recipe = schema.load(MICRO, changes)
        with ExitStack() as files:
            setup = recipe, recipe.stage("sft"), sharding.read(recipe.launch, None)
            need, _, _ = needs.needed(setup, 0, needs.Known(tmp_path / "none", files))
        return [json.loads((tmp_path / f"seen{rank}").read_text()) for rank in (0, 1)], need.moments

    return of


@pytest.mark.parametrize(
    "zero",
    [
        {"stage": 2},
        {"stage": 2, **LITTLE},
        {"stage": 2, "reduce_bucket_size": 20_000_000, "overlap_comm": True},
        {"stage": 3, **LITTLE},
        {"stage": 3, **LITTLE, **AT_ONCE},
    ],
    ids=["zero2", "zero2 little", "zero2 twice", "zero3 whole", "zero3 at_once"],
)
def test_two_processes_hold_what_is_counted(zero, held):
    seen, counted = held(**zero)
    print(zero, seen, counted)
    for one in seen:
        for moment, size in one.items():
            assert counted[moment] == pytest.approx(size, rel=0.2), (moment, size / 2**20, counted[moment] / 2**20)
