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
from affectreason.recipe import assets, modalities, places, prompts, together
from affectreason.recipe.settings import problems_of_train
from affectreason.recipe.words import overlap, source_and_split
from affectreason.scoring import rewards, without_gold, witnesses

MODEL_KINDS = ("warm_up", "sft", "grpo")
SAMPLE_KINDS = ("draw", "synthesize", "filter")
ASKED_BY = {"tree": "tree", "reasoned_tree": "reasoned", "reasoned": "reasoned"}
"""The form that a prompt must ask for, by the form of a search (`affect.steps`)."""
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
    found += _open_problems(raw, stages) if raw.get("labels") == labels.OPEN.name else []
    found += _unknown("prompt", raw.get("prompt"), prompts.find)
    found += _unknown("launch", raw.get("launch"), places.launch_config)
    found += _unknown("model", raw.get("model"), assets.check)
    asked = raw.get("evaluate")
    if isinstance(asked, dict):
        first = next((n for n, stage in enumerate(stages) if stage.get("kind") in MODEL_KINDS), len(stages))
        found += _unknown("evaluate.units", asked.get("units"), facs.unit_set)
        found += _reward_problems("evaluate", asked)
        found += _data_problems("evaluate", asked, stages[:first], stages[first:])
        found += _without_problems(asked)
        found += _search_problems(_of(dict, asked.get("search"))) + _form_problems(raw, stages)
    for index, stage in enumerate(stages):
        found += _stage_problems(stage, stages[:index], stages[index:], raw.get("quantize"))
    return found


def _search_problems(search: Written) -> list[str]:
    """Scorers that do not exist, are listed twice, or would choose answers by the annotation."""
    terms = [t for t in _of(list, search.get("by")) if isinstance(t, dict) and isinstance(t.get("use"), str)]
    uses = [term["use"] for term in terms]
    found = [f"evaluate.search.by: {use!r} is listed twice" for use in sorted({u for u in uses if uses.count(u) > 1})]
    for term in terms:
        check = partial(without_gold.check, args=_of(dict, term.get("args")))
        found += _unknown("evaluate.search.by", term["use"], check)
    return found


def _form_problems(raw: Written, stages: list[Written]) -> list[str]:
    """A search that builds its answers in another form than the prompts of the models ask for."""
    search = raw["evaluate"].get("search")
    form = search.get("form", "tree") if isinstance(search, dict) else None
    if not isinstance(form, str) or form not in ASKED_BY:
        return []
    models = [stage for stage in stages if stage.get("kind") in MODEL_KINDS]
    named = [("prompt", raw.get("prompt")) for stage in models if stage.get("prompt") is None]
    named += [(f"{stage['name']}.prompt", stage["prompt"]) for stage in models if stage.get("prompt") is not None]
    found = []
    for place, name in dict.fromkeys((place, str(name)) for place, name in named):
        answers = prompts.PROMPTS[name].answers if name in prompts.PROMPTS else ASKED_BY[form]
        if answers != ASKED_BY[form]:
            fits = [one for one, by in ASKED_BY.items() if by == answers]
            mend = f"write form: {' or '.join(fits)}" if fits else "remove evaluate.search"
            found.append(f"evaluate.search.form: {form!r} is not what {place} {name!r} asks for ({answers}); {mend}")
    return found


def _open_problems(raw: Written, stages: list[Written]) -> list[str]:
    """What cannot be done where any words will do: a prompt that lists the labels, classes asked equally often."""
    found = []
    parts = [("", raw), *((f"{stage['name']}.", stage) for stage in stages)]
    parts += [(f"{stage['name']}.witnesses.", one) for stage in stages for one in _dicts(stage.get("witnesses"))]
    named = [(f"{place}prompt", part.get("prompt")) for place, part in parts]
    named += [(f"{place}prompts", name) for place, part in parts for name in _of(list, part.get("prompts"))]
    for place, name in named:
        prompt = prompts.PROMPTS.get(str(name))
        if prompt is not None and "{labels}" in prompt.text + prompt.question:
            said = f"{place}: {name!r} lists the labels, and labels: open has no list"
            found.append(f"{said}; use one that does not, such as 'reasoned'")
    balanced = [stage["name"] for stage in stages if stage.get("balance") == "emotion"]
    said = "emotion needs one emotion a sample, and labels: open has sets of words; remove it"
    return found + [f"{name}.balance: {said}" for name in balanced]


