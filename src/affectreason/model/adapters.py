"""LoRA adapters: their config, and whether one fits the model it is put on."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from torch import nn
from transformers import AutoConfig

from affectreason.errors import InputError
from affectreason.model import applied, hub, tiny
from affectreason.model.safe import SAFE
from affectreason.recipe import assets

UNFIT = (ValueError, TypeError, LookupError, AttributeError, NotImplementedError)
"""What PEFT raises of an adapter_config.json that is JSON with other values than it expects."""
TOWERS = r".*(visual|vision_tower|audio_tower|multi_modal_projector)\..*"


def lora_config(lora: dict[str, Any]) -> Any:
    """PEFT's LoraConfig from a recipe's `lora` block; by default every linear layer of the language model."""
    from peft import LoraConfig

    given: dict[str, Any] = {"task_type": "CAUSAL_LM", **lora}
    if "target_modules" not in lora:
        given["target_modules"] = r".*language_model.*\.(q|k|v|o|gate|up|down)_proj"
        given.setdefault("exclude_modules", TOWERS)  # of a mixture of experts PEFT keeps the pattern's last names alone
    try:
        return LoraConfig(**given)
    except (TypeError, ValueError) as error:
        raise InputError(f"lora: {error}; its keys are those of peft.LoraConfig") from error


def shape_of(source: str) -> dict[str, Any]:
    """The `lora` block of which an adapter was made, as far as its layers have their shape from it; none of a model."""
    from peft import LoraConfig, PeftConfig

    home = hub.adapter_at(source)
    if home is None:
        return {}
    own = {one.name for one in fields(LoraConfig)} - {one.name for one in fields(PeftConfig)}
    return {key: value for key, value in _own_config(source).items() if key in own and value}


def with_adapter(model: Any, adapter: str, source: str, trainable: bool = False) -> Any:
    """The model under a LoRA adapter; one trained for another base is refused before it is applied."""
    from peft import PeftModel

    folder = hub.adapter_folder(adapter)
    config = _own_config(adapter)
    _refuse(adapter, config, source, _misfit(model, folder))
    with applied.of_its_rank(adapter, config):
        try:
            found = PeftModel.from_pretrained(model, str(folder), is_trainable=trainable)
        except ImportError as error:
            raise InputError(
                f"adapter {adapter}: as its adapter_config.json says, PEFT needs {error.name}, which is not installed: "
                f"pip install {error.name}"
            ) from error
        except UNFIT as error:
            raise InputError(_unmade(adapter, error)) from error
    left = applied.unapplied(found, folder)
    if left:
        raise InputError(f"adapter {adapter} would be applied in part: {left}; fetch it again, or train it anew")
    return found


def require_class(adapter: str, source: str, config: Any) -> None:
    """Refuse an adapter whose own base is of another class than `source`, whose config is given; told without weights.

    Names and widths of the layers of two classes may agree.
    """
    own = _own_config(adapter)
    _refuse(adapter, own, source, _other_class(spoken(config), str(own.get("base_model_name_or_path"))))


def _own_config(adapter: str) -> dict[str, Any]:
    """What an adapter says of itself; InputError where that is no LoRA adapter which PEFT can make."""
    from peft import LoraConfig, PeftType

    config = config_of(str(hub.adapter_folder(adapter)))
    if config is None:
        raise InputError(f"{adapter} is no adapter: it has no adapter_config.json")
    kind = config.get("peft_type")
    if not isinstance(kind, str) or kind not in {str(one.value) for one in PeftType}:
        raise InputError(
            f"adapter {adapter}: its adapter_config.json has peft_type: {kind}, which this PEFT does not know; it is "
            "LORA for a LoRA adapter; fetch the adapter again"
        )
    if kind != "LORA":
        raise InputError(
            f"adapter {adapter}: its adapter_config.json has peft_type: {kind}, and only LoRA adapters (LORA) are put "
            "on a model here; where its own trainer can merge it with its base, give the whole as model="
        )
    rank = config.get("r")
    if not isinstance(rank, int) or isinstance(rank, bool) or rank < 1:
        raise InputError(
            f"adapter {adapter}: its adapter_config.json has r: {rank}, and the rank of a LoRA adapter is a whole "
            "number from 1; fetch the adapter again"
        )
    known = {one.name for one in fields(LoraConfig)} - {"peft_type", "peft_version", "runtime_config"}
    try:
        LoraConfig(**{key: value for key, value in config.items() if key in known})
    except UNFIT as error:
        raise InputError(_unmade(adapter, error)) from error
    return config


def _unmade(adapter: str, error: Exception) -> str:
    """That PEFT makes nothing of what an adapter says of itself."""
    said = str(error).partition("\n")[0].rstrip(".")
    return (
        f"adapter {adapter}: PEFT cannot make it as its adapter_config.json says ({type(error).__name__}: {said}); "
        "fetch the adapter again"
    )


def _refuse(adapter: str, config: dict[str, Any], source: str, misfit: str | None) -> None:
    """InputError for what does not fit."""
    if misfit is not None:
        raise InputError(
            f"adapter {adapter} was trained on {config.get('base_model_name_or_path')!r} and does not fit {source!r}: "
            f"{misfit}; give that base as model="
        )


def config_of(source: str) -> dict[str, Any] | None:
    """The adapter_config.json of a folder, None where it has none."""
    path = Path(source) / "adapter_config.json"
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: it cannot be read ({error.strerror}); see who may read it") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON ({error}); fetch the adapter again") from error
    if not isinstance(found, dict):
        raise InputError(f"{path}: it holds no settings (no JSON object); fetch the adapter again")
    return found


def base_of(source: str, home: Path) -> str:
    """The model that the adapter `source`, which lies in the folder `home`, names as its base.

    InputError where it names none, or a folder of another machine.
    """
    base = (config_of(str(home)) or {}).get("base_model_name_or_path")
    both = f"give it as model= and this as adapter=, or make one of both: affectreason merge adapter={source} base="
    if not base:
        raise InputError(f"{source}: its adapter_config.json names no base model; {both}MODEL out=FOLDER")
    base = hub.written_out(str(base))
    local = base.startswith((".", "/", "~")) or base.count("/") > 1 or hub.missing(base) is not None
    if local and not Path(base).is_dir():
        raise InputError(
            f"{source}: its adapter_config.json names the base {base}, a folder that is not here; where you have that "
            f"model, {both}MODEL out=FOLDER"
        )
    return base


def spoken(config: Any) -> Any:
    """The part of a model that writes text: of Qwen's Omni models the thinker, without the halves that speak."""
    return getattr(config, "thinker_config", config)


