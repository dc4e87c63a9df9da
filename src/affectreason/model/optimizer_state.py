"""How many bytes an optimizer keeps of each parameter it trains."""

from math import prod
from typing import Any

from affectreason.errors import closest

# Tensors of the parameter's own shape and precision that an optimizer keeps: AdamW and what goes with it the mean of
# gradients and of their squares, Lion and Adagrad and RMSprop one of the two, plain SGD none; AdEMAMix a second mean
# (arXiv 2409.03137), GrokAdamW a slow copy of gradients, schedule-free ones a copy of the weights and, but for SGD, the
# squares (arXiv 2405.15682). LOMO keeps none, for it steps as gradients come (arXiv 2306.09782).
KEPT = {"adamw_torch": 2, "adamw_torch_fused": 2, "adamw_torch_npu_fused": 2, "adamw_torch_xla": 2,
        "adamw_anyprecision": 2, "stable_adamw": 2, "grokadamw": 3, "schedule_free_adamw": 2,
        "schedule_free_radam": 2, "schedule_free_sgd": 1, "sgd": 0, "adagrad": 1, "rmsprop": 1, "lomo": 0}  # fmt: skip
# The same of bitsandbytes in one byte a number, with a float32 scale for each block of 256; tensors of fewer than 4096
# numbers stay in float32. torchao's, with `torch` in the name, has the same block, for four bits of 128 numbers.
EIGHT_BIT = {"adamw_bnb_8bit": 2, "adamw_8bit": 2, "paged_adamw_8bit": 2, "lion_8bit": 1, "paged_lion_8bit": 1,
             "rmsprop_bnb_8bit": 1, "ademamix_8bit": 3, "paged_ademamix_8bit": 3,
             "adamw_torch_8bit": 2}  # fmt: skip
FOUR_BIT = {"adamw_torch_4bit": 2}
BLOCK, SMALL = 256, 4096
FULL_BIT = {"paged_adamw_32bit": 2, "paged_adamw": 2, "lion_32bit": 1, "paged_lion_32bit": 1, "rmsprop_bnb": 1,
            "rmsprop_bnb_32bit": 1, "ademamix": 3, "paged_ademamix_32bit": 3}  # fmt: skip
# What is projected to few dimensions (GaLore arXiv 2403.03507, APOLLO arXiv 2412.05270) keeps far less of the matrices
# it is told of with `optim_target_modules`, and as much as its name says of all others.
PROJECTED = {"galore_adamw": "adamw_torch", "galore_adamw_8bit": "adamw_bnb_8bit", "galore_adafactor": "adafactor",
             "apollo_adamw": "adamw_torch"}  # fmt: skip
PROJECTED |= {f"{name}_layerwise": of for name, of in PROJECTED.items()}
# Copies of all that learns in a step: torch's plain kernels on CUDA work on lists of all tensors at once
# (https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html, `foreach`).
PASSING = {"adamw_torch": 1, "rmsprop": 1, "adagrad": 2}
USUAL = "adamw_torch_fused"


def known(name: str) -> bool:
    """Whether this is an optimizer whose state can be counted."""
    return name in (*KEPT, *EIGHT_BIT, *FOUR_BIT, *FULL_BIT, "adafactor", "adalomo")


def note(name: str) -> str | None:
    """Where the state is counted as a bound, of which optimizer; None where it is counted as it is."""
    if name in PROJECTED:
        return f"optim {name}: its state is counted as that of {PROJECTED[name]}, which is an upper bound"
    return None


def unknown(name: str) -> str | None:
    """Where transformers has no such optimizer, which is meant; None where it has, or none is asked for."""
    if not name or known(name) or name in PROJECTED:
        return None
    meant = closest(name, (*KEPT, *EIGHT_BIT, *FOUR_BIT, *FULL_BIT, *PROJECTED, "adafactor", "adalomo"))
    mend = f"did you mean {meant!r}?" if meant else f"write {USUAL}"
    return f"optim {name}: transformers has none of this name; {mend}"


def state(name: str, model: Any) -> int:
    """Bytes of the state of all parameters that learn; of an unknown optimizer as much as AdamW's."""
    return sum(_of(name, tuple(one.shape), one.element_size()) for one in model.parameters() if one.requires_grad)


def of_numbers(name: str, numbers: int) -> int:
    """Bytes of the state of so many numbers in float32, as DeepSpeed keeps them in one long row."""
    return _of(name, (numbers,), 4)


def passing(name: str) -> int:
    """Copies of all that learns which a step on CUDA holds for a moment.

    What is fused holds none, nor does plain SGD; what goes from tensor to tensor holds no more than the largest one.
    """
    return PASSING.get(name, 0)


def _of(name: str, shape: tuple[int, ...], size: int) -> int:
    numbers, name = prod(shape), PROJECTED.get(name, name)
    if name in FOUR_BIT and numbers >= SMALL:
        return FOUR_BIT[name] * (-(-numbers // 2) + -(-numbers // (BLOCK // 2)) * 4)
    if name in EIGHT_BIT and numbers >= SMALL:
        return EIGHT_BIT[name] * (numbers + -(-numbers // BLOCK) * 4)
    if name in EIGHT_BIT or name in FOUR_BIT or name in FULL_BIT:
        return (EIGHT_BIT | FOUR_BIT | FULL_BIT)[name] * numbers * 4
    if name in ("adafactor", "adalomo"):  # a row and a column of each matrix (arXiv 1804.04235, section 3), in float32
        return 4 * (numbers if len(shape) < 2 else prod(shape[:-1]) + prod(shape[:-2]) * shape[-1])
    return KEPT.get(name, KEPT[USUAL]) * numbers * size
