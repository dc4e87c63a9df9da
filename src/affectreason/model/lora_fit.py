"""Whether PEFT can put a stage's adapter on a model, tried on shapes alone: else TRL stops with PEFT's own error."""

import warnings
from typing import Any

import torch
from torch import nn

from affectreason.errors import InputError, closest
from affectreason.model import adapters, parted

_OF_VALUES = ("init_lora_weights", "loftq_config", "eva_config", "corda_config", "use_dora")
"""Keys that say what is computed of weights, which shapes have not; they name no layers."""
_NOT_FITTING = (ValueError, TypeError, LookupError, AttributeError)


def require(name: str, lora: dict[str, Any], model: Any) -> None:
    """InputError where stage `name` has a `lora:` that no layer of the model answers to, or one that PEFT cannot do."""
    from peft import get_peft_model

    rank, saved = lora.get("r", 8), lora.get("modules_to_save")
    if isinstance(rank, bool) or not isinstance(rank, int) or rank < 1:
        raise InputError(f"stage {name}: lora.r: {rank!r} is no rank; write a whole number from 1")
    if saved is not None and not (isinstance(saved, list | tuple) and all(isinstance(one, str) for one in saved)):
        raise InputError(f"stage {name}: lora.modules_to_save: {saved!r} is no list of names, such as [embed_tokens]")
    with torch.device("meta"), parted.whole():
        shapes = type(model)(model.config)
    _require_saved(name, lora, shapes)
    config = adapters.lora_config({key: value for key, value in lora.items() if key not in _OF_VALUES})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is told when the adapter is made
            get_peft_model(shapes, config)
    except _NOT_FITTING as error:
        first = str(error).partition("\n")[0].partition(". ")[0].rstrip(".")
        layers = sorted(_linear(shapes))
        raise InputError(
            f"stage {name}: lora: PEFT cannot put it on {type(model).__name__} ({first[:200]}); leave target_modules "
            f"out, for all layers of the language model, or name some of {', '.join(layers)}"
        ) from error


def _require_saved(name: str, lora: dict[str, Any], shapes: nn.Module) -> None:
    """InputError for `modules_to_save` that are no modules: PEFT passes over them, and nothing of them would learn."""
    places = [place for place, _ in shapes.named_modules()]
    for one in lora.get("modules_to_save") or ():
        if not any(place == one or place.endswith(f".{one}") for place in places):
            meant = closest(one, {place.rpartition(".")[2] for place in places})
            more = f"; did you mean {meant!r}?" if meant else ""
            raise InputError(f"stage {name}: lora.modules_to_save: {type(shapes).__name__} has no module {one!r}{more}")


def _linear(shapes: nn.Module) -> set[str]:
    """The last names of linear layers, without places in lists."""
    found = {place.rpartition(".")[2] for place, one in shapes.named_modules() if isinstance(one, nn.Linear)}
    return {name for name in found if not name.isdecimal()}