def _other_class(config: Any, base: str) -> str | None:
    """Whether the adapter's own base, where its config is at hand, is of another class than the given one."""
    if base.startswith("tiny:"):
        kind = base.partition(":")[2]
        kind = tiny.MODEL_TYPES.get(kind, kind)
    else:
        try:
            kind = spoken(AutoConfig.from_pretrained(assets.resolved(base), local_files_only=True, **SAFE)).model_type
        except (OSError, ValueError):
            return None  # not on this machine: names and sizes must do
    return None if kind == config.model_type else f"its base is a {kind}, this is a {config.model_type}"


def _misfit(model: nn.Module, adapter: Path) -> str | None:
    """The first LoRA weight that has no layer of its size in the model."""
    from safetensors import safe_open

    weights = adapter / "adapter_model.safetensors"
    if not weights.is_file():
        pickled = (adapter / "adapter_model.bin").is_file()
        more = ", only adapter_model.bin, a pickle that could run any code; it is not opened" if pickled else ""
        return f"it holds no adapter_model.safetensors{more}"
    layers = dict(model.named_modules())
    try:
        with safe_open(weights, "pt") as file:
            shapes = {key: file.get_slice(key).get_shape() for key in file.keys()}  # noqa: SIM118  # it is no dict
    except (OSError, SafetensorError) as error:
        return f"its weights cannot be read ({error})"
    for key, shape in shapes.items():
        for part, side, size in ((".lora_A.", "in_features", shape[-1]), (".lora_B.", "out_features", shape[0])):
            name, found, _ = key.removeprefix("base_model.model.").rpartition(part)
            if not found:
                continue
            name = name.replace(".base_layer", "")  # two weights of the same experts, one layer of PEFT's in another
            if name not in layers:
                return f"the model has no layer {name}"
            has = getattr(layers[name], side, size)
            if has != size:
                return f"layer {name} has {has} {side}, the adapter {size}"
    return None
