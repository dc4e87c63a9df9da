"""A model and its processor from a folder, a hub id or `tiny:KIND`; freezing by part; LoRA.

Everything that can be known to be wrong is said before weights are read.
"""

import importlib.util
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from safetensors import SafetensorError
from torch import nn
from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor
from transformers.utils import logging

from affectreason.errors import InputError
from affectreason.model import prefusion, tiny
from affectreason.model.patch_embed import use_matmul
from affectreason.recipe.parts import Trained
from affectreason.recipe.schema import Recipe

logging.disable_progress_bar()
prefusion.register()
PARTS = {
    "projector": re.compile(
        r"(^|\.)(visual\.(merger\w*|deepstack_merger_list)|multi_modal_projector|image_newline|"
        r"audio_tower\.(proj|proj1|proj2))(\.|$)"
    ),
    "audio": re.compile(r"(^|\.)audio_tower\."),
    "vision": re.compile(r"(^|\.)(visual|vision_tower)\."),
    "language": re.compile(r"(^|\.)(language_model|lm_head)\."),
}


TOWERS = r".*(visual|vision_tower|audio_tower|multi_modal_projector)\..*"


def load(
    source: str,
    *,
    adapter: str | None = None,
    dtype: str = "auto",
    attn_implementation: str = "sdpa",
    min_pixels: int | None = None,
    max_pixels: int | None = None,
    trainable: bool = False,
) -> tuple[Any, Any]:
    """The model and its processor; `source` may itself be an adapter folder, whose base is then loaded under it.

    `min_pixels` and `max_pixels` bound the pixels of one picture. With `trainable` an adapter goes on learning.
    """
    if source.startswith("tiny:"):
        with tempfile.TemporaryDirectory() as folder:
            tiny.write(source.partition(":")[2], Path(folder))
            model, processor = load(
                folder,
                dtype=dtype,
                attn_implementation=attn_implementation,
                min_pixels=min_pixels,
                max_pixels=max_pixels,
            )
        model.name_or_path = model.config._name_or_path = source
        return (with_adapter(model, adapter, source, trainable) if adapter else model), processor
    home = source
    found = _adapter_config(source)
    if found is not None:
        if adapter is not None:
            raise InputError(f"{source} is an adapter itself; give model= its base and adapter= one adapter")
        base = found.get("base_model_name_or_path")
        if not base:
            raise InputError(
                f"{source}/adapter_config.json names no base model; give it as model= and this as adapter="
            )
        source, adapter = base, source
    check_folder(source)
    attention = available_attention(attn_implementation)
    model, processor = _read(source, home, dtype, attention)
    set_pixels(processor, min_pixels, max_pixels)
    use_matmul(model)
    if adapter is not None:
        model = with_adapter(model, adapter, source, trainable)
    return model, processor


def for_recipe(recipe: Recipe, source: str, trainable: bool = False) -> tuple[Any, Any]:
    """A model and its processor, loaded as the recipe says."""
    return load(
        source,
        dtype=recipe.dtype,
        attn_implementation=recipe.attn_implementation,
        min_pixels=recipe.media.min_pixels,
        max_pixels=recipe.media.max_pixels,
        trainable=trainable,
    )


def for_stage(recipe: Recipe, stage: Trained, source: str) -> tuple[Any, Any]:
    """The model a stage trains, as the recipe says; an earlier adapter goes on, frozen parts have no gradient."""
    model, processor = for_recipe(recipe, source, trainable=True)
    if hasattr(model, "peft_config") and stage.lora is None:
        if PartialState().is_main_process:
            print(f"{stage.name}: {source} is merged into its base, since this stage has no lora:", file=sys.stderr)
        model = model.merge_and_unload().requires_grad_(True)  # under its adapter the base was frozen
    for key, value in (stage.lora or {}).items() if hasattr(model, "peft_config") else ():
        has = getattr(model.peft_config["default"], key, None)
        if (set(has) if isinstance(has, set) else has) != (set(value) if isinstance(value, list) else value):
            raise InputError(
                f"stage {stage.name}: {source} is an adapter with {key}: {has}, not {value!r}; an adapter goes on as "
                "it is, so say lora: {}"
            )
    freeze(model, list(stage.freeze))
    return model, processor


def device() -> torch.device:
    """This process's own device."""
    return PartialState().device if torch.cuda.is_available() else torch.device("cpu")


