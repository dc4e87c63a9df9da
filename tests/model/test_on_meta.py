"""Models of shapes: the attention a run takes, and the bytes of weights in four bits."""

import json

import pytest
import torch
from torch import nn

from affectreason.errors import InputError
from affectreason.model import memory, on_meta, worst_row
from affectreason.model.sharding import Sharding


@pytest.mark.parametrize(
    ("wanted", "there", "device", "used"),
    [
        ("sdpa", True, "cuda", "sdpa"),
        ("eager", True, "cpu", "eager"),
        ("flash_attention_2", True, "cuda", "flash_attention_2"),
        ("flash_attention_2", False, "cuda", "sdpa"),
        ("flash_attention_2", True, "cpu", "sdpa"),
        ("flex_attention", False, "cuda", "flex_attention"),
        ("flex_attention", False, "cpu", "sdpa"),
    ],
)
def test_the_attention_that_a_run_takes(monkeypatch, wanted, there, device, used):
    monkeypatch.setattr(on_meta, "find_spec", lambda _: "there" if there else None)
    assert on_meta.attention_used(wanted, device) == used


def test_four_bits_by_hand():
    model = nn.ModuleDict({
        "language": nn.Linear(128, 256, bias=False, dtype=torch.bfloat16),
        "visual": nn.Linear(128, 256, bias=False, dtype=torch.bfloat16),
        "lm_head": nn.Linear(128, 512, bias=False, dtype=torch.bfloat16),
    })  # fmt: skip
    numbers = 128 * 256  # in half bytes, 512 scales of a byte, 2 scales of those in float32
    assert on_meta.four_bit(model, "bfloat16") == (2 * numbers - (numbers // 2 + 512 + 8), 2 * numbers)
    assert on_meta.four_bit(model, "float32")[1] == 4 * numbers


@pytest.fixture
def need(recipe, qwen, tmp_path):
    """What the micro recipe's SFT needs under an adapter, on one GPU."""

    def of(quantize=None, **changes):
        found = recipe(model=qwen, sft__lora={"r": 2}, **changes).model_copy(update={"quantize": quantize})
        stage = found.stage("sft")
        processor, _ = worst_row.fitting.processor_of(qwen, found)
        own = memory.setting(found, stage, "cuda")
        with worst_row.worst(found, stage, tmp_path, processor) as row:
            parts, model = memory.count(found, stage, on_meta.config_of(qwen), processor, row, own)
        return parts, memory.need(parts, model, own, Sharding("", 1, 1), 0), on_meta.four_bit(model, found.dtype)

    return of


def test_an_adapter_keeps_its_precision_and_its_base_four_bits(need):
    (whole, _, _), (small, stay, (less, moment)) = need(), need(quantize="nf4")
    assert whole.weights - small.weights == less > 0
    assert (small.trained, small.gradients) == (whole.trained, whole.gradients)
    assert small.activations - whole.activations == moment
    assert stay.parts["weights"] == small.weights


def test_an_adapter_that_goes_on_has_the_rank_it_was_made_with(need, recipe, tmp_path):
    config = {"peft_type": "LORA", "base_model_name_or_path": "tiny:qwen3_vl", "r": 3, "target_modules": ["q_proj"]}
    (tmp_path / "adapter_config.json").write_text(json.dumps(config | {"inference_mode": True, "bias": "none"}))
    found = recipe(sft__init=str(tmp_path), sft__lora={}, sft_2__lora={}, grpo__lora={})
    for name in ("sft", "grpo", "sft_2"):
        lora = on_meta.lora_of(found, found.stage(name))
        assert (lora["r"], lora["target_modules"], "inference_mode" in lora) == (3, ["q_proj"], False)
    assert on_meta.lora_of(recipe(sft__lora={}), recipe(sft__lora={}).stage("sft")) == {}


def test_flash_attention_that_is_not_installed_is_not_counted(need, monkeypatch):
    wanted = {"attn_implementation": "flash_attention_2", "dtype": "bfloat16"}
    sdpa = need(dtype="bfloat16")[0]
    monkeypatch.setattr(on_meta, "find_spec", lambda _: None)
    assert need(**wanted)[0] == sdpa
    monkeypatch.setattr(on_meta, "find_spec", lambda _: "there")
    assert need(**wanted)[0].activations < sdpa.activations


def test_a_config_of_its_own_code_is_not_run(tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text('{"model_type": "mine_own", "auto_map": {"AutoConfig": "mine.Config"}}')
    (tmp_path / "mine.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Config: pass\n")
    monkeypatch.setattr("builtins.input", lambda *_: "y")  # else transformers asks at a terminal
    with pytest.raises(InputError, match=r"cannot load the config of .*: it needs Python code of its own, which is"):
        on_meta.config_of(str(tmp_path))
    assert not (tmp_path / "ran").exists()
