"""The first of two processes compares what was saved wherever it holds all weights, and says so where it does not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import MICRO, ROOT

from affectreason.affect.samples import write

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("g++") is None, reason="DeepSpeed compiles its CPU collectives and needs g++"),
]
PARTS = "saved model not loaded again: ZeRO-3 holds it in parts; `affectreason chat` or `merge` loads it"


@pytest.mark.parametrize(("launch", "lora"), [("cpu_zero2", True), ("cpu_zero2", False), ("cpu_zero3", False)])
def test_one_of_two_processes_compares(qwen, drawn, tmp_path, launch, lora):
    write(tmp_path / "s.jsonl", drawn["pictures"][:4])
    train = {"max_steps": 1, "per_device_train_batch_size": 2, "save_strategy": "no"}
    own = {"init": qwen, "data": [str(tmp_path / "s.jsonl")], "train": train, "hinted": 0.0}
    words = [f"sft.{key}={json.dumps(value)}" for key, value in (own | ({"lora": {"r": 4}} if lora else {})).items()]
    config = ROOT / "recipes" / "accelerate" / f"{launch}.yaml"
    command = ["accelerate", "launch", "--config_file", config, Path(__file__).with_name("saved_worker.py"), "sft",
               f"recipe={MICRO}", "stage=sft", f"out={tmp_path / 'out'}", "evaluate=null", *words]  # fmt: skip
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "DS_ACCELERATOR": "cpu"}
    told = list(map(str, command))
    done = subprocess.run(told, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=400)
    said = done.stdout + done.stderr
    if launch == "cpu_zero3":
        assert done.returncode == 0, said
        assert said.count(PARTS) == 1
        return
    assert done.returncode != 0, said
    assert "does not hold the model that was trained: its logits differ by up to" in said
    assert not (tmp_path / "out" / "sft" / "done.json").exists()
