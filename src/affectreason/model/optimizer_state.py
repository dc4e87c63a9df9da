"""How many bytes an optimizer keeps of each parameter it trains."""

from math import prod
from typing import Any

# Tensors of the parameter's own shape and precision that an optimizer of torch keeps: AdamW the mean of gradients and
# of their squares, Lion and Adagrad and RMSprop one of the two, plain SGD none.
KEPT = {"adamw_torch": 2, "adamw_torch_fused": 2, "adamw_anyprecision": 2, "sgd": 0, "adagrad": 1, "rmsprop": 1}
# The same of bitsandbytes in one byte a number, with a float32 scale for each block of 256; tensors of fewer than 4096
# numbers stay in float32.
EIGHT_BIT = {"adamw_bnb_8bit": 2, "adamw_8bit": 2, "paged_adamw_8bit": 2, "lion_8bit": 1, "paged_lion_8bit": 1,
             "rmsprop_bnb_8bit": 1, "ademamix_8bit": 3, "paged_ademamix_8bit": 3}  # fmt: skip
BLOCK, SMALL = 256, 4096
FULL_BIT = {"paged_adamw_32bit": 2, "paged_adamw": 2, "lion_32bit": 1, "paged_lion_32bit": 1, "rmsprop_bnb": 1}
USUAL = "adamw_torch_fused"


def known(name: str) -> bool:
    """Whether this is an optimizer whose state can be counted."""
    return name in (*KEPT, *EIGHT_BIT, *FULL_BIT, "adafactor")


def state(name: str, model: Any) -> int:
    """Bytes of the state of all parameters that learn; of an unknown optimizer as much as AdamW's."""
    return sum(_of(name, tuple(one.shape), one.element_size()) for one in model.parameters() if one.requires_grad)


def of_numbers(name: str, numbers: int) -> int:
    """Bytes of the state of so many numbers in float32, as DeepSpeed keeps them in one long row."""
    return _of(name, (numbers,), 4)


def passing(name: str, model: Any) -> int:
    """Bytes that a step holds for a moment.

    The fused kernel holds none. The plain one on CUDA works on lists of all parameters at once and holds their size
    once more (https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html, `foreach`).
    """
    if name in (USUAL, *EIGHT_BIT, *FULL_BIT, "adafactor"):
        return 0
    return sum(one.numel() * one.element_size() for one in model.parameters() if one.requires_grad)


def _of(name: str, shape: tuple[int, ...], size: int) -> int:
    numbers = prod(shape)
    if name in EIGHT_BIT and numbers >= SMALL:
        return EIGHT_BIT[name] * (numbers + -(-numbers // BLOCK) * 4)
    if name in EIGHT_BIT or name in FULL_BIT:
        return (EIGHT_BIT | FULL_BIT)[name] * numbers * 4
    if name == "adafactor":  # a row and a column of each matrix (arXiv 1804.04235, section 3), in float32
        return 4 * (numbers if len(shape) < 2 else prod(shape[:-1]) + prod(shape[:-2]) * shape[-1])
    return KEPT.get(name, KEPT[USUAL]) * numbers * size
