"""Two processes against one: the same losses and weights, whatever media each holds, and no waiting for the other."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tests.conftest import ROOT

from affectreason.affect.sample import Affect, Sample
from affectreason.affect.samples import write

FROZEN = ["vision", "projector"]
TEXT = Sample(id="words", question="How does a smile look?", gold=Affect(emotion="happiness"), labels="ekman7")
CONFIG = ROOT / "recipes" / "accelerate"


def launched(launcher, source, samples, out, train):
    """Losses and weights of a run; it is stopped where it waits."""
    out.mkdir()
    bin_ = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    env |= {"PYTHONPATH": str(ROOT), "DS_ACCELERATOR": "cpu"}
    script = Path(__file__).with_name("group_worker.py")
    command = [*launcher, script, source, samples, out, json.dumps(train)]
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((out / "losses.json").read_text()), load_file(out / "weights.safetensors")


ONE = ["accelerate", "launch", "--config_file", CONFIG / "cpu.yaml"]
ZERO_2 = ["accelerate", "launch", "--config_file", CONFIG / "cpu_zero2.yaml"]
DDP = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="DeepSpeed compiles its CPU collectives and needs g++")
@pytest.mark.parametrize(
    ("kind", "launcher", "how"),
    [
        ("qwen3_vl", ZERO_2, {}),
        ("qwen3_vl", ZERO_2, {"freeze": FROZEN, "beta": 0.1}),
        ("llava_onevision", ZERO_2, {}),
        ("qwen3_vl", ZERO_2, {"share": False}),
        ("qwen3_vl", DDP, {"gradient_checkpointing": True}),
    ],
    ids=["tower learns", "tower frozen", "onevision", "prompts repeated", "without DeepSpeed"],
)
def test_two_processes_are_one(kind, launcher, how, models, drawn, tmp_path):
    """Step 1 has a picture beside words, step 2 a clip beside a picture, step 3 words beside a clip."""
    pictures, clips = drawn["pictures"], drawn["clips"]
    rows = [pictures[0], TEXT, clips[0], pictures[4], TEXT.model_copy(update={"id": "more"}), clips[1]]
    write(tmp_path / "s.jsonl", rows)
    train = {"max_steps": 3, "gradient_accumulation_steps": 1, **how}
    given = (models[kind], tmp_path / "s.jsonl")
    losses, weights = launched(ONE, *given, tmp_path / "one", {**train, "per_device_train_batch_size": 8})
    both = launched(launcher, *given, tmp_path / "two", {**train, "per_device_train_batch_size": 4})
    assert any(abs(loss) > 1e-3 for loss in losses)
    assert both[0] == pytest.approx(losses, abs=1e-4)
    for name, one in weights.items():
        torch.testing.assert_close(both[1][name], one, rtol=0, atol=1e-5, msg=lambda text, n=name: f"{n}: {text}")
