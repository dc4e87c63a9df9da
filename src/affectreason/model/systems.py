"""What is asked the questions of a benchmark: one model, what it is compared with, its prompts, with media or without.

Importing this does not import torch.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from affectreason.errors import InputError
from affectreason.model import hub
from affectreason.model.dialogue_keys import refuse_missing
from affectreason.model.hub import ADAPTER
from affectreason.recipe import modalities, origin
from affectreason.recipe.prompts import Prompt

CHOOSING = (
    "choosing a checkpoint by its test score is what this cannot express: choose on a validation split, then name the "
    "one"
)


@dataclass(frozen=True)
class System:
    """One model asked in one way; `name` says which among those compared.

    `bare`: the adapter it wears is switched off. `media` False: the text-only control. `gone`: modalities taken away.
    `seed` None: greedy. `who` and `way` name the model and the prompt alone.
    """

    name: str
    model: str
    adapter: str | None
    prompt: Prompt
    bare: bool = False
    media: bool = True
    seed: int | None = None
    who: str = "model"
    way: str = ""
    gone: tuple[str, ...] = ()


def systems(
    model: object,
    prompts: Mapping[str, Prompt],
    *,
    adapter: object = None,
    compare: object = None,
    text_only: bool = False,
    without: object = None,
    k: int = 1,
    temperature: float = 0.0,
) -> list[System]:
    """The systems that `model= adapter= compare= think= text_only= without= k=` mean, the model itself first.

    `prompts` are the ways of asking by their names (`asking.chosen`). `compare` is `base`, a folder or a hub id. With a
    temperature each is asked `k` times, with seeds 0..k-1.
    """
    named, worn = one("model", model), None if adapter is None else one("adapter", adapter)
    refuse_missing(named, worn, None)
    _require_model(named)
    seeds = _seeds(k, temperature)
    models = [("model", named, worn, False)]
    if compare is not None and compare is not False:
        models.append(_compared(named, worn, compare))
    found = []
    for who, source, over, bare in models:
        for way, prompt in prompts.items():
            name = who if len(prompts) == 1 else f"{who}, {way}"
            found.append(System(name, source, over, prompt, bare, who=who, way=way))
    if text_only:
        found.append(replace(found[0], name=f"{found[0].name}, text only", media=False))
    for gone in _without(without):
        found.append(replace(found[0], name=f"{found[0].name}, without {' and '.join(gone)}", gone=gone))
    return [replace(system, seed=seed) for system in found for seed in seeds]


def _without(given: object) -> list[tuple[str, ...]]:
    """The modalities that `without=` takes away: names joined by + go together, those between commas each alone."""
    listed = [] if given is None else [tuple(one.strip().split("+")) for one in str(given).split(",")]
    for gone in listed:
        wrong = modalities.problem(gone)
        if wrong is not None:
            raise InputError(f"without={given}: {wrong}")
    return list(dict.fromkeys(listed))


def one(key: str, given: object) -> str:
    """The one model that is named; InputError for several, in a list, by a pattern or as a folder of checkpoints."""
    if given is None or given == "":
        raise InputError(f"missing {key}=; name one folder or hub id, for example {key}=runs/tiny/sft/model")
    if isinstance(given, list | tuple | dict):
        raise InputError(f"{key}= names {len(given)} models; {CHOOSING}")
    text = hub.written_out(str(given))
    if not Path(text).exists():
        if "," in text:
            raise InputError(f"{key}={text} names {text.count(',') + 1} models; {CHOOSING}")
        if any(sign in text for sign in "*?[{"):
            raise InputError(f"{key}={text} is a pattern for several models; {CHOOSING}")
    return text


def base_of(model: str, adapter: str | None) -> str | None:
    """What an adapter was trained on, or the chain of a run began with; None where nothing says."""
    home = adapter or model
    folder = hub.adapter_folder(adapter) if adapter else hub.adapter_at(home)
    path = (folder or Path(home)) / ADAPTER
    if path.is_file():
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InputError(f"{path}: not JSON ({error}); fetch the adapter again") from error
        return found.get("base_model_name_or_path") if isinstance(found, dict) else None
    return origin.of(home).base


def place(system: System) -> Path:
    """Where a system's answers are in a folder of answers: `SYSTEM/predictions[-SEED].jsonl`."""
    folder = re.sub(r"[^a-z0-9]+", "-", system.name.lower()).strip("-")
    return Path(folder) / ("predictions.jsonl" if system.seed is None else f"predictions-{system.seed}.jsonl")


def parts(system: System) -> dict[str, str]:
    """Model, prompt and media of a system, in a word each."""
    seen = "with media" if system.media else "text only"
    seen = f"without {' and '.join(system.gone)}" if system.gone else seen
    return {"model": system.who, "prompt": system.way, "media": seen}


def settings(system: System) -> dict[str, Any]:
    """How a system is asked, ready for JSON, without its seed."""
    return {
        "text": system.prompt.text,
        "question": system.prompt.question,
        "system": system.prompt.system,
        "adapter_switched_off": system.bare,
        "media": system.media,
        **({"without": list(system.gone)} if system.gone else {}),
    }


def _compared(model: str, adapter: str | None, compare: object) -> tuple[str, str, str | None, bool]:
    """What `compare=` names: its name, model, adapter, and whether that is switched off."""
    if compare is True:
        raise InputError("compare=true: it is base, a folder or a hub id")
    if compare == "base":
        if adapter is not None or hub.adapter_at(model) is not None:
            return "base", model, adapter, True
        base = base_of(model, None)
        if base is None:
            raise InputError(
                f"it is not known what {model} was trained from; give compare=FOLDER or compare=HUB_ID instead of "
                "compare=base"
            )
        return "base", base, None, False
    other = one("compare", compare)
    refuse_missing(other, None, None)
    _require_model(other)
    ours, theirs = Path(adapter or model).resolve(), Path(other).resolve()
    if theirs == ours:
        raise InputError(f"compare={other} is the model itself; name what it is compared with")
    if ours.parent == theirs.parent and all(path.name.startswith("checkpoint-") for path in (ours, theirs)):
        raise InputError(f"model={ours.name} and compare={theirs.name} are checkpoints of one training; {CHOOSING}")
    return "compared", other, None, False


def _require_model(source: str) -> None:
    """Refuse a folder that holds models instead of being one."""
    folder = Path(source).expanduser()
    if not folder.is_dir() or (folder / "config.json").is_file() or (folder / ADAPTER).is_file():
        return
    inside = sorted(path.name for path in folder.glob("*checkpoint-*") if path.is_dir())
    if len(inside) > 1:
        raise InputError(f"{source} holds {len(inside)} checkpoints ({', '.join(inside[:8])}); {CHOOSING}")
    within = [path.parent for path in sorted(folder.glob("*/config.json")) + sorted(folder.glob(f"*/{ADAPTER}"))]
    hint = f"did you mean {within[0]}?" if within else "give the folder a stage left (runs/RECIPE/STAGE/model)"
    raise InputError(f"{source} is no model folder: it has no config.json; {hint}")


def _seeds(k: object, temperature: object) -> list[int | None]:
    if isinstance(temperature, bool) or not isinstance(temperature, int | float) or not 0 <= temperature < math.inf:
        raise InputError(f"temperature={temperature}: it must be a number of at least 0")
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise InputError(f"k={k}: it must be a whole number of at least 1")
    if temperature == 0 and k > 1:
        raise InputError(
            f"k={k} answers need a temperature above 0, for example temperature=0.7; greedy ones are equal"
        )
    return list(range(k)) if temperature else [None]
