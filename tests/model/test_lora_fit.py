"""A `lora:` that fits no layer is told before a trainer is made, with the layers there are."""

import warnings

import pytest

from affectreason.errors import InputError
from affectreason.model import load, lora_fit


@pytest.fixture(scope="module")
def model(models):
    return load.load(models["qwen3_vl"])[0]


@pytest.mark.parametrize(
    "lora",
    [
        {"r": 4},
        {"r": 4, "target_modules": "all-linear"},
        {"target_modules": ["q_proj"], "modules_to_save": ["merger", "lm_head"]},
        {"r": 4, "init_lora_weights": "pissa", "use_dora": True},
        {"r": 4, "target_modules": ["q_proj"], "layers_to_transform": [0, 2]},
    ],
)
def test_what_fits_is_taken_and_leaves_the_model_as_it_is(lora, model):
    before = set(model.state_dict())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lora_fit.require("sft", lora, model)
    assert set(model.state_dict()) == before
    assert not hasattr(model, "peft_config")


@pytest.mark.parametrize(
    "lora", [{"target_modules": ["nope"]}, {"target_modules": ["q_proj"], "layers_to_transform": [99]}]
)
def test_no_layer_answers_to_it(lora, model, recipe, qwen):
    with pytest.raises(InputError) as error:
        load.for_stage(found := recipe(sft__lora=lora), found.stage("sft"), qwen)
    said = str(error.value)
    assert said.startswith("stage sft: lora: PEFT cannot put it on Qwen3VLForConditionalGeneration (")
    assert said.endswith(
        "; leave target_modules out, for all layers of the language model, or name some of down_proj, gate_proj, "
        "k_proj, linear_fc1, linear_fc2, lm_head, o_proj, proj, q_proj, qkv, up_proj, v_proj"
    )


def test_a_module_to_save_that_is_none_is_told(model):
    with pytest.raises(InputError) as error:
        lora_fit.require("sft", {"modules_to_save": ["embed_token"]}, model)
    assert str(error.value) == (
        "stage sft: lora.modules_to_save: Qwen3VLForConditionalGeneration has no module 'embed_token'; did you mean "
        "'embed_tokens'?"
    )
    with pytest.raises(InputError, match=r"has no module 'zzz'$"):
        lora_fit.require("sft", {"modules_to_save": ["zzz"]}, model)


@pytest.mark.parametrize(
    ("lora", "said"),
    [
        ({"r": 0}, "lora.r: 0 is no rank; write a whole number from 1"),
        ({"r": "x"}, "lora.r: 'x' is no rank; write a whole number from 1"),
        (
            {"modules_to_save": "merger"},
            "lora.modules_to_save: 'merger' is no list of names, such as [embed_tokens]",
        ),
    ],
)
def test_values_that_are_none(lora, said, model):
    with pytest.raises(InputError) as error:
        lora_fit.require("sft", lora, model)
    assert str(error.value) == f"stage sft: {said}"