def check_folder(source: str) -> None:
    """Refuse a local folder that holds no model; a name that is no folder is taken for a hub id."""
    path = Path(source)
    looks_local = path.is_dir() or source.startswith((".", "/", "~")) or source.count("/") > 1
    if looks_local and not (path / "config.json").is_file() and not source.startswith("tiny:"):
        what = "has no config.json" if path.is_dir() else "does not exist"
        raise InputError(
            f"{source} is no model folder: it {what}; give the folder a stage left (runs/RECIPE/STAGE/model) or a hub "
            "id"
        )


def available_attention(wanted: str) -> str:
    """The attention asked for, or sdpa with one line that says so when flash-attn or FlexAttention cannot run here."""
    if wanted in ("flash_attention_2", "flex_attention"):
        missing = None
        if wanted == "flash_attention_2" and importlib.util.find_spec("flash_attn") is None:
            missing = "flash-attn is not installed (pip install affectreason[flash])"
        elif not torch.cuda.is_available():
            missing = "there is no CUDA device"
        if missing:
            print(f"attention: {missing}; using sdpa", file=sys.stderr)
            return "sdpa"
    return wanted


def set_pixels(processor: Any, min_pixels: int | None, max_pixels: int | None) -> None:
    """Bound the pixels of one picture or frame, for processors that resize by area; of a clip, every frame alone."""
    if hasattr(getattr(processor, "video_processor", None), "cap_pixels_per_frame"):
        processor.video_processor.cap_pixels_per_frame = True  # as Qwen's own code does
    if min_pixels is None and max_pixels is None:
        _prefer_own_size(processor, bounded=False)
        return
    images = processor.image_processor
    size = dict(images.size)
    if "shortest_edge" not in size or "longest_edge" not in size:
        raise InputError(
            f"media.min_pixels and media.max_pixels do nothing for {type(images).__name__}, which has one size; "
            "remove them"
        )
    size["shortest_edge"] = min_pixels if min_pixels is not None else min(size["shortest_edge"], max_pixels or 0)
    size["longest_edge"] = max_pixels if max_pixels is not None else max(size["longest_edge"], min_pixels or 0)
    images.size = type(images.size)(**size) if not isinstance(images.size, dict) else size
    if getattr(processor, "video_processor", None) is not None:
        _bound_frames(processor.video_processor, min_pixels, max_pixels)
        _prefer_own_size(processor, bounded=True)


def _prefer_own_size(processor: Any, bounded: bool) -> None:
    """Let clips have the size of the video processor where it was bounded, or made for a smaller model than usual.

    Qwen's Omni processors prefer one that is a constant of their class, and forget it when they are saved.
    """
    usual = getattr(processor, "videos_kwargs", {}).get("size")
    if usual and (bounded or processor.video_processor.size["longest_edge"] < usual["shortest_edge"]):
        processor.videos_kwargs = {**processor.videos_kwargs, "size": dict(processor.video_processor.size)}


