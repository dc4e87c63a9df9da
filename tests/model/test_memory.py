"""Sizes put together by hand; whether they are those of a real step, eval/speed/memory.py measures."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from transformers import PretrainedConfig

from affectreason.model import memory
from affectreason.model.counted_steps import Counts
from affectreason.model.memory import Setting
from affectreason.model.sharding import AUTO, Sharding

MODEL = nn.Linear(10, 10, bias=False, dtype=torch.bfloat16)
COUNTS = Counts(
    weights=1000, trained=100, gradients=200, most=5000, activations=4900, logits=900, gathered=300, largest=40
)
OWN = Setting(1, 1, 1, 0, 0, 0, "adamw_torch_fused", False, True, "cuda", False, 0.0)
ONE = Sharding("", 1, 1)


def need(own=OWN, spread=ONE, counts=COUNTS, size=0):
    return memory.need(counts, MODEL, own, spread, size)


def test_one_process():
    found = need()
    assert found.parts == {"weights": 1000, "gradients": 200, "optimizer": 400, "activations": 4000, "logits": 900}
    assert found.moments == {"forward and backward": 1000 + 400 + 5000, "optimizer step": 1000 + 400 + 200}
    assert (found.most, found.when) == (6400, "forward and backward")


def test_accumulated_gradients_are_there_all_the_time():
    assert need(replace(OWN, accumulate=2)).moments["forward and backward"] == 1000 + 400 + 200 + 4900


def test_ddp_holds_gradients_twice():
    found = need(spread=Sharding("", 4, 4))
    assert found.moments["forward and backward"] == 1000 + 400 + 200 + 200 + 4900


def test_zero_2_and_3_and_offload():
    two = Sharding("", 4, 4, zero=2, bucket=50)
    # A part of 25 numbers: a copy in float32 and AdamW's two; 50 gradients wait in bfloat16 to be sent.
    assert need(spread=two).moments == {
        "forward and backward": 1000 + 25 * 12 + 50 * 2 + 50 + 4900,
        "optimizer step": 1000 + 25 * 12 + 50 + 25 * 4,
    }
    assert need(spread=replace(two, buckets=2)).parts["buckets"] == 200
    three = replace(two, zero=3, prefetch=30, live=20, reuse=14)
    # Whole are the largest tensor, 20 numbers that are fetched ahead, with a copy, and 7 that come again soon.
    assert need(spread=three).moments["forward and backward"] == 250 + 300 + 100 + 50 + 40 + 47 * 2 + 4900
    assert need(spread=three).moments["optimizer step"] == 250 + 300 + 100 + 50 + 100
    assert need(spread=replace(three, live=1000)).parts["gathered layers"] == 40 + 67 * 2
    assert need(spread=replace(three, reuse=10**9)).parts["gathered layers"] == 1000 + 20 * 2
    away = need(spread=replace(three, optimizer_on_cpu=True, parameters_on_cpu=True))
    assert away.moments["forward and backward"] == 100 + 40 + 47 * 2 + 4900
    assert away.host == 250 + 300 + 50 + 100


def test_fsdp_holds_two_layers():
    plain = need(replace(OWN, half=False), spread=Sharding("", 4, 4, fsdp=True))
    assert plain.moments["forward and backward"] == 250 + 100 + 50 + 600 + 40 + 4900
    # Under mixed precision accelerate keeps the 100 numbers that learn in float32, so AdamW's two of each are too.
    mixed = need(spread=Sharding("", 4, 4, fsdp=True))
    assert mixed.moments["forward and backward"] == (1000 + 200) // 4 + 800 // 4 + 400 // 4 + 640 + 4900
    kept = need(replace(OWN, half=False), spread=Sharding("", 4, 4, fsdp=True, whole_between=True))
    assert kept.parts["gathered layers"] == 1000


@pytest.mark.parametrize(
    ("name", "device", "spread", "held"),
    [
        ("adamw_torch", "cuda", ONE, 200),
        ("adamw_torch", "cpu", ONE, 0),  # there it goes from tensor to tensor
        ("adamw_torch_fused", "cuda", ONE, 0),
        ("adagrad", "cuda", ONE, 2 * 200),
        ("adamw_torch", "cuda", Sharding("", 4, 4, zero=2), 2 * 25 * 4),  # gradients in float32, and their size again
        ("adamw_torch", "cuda", Sharding("", 4, 4, fsdp=True), 400 // 4),
    ],
)
def test_a_step_holds_what_its_optimizer_passes(name, device, spread, held):
    found = need(replace(OWN, optimizer=name, device=device), spread=spread)
    assert found.parts.get("step", 0) == held
    fused = need(replace(OWN, device=device), spread=spread)
    less = fused.parts.get("step", 0) + fused.parts["optimizer"] - found.parts["optimizer"]
    assert found.moments["optimizer step"] - fused.moments["optimizer step"] == held - less


def test_sizes_by_the_width_of_the_model():
    model = nn.Linear(10, 10, bias=False)
    model.config = PretrainedConfig(hidden_size=20)
    auto = Sharding("", 4, 4, zero=3, bucket=AUTO, prefetch=AUTO, reuse=0)
    found = memory.need(COUNTS, model, OWN, auto, 0)
    assert found.parts["buckets"] == 400 * 2
    assert found.parts["gathered layers"] == 40 + 360 * 2 + 360 * 2


def test_rollout_reference_and_vllm():
    counts = replace(COUNTS, cache=6000, writing=8000)
    found = need(replace(OWN, reference=True, vllm=0.25), counts=counts, size=40_000)
    assert found.moments["writing answers"] == 1000 + 1000 + 400 + 10_000 + 8000
    assert found.parts["reference"] == 1000
    assert (found.parts["keys and values"], found.parts["written with"]) == (6000, 2000)
    asked = need(replace(OWN, optimizer=""), counts=counts, spread=Sharding("", 4, 4, zero=3))
    assert asked.moments == {"writing answers": 1000 + 8000}  # what learns nothing is loaded whole, and gathers nothing
    three = need(counts=counts, spread=Sharding("", 4, 4, zero=3, bucket=0, prefetch=0, reuse=130))
    assert three.moments["writing answers"] == 250 + 300 + 8000 + 1000  # all weights are gathered to write


@pytest.mark.parametrize(
    ("device", "train", "seen"),
    [
        ("cuda", {}, (True, True)),
        ("cpu", {}, (False, False)),
        ("cuda", {"gradient_checkpointing": False, "bf16": False}, (False, False)),
    ],
)
def test_the_keys_that_count_are_those_of_the_trainers(recipe, device, train, seen):
    found = recipe(dtype="auto", grpo__train={"per_device_train_batch_size": 8, **train})
    own = memory.setting(found, found.stage("grpo"), device)
    assert (own.checkpointing, own.half) == seen
    assert (own.batch, own.accumulate, own.group, own.answer, own.written) == (8, 1, 8, 512, 8)
    assert own.reference is False
    other = memory.setting(recipe(grpo__train={"beta": 0.04, "num_generations": 8}), found.stage("sft"), device)
    assert (other.batch, other.written) == (4, 0)


def test_what_a_stage_leaves_on_the_disk(recipe):
    stage = recipe(sft__train={"save_total_limit": 2}).stage("sft")
    assert memory.saved(stage, COUNTS, MODEL, OWN, ONE) == (1000, 3 * (1000 + 400))
    last = recipe(sft__train={"save_strategy": "no"}).stage("sft")
    assert memory.saved(last, COUNTS, MODEL, OWN, ONE) == (1000, 0)
    zero = Sharding("", 4, 4, zero=2)
    assert memory.saved(stage, COUNTS, MODEL, OWN, zero) == (1000, 3 * (1000 + 100 * 12))
