"""Whether vLLM can write the answers of a stage: it is installed, and is handed all that the stage learns.

TRL merges an adapter into the weights it is on, hands these over by name, and takes it off again.
"""

import importlib.util
from typing import Any

from peft.tuners.tuners_utils import check_target_module_exists
from torch import nn

from affectreason.errors import InputError
from affectreason.model.adapters import lora_config
from affectreason.recipe.parts import Trained


def require(stage: Trained) -> None:
    """InputError where a stage asks for vLLM and it is not here; said before weights load."""
    if stage.train.get("use_vllm") and not installed():
        raise InputError(
            f"stage {stage.name}: train.use_vllm needs vLLM, which is not installed: pip install 'affectreason[vllm]'; "
            "or leave it out, and transformers writes the answers"
        )


def installed() -> bool:
    """Whether vLLM can be imported."""
    return importlib.util.find_spec("vllm") is not None


def takes(stage: Trained, model: Any, part_of: Any) -> None:
    """InputError where a stage's adapter is put on a layer that vLLM runs without adapters; `part_of` names parts."""
    if not stage.train.get("use_vllm") or stage.lora is None:
        return
    config = model.peft_config["default"] if hasattr(model, "peft_config") else lora_config(stage.lora)
    inner = model.get_base_model() if hasattr(model, "peft_config") else model
    kinds = (nn.Linear, nn.Embedding)
    for name, layer in inner.named_modules():
        plain = name.replace(".base_layer", "")
        if isinstance(layer, kinds) and check_target_module_exists(config, plain) and _apart(layer, plain, part_of):
            goes_on = "target_modules" not in stage.lora
            names = "the adapter that goes on is on" if goes_on else "lora.target_modules names"
            mend = "have the stage it is from leave target_modules out" if goes_on else "leave target_modules out"
            raise InputError(
                f"stage {stage.name}: {names} {plain}, and with train.use_vllm an adapter is of the language model's "
                f"layers alone; {mend}, or leave use_vllm out here"
            )


def _apart(layer: nn.Module, name: str, part_of: Any) -> bool:
    return isinstance(layer, nn.Embedding) or name.endswith("lm_head") or part_of(f"{name}.weight") != "language"
