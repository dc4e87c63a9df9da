"""What vLLM is not handed is refused before it starts; that it is missing, before weights load."""

import pytest
from peft import get_peft_model

from affectreason.errors import InputError
from affectreason.model import adapters, load, vllm_weights

VLLM = {"use_vllm": True, "per_device_train_batch_size": 8, "num_generations": 4}


def test_missing_is_said(recipe, monkeypatch):
    monkeypatch.setattr(vllm_weights, "installed", lambda: False)
    stage = recipe(grpo__train=VLLM).stage("grpo")
    with pytest.raises(InputError) as error:
        vllm_weights.require(stage)
    assert str(error.value) == (
        "stage grpo: train.use_vllm needs vLLM, which is not installed: pip install 'affectreason[vllm]'; or leave it "
        "out, and transformers writes the answers"
    )
    vllm_weights.require(recipe().stage("grpo"))
    monkeypatch.setattr(vllm_weights, "installed", lambda: True)
    vllm_weights.require(stage)


@pytest.mark.parametrize(
    ("kind", "targets", "layer"),
    [
        ("qwen3_vl", ["qkv"], "model.visual.blocks.0.attn.qkv"),
        ("qwen3_vl", r".*\.linear_fc1", "model.visual.blocks.0.mlp.linear_fc1"),
        ("llava", ["q_proj"], "model.vision_tower.encoder.layers.0.self_attn.q_proj"),
    ],
)
def test_layers_of_a_tower_are_refused_by_their_names(kind, targets, layer, recipe, models):
    """By a name alone nobody sees that `q_proj` is in LLaVA's tower too."""
    found = recipe(grpo__train=VLLM, grpo__lora={"target_modules": targets})
    with pytest.raises(InputError, match=r"stage grpo: lora.target_modules names .*, and with train.use_vllm") as error:
        load.for_stage(found, found.stage("grpo"), models[kind])
    assert layer.rpartition(".")[2] in str(error.value)
    assert "visual" in str(error.value) or "vision_tower" in str(error.value)


def test_an_adapter_that_goes_on_is_told_by_where_it_is_from(recipe, models, tmp_path):
    model, processor = load.load(models["qwen3_vl"])
    get_peft_model(model, adapters.lora_config({"r": 2, "target_modules": ["qkv"]})).save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    found = recipe(grpo__train=VLLM, grpo__lora={})
    with pytest.raises(InputError) as error:
        load.for_stage(found, found.stage("grpo"), str(tmp_path))
    assert str(error.value) == (
        "stage grpo: the adapter that goes on is on model.visual.blocks.0.attn.qkv, and with train.use_vllm an adapter "
        "is of the language model's layers alone; have the stage it is from leave target_modules out, or leave "
        "use_vllm out here"
    )


@pytest.mark.parametrize("lora", [{"r": 4}, {"target_modules": r".*language_model.*q_proj"}])
@pytest.mark.parametrize("kind", ["qwen3_vl", "llava"])
def test_layers_of_the_language_model_are_taken(kind, lora, recipe, models):
    found = recipe(grpo__train=VLLM, grpo__lora=lora)
    load.for_stage(found, found.stage("grpo"), models[kind])
