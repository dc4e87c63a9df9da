"""A model and its processor from a folder, a hub id, `tiny:KIND` or `assets:NAME`; freezing by part; LoRA.

Everything that can be known to be wrong is said before weights are read.
"""

import importlib.util
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor
from transformers.utils import logging

from affectreason.errors import InputError
from affectreason.model import (
    adapters,
    damaged,
    draft,
    ears,
    hub,
    lora_fit,
    parted,
    pixels,
    prefusion,
    quantized,
    template,
    tiny,
    vllm_weights,
    worn,
)
from affectreason.model.patch_embed import use_matmul
from affectreason.model.safe import SAFE, unsafe
from affectreason.recipe import assets
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


def load(
    source: str,
    *,
    adapter: str | None = None,
    dtype: str = "auto",
    attn_implementation: str = "sdpa",
    min_pixels: int | None = None,
    max_pixels: int | None = None,
    trainable: bool = False,
    quantize: str | None = None,
) -> tuple[Any, Any]:
    """The model and its processor; `source` may itself be an adapter folder, whose base is then loaded under it.

    `min_pixels` and `max_pixels` bound the pixels of one picture. With `trainable` an adapter goes on learning.
    `quantize` is the form of four-bit weights, as in a recipe.
    """
    if quantize is not None:
        quantized.require(quantize)
    source = hub.written_out(source)
    home = hub.adapter_at(source)
    if home is not None:
        if adapter is not None:
            raise InputError(f"{source} is an adapter itself; give model= its base and adapter= one adapter")
        source, adapter = adapters.base_of(source, home), source
    attention = available_attention(attn_implementation, dtype)
    with _place(source) as where:
        check_folder(where)
        model, processor = _read(source, where, adapter, dtype, attention, quantize)
    if where != source:  # an adapter trained on it then names what every machine can get
        model.name_or_path = model.config._name_or_path = source
    pixels.set_pixels(processor, min_pixels, max_pixels)
    use_matmul(model)
    ears.mend(model)
    if adapter is not None:
        model = adapters.with_adapter(model, adapter, source, trainable)
    return model, processor


@contextmanager
def _place(source: str) -> Iterator[str]:
    """Where a model is read from: a folder, a hub id, or for the time being the folder of a model that is made up."""
    if not source.startswith("tiny:"):
        yield assets.resolved(source)
        return
    with tempfile.TemporaryDirectory() as folder:
        with parted.whole():
            tiny.write(source.partition(":")[2], Path(folder))
        yield folder


def for_recipe(recipe: Recipe, source: str, trainable: bool = False) -> tuple[Any, Any]:
    """A model and its processor, loaded as the recipe says."""
    return load(
        source,
        dtype=recipe.dtype,
        attn_implementation=recipe.attn_implementation,
        min_pixels=recipe.media.min_pixels,
        max_pixels=recipe.media.max_pixels,
        trainable=trainable,
        quantize=recipe.quantize,
    )


def for_stage(recipe: Recipe, stage: Trained, source: str) -> tuple[Any, Any]:
    """The model a stage trains, as the recipe says; an earlier adapter goes on, frozen parts have no gradient."""
    model, processor = for_recipe(recipe, source, trainable=True)
    if hasattr(model, "peft_config") and stage.lora is None:
        if parted.are():
            raise InputError(
                f"stage {stage.name}: it has no lora:, so the adapter {source} would be merged into its base, and "
                f"ZeRO-3 leaves no process the whole of that; affectreason merge adapter={source} out=DIR and then "
                f"{stage.name}.init=DIR, or launch with recipes/accelerate/zero2.yaml"
            )
        if PartialState().is_main_process:
            print(f"{stage.name}: {source} is merged into its base, since this stage has no lora:", file=sys.stderr)
        model = model.merge_and_unload().requires_grad_(True)  # under its adapter the base was frozen
        ears.still(model)
    for key, value in (stage.lora or {}).items() if hasattr(model, "peft_config") else ():
        has = getattr(model.peft_config["default"], key, None)
        if (set(has) if isinstance(has, set) else has) != (set(value) if isinstance(value, list) else value):
            raise InputError(
                f"stage {stage.name}: {source} is an adapter with {key}: {has}, not {value!r}; an adapter goes on as "
                "it is, so say lora: {}"
            )
    if stage.lora is not None and not hasattr(model, "peft_config"):
        lora_fit.require(stage.name, stage.lora, model)
    vllm_weights.takes(stage, model, part_of)
    freeze(model, list(stage.freeze))
    return model, processor


def device() -> torch.device:
    """This process's own device."""
    return PartialState().device if torch.cuda.is_available() else torch.device("cpu")