def _bound_frames(videos: Any, min_pixels: int | None, max_pixels: int | None) -> None:
    """The same bounds for one frame; Qwen3-VL bounds a frame from above in tokens, and from below a whole clip only."""
    size = dict(videos.size)
    size["shortest_edge"] = min_pixels if min_pixels is not None else min(size["shortest_edge"], max_pixels or 0)
    if max_pixels is not None and type(videos).__name__.startswith("Qwen3VL"):
        videos.max_video_tokens = max(1, max_pixels // (videos.patch_size * videos.merge_size) ** 2)
    elif max_pixels is not None:
        size["longest_edge"] = max_pixels
    size["longest_edge"] = max(size["longest_edge"], size["shortest_edge"])
    videos.size = type(videos.size)(**size) if not isinstance(videos.size, dict) else size


def _read(source: str, home: str, dtype: str, attention: str) -> tuple[Any, Any]:
    """Weights of `source`, and the processor of `home` (an adapter's folder) where that holds one."""
    place = home if (Path(home) / "tokenizer_config.json").is_file() else source
    try:
        if source.startswith("tiny:"):
            model, processor = load(source, dtype=dtype, attn_implementation=attention)
            return model, processor if place == source else AutoProcessor.from_pretrained(place)
        processor = AutoProcessor.from_pretrained(place)
        found: Any = AutoModelForImageTextToText.from_pretrained(
            source, config=_spoken(AutoConfig.from_pretrained(source)), dtype=dtype, attn_implementation=attention,
            output_loading_info=True,
        )  # fmt: skip
    except (OSError, ValueError, SafetensorError) as error:
        raise InputError(f"cannot load model {source!r}: {str(error).splitlines()[0]}") from error
    except RuntimeError as error:
        if "ignore_mismatched_sizes" not in str(error):
            raise
        raise InputError(
            f"cannot load model {source!r}: its weights have other sizes than its config.json says; fetch both again"
        ) from error
    model, lacking = found
    _whole(source, lacking)
    _reads_pictures(place, processor)
    return model, processor


def _spoken(config: Any) -> Any:
    """The part of a model that writes text: of Qwen's Omni models the thinker, without the halves that speak."""
    return getattr(config, "thinker_config", config)


def _whole(source: str, lacking: dict[str, Any]) -> None:
    """Refuse weights that transformers would fill in with random numbers."""
    missing = sorted(lacking["missing_keys"])
    if missing:
        raise InputError(
            f"cannot load model {source!r}: {len(missing)} of its weights are missing, first {missing[0]}; "
            "fetch the model again"
        )


def _reads_pictures(place: str, processor: Any) -> None:
    """Refuse what cannot make tensors of words and pictures."""
    if getattr(processor, "image_processor", None) is None or getattr(processor, "tokenizer", None) is None:
        raise InputError(f"cannot load model {place!r}: it reads no pictures; choose a vision-language model")
    if len(processor.tokenizer) < 256:  # what transformers makes up where the tokenizer's files are missing
        raise InputError(f"cannot load model {place!r}: it has no tokenizer; tokenizer.json is missing there")


def part_of(name: str) -> str | None:
    """Which part of the model a parameter belongs to: vision, audio, projector or language."""
    return next((part for part, pattern in PARTS.items() if pattern.search(name)), None)


def freeze(model: Any, parts: list[str]) -> None:
    """Stop the gradient of the named parts; a part the model does not have is an error."""
    for part in parts:
        named = [parameter for name, parameter in model.named_parameters() if part_of(name) == part]
        if not named:
            raise InputError(f"freeze: {type(model).__name__} has no part called {part!r}")
        for parameter in named:
            parameter.requires_grad_(False)


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


def with_adapter(model: Any, adapter: str, source: str, trainable: bool = False) -> Any:
    """The model under a LoRA adapter; one trained for another base is refused before it is applied."""
    from peft import PeftModel

    config = _adapter_config(adapter)
    if config is None:
        raise InputError(f"{adapter} is no adapter: it has no adapter_config.json")
    misfit = _other_class(model, str(config.get("base_model_name_or_path"))) or _misfit(model, Path(adapter))
    if misfit:
        raise InputError(
            f"adapter {adapter} was trained on {config.get('base_model_name_or_path')!r} and does not fit {source!r}: "
            f"{misfit}; give that base as model="
        )
    return PeftModel.from_pretrained(model, adapter, is_trainable=trainable)


def _adapter_config(source: str) -> dict[str, Any] | None:
    path = Path(source) / "adapter_config.json"
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: not JSON ({error}); fetch the adapter again") from error


def _other_class(model: Any, base: str) -> str | None:
    """Whether the adapter's own base, where its config is at hand, is of another class; names and widths may agree."""
    if base.startswith("tiny:"):
        kind = base.partition(":")[2]
        kind = tiny.MODEL_TYPES.get(kind, kind)
    else:
        try:
            kind = _spoken(AutoConfig.from_pretrained(base, local_files_only=True)).model_type
        except (OSError, ValueError):
            return None  # not on this machine: names and sizes must do
    return None if kind == model.config.model_type else f"its base is a {kind}, this is a {model.config.model_type}"


def _misfit(model: nn.Module, adapter: Path) -> str | None:
    """The first LoRA weight that has no layer of its size in the model."""
    from safetensors import safe_open

    weights = adapter / "adapter_model.safetensors"
    if not weights.is_file():
        return "it holds no adapter_model.safetensors"
    layers = dict(model.named_modules())
    try:
        with safe_open(weights, "pt") as file:
            shapes = {key: file.get_slice(key).get_shape() for key in file.keys()}  # noqa: SIM118  # it is no dict
    except SafetensorError as error:
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
