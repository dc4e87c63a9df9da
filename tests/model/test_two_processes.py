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

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.affect.samples import write
from affectreason.model import tiny

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
    learnt_alike(launcher, models[kind], tmp_path, train)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="DeepSpeed compiles its CPU collectives and needs g++")
@pytest.mark.parametrize(
    ("launcher", "how"),
    [(ZERO_2, {}), (ZERO_2, {"share": False}), (ZERO_2, {"freeze": FROZEN}), (DDP, {})],
    ids=["towers learn", "prompts repeated", "ears alone learn", "without DeepSpeed"],
)
def test_two_processes_hear_as_one(launcher, how, drawn, sound, tmp_path):
    """Step 1 has a clip with its sound beside words, step 2 a sound beside a picture, step 3 words beside both."""
    tiny.write("qwen2_5_omni", tmp_path / "omni")
    write(tmp_path / "s.jsonl", heard(drawn, sound, tmp_path))
    learnt_alike(launcher, tmp_path / "omni", tmp_path, {"max_steps": 3, "gradient_accumulation_steps": 1, **how})


def heard(drawn, sound, folder):
    """A clip with its sound, words, a sound alone, a picture, words, a clip with its sound."""
    low, high = (Media(kind="audio", path=str(sound(folder / name))) for name in ("low.wav", "high.wav"))
    high = high.model_copy(update={"start": 0.02})
    picture, (one, other) = drawn["pictures"][0], drawn["clips"]
    return [
        one.model_copy(update={"media": (*one.media, low)}),
        TEXT,
        picture.model_copy(update={"id": "sound", "media": (high,)}),
        picture,
        TEXT.model_copy(update={"id": "more"}),
        other.model_copy(update={"media": (low, *other.media)}),
    ]


def learnt_alike(launcher, source, folder, train):
    """Compare losses and weights of one process and of two over the same samples."""
    given = (source, folder / "s.jsonl")
    losses, weights = launched(ONE, *given, folder / "one", {**train, "per_device_train_batch_size": 8})
    both = launched(launcher, *given, folder / "two", {**train, "per_device_train_batch_size": 4})
    assert all(abs(loss) > 1e-3 for loss in losses)
    assert both[0] == pytest.approx(losses, abs=1e-4)
    for name, one in weights.items():
        torch.testing.assert_close(both[1][name], one, rtol=0, atol=1e-5, msg=lambda text, n=name: f"{n}: {text}")
