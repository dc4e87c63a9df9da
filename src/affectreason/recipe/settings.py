"""The keys a `train` or `lora` block may hold, read from the libraries' source without importing torch."""

import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Any

from affectreason.errors import InputError, closest

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
OURS: dict[str, dict[str, str]] = {
    "warm_up": _RUN,
    "sft": {
        **_RUN,
        "dataset_kwargs": "samples are laid out by recipe/prompts.py",
        "dataset_text_field": "samples are laid out by recipe/prompts.py",
        "completion_only_loss": _ANSWERS,
        "assistant_only_loss": _ANSWERS,
        "average_tokens_across_devices": "the loss is the mean over the answers' tokens of all processes",
        "packing": "rows are padded, not packed",
        "padding_free": "rows are padded, not packed",
    },
    "grpo": {**_RUN, "reward_weights": "each reward has its own weight: in rewards:"},
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
            found.append(f"{key}: unknown key; {GONE[key] if key in GONE else _near(key, kind)}")
        elif isinstance(value, str):
            found += [f"{key}: {value!r} is text; {right}" for right in _not_text(value, known(kind)[key])]
    return found


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
