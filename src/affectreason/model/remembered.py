"""What operations on shapes gave, by what they were given, so that torch works out each of them once.

A model repeats its layers, and a tower its windows: most operations come again with the same shapes. Working one out
takes torch some 300 us on the `meta` device, taking it from here some 30. Views and what is changed in place are no new
tensors and are left to torch, as is what looks at real numbers.
"""

from dataclasses import dataclass
from typing import Any

import torch

MOST = 200_000
"""Operations that are kept; more of them come again too seldom."""


@dataclass(frozen=True)
class Given:
    """Shape, stride and precision of each tensor that an operation gives, else the thing itself; its multiply-adds."""

    each: tuple[Any, ...]
    alone: bool
    flops: int


BEFORE: dict[Any, Given] = {}
_NEW: dict[Any, bool] = {}
"""Whether an operation gives new tensors."""


def again(given: Given) -> Any:
    """The results of an operation once more."""
    found = [
        torch.empty_strided(one[0], one[1], dtype=one[2], device="meta") if type(one) is tuple else one
        for one in given.each
    ]
    return found[0] if given.alone else tuple(found)


def key(func: Any, args: Any, kwargs: Any) -> Any:
    """What the results of an operation depend on; None where it has to be asked."""
    new = _NEW.get(func)
    if new is None:
        schema = func._schema
        new = _NEW[func] = not schema.is_mutable and all(one.alias_info is None for one in schema.returns)
    if not new:
        return None
    said: list[Any] = [func]
    if not _say(args, said):
        return None
    for name, one in (kwargs or {}).items():
        said.append(name)
        if not _say((one,), said):
            return None
    return tuple(said) if any(type(one) is torch.Size for one in said) else None


def keep(key: Any, out: Any, flops: int) -> None:
    """Remember results, unless one is more than new memory of its own size."""
    if not isinstance(out, (torch.Tensor, tuple, list)):  # an operation that gives a number, or nothing
        return
    alone = isinstance(out, torch.Tensor)
    each: list[Any] = []
    for one in (out,) if alone else out:
        if isinstance(one, torch.Tensor):
            if one.device.type != "meta" or one.untyped_storage().nbytes() != _bytes(one):
                return
            each.append((one.shape, one.stride(), one.dtype))
        elif one is None or isinstance(one, (int, float)):
            each.append(one)
        else:
            return
    if len(BEFORE) < MOST:
        BEFORE[key] = Given(tuple(each), alone, flops)


def _bytes(one: torch.Tensor) -> int:
    """Bytes from the first to the last number of a tensor."""
    last = sum((size - 1) * step for size, step in zip(one.shape, one.stride(), strict=True))
    return (1 + last) * one.element_size() if one.numel() else 0


def _say(those: Any, said: list[Any]) -> bool:
    """Shapes and numbers of arguments, put behind what was said; False where one is neither."""
    for one in those:
        if isinstance(one, torch.Tensor):
            if one.device.type == "meta":
                said += (one.shape, one.stride(), one.dtype)
            elif one.ndim:
                return False
            else:
                said += ("number", one.dtype)
        elif isinstance(one, (list, tuple)):
            said += ("list", len(one))
            if not _say(one, said):
                return False
        elif one is None or isinstance(one, (int, float, torch.dtype, torch.device, torch.layout, torch.memory_format)):
            said += (type(one), one)
        else:
            return False
    return True
