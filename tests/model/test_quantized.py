"""QLoRA: what is asked of bitsandbytes, where it cannot be had, and that it learns, here on a CPU."""

import importlib.util

import pytest
import torch

from affectreason.affect.sample import Affect, Sample
from affectreason.errors import InputError
from affectreason.model import load, parted, quantized, saved, training
from affectreason.stages import grpo, sft

needed = pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
WORDS = [Sample(id=str(n), question="Why?", gold=Affect(emotion="happiness"), labels="ekman7") for n in range(4)]


@pytest.fixture
def able(monkeypatch):
    """A machine that seems to have a GPU and bitsandbytes, or not; what else is installed stays so."""
    load.PartialState()  # made before a GPU seems to be there
    real = importlib.util.find_spec

    def is_so(gpu=True, installed=True):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
        seems = {"bitsandbytes": installed or None}
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: seems[name] if name in seems else real(name))

    is_so()
    return is_so


def test_a_cpu_is_told_once(able, capsys):
    able(gpu=False)
    quantized._say.cache_clear()
    quantized.require("fp4")
    quantized.require("fp4")
    assert capsys.readouterr().err == "quantize: fp4 without a GPU: it spares memory and makes every step slower\n"


def test_bitsandbytes_is_missing_and_no_weights_are_read(recipe, able):
    four = recipe().model_copy(update={"quantize": "fp4"})
    able(installed=False)
    with pytest.raises(InputError) as error:
        load.for_recipe(four, "no/such/model")
    assert str(error.value) == (
        "quantize: fp4 needs bitsandbytes, which is not installed: pip install 'affectreason[quantized]', or leave it "
        "out: quantize=null"
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


def learning(recipe, source, kind, folder, dtype="float32", **changes):
    """The trainer of a stage over an adapter, the model in four bits, with four samples of words."""
    from trl import GRPOConfig, SFTConfig

    found = recipe(**{f"{kind}__{key}": value for key, value in changes.items()}, dtype=dtype)
    found = found.model_copy(update={"quantize": "nf4"})
    part = found.stage(kind)
    model, processor = load.for_stage(found, part, source)
    config, of, more = (SFTConfig, sft, {"max_length": None}) if kind == "sft" else (GRPOConfig, grpo, {})
    args = training.arguments(config, folder, {**more, **part.train}, dtype)
    return of.make_trainer(found, part, model, processor, WORDS, args)


@needed
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_four_bits_learn_and_their_adapter_comes_back(device, recipe, models, tmp_path):
    import bitsandbytes as bnb

    dtype, kept = {"cpu": "float32", "cuda": "bfloat16"}[device], str(tmp_path / "adapter")
    train = {"max_steps": 20, "learning_rate": 1e-2, "logging_steps": 1, "per_device_train_batch_size": 4}
    trainer = learning(recipe, models["qwen3_vl"], "sft", tmp_path, dtype, lora={"r": 8}, train=train)
    layers = {load.part_of(f"{n}.weight") for n, m in trainer.model.named_modules() if isinstance(m, bnb.nn.Linear4bit)}
    assert layers == {"language"}
    trainer.train()
    losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    assert losses[-1] < losses[0] - 0.5
    trainer.save_model(kept)
    processor = trainer.processing_class
    saved.verify_saved(trainer, processor, tmp_path / "adapter")
    _, batch = saved.probe(processor, trainer.model.device, trainer.model.dtype)
    learnt = saved.logits(trainer.model, batch)
    near = saved.tolerance(trainer.model.dtype, learnt)
    for how in ("nf4", None):
        again, _ = load.load(models["qwen3_vl"], adapter=kept, dtype=dtype, quantize=how)
        far = float((learnt - saved.logits(again.to(device), batch)).abs().max())
        assert far <= near if how else 10 * near < far < 1  # of whole weights: what four bits cost


@needed
def test_a_small_step_is_not_rounded_away(recipe, models, tmp_path):
    """Half the distance of two bfloat16 is over 1e-6 above 0.0003, where most of an adapter's first weights are."""
    train = {"max_steps": 2, "learning_rate": 1e-6, "lr_scheduler_type": "constant", "per_device_train_batch_size": 4}
    trainer = learning(recipe, models["qwen3_vl"], "sft", tmp_path, lora={"r": 8}, train=train)
    first = {name: one.detach().clone() for name, one in trainer.model.named_parameters() if "lora_A" in name}
    trainer.train()
    last = {name: one.detach() for name, one in trainer.model.named_parameters() if "lora_A" in name}
    moved = [torch.ne(one, first[name]) for name, one in last.items()]
    seen = [torch.ne(one.bfloat16(), first[name].bfloat16()) for name, one in last.items()]
    assert torch.cat([one.flatten() for one in moved]).float().mean() > 0.95
    assert torch.cat([one.flatten() for one in seen]).float().mean() < 0.05


@needed
def test_an_adapter_goes_on_as_it_is(recipe, models, tmp_path):
    trainer = learning(recipe, models["qwen3_vl"], "sft", tmp_path, lora={"r": 4})
    for name, one in trainer.model.named_parameters():
        if "lora_B" in name:
            one.data = torch.full_like(one, 1 / 3)  # no bfloat16 is a third
    trainer.model.save_pretrained(tmp_path / "adapter")
    trainer.processing_class.save_pretrained(tmp_path / "adapter")
    one = {"per_device_train_batch_size": 4, "num_generations": 4}
    later = learning(recipe, str(tmp_path / "adapter"), "grpo", tmp_path, lora={}, train=one)
    learnt = {name: one for name, one in later.model.named_parameters() if one.requires_grad}
    assert {float(one.detach().unique()) for name, one in learnt.items() if "lora_B" in name} == {
        float(torch.tensor(1 / 3))
    }
    assert {one.dtype for one in learnt.values()} == {torch.float32}
