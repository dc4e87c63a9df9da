"""A base model in four bits under an adapter (QLoRA, arXiv 2305.14314), by bitsandbytes."""

import importlib.util
from typing import Any

import torch

from affectreason.errors import InputError
from affectreason.model import parted

WHOLE = [r".*\bvisual", r".*\bvision_tower", r".*\baudio_tower", r".*\bmulti_modal_projector", "lm_head"]
"""Modules that keep their precision, as transformers matches them: towers, small and soon blind, and the head."""


def require(how: str) -> None:
    """InputError where weights of few bits cannot be loaded here."""
    if not torch.cuda.is_available():
        raise InputError(f"quantize: {how} needs a CUDA device, and there is none here; leave it out: quantize=null")
    if importlib.util.find_spec("bitsandbytes") is None:
        raise InputError(
            f"quantize: {how} needs bitsandbytes, which is not installed: pip install 'affectreason[quantized]'"
        )
    if parted.anyhow():
        raise InputError(
            f"quantize: {how} cannot be parted over processes by ZeRO-3 or FSDP; launch with "
            "recipes/accelerate/zero2.yaml or one_gpu.yaml, or leave it out: quantize=null"
        )


def config(how: str, dtype: str) -> Any:
    """What transformers is told: blocks of 64 weights in `how`, their scales in eight bits, products in bfloat16.

    Products are in float32 where the recipe's dtype is.
    """
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=how,
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float32 if dtype == "float32" else torch.bfloat16,
        llm_int8_skip_modules=WHOLE,
    )
