"""What pydantic cannot see of a recipe: names that must exist, references that must point back, the trainers' own keys.

It reads the recipe as it is written, so that these mistakes are told beside those of form; what has the wrong form is
passed over here.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from affectreason.affect import facs, labels
from affectreason.errors import InputError, nearest
from affectreason.recipe import places, prompts
from affectreason.recipe.settings import problems_of_train
from affectreason.recipe.words import source_and_split
from affectreason.scoring import rewards

MODEL_KINDS = ("warm_up", "sft", "grpo")
SAMPLE_KINDS = ("draw", "synthesize")
_NAME = re.compile(r"[A-Za-z0-9][\w-]*", re.ASCII)

Written = dict[str, Any]


def problems(raw: Written, reserved: Iterable[str]) -> list[str]:
    """Every mistake of names and references, one line each; `reserved` are words that cannot name a stage."""
    stages = [s for s in _of(list, raw.get("stages")) if isinstance(s, dict) and isinstance(s.get("name"), str)]
    names = [stage["name"] for stage in stages]
    found = [f"two stages are named {name!r}" for name in sorted({n for n in names if names.count(n) > 1})]
    found += [line for name in dict.fromkeys(names) for line in _bad_name(name, reserved)]
    if isinstance(raw.get("name"), str) and ("/" in raw["name"] or raw["name"].startswith(".") or not raw["name"]):
        found.append(f"name: {raw['name']!r} cannot name the run's folder; use letters, digits, - and _")
    found += _unknown("labels", raw.get("labels"), labels.find)
    found += _unknown("prompt", raw.get("prompt"), prompts.find)
    found += _unknown("launch", raw.get("launch"), places.launch_config)
    asked = raw.get("evaluate")
    if isinstance(asked, dict):
        first = next((n for n, stage in enumerate(stages) if stage.get("kind") in MODEL_KINDS), len(stages))
        found += _unknown("evaluate.units", asked.get("units"), facs.unit_set)
        found += _reward_problems("evaluate", asked)
        found += _data_problems("evaluate", asked, stages[:first], stages[first:])
    for index, stage in enumerate(stages):
        found += _stage_problems(stage, stages[:index], stages[index:])
    return found


def _stage_problems(stage: Written, earlier: list[Written], later: list[Written]) -> list[str]:
    """The mistakes of one stage, which may refer to the earlier ones only."""
    name, kind = stage["name"], stage.get("kind")
    found = _unknown(f"{name}.prompt", stage.get("prompt"), prompts.find)
    found += _reward_problems(name, stage)
    found += _init_problems(f"{name}.init", stage.get("init"), earlier, later)
    found += _data_problems(name, stage, earlier, later)
    if kind in MODEL_KINDS:
        found += [f"{name}.train.{line}" for line in problems_of_train(kind, _of(dict, stage.get("train")))]
        found += [f"{name}.lora.{line}" for line in problems_of_train("lora", _of(dict, stage.get("lora")))]
    return found


def _bad_name(name: str, reserved: Iterable[str]) -> list[str]:
    if name in reserved:
        return [f"{name!r} cannot name a stage: it is a key or a folder of a run; choose another name"]
    return [] if _NAME.fullmatch(name) else [f"{name!r} cannot name a stage; use letters, digits, - and _"]


def _reward_problems(place: str, part: Written) -> list[str]:
    """Rewards that do not exist, do not take an argument, or are listed twice."""
    found: list[str] = []
    for key in ("rewards", "keep"):
        terms = [t for t in _of(list, part.get(key)) if isinstance(t, dict) and isinstance(t.get("use"), str)]
        uses = [term["use"] for term in terms]
        for term in terms:
            check = partial(rewards.check_args, args=_of(dict, term.get("args")))
            found += _unknown(f"{place}.{key}", term["use"], check)
        if key == "rewards":
            twice = sorted({use for use in uses if uses.count(use) > 1})
            found += [f"{place}.rewards: {use!r} is listed twice; give it once, with its whole weight" for use in twice]
    return found


def _init_problems(place: str, init: Any, earlier: list[Written], later: list[Written]) -> list[str]:
    """`init` is an earlier stage that leaves a model, a folder, a hub id or a tiny model."""
    if not isinstance(init, str):
        return []
    kinds = {stage["name"]: stage.get("kind") for stage in earlier}
    before = ", ".join(kinds) or "none"
    if init in kinds:
        return [f"{place}: stage {init!r} leaves samples, not a model"] if kinds[init] in SAMPLE_KINDS else []
    if init in {stage["name"] for stage in later}:
        return [f"{place}: {init!r} comes later; a stage starts from an earlier one: {before}"]
    if "/" in init or init.startswith("tiny:") or Path(init).is_dir():
        return []
    models = [name for name, kind in kinds.items() if kind in MODEL_KINDS]
    return [f"{place}: {init!r} is no earlier stage, no folder and no hub id such as Qwen/...; {nearest(init, models)}"]


def _data_problems(name: str, part: Written, earlier: list[Written], later: list[Written]) -> list[str]:
    """Every item of `data` is a JSONL file or an earlier stage that leaves samples, perhaps one split of it."""
    found: list[str] = []
    before = {stage["name"]: stage for stage in earlier}
    after = {stage["name"] for stage in later}
    for item in _of(list, part.get("data")):
        if not isinstance(item, str):
            continue
        source, split = source_and_split(item)
        line = None
        if split == "":
            line = f"{item!r} names no split; write {source!r} for all of them"
        elif source in before:
            line = _split_problem(before[source], split)
        elif source in after:
            line = f"{source!r} comes later; data comes from an earlier stage or a file"
        elif not (set(source) & {"/", "."} or Path(source).is_file()):
            makers = [n for n, stage in before.items() if stage.get("kind") in SAMPLE_KINDS]
            line = f"{source!r} is no earlier stage and no JSONL file; {nearest(source, makers)}"
        found += [f"{name}.data: {line}"] if line else []
    return found


def _split_problem(stage: Written, split: str | None) -> str | None:
    """What is wrong with reading a split of an earlier stage, None where nothing is."""
    name, kind = stage["name"], stage.get("kind")
    if kind in MODEL_KINDS:
        return f"stage {name!r} leaves a model, not samples"
    if split is None:
        return None
    if kind == "synthesize":
        return f"what stage {name!r} leaves has no splits; write {name!r}"
    drawn = {*_of(dict, stage.get("splits")), *_of(dict, stage.get("clips"))}
    return None if split in drawn else f"stage {name!r} draws no split {split!r}; {nearest(split, drawn)}"


def _unknown(place: str, name: Any, find: Callable[[str], object]) -> list[str]:
    """The error of looking a name up, with its place."""
    try:
        if isinstance(name, str):
            find(name)
    except InputError as error:
        return [f"{place}: {error}"]
    return []


def _of(form: type, value: Any) -> Any:
    """The value if it has that form, else an empty one: its form is told by pydantic."""
    return value if isinstance(value, form) else form()
