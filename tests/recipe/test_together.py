# ruff: noqa: E501  (one mistake a row)
"""What cannot go together in a trained stage is told when the recipe is read."""

import pytest
from tests.conftest import MICRO

from affectreason.errors import InputError
from affectreason.recipe import runs, schema

VLLM = {"grpo.train.use_vllm": True}
LORA = {f"{stage}.lora": {"r": 4} for stage in ("sft", "grpo", "sft_2")}


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"sft.learning_rates": {"eyes": 1e-5}}, "sft.learning_rates.eyes.[key]: input should be 'vision', 'audio', 'projector', 'language' or 'general_expert', not 'eyes'"),
        ({"sft.learning_rates": {"vision": 0}}, "sft.learning_rates.vision: input should be greater than 0, not 0"),
        ({"sft.learning_rates": {"vision": 1e-5}, "sft.freeze": ["vision"]}, "sft.learning_rates.vision: vision is frozen; take it out here or of freeze"),
        ({"quantize": "int3"}, "quantize: input should be 'nf4' or 'fp4', not 'int3'"),
        ({"quantize": "nf4"}, "quantize: sft trains all weights, and those of nf4 bits cannot be trained; give sft.lora=, or remove quantize"),
        ({"quantize": "nf4", **LORA}, "quantize: base trains all weights, and those of nf4 bits cannot be trained; remove quantize"),
        ({"quantize": "nf4", **LORA, **VLLM}, "grpo.train.use_vllm: vLLM is handed whole weights, and quantize: nf4 leaves none; remove one"),
        ({"grpo.train.vllm_mode": "server"}, "grpo.train.vllm_mode: does nothing without use_vllm: true"),
        ({"grpo.train.vllm_importance_sampling_mode": "token_mask"}, "grpo.train.vllm_importance_sampling_mode: does nothing without use_vllm: true"),
        ({**VLLM, "grpo.train.vllm_mode": "server", "grpo.train.vllm_server_base_url": "http://a:1", "grpo.train.vllm_server_port": 2}, "grpo.train.vllm_server_port: does nothing beside vllm_server_base_url; take it out"),
        ({**VLLM, "grpo.train.vllm_importance_sampling_correction": False, "grpo.train.vllm_importance_sampling_clip_max": 2.0}, "grpo.train.vllm_importance_sampling_clip_max: does nothing beside vllm_importance_sampling_correction: false; take it out"),
        ({**VLLM, "grpo.train.vllm_mode": "local"}, "grpo.train.vllm_mode: 'local' is neither colocate nor server"),
        ({**VLLM, "grpo.train.vllm_server_port": 8000}, "grpo.train.vllm_server_port: is read with vllm_mode: server alone, and this is colocate; take it out"),
        ({**VLLM, "grpo.train.vllm_mode": "server", "grpo.train.vllm_tensor_parallel_size": 2}, "grpo.train.vllm_tensor_parallel_size: is read with vllm_mode: colocate alone, and this is server; take it out"),
        ({**VLLM, "grpo.train.vllm_gpu_memory_utilization": 1.0}, "grpo.train.vllm_gpu_memory_utilization: 1.0 is no share of the GPU beside training; write 0.3 or so"),
        ({**VLLM, "grpo.train.vllm_tensor_parallel_size": 0}, "grpo.train.vllm_tensor_parallel_size: 0; write a whole number from 1"),
        ({**VLLM, "grpo.train.vllm_speed": 2}, "grpo.train.vllm_speed: unknown key; "),
        ({**VLLM, "grpo.lora": {"target_modules": ["q_proj", "visual.blocks.0.attn.qkv"]}}, "grpo.lora.target_modules: 'visual.blocks.0.attn.qkv' are weights of the towers, and with use_vllm an adapter is of the language model's layers alone; take it out, or leave use_vllm out"),
        ({**VLLM, "grpo.lora": {"target_modules": "all-linear"}}, "grpo.lora.target_modules: 'all-linear' are weights of the towers"),
        ({**VLLM, "grpo.lora": {"modules_to_save": ["embed_tokens"]}}, "grpo.lora.modules_to_save: 'embed_tokens' are weights of embeddings"),
        ({**VLLM, "grpo.lora": {"trainable_token_indices": [1]}}, "grpo.lora.trainable_token_indices: vLLM is not handed single tokens; take it out"),
        ({"sft.train.save_only_model": True}, "sft.train.save_only_model: a stage that is stopped could not go on from weights alone; remove it"),
        ({"base.train.save_only_model": True}, "base.train.save_only_model: a stage that is stopped could not go on from weights alone; remove it"),
        ({"sft.train.lr_scheduler_type": "reduce_lr_on_plateau"}, "sft.train.lr_scheduler_type: reduce_lr_on_plateau follows the scores of an evaluation amid training, and there is none (evaluate: asks the model afterwards); name one that follows steps, such as cosine or warmup_stable_decay"),
        ({"grpo.train.lr_scheduler_type": "greedy"}, "grpo.train.lr_scheduler_type: greedy follows the scores of"),
        ({"sft.train.eval_strategy": "steps"}, "sft.train.eval_strategy: there is no evaluation amid training (evaluate: asks the model afterwards); remove it"),
        ({"sft.train.train_sampling_strategy": "group_by_length"}, "sft.train.train_sampling_strategy: group_by_length needs the lengths of rows beforehand, and ours are made when they are read; write random or sequential"),
        ({"sft.train.auto_find_batch_size": True}, "sft.train.auto_find_batch_size: another batch size half-way would deal out other samples; lower per_device_train_batch_size, or write on_oom: skip at the stage"),
        ({"sft.train.accelerator_config": {"split_batches": True}}, "sft.train.accelerator_config.split_batches: how samples are dealt out to processes is set by us; a stopped stage goes on by it"),
        ({"sft.train.report_to": "wandbb"}, "sft.train.report_to: unknown tracker 'wandbb'; did you mean 'wandb'"),
        ({"grpo.train.report_to": ["trackio", 3, {}]}, "grpo.train.report_to: unknown tracker 3; known: azure_ml, "),
    ],
)  # fmt: skip
def test_it_is_refused_in_words(changed, text):
    with pytest.raises(InputError) as error:
        schema.load(MICRO, changed)
    assert text in str(error.value)


@pytest.mark.parametrize(
    "changed",
    [
        {"sft.learning_rates": {"vision": 1e-6, "projector": 1e-5}, "sft.freeze": ["language"]},
        {**VLLM, "grpo.train.vllm_gpu_memory_utilization": 0.3, "grpo.lora": {"target_modules": ["q_proj"]}},
        {**VLLM, "grpo.lora": {"target_modules": r"^(?!.*visual).*\.(q|v)_proj"}},
        {**VLLM, "grpo.train.vllm_mode": "server", "grpo.train.vllm_server_port": 8000},
        {**VLLM, "grpo.train.vllm_importance_sampling_correction": False},
        {**VLLM, "grpo.train.vllm_importance_sampling_clip_max": 2.0},
    ],
)
def test_what_goes_together_is_taken(changed):
    assert schema.load(MICRO, changed).changed


def test_a_stage_of_a_recipe_without_them_has_the_settings_it_had():
    """Runs of an earlier version go on."""
    recipe = schema.load(MICRO)
    found = runs.settings(recipe, recipe.stage("sft"))
    assert "learning_rates" not in found["stage"]
    assert "quantize" not in found