def _stage_problems(stage: Written, earlier: list[Written], later: list[Written], quantize: Any) -> list[str]:
    """The mistakes of one stage, which may refer to the earlier ones only."""
    name, kind = stage["name"], stage.get("kind")
    found = _unknown(f"{name}.prompt", stage.get("prompt"), prompts.find)
    asked = [prompt for prompt in _of(list, stage.get("prompts")) if isinstance(prompt, str)]
    for prompt in asked:
        found += _unknown(f"{name}.prompts", prompt, prompts.find)
    found += [f"{name}.prompts: {one!r} is listed twice" for one in sorted({p for p in asked if asked.count(p) > 1})]
    if stage.get("prompt") is not None and stage.get("prompts"):
        found.append(f"{name}: prompt and prompts are both given; leave one out")
    found += _reward_problems(name, stage)
    if kind == "draw" and not any(stage.get(key) for key in ("splits", "clips", "scenes", "voices")):
        found.append(f"{name}: draws nothing; give splits: {{train: 70}}, clips:, scenes: or voices:")
    if kind == "draw" and stage.get("scenes") and stage.get("faces") == "3d":
        found.append(f"{name}.faces: scenes are drawn in 2d alone; take scenes out, or write faces: 2d")
    elif kind == "draw" and stage.get("faces") == "3d" and not (stage.get("splits") or stage.get("clips")):
        found.append(f"{name}.faces: 3d draws nothing without splits: or clips:; give one, or take faces out")
    if kind == "draw" and stage.get("scenes") and isinstance(stage.get("size"), int) and stage["size"] % 4:
        found.append(f"{name}.size: scenes have a multiple of 4 pixels on a side, not {stage['size']}")
    found += _init_problems(f"{name}.init", stage.get("init"), earlier, later)
    found += _data_problems(name, stage, earlier, later)
    if kind == "filter":
        found += _filter_problems(stage, earlier, later)
    for one in _of(dict, stage.get("drop")):
        found += _unknown(f"{name}.drop", one, modalities.check)
    if kind in MODEL_KINDS:
        found += [f"{name}.train.{line}" for line in problems_of_train(kind, _of(dict, stage.get("train")))]
        found += [f"{name}.lora.{line}" for line in problems_of_train("lora", _of(dict, stage.get("lora")))]
        found += together.problems(stage, quantize)
    return found


def _filter_problems(stage: Written, earlier: list[Written], later: list[Written]) -> list[str]:
    """Witnesses that do not exist or have seen the labels, and numbers that no sample could meet."""
    name, voters = stage["name"], _dicts(stage.get("witnesses"))
    place = f"{name}.witnesses"
    found: list[str] = []
    for one in voters:
        found += _unknown(place, one.get("use"), partial(witnesses.check, args=_of(dict, one.get("args"))))
        found += _unknown(place, one.get("prompt"), prompts.find)
        found += _init_problems(place, one.get("model"), earlier, later)
        if one.get("use") not in witnesses.WITH_MODELS and one.get("model") is not None:
            found.append(f"{place}: {one.get('use')!r} asks no model; remove its model:")
        told = overlap(_learned(one.get("model"), earlier), _of(list, stage.get("data")))
        if told:
            found.append(f"{place}: {one['model']!r} was trained on the labels of {told[0]!r}, which it would judge")
    agree, words = stage.get("agree"), _of(list, stage.get("words"))
    if isinstance(agree, int) and voters and agree > len(voters):
        found.append(f"{name}.agree: {agree} of {len(voters)} witnesses cannot agree")
    if len(words) == 2 and all(isinstance(one, int) for one in words) and words[0] > words[1]:
        found.append(f"{name}.words: {words} is the least and the most; write {words[::-1]}")
    return found


def _learned(model: Any, earlier: list[Written]) -> list[Any]:
    """All data that an earlier stage and those it goes on from were trained on; none of what is no such stage."""
    found: list[Any] = []
    for stage in reversed(earlier):
        if stage["name"] == model and stage.get("kind") in MODEL_KINDS:
            found += [*_listed(stage.get("data")), *_listed(stage.get("replay"))]
            model = stage.get("init")
    return found


def _without_problems(asked: Written) -> list[str]:
    """What cannot be taken away in an evaluation, and what is listed twice."""
    lists = [one for one in _of(list, asked.get("without")) if isinstance(one, list)]
    sets = [modalities.label(one) for one in lists if not modalities.problem(one)]
    found = [f"evaluate.without: {line}" for one in lists if (line := modalities.problem(one))]
    return found + [
        f"evaluate.without: {one} is listed twice" for one in sorted({s for s in sets if sets.count(s) > 1})
    ]


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
    if "/" in init or init.startswith(("tiny:", assets.SCHEME)) or Path(init).is_dir():
        return _unknown(place, init, assets.check)
    models = [name for name, kind in kinds.items() if kind in MODEL_KINDS]
    return [f"{place}: {init!r} is no earlier stage, no folder and no hub id such as Qwen/...; {nearest(init, models)}"]


def _data_problems(name: str, part: Written, earlier: list[Written], later: list[Written]) -> list[str]:
    """Every item of `data` is a JSONL file or an earlier stage that leaves samples, perhaps one split of it."""
    found: list[str] = []
    before = {stage["name"]: stage for stage in earlier}
    after = {stage["name"] for stage in later}
    for key, item in [(at, item) for at in ("data", "replay") for item in _listed(part.get(at))]:
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
        found += [f"{name}.{key}: {line}"] if line else []
    twice = overlap(_listed(part.get("data")), _listed(part.get("replay")))
    return found + [f"{name}.replay: {item!r} is learned already, as part of data; remove it" for item in twice]


def _split_problem(stage: Written, split: str | None) -> str | None:
    """What is wrong with reading a split of an earlier stage, None where nothing is."""
    name, kind = stage["name"], stage.get("kind")
    if kind in MODEL_KINDS:
        return f"stage {name!r} leaves a model, not samples"
    if split is None:
        return None
    if kind in ("synthesize", "filter"):
        return f"what stage {name!r} leaves has no splits; write {name!r}"
    drawn = {split for key in ("splits", "clips", "scenes", "voices") for split in _of(dict, stage.get(key))}
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


def _dicts(value: Any) -> list[Written]:
    """The mappings in a list."""
    return [one for one in _of(list, value) if isinstance(one, dict)]


def _listed(value: Any) -> list[Any]:
    """The items of a list, or the keys of a mapping; nothing of what is neither."""
    return list(value) if isinstance(value, list | dict) else []
