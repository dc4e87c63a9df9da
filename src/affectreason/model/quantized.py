"""A base model in four bits under an adapter (QLoRA, arXiv 2305.14314), by bitsandbytes."""

import importlib.util
import sys
from functools import cache
from typing import Any

import torch
from accelerate import PartialState

from affectreason.errors import InputError
from affectreason.model import parted, rounding

WHOLE = [r".*\bvisual", r".*\bvision_tower", r".*\baudio_tower", r".*\bmulti_modal_projector", "lm_head"]
"""Modules that keep their precision, as transformers matches them: towers, small and soon blind, and the head."""


def require(how: str) -> None:
    """InputError where weights of few bits cannot be loaded here; on a CPU, which can but is slow, a line says so."""
    if importlib.util.find_spec("bitsandbytes") is None:
        raise InputError(
            f"quantize: {how} needs bitsandbytes, which is not installed: pip install 'affectreason[quantized]', or "
            "leave it out: quantize=null"
        )
    if parted.anyhow():
        raise InputError(
            f"quantize: {how} cannot be parted over processes by ZeRO-3 or FSDP; launch with "
            "recipes/accelerate/zero2.yaml or one_gpu.yaml, or leave it out: quantize=null"
        )
    if not torch.cuda.is_available() and PartialState().is_main_process:
        _say(f"quantize: {how} without a GPU: it spares memory and makes every step slower")


@cache
def _say(line: str) -> None:
    """One line, once, though a run loads many models."""
    print(line, file=sys.stderr)


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


def learn_whole(model: Any, before: dict[str, torch.Tensor]) -> None:
    """Put back in float32 what learns over weights of few bits, as it was `before` TRL turned it into bfloat16.

    There a step of GRPO is rounded away: a weight of 0.01 has its neighbours 6e-5 apart, and AdamW moves by the
    learning rate. PEFT keeps other adapters in float32 for the same reason. Whole modules beside an adapter, which
    meet numbers in the precision of the base, get that one; `rounding.hold` says when they learn in float32.
    """
    if getattr(model, "is_loaded_in_4bit", False):
        of = {id(one): base for one, base in rounding.kept(model)}
        for name, parameter in model.named_parameters():
            base = of.get(id(parameter))
            if base is not None:
                parameter.data = before.get(name, base.data).to(parameter.device, base.dtype, copy=True)
            elif parameter.requires_grad:
                parameter.data = before.get(name, parameter.data).to(parameter.device, torch.float32)
