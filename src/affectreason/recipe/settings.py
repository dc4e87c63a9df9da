"""The keys a `train` or `lora` block may hold, read from the libraries' source without importing torch."""

import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Any

from affectreason.errors import InputError, closest
from affectreason.recipe.parts import Media

Source = tuple[str, str, str]
"""A package, a file in it, and the configuration class whose fields count."""

_TRAINER: Source = ("transformers", "training_args.py", "TrainingArguments")
_TRL: Source = ("trl", "trainer/base_config.py", "_BaseConfig")
_PEFT = [("peft", "config.py", name) for name in ("PeftConfigMixin", "PeftConfig")]
SOURCES: dict[str, list[Source]] = {
    "warm_up": [_TRAINER],
    "sft": [_TRAINER, _TRL, ("trl", "trainer/sft_config.py", "SFTConfig")],
    "grpo": [_TRAINER, _TRL, ("trl", "trainer/grpo_config.py", "GRPOConfig")],
    "lora": [*_PEFT, ("peft", "tuners/lora/config.py", "LoraConfig")],
}
_RUN = {
    "output_dir": "the run's folder is out=",
    "resume_from_checkpoint": "a stopped stage resumes by itself",
    "remove_unused_columns": "samples travel in one column",
}
_ANSWERS = "the loss is on the answers only"
_LOADED = "a model is loaded by the recipe's model, dtype, attn_implementation and quantize"
_NO_CODE = "code that comes with a model is never run"
OURS: dict[str, dict[str, str]] = {
    "warm_up": _RUN,
    "sft": {
        **_RUN,
        "dataset_kwargs": "samples are laid out by recipe/prompts.py",
        "dataset_text_field": "samples are laid out by recipe/prompts.py",
        "completion_only_loss": _ANSWERS,
        "assistant_only_loss": _ANSWERS,
        "model_init_kwargs": _LOADED,
        "trust_remote_code": _NO_CODE,
        "average_tokens_across_devices": "the loss is the mean over the answers' tokens of all processes",
        "packing": "rows are padded, not packed",
        "padding_free": "rows are padded, not packed",
    },
    "grpo": {
        **_RUN,
        "model_init_kwargs": _LOADED,
        "trust_remote_code": _NO_CODE,
        "reward_weights": "each reward has its own weight: in rewards:",
    },
    "lora": {"inference_mode": "a stage trains its adapter"},
}
GONE = {
    "warmup_ratio": "transformers 5 dropped it; warmup_steps takes a share, for example warmup_steps: 0.1",
    "group_by_length": "transformers 5 dropped it; sft and grpo put short rows together by row_tokens",
    "overwrite_output_dir": "transformers 5 dropped it; the run's folder is out=",
    "evaluation_strategy": "transformers 5 dropped it; a recipe's evaluate: asks every model",
    "no_cuda": "transformers 5 has use_cpu",
    "logging_dir": "transformers 5 dropped it; the log is log.jsonl in the stage's folder",
    "save_safetensors": "transformers 5 always writes safetensors; remove it",
    "per_gpu_train_batch_size": "per_device_train_batch_size",
    "adafactor": "optim: adafactor",
    "max_prompt_length": "TRL dropped it; prompts are never cut",
    "max_seq_length": "TRL has max_length",
}
FOUR = "weights in four bits are quantize: nf4 (or fp4), a key of the recipe, with lora: in every stage that trains"
_ADAPTER = "an adapter is trained where a stage has lora:, for example lora: {r: 8}"
CALLED = {
    **dict.fromkeys(("load_in_4bit", "quantization_config", "quantization_bit", "quant_method", "bits"), FOUR),
    "load_in_8bit": f"eight bits are not offered; {FOUR}",
    "torch_dtype": "it is dtype, a key of the recipe",
    **dict.fromkeys(("use_peft", "use_lora", "lora_r", "lora_rank", "peft_config"), _ADAPTER),
    "lora_target_modules": "it is lora: {target_modules: [...]}",
}
"""What libraries and other trainers call a key of ours."""
_DOCSTRING = re.compile(r'"""[\s\S]*?"""')
_FIELD = re.compile(r"^    ([a-z]\w*): *([^=\n]+)", re.MULTILINE)


@cache
def known(kind: str) -> dict[str, str]:
    """The fields, with their declared types, of the class that a stage of this kind hands its block to, or `lora`."""
    return {name: declared for source in SOURCES[kind] for name, declared in _fields(*source).items()}


@cache
def _fields(package: str, file: str, name: str) -> dict[str, str]:
    """The fields of one dataclass by its text; parsing the whole file would take most of a command's time."""
    spec = importlib.util.find_spec(package)
    path = Path(next(iter((spec.submodule_search_locations if spec else None) or [package]))) / file
    text = _DOCSTRING.sub("", path.read_text(encoding="utf-8")) if path.is_file() else ""
    body = re.search(rf"^class {name}\b.*\n((?:[ \t].*\n|\n)*)", text, re.MULTILINE)
    if body is None:
        raise InputError(f"{path} has no class {name}; install the versions of {package} that constraints.txt names")
    return {field: declared.strip() for field, declared in _FIELD.findall(body.group(1))}


def problems_of_train(kind: str, train: dict[str, Any]) -> list[str]:
    """What is wrong with a `train` block, or with `lora` for that kind, one line a mistake: `key: reason`."""
    found = []
    for key, value in train.items():
        if key in OURS[kind]:
            found.append(f"{key}: set by us; {OURS[kind][key]}")
        elif key not in known(kind):
            found.append(f"{key}: unknown key; {GONE.get(key) or _called(key) or _near(key, kind)}")
        elif isinstance(value, str):
            found += [f"{key}: {value!r} is text; {right}" for right in _not_text(value, known(kind)[key])]
    return found


def belongs(key: object, stage: str = "STAGE", kind: str = "grpo") -> str | None:
    """Where a key belongs that a recipe or a stage of a kind does not know; None where nobody does."""
    name = str(key)
    if meant := _called(name):
        return meant
    if name in Media.model_fields:
        return f"it is media.{name}, of the recipe"
    if kind not in SOURCES:
        return None
    kinds = (kind, "sft") if stage == "STAGE" else (kind,)
    for one in (*kinds, "lora"):
        if name in OURS[one]:
            return f"set by us; {OURS[one][name]}"
    if any(name in known(one) for one in kinds):
        return f"it is a key of train: {stage}.train.{name}"
    return f"it is a key of lora: {stage}.lora.{name}" if name in known("lora") else None


def _called(key: str) -> str | None:
    """The key of ours that libraries call so."""
    return FOUR if key.startswith("bnb_4bit_") else CALLED.get(key)


def _near(key: str, kind: str) -> str:
    """The nearest key; the whole list of more than a hundred would hide it."""
    package, _, name = SOURCES[kind][-1]
    meant = closest(key, known(kind))
    return f"did you mean {meant!r}?" if meant else f"its keys are the fields of {package}.{name}"


def _not_text(text: str, declared: str) -> list[str]:
    """What to write instead of a text where the declared type takes none."""
    types = set(re.findall(r"\w+", declared))
    if types & {"str", "Literal"} or not types & {"float", "int", "bool"}:
        return []
    if "bool" in types:
        return ["write true or false"]
    try:
        float(text)
    except ValueError:
        return ["write a number"]
    return [f"write {text} without quotes"]
