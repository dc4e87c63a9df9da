"""Stages as `accelerate launch` runs them, in two processes against one: the same losses, the same files, no waiting.

The processes hold a picture, a clip, both, or words alone, each in its own order.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tests.conftest import MICRO, ROOT

from affectreason.affect.sample import Affect, Sample
from affectreason.affect.samples import write

HERE = Path(__file__).parent
LAUNCH = {name: ROOT / "recipes" / "accelerate" / f"{name}.yaml" for name in ("cpu", "cpu_zero2", "cpu_zero3")}
LAUNCH["fsdp2"] = HERE / "fsdp2_cpu.yaml"
TEXT = Sample(id="words", question="How does a smile look?", gold=Affect(emotion="happiness"), labels="ekman7")
TRAIN = {"learning_rate": 1e-3, "adam_epsilon": 1e-2, "logging_steps": 1, "save_strategy": "no"}
SIZES = {"sft": 4, "grpo": 8}
OWN = {
    "sft": {"num_train_epochs": 1, "train_sampling_strategy": "sequential"},
    "grpo": {"max_steps": 3, "num_generations": 4, "max_completion_length": 8, "shuffle_dataset": False},
}
LORA, RATES = {"lora": {"r": 4}}, {"learning_rates": {"vision": 1e-4, "projector": 1e-2}}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("g++") is None, reason="DeepSpeed compiles its CPU collectives and needs g++"),
]


def words(number):
    return TEXT.model_copy(update={"id": f"words {number}", "question": "Why?" * number})


def shown(drawn, kind):
    """Samples in the order in which one process sees them; two see halves of each batch."""
    faces, (one, other) = drawn["pictures"], drawn["clips"]
    if kind == "grpo":  # a group each, a step: picture | words, clip | picture, words | clip
        return [faces[0], words(1), one, faces[4], words(2), other]
    return [
        faces[0], faces[1], words(1), words(2),
        one, words(3), faces[4], faces[5],
        words(4), words(5), other,  # and a row of which nothing is learned, where two processes share the step
    ]  # fmt: skip


def launched(launch, kind, source, data, out, size, **stage):
    """Losses and weights of a stage, launched with `size` rows a process; it is stopped where it waits."""
    recipe = stage.pop("recipe", MICRO)
    train = {**TRAIN, **OWN[kind], "per_device_train_batch_size": size, **stage.pop("train", {})}
    given = {"init": source, "data": [str(data)], "train": train}
    given |= {"balance": None, "rewards": [{"use": "tests.distributed.worker.uneven"}]} if kind == "grpo" else {}
    given |= {"hinted": 0.0} if kind == "sft" else {}
    own = [f"{kind}.{key}={json.dumps(value)}" for key, value in (given | stage).items()]
    command = ["accelerate", "launch", "--config_file", LAUNCH[launch], HERE / "worker.py", kind, f"recipe={recipe}",
               f"stage={kind}", f"out={out}", "evaluate=null", *own]  # fmt: skip
    bin_ = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    env |= {"PYTHONPATH": str(ROOT), "DS_ACCELERATOR": "cpu"}
    told = list(map(str, command))
    done = subprocess.run(told, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [json.loads(row) for row in (out / kind / "log.jsonl").read_text().splitlines()]
    name = "adapter_model" if stage.get("lora") else "model"
    return [row["loss"] for row in rows if "loss" in row], load_file(out / kind / "model" / f"{name}.safetensors")


@pytest.fixture(scope="module")
def alone(models, drawn, tmp_path_factory):
    """What one process learns, each case once."""
    folder, known = tmp_path_factory.mktemp("alone"), {}

    def find(kind, source, **stage):
        key = json.dumps([kind, source, stage])
        if key not in known:
            data = folder / f"{len(known)}.jsonl"
            write(data, shown(drawn, kind))
            out = folder / str(len(known))
            known[key] = (data, launched("cpu", kind, models.get(source, source), data, out, SIZES[kind], **stage))
        return known[key]

    return find


@pytest.mark.parametrize("launch", ["cpu_zero2", "cpu_zero3", "fsdp2"])
@pytest.mark.parametrize("kind", ["sft", "grpo"])
@pytest.mark.parametrize("stage", [{}, LORA], ids=["full", "lora"])
def test_two_processes_learn_what_one_does(launch, kind, stage, alone, models, tmp_path):
    same(launch, kind, "qwen3_vl", stage, alone, models, tmp_path)


@pytest.mark.parametrize(
    ("kind", "source", "stage"),
    [
        ("sft", "qwen3_vl", RATES),
        ("sft", "qwen3_vl", {"share_media": False}),
        ("sft", "qwen3_vl", {"train": {"label_smoothing_factor": 0.1}}),
        ("sft", "llava_onevision", {}),
        ("grpo", "qwen3_vl", {"share_prompt": False}),
        ("grpo", "qwen3_vl", {"freeze": ["vision", "projector"]}),
    ],
    ids=["rates of parts", "rows apart", "padded rows", "onevision", "prompts repeated", "tower frozen"],
)
def test_with_parted_weights_too(kind, source, stage, alone, models, tmp_path):
    same("cpu_zero3", kind, source, stage, alone, models, tmp_path)


@pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
@pytest.mark.parametrize("kind", ["sft", "grpo"])
def test_four_bits_under_zero_2(kind, alone, tmp_path):
    """The model is made up by each process for itself."""
    same("cpu_zero2", kind, "tiny:qwen3_vl", {**LORA, "recipe": str(HERE / "four_bits.yaml")}, alone, {}, tmp_path)


def same(launch, kind, source, stage, alone, models, folder):
    """Compare losses, and the names and values of the saved weights, of one process and of two."""
    data, (losses, weights) = alone(kind, source, **stage)
    found, both = launched(launch, kind, models.get(source, source), data, folder, SIZES[kind] // 2, **stage)
    assert len(losses) == 3
    assert all(abs(loss) > 1e-3 for loss in losses)
    assert found == pytest.approx(losses, abs=1e-4)
    assert set(both) - {"lm_head.weight"} == set(weights) - {"lm_head.weight"}  # tied: it may be written twice
    for name in set(weights) & set(both):
        torch.testing.assert_close(
            both[name], weights[name], rtol=0, atol=1e-5, msg=lambda text, n=name: f"{n}: {text}"
        )
