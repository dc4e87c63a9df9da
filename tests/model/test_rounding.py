"""Steps that a bfloat16 cannot take are told, and what learns beside an adapter is kept in float32."""

import importlib.util
import json
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from transformers import TrainerControl

from affectreason.affect.samples import write
from affectreason.model import rounding
from affectreason.stages import grpo, sft

SAID = (
    "75% of what learns is bfloat16 and too coarse for a learning rate of 1e-06: such steps are rounded away. Keep it "
    "in float32 with dtype=float32 sft.train.bf16=true, which computes in bfloat16 all the same, or launch with "
    "recipes/accelerate/zero2.yaml, or train an adapter (lora:)"
)


def groups(*values, lr=1e-6, dtype=torch.bfloat16):
    return [{"lr": lr, "params": [nn.Parameter(torch.tensor(one, dtype=dtype)) for one in values]}]


def test_the_share_by_hand():
    """0.02 lies between 2^-6 and 2^-5, where bfloat16 are 2^-13 = 1.2e-4 apart; half of it is the least step."""
    assert rounding.coarse(groups([0.02, 0.02, 0.02, 0.0])) == (0.75, 1e-6)
    assert rounding.coarse(groups([0.02, 0.02], lr=5e-5))[0] == 1.0
    assert rounding.coarse(groups([0.02, 0.02], lr=7e-5))[0] == 0.0
    assert rounding.coarse(groups([0.02], [0.0] * 3)) == (0.25, 1e-6)
    assert rounding.coarse(groups([0.02], dtype=torch.float32))[0] == 0.0
    both = [*groups([0.02]), *groups([0.02] * 3, dtype=torch.float32, lr=1e-4)]
    assert rounding.coarse(both) == (0.25, 1e-4)
    decayed = [{**groups([0.02], lr=0.0)[0], "initial_lr": 1e-3}]  # at the end of a schedule
    assert rounding.coarse(decayed) == (0.0, 1e-3)


@pytest.mark.parametrize(
    ("values", "optim", "whole", "said"),
    [
        ([0.02, 0.02, 0.02, 0.0], "adamw_torch_fused", False, SAID),
        ([0.02, 0.0, 0.0, 0.0], "adamw_torch_fused", False, None),
        ([0.02, 0.02, 0.02, 0.0], "sgd", False, None),
        ([0.02, 0.02, 0.02, 0.0], "adamw_torch_fused", True, None),
    ],
)
def test_it_is_told_once_before_the_first_step(values, optim, whole, said, capsys):
    watch = rounding.Watch("sft", whole)
    optimizer = SimpleNamespace(param_groups=groups(values))
    state = SimpleNamespace(is_world_process_zero=True)
    watch.on_train_begin(SimpleNamespace(optim=optim), state, TrainerControl(), optimizer=optimizer)
    assert watch.told == said
    assert capsys.readouterr().err == ("" if said is None else f"sft: {said}\n")
    handler = SimpleNamespace(callbacks=[watch])
    assert rounding.told(SimpleNamespace(callback_handler=handler)) == ([] if said is None else [said])


def test_a_whole_model_in_halves_is_told_and_counts_as_an_alarm(recipe, qwen, pictures, tmp_path, capsys):
    write(tmp_path / "s.jsonl", pictures[:2])
    train = {"learning_rate": 1e-6, "per_device_train_batch_size": 2, "max_steps": 1, "save_strategy": "no"}
    given = {"sft__init": qwen, "sft__data": [str(tmp_path / "s.jsonl")], "sft__train": train, "evaluate": None}
    found = recipe(**given, dtype="bfloat16")
    sft.run(found, found.stage("sft"), tmp_path / "half")
    alarms = json.loads((tmp_path / "half" / "sft" / "done.json").read_text())["alarms"]
    assert len(alarms) == 1
    assert "of what learns is bfloat16 and too coarse for a learning rate of 1e-06" in alarms[0]
    assert f"sft: {alarms[0]}" in capsys.readouterr().err
    found = recipe(**{**given, "sft__train": {**train, "bf16": True}}, dtype="float32")  # as it says
    sft.run(found, found.stage("sft"), tmp_path / "mended")
    assert "alarms" not in json.loads((tmp_path / "mended" / "sft" / "done.json").read_text())


@pytest.mark.parametrize(
    ("kind", "module"), [("llava", "multi_modal_projector"), ("qwen3_vl", "merger"), ("qwen3_vl", "embed_tokens")]
)
def test_whole_modules_beside_an_adapter_learn_in_float32(
    kind, module, recipe, models, pictures, tmp_path, monkeypatch
):
    """At 1e-6 nearly all of their weights move, and they are saved in the precision of the model."""
    write(tmp_path / "s.jsonl", pictures[:2])
    train = {"learning_rate": 1e-6, "per_device_train_batch_size": 2, "max_steps": 2, "save_steps": 1, "bf16": True}
    found = recipe(
        sft__init=models[kind], sft__data=[str(tmp_path / "s.jsonl")], sft__train=train, evaluate=None,
        sft__lora={"r": 4, "modules_to_save": [module]}, dtype="bfloat16",
    )  # fmt: skip
    inner, seen = rounding.give_back, {}

    def give_back(trainer):
        for one, base in rounding.kept(trainer.model):
            seen.setdefault("learnt", []).append((one.dtype, one.detach().clone(), base.dtype))
        inner(trainer)

    monkeypatch.setattr(rounding, "give_back", give_back)
    sft.run(found, found.stage("sft"), tmp_path)
    assert {(learnt, base) for learnt, _, base in seen["learnt"]} == {(torch.float32, torch.bfloat16)}
    moved = [(one != one.bfloat16().float()).float().mean() for _, one, _ in seen["learnt"] if one.ndim == 2]
    assert min(moved) > (0.01 if module == "embed_tokens" else 0.9)  # of words that are not there none moves
    saved = load_file(tmp_path / "sft" / "model" / "adapter_model.safetensors")
    kept = {name: one.dtype for name, one in saved.items() if module in name}
    assert kept
    assert set(kept.values()) == {torch.bfloat16}
    assert "alarms" not in json.loads((tmp_path / "sft" / "done.json").read_text())


NF4 = pytest.param(
    "nf4",
    marks=pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed"),
)


@pytest.mark.parametrize("module", ["embed_tokens", "merger"])
@pytest.mark.parametrize("mixed", [True, False])
@pytest.mark.parametrize("quantize", [None, NF4])
def test_answers_are_written_with_whole_modules_beside_an_adapter(
    quantize, mixed, module, recipe, qwen, pictures, tmp_path
):
    """Float32 beside bfloat16 multiplies in mixed precision alone; without it both are as the base is."""
    write(tmp_path / "s.jsonl", pictures[:2])
    train = {"per_device_train_batch_size": 2, "num_generations": 2, "max_completion_length": 2, "max_steps": 1,
             "save_strategy": "no", "bf16": mixed}  # fmt: skip
    found = recipe(
        grpo__init=qwen, grpo__data=[str(tmp_path / "s.jsonl")], grpo__train=train, evaluate=None,
        grpo__lora={"r": 4, "modules_to_save": [module]}, dtype="bfloat16",
    ).model_copy(update={"quantize": quantize})  # fmt: skip
    grpo.run(found, found.stage("grpo"), tmp_path)
    saved = load_file(tmp_path / "grpo" / "model" / "adapter_model.safetensors")
    assert {one.dtype for name, one in saved.items() if module in name} == {torch.bfloat16}
