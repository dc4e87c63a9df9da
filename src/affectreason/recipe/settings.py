"""The keys a `train` block may hold, read from the trainers' source without importing torch."""

import ast
import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from affectreason.errors import nearest

SOURCES = {
    "warm_up": (("transformers", "training_args.py"),),
    "sft": (
        ("transformers", "training_args.py"),
        ("trl", "trainer/base_config.py"),
        ("trl", "trainer/sft_config.py"),
    ),
    "grpo": (
        ("transformers", "training_args.py"),
        ("trl", "trainer/base_config.py"),
        ("trl", "trainer/grpo_config.py"),
    ),
}
OURS = {"output_dir": "the run's folder is out=", "resume_from_checkpoint": "a stopped stage resumes by itself"}
GONE = {
    "warmup_ratio": "warmup_steps takes a share, for example warmup_steps: 0.1",
    "group_by_length": "train_sampling_strategy: group_by_length",
    "overwrite_output_dir": "the run's folder is out=",
    "max_prompt_length": "TRL dropped it; raise nothing, prompts are never cut",
    "max_seq_length": "max_length",
}


@cache
def known(kind: str) -> frozenset[str]:
    """The fields of the config class that a stage of this kind hands its `train` block to."""
    names: set[str] = set()
    for package, file in SOURCES[kind]:
        spec = importlib.util.find_spec(package)
        assert spec is not None, f"{package} is not installed"
        assert spec.submodule_search_locations is not None
        path = Path(spec.submodule_search_locations[0]) / file
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                names |= {
                    field.target.id
                    for field in node.body
                    if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
                }
    return frozenset(name for name in names if not name.startswith("_"))


def problems_of_train(kind: str, train: dict[str, Any]) -> list[str]:
    """What is wrong with a `train` block, one line a mistake: `key: reason`."""
    found = []
    for key, value in train.items():
        if key in OURS:
            found.append(f"{key}: set by us; {OURS[key]}")
        elif key not in known(kind):
            found.append(f"{key}: unknown key; " + (f"now {GONE[key]}" if key in GONE else _near(key, kind)))
        elif isinstance(value, str) and _is_number(value):
            found.append(f"{key}: {value!r} is text; write {value} without quotes")
    return found


def _near(key: str, kind: str) -> str:
    """The nearest keys; the whole list of some hundred would hide them."""
    meant, _, _ = nearest(key, known(kind)).partition(" known: ")
    return (
        meant
        if "did you mean" in meant
        else f"see the fields of {'trl.' + kind.upper() if kind != 'warm_up' else 'transformers.TrainingArguments'}Config"
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