def check_folder(source: str) -> None:
    """Refuse a local folder that is missing or holds no model, or one whose settings are damaged.

    Another name that is no folder is taken for a hub id.
    """
    path = Path(source)
    looks_local = path.is_dir() or source.startswith((".", "/", "~")) or source.count("/") > 1
    if looks_local and not (path / "config.json").is_file() and not source.startswith("tiny:"):
        if draft.is_half(path):
            raise InputError(
                f"{source} is no model folder: a command that is at work, or was stopped, wrote it so far; wait for it "
                "or run it again"
            )
        what = "has no config.json" if path.is_dir() else "does not exist"
        raise InputError(
            f"{source} is no model folder: it {what}; give the folder a stage left (runs/RECIPE/STAGE/model) or a hub "
            "id"
        )
    gone = hub.missing(source)
    if gone is not None and not source.startswith("tiny:"):
        raise InputError(f"{source} is no model folder: {gone}")
    fault = damaged.damaged(path) if path.is_dir() else None
    if fault is not None:
        raise InputError(f"cannot load model {source!r}: {fault}; fetch the model again, or give another")


def available_attention(wanted: str, dtype: str = "auto") -> str:
    """The attention asked for, or sdpa with a line that says so when flash-attn or FlexAttention cannot run so here."""
    if wanted in ("flash_attention_2", "flex_attention"):
        missing = None
        if wanted == "flash_attention_2" and importlib.util.find_spec("flash_attn") is None:
            missing = "flash-attn is not installed (pip install affectreason[flash])"
        elif not torch.cuda.is_available():
            missing = "there is no CUDA device"
        elif wanted == "flash_attention_2" and dtype == "float32":
            missing = "flash-attn computes in bfloat16 or float16 alone, and dtype is float32"
        if missing:
            if PartialState().is_main_process:
                print(f"attention: {missing}; using sdpa", file=sys.stderr)
            return "sdpa"
    return wanted


def _read(
    source: str, where: str, adapter: str | None, dtype: str, attention: str, quantize: str | None
) -> tuple[Any, Any]:
    """The weights that lie at `where`, and their processor, or that of the adapter over them."""
    try:
        config = AutoConfig.from_pretrained(where, **SAFE)
        processor = AutoProcessor.from_pretrained(where, **SAFE)
        _reads_pictures(source, processor)
        if adapter is not None:
            adapters.require_class(adapter, source, config)
            processor = worn.processor(adapter, processor, config)
        _speaks(source, adapter, processor)
        found: Any = AutoModelForImageTextToText.from_pretrained(
            where,
            config=adapters.spoken(config),
            use_safetensors=True,
            **SAFE,
            dtype=dtype,
            attn_implementation=attention,
            output_loading_info=True,
            **({} if quantize is None else {"quantization_config": quantized.config(quantize, dtype)}),
        )
    except InputError:
        raise
    except (OSError, ValueError, SafetensorError, *damaged.OTHER) as error:
        raise InputError(f"cannot load model {source!r}: {_why(source, where, error)}") from error
    except RuntimeError as error:
        if "ignore_mismatched_sizes" not in str(error):
            raise
        raise InputError(
            f"cannot load model {source!r}: its weights have other sizes than its config.json says; fetch both again"
        ) from error
    model, lacking = found
    parted.keep_names(model)
    _whole(source, lacking)
    return model, processor


def _why(source: str, where: str, error: Exception) -> str:
    """Why a model was not read; of a name that is no folder, that it is none."""
    gone = hub.not_here(source)
    if gone is not None:
        return gone
    kept = hub.kept_at(source)
    fault = None if kept is None else damaged.damaged(kept)
    if fault is not None:
        return f"{fault}; fetch it again: hf download {source} --force-download"
    if isinstance(error, damaged.OTHER):
        return f"{damaged.told(error)}; fetch the model again, or give another"
    return unsafe(where, error)


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


def _speaks(source: str, adapter: str | None, processor: Any) -> None:
    """Refuse a chat template that makes no prompt of a question about a picture."""
    wrong = template.fault(processor)
    if wrong is not None:
        whose = f"model {source!r}" if adapter is None else f"model {source!r} under the adapter {adapter!r}"
        raise InputError(f"cannot load {whose}: {wrong}; fetch it again, or put that of its base there")


def part_of(name: str) -> str | None:
    """Which part of the model a parameter belongs to: vision, audio, projector or language."""
    return next((part for part, pattern in PARTS.items() if pattern.search(name)), None)


def _is_of(name: str, part: str) -> bool:
    """Whether a parameter belongs to a part, or to the one of two mixed projectors that is general."""
    return part_of(name) == part or (part == "general_expert" and part in name.split("."))


def freeze(model: Any, parts: list[str]) -> None:
    """Stop the gradient of the named parts; a part the model does not have is an error."""
    for part in parts:
        named = [parameter for name, parameter in model.named_parameters() if _is_of(name, part)]
        if not named:
            raise InputError(f"freeze: {type(model).__name__} has no part called {part!r}")
        for parameter in named:
            parameter.requires_grad_(False)
