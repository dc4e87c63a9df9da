"""The keys read from the libraries' source are those of the classes themselves."""

import dataclasses

import pytest

from affectreason.errors import InputError
from affectreason.recipe import settings
from affectreason.recipe.settings import known, problems_of_train


def config_of(kind):
    """The class a stage of that kind hands its block to."""
    if kind == "warm_up":
        from transformers import TrainingArguments

        return TrainingArguments
    if kind == "lora":
        from peft import LoraConfig

        return LoraConfig
    import trl

    return {"sft": trl.SFTConfig, "grpo": trl.GRPOConfig}[kind]


@pytest.mark.parametrize("kind", list(settings.SOURCES))
def test_the_keys_are_the_fields_of_the_class(kind):
    fields = dataclasses.fields(config_of(kind))
    assert set(known(kind)) == {field.name for field in fields if field.init}


@pytest.mark.parametrize("kind", list(settings.SOURCES))
def test_the_keys_set_by_us_exist(kind):
    assert set(settings.OURS[kind]) <= set(known(kind))


def test_what_is_called_gone_is_gone():
    assert not set(settings.GONE) & (set(known("sft")) | set(known("grpo")))


@pytest.mark.parametrize("kind", ["warm_up", "sft", "grpo"])
def test_a_good_block_has_no_problems(kind):
    train = {"learning_rate": 5e-6, "num_train_epochs": 2, "bf16": True, "run_name": "5", "lr_scheduler_type": "cosine"}
    assert problems_of_train(kind, train) == []


@pytest.mark.parametrize(
    ("kind", "key", "value", "said"),
    [
        ("sft", "learning_rate", "5e-6", "learning_rate: '5e-6' is text; write 5e-6 without quotes"),
        ("sft", "max_steps", "12", "max_steps: '12' is text; write 12 without quotes"),
        ("grpo", "beta", "small", "beta: 'small' is text; write a number"),
        ("sft", "bf16", "no", "bf16: 'no' is text; write true or false"),
        ("sft", "gradient_checkpointing", "on", "gradient_checkpointing: 'on' is text; write true or false"),
        ("sft", "lerning_rate", 1e-5, "lerning_rate: unknown key; did you mean 'learning_rate'?"),
        ("grpo", "num_generation", 8, "num_generation: unknown key; did you mean 'num_generations'?"),
        ("sft", "num_generations", 8, "num_generations: unknown key; "),
        ("sft", "zzzz", 8, "zzzz: unknown key; its keys are the fields of trl.SFTConfig"),
        ("warm_up", "zzzz", 8, "zzzz: unknown key; its keys are the fields of transformers.TrainingArguments"),
        ("lora", "zzzz", 8, "zzzz: unknown key; its keys are the fields of peft.LoraConfig"),
        ("lora", "lora_rank", 8, "lora_rank: unknown key; "),
        ("lora", "r", "8", "r: '8' is text; write 8 without quotes"),
        ("sft", "warmup_ratio", 0.1, "transformers 5 dropped it; warmup_steps takes a share"),
        ("sft", "group_by_length", True, "sft and grpo put short rows together by row_tokens"),
        ("sft", "overwrite_output_dir", True, "transformers 5 dropped it; the run's folder is out="),
        ("sft", "evaluation_strategy", "steps", "a recipe's evaluate: asks every model"),
        ("sft", "max_seq_length", 512, "max_seq_length: unknown key; TRL has max_length"),
        ("grpo", "max_prompt_length", 512, "TRL dropped it; prompts are never cut"),
        ("sft", "output_dir", "x", "output_dir: set by us; the run's folder is out="),
        ("grpo", "resume_from_checkpoint", True, "set by us; a stopped stage resumes by itself"),
        ("sft", "packing", True, "packing: set by us; rows are padded, not packed"),
        ("sft", "completion_only_loss", False, "set by us; the loss is on the answers only"),
        (
            "sft",
            "average_tokens_across_devices",
            False,
            "set by us; the loss is the mean over the answers' tokens of all",
        ),
        (
            "sft",
            "load_in_4bit",
            True,
            "load_in_4bit: unknown key; weights in four bits are quantize: nf4 (or fp4), a key ",
        ),
        ("grpo", "bnb_4bit_quant_type", "nf4", "bnb_4bit_quant_type: unknown key; weights in four bits are quantize: "),
        (
            "lora",
            "load_in_8bit",
            True,
            "load_in_8bit: unknown key; eight bits are not offered; weights in four bits are",
        ),
        (
            "sft",
            "lora_r",
            8,
            "lora_r: unknown key; an adapter is trained where a stage has lora:, for example lora: {r",
        ),
        (
            "sft",
            "model_init_kwargs",
            {},
            "model_init_kwargs: set by us; a model is loaded by the recipe's model, dtype",
        ),
        ("grpo", "trust_remote_code", True, "trust_remote_code: set by us; code that comes with a model is never run"),
        ("grpo", "reward_weights", [1.0], "set by us; each reward has its own weight: in rewards:"),
    ],
)
def test_problems_are_told_in_words(kind, key, value, said):
    found = problems_of_train(kind, {key: value})
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(
    ("key", "place", "said"),
    [
        ("quantization_config", (), settings.FOUR),
        ("torch_dtype", (), "it is dtype, a key of the recipe"),
        ("max_pixels", (), "it is media.max_pixels, of the recipe"),
        ("learning_rate", (), "it is a key of train: STAGE.train.learning_rate"),
        ("max_length", (), "it is a key of train: STAGE.train.max_length"),
        ("packing", (), "set by us; rows are padded, not packed"),
        ("inference_mode", ("sft", "sft"), "set by us; a stage trains its adapter"),
        ("learning_rate", ("warm", "warm_up"), "it is a key of train: warm.train.learning_rate"),
        ("num_generations", ("rl", "grpo"), "it is a key of train: rl.train.num_generations"),
        ("num_generations", ("sft", "sft"), None),
        ("lora_alpha", ("sft", "sft"), "it is a key of lora: sft.lora.lora_alpha"),
        ("learning_rate", ("grow", "synthesize"), None),
        ("no_such_key", (), None),
    ],
)
def test_a_key_in_the_wrong_place_is_told_where_it_belongs(key, place, said):
    assert settings.belongs(key, *place) == said


def test_every_problem_is_told():
    assert len(problems_of_train("sft", {"warmup_ratio": 1, "lerning_rate": 2, "max_steps": "3", "seed": 4})) == 3


def test_a_library_of_another_layout_is_told_in_words(monkeypatch):
    source = ("trl", "trainer/sft_config.py", "NoSuchConfig")
    monkeypatch.setitem(settings.SOURCES, "other", [source])
    with pytest.raises(InputError, match=r"sft_config.py has no class NoSuchConfig; install the versions of trl"):
        known("other")
    monkeypatch.setitem(settings.SOURCES, "missing", [("no_such_library", "config.py", "Config")])
    with pytest.raises(InputError, match=r"no_such_library/config.py has no class Config"):
        known("missing")
