"""The model of a stage without its weights: the same classes, shapes and precision, on the `meta` device."""

import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForImageTextToText
from transformers.quantizers.quantizers_utils import should_convert_module
from trl.trainer.utils import add_fused_lm_head

from affectreason.errors import InputError
from affectreason.model import adapters, load, prefixes, quantized, sft_rows, shared_prefix, tiny
from affectreason.model.patch_embed import use_matmul
from affectreason.model.safe import SAFE, unsafe
from affectreason.recipe import assets
from affectreason.recipe.parts import Stage
from affectreason.recipe.schema import Recipe

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def config_of(source: str) -> Any:
    """A model's config, of a folder, the hub's cache or a tiny kind; InputError where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        if source.startswith("tiny:"):
            tiny.write(source.partition(":")[2], Path(folder))
        place = folder if source.startswith("tiny:") else assets.resolved(source)
        load.check_folder(place)
        try:
            return adapters.spoken(AutoConfig.from_pretrained(place, **SAFE))
        except (OSError, ValueError) as error:
            raise InputError(f"cannot load the config of {source!r}: {unsafe(place, error)}") from error


def made(config: Any, dtype: str, attention: str = "sdpa") -> Any:
    """A model of shapes; `auto` is the precision its config names, else float32, as transformers loads it."""
    own = getattr(config, "dtype", None) or torch.float32
    exact = DTYPES.get(dtype, own)
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(
            config, dtype=exact, attn_implementation="eager" if attention == "eager" else "sdpa"
        )
    use_matmul(model)
    return model.train()


def attention_used(wanted: str, device: str) -> str:
    """The attention that a run takes on a device: sdpa where the one asked for cannot run, as when a model is loaded.

    A GPU may be elsewhere, but flash-attn is looked for here.
    """
    missing = wanted == shared_prefix.FLASH and find_spec("flash_attn") is None
    needs_gpu = wanted in (shared_prefix.FLASH, shared_prefix.FLEX)
    return "sdpa" if missing or (needs_gpu and device == "cpu") else wanted


def four_bit(model: Any, compute: str) -> tuple[int, int]:
    """Bytes that bitsandbytes spares of the linear layers under an adapter, and those of the largest one made whole.

    A number takes half a byte, a block of 64 a scale in one byte, 256 such scales one in float32 (arXiv 2305.14314,
    section 3). A product makes its layer whole for a moment, in the precision of products.
    """
    found = [
        one.weight
        for name, one in model.named_modules()
        if isinstance(one, torch.nn.Linear)
        and "lora_" not in name
        and should_convert_module(_in_base(name), quantized.WHOLE)
    ]
    wide = 4 if compute == "float32" else 2
    small = sum(-(-one.numel() // 2) + -(-one.numel() // 64) + -(-one.numel() // (64 * 256)) * 4 for one in found)
    whole = sum(one.numel() * one.element_size() for one in found)
    return whole - small, max((one.numel() * wide for one in found), default=0)


def _in_base(name: str) -> str:
    """The name of a module without what PEFT puts around it."""
    return name.removeprefix("base_model.model.").removesuffix(".base_layer")


def for_stage(recipe: Recipe, stage: Stage, config: Any, **adapter: Any) -> Any:
    """The model as a stage trains it: its head in tiles, its adapter, its frozen parts; `adapter` goes to PEFT."""
    model = made(config, recipe.dtype, recipe.attn_implementation)
    if stage.kind not in ("sft", "grpo"):
        load.freeze(model, list(getattr(stage, "freeze", ())))
        return model
    add_fused_lm_head(model, outputs=("log_probs", "entropy"))
    lora = lora_of(recipe, stage)
    if lora is not None:
        from peft import get_peft_model

        with torch.device("meta"):
            model = get_peft_model(model, adapters.lora_config(lora), **adapter)
    load.freeze(model, list(getattr(stage, "freeze", ())))
    sft_rows.listen(prefixes.whole(model))
    return model


def lora_of(recipe: Recipe, stage: Any) -> dict[str, Any] | None:
    """The adapter a stage trains; an empty block goes on with that of the stage it begins with."""
    if stage.lora != {}:
        return stage.lora
    by_name = {one.name: one for one in recipe.stages}
    init = stage.init or recipe.model
    while init in by_name:
        lora: dict[str, Any] | None = getattr(by_name[init], "lora", None)
        if lora:
            return lora
        init = getattr(by_name[init], "init", None) or recipe.model
    return adapters.shape_of(init)
