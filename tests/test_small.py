"""recipes/small.yaml on a CPU, a few steps of each stage: needs `affectreason assets get small`, and some minutes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import ROOT

from affectreason.recipe import assets, schema

SHORT = [
    "faces.splits={align: 40, sft: 80, rl: 16, unreasoned: 8, test: 7}", "align.train.max_steps=5",
    "align.train.per_device_train_batch_size=4", "sft.train.max_steps=20", "sft.train.per_device_train_batch_size=4",
    "grpo.train.max_steps=2", "grpo.train.per_device_train_batch_size=8", "grpo.train.num_generations=4",
    "grpo.train.max_completion_length=64", "grow.keep=[{use: well_formed, at_least: 1.0}]", "grow.tries=1",
    "grow.max_new_tokens=80", "sft_2.train.max_steps=5",
    "sft_2.train.per_device_train_batch_size=4", "evaluate.max_new_tokens=80",
]  # fmt: skip
CACHED = ("sft", "grpo", "sft_2")


def call(*words):
    """Run a command in the checkout; its output is shown when it fails."""
    bin_ = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    made = subprocess.run([str(word) for word in words], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert made.returncode == 0, f"{words}\n{made.stdout}\n{made.stderr}"
    return made.stdout


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A run of the shortened chain on the real model."""
    if not (assets.is_got("small", assets.MODEL) and assets.is_got("small", "head")):
        pytest.skip("the assets are not in the cache: affectreason assets get small")
    folder = tmp_path_factory.mktemp("small")
    caches = [f"{stage}.vision_cache={folder / 'cache'}" for stage in CACHED]
    call("affectreason", "run", "recipe=small", f"out={folder / 'run'}", *SHORT, *caches)
    return folder


def test_its_faces_are_drawn_in_3d_at_the_size_of_the_tower():
    faces = schema.load("small").stage("faces")
    assert (faces.faces, faces.size) == ("3d", 112)


@pytest.mark.slow
def test_the_chain_runs_and_learns(out):
    for stage in schema.load("small").stages:
        assert (out / "run" / stage.name / "done.json").is_file(), stage.name
    lines = [json.loads(line) for line in (out / "run" / "sft" / "log.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    assert losses[-1] < 0.5 * losses[0]
    assert len(list((out / "cache").rglob("*.safetensors"))) >= 80


@pytest.mark.slow
def test_the_model_still_answers_in_sentences(out):
    for model in ("assets:small", out / "run" / "sft" / "model"):
        said = call("affectreason", "chat", f"model={model}", "prompt=plain", "question=What is the capital of France?")
        assert re.search(r"\bParis\b", said) or model != "assets:small", said
        assert len(re.findall(r"[A-Za-z]{2,}", said)) >= 4, said
