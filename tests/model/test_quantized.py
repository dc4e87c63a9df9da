"""QLoRA: what is asked of bitsandbytes, where it cannot be had, and on a GPU that it learns."""

import importlib.util

import pytest
import torch

from affectreason.errors import InputError
from affectreason.model import load, parted, quantized


@pytest.fixture
def able(monkeypatch):
    """A machine that seems to have a GPU and bitsandbytes."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)


def test_a_cpu_is_refused_before_weights_are_read(recipe, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    quantised = recipe().model_copy(update={"quantize": "nf4"})
    with pytest.raises(InputError) as error:
        load.for_recipe(quantised, "no/such/model")
    assert str(error.value) == (
        "quantize: nf4 needs a CUDA device, and there is none here; leave it out: quantize=null"
    )


def test_bitsandbytes_is_missing(able, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError) as error:
        quantized.require("fp4")
    assert str(error.value) == (
        "quantize: fp4 needs bitsandbytes, which is not installed: pip install 'affectreason[quantized]'"
    )


@pytest.mark.parametrize("how", ["zero3", "fsdp"])
def test_parted_weights_are_refused(how, able, monkeypatch):
    quantized.require("nf4")
    if how == "zero3":
        monkeypatch.setattr(parted, "is_deepspeed_zero3_enabled", lambda: True)
    else:
        monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(
        InputError, match="quantize: nf4 cannot be parted over processes by ZeRO-3 or FSDP; launch with"
    ):
        quantized.require("nf4")


@pytest.mark.parametrize(("dtype", "products"), [("auto", torch.bfloat16), ("float32", torch.float32)])
def test_what_transformers_is_told(dtype, products):
    found = quantized.config("nf4", dtype)
    assert (found.load_in_4bit, found.bnb_4bit_quant_type, found.bnb_4bit_use_double_quant) == (True, "nf4", True)
    assert found.bnb_4bit_compute_dtype == products


def test_towers_and_heads_stay_whole(models):
    """Which layers would be replaced, by the rule of transformers itself."""
    from transformers.quantizers.quantizers_utils import should_convert_module

    for kind in ("qwen3_vl", "llava"):
        model, _ = load.load(models[kind])
        parts = {
            load.part_of(f"{name}.weight")
            for name, layer in model.named_modules()
            if isinstance(layer, torch.nn.Linear) and should_convert_module(name, quantized.WHOLE)
        }
        assert parts == {"language"}


@pytest.mark.gpu
@pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
def test_four_bits_learn(recipe, models, tmp_path):
    import bitsandbytes as bnb
    from trl import SFTConfig

    from affectreason.affect.sample import Affect, Sample
    from affectreason.model import training
    from affectreason.stages import sft

    words = [Sample(id=str(n), question="Why?", gold=Affect(emotion="happiness"), labels="ekman7") for n in range(4)]
    found = recipe(sft__lora={"r": 8}, sft__train={"max_steps": 20, "learning_rate": 1e-3, "logging_steps": 1})
    found = found.model_copy(update={"quantize": "nf4"})
    part = found.stage("sft")
    args = training.arguments(SFTConfig, tmp_path, {"max_length": None, **part.train}, "bfloat16")
    model, processor = load.for_stage(found, part, models["qwen3_vl"])
    kinds = {load.part_of(f"{n}.weight") for n, m in model.named_modules() if isinstance(m, bnb.nn.Linear4bit)}
    assert kinds == {"language"}
    trainer = sft.make_trainer(found, part, model, processor, words, args)
    trainer.train()
    losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    assert losses[-1] < losses[0] - 0.5
