"""How many bytes of tensors are alive while a model runs, counted on the `meta` device, which holds no numbers.

Floats are on `meta`; whole numbers and truth values (tokens, grids, masks) stay real, for a model's code looks at them.
Every operation is seen as it runs, forward and backward, with the tensors that autograd keeps and those of a moment.
What is not a tensor of torch is not seen: the workspace of a library's kernel, the context of a device, what an
allocator rounds up.
"""

import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import torch
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map
from torch.utils.flop_counter import flop_registry
from torch.utils.weak import WeakIdKeyDictionary
from trl.kernels import chunked_logprob

from affectreason.errors import InputError
from affectreason.model import remembered

aten = torch.ops.aten


@dataclass
class Alive:
    """Bytes alive now, and the most there were, of all tensors, and without the gradients of parameters.

    `since` is the most since somebody set it.
    """

    now: int = 0
    gradients: int = 0
    most: int = 0
    most_without_gradients: int = 0
    since: int = 0
    held: Any = field(default_factory=WeakIdKeyDictionary)

    def add(self, size: int) -> None:
        """Count bytes that came, or went."""
        self.now += size
        self.most = max(self.most, self.now)
        self.since = max(self.since, self.now)
        self.most_without_gradients = max(self.most_without_gradients, self.now - self.gradients)


class Counting(TorchDispatchMode):
    """Run operations on shapes alone and count what is alive; `known` are tensors that were there before."""

    def __init__(self, known: list[torch.Tensor]) -> None:
        super().__init__()
        self.alive, self.flops = Alive(), 0
        self._hooks: list[Any] = []
        for one in known:
            self.alive.held[one.untyped_storage()] = True

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """One operation; of one that was seen with these shapes the results are made without asking torch again."""
        key = remembered.key(func, args, kwargs)
        before = None if key is None else remembered.BEFORE.get(key)
        if before is not None:
            self.flops += before.flops
            out = remembered.again(before)
        else:
            args, kwargs = _values_kept(func, *_without_masks(func, args, kwargs or {}))
            out, flops = func(*args, **kwargs), 0
            if func.overloadpacket in flop_registry:
                flops = flop_registry[func.overloadpacket](*args, **kwargs, out_val=out)
            self.flops += flops
            if key is not None:
                remembered.keep(key, out, flops)
        for one in out if isinstance(out, (tuple, list)) else (out,):
            if isinstance(one, torch.Tensor):
                self.see(one)
        return out

    def see(self, tensor: torch.Tensor) -> None:
        """Count a tensor whose bytes are new, until they are freed."""
        storage, alive = tensor.untyped_storage(), self.alive
        if storage in alive.held:
            return
        size = storage.nbytes()
        alive.held[storage] = True
        alive.add(size)
        weakref.finalize(storage, alive.add, -size).atexit = False

    def gradients_of(self, model: Any) -> None:
        """Tell the gradients that parameters are given from other tensors."""
        for parameter in model.parameters():
            if parameter.requires_grad:
                self._hooks.append(parameter.register_post_accumulate_grad_hook(self._took))

    def forget(self) -> None:
        """Take the hooks off the parameters."""
        for hook in self._hooks:
            hook.remove()

    def _took(self, parameter: torch.Tensor) -> None:
        assert parameter.grad is not None
        self.alive.gradients += parameter.grad.untyped_storage().nbytes()


def _is_value(one: Any) -> bool:
    """Whether a tensor has real numbers that code may look at."""
    return isinstance(one, torch.Tensor) and one.device.type == "cpu"


def _is_shape(one: Any) -> bool:
    return isinstance(one, torch.Tensor) and one.device.type == "meta"


def _without_masks(func: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Indices by truth values as places, of which there are as many as are true."""
    if func is aten.masked_select.default and _is_shape(args[0]) and _is_value(args[1]):
        raise InputError(
            "this model takes values by a mask, and how many is not known of shapes alone, so its memory cannot be "
            "counted; affectreason check data=FILE recipe=NAME measures its rows without"
        )
    if func in (aten.index.Tensor, aten.index_put.default, aten.index_put_.default, aten._index_put_impl_.default):
        places: list[Any] = []
        for one in args[1]:
            boolean = _is_value(one) and one.dtype in (torch.bool, torch.uint8)
            places += one.nonzero().unbind(1) if boolean else [one]
        args = (args[0], places, *args[2:])
    return args, kwargs


def _leaves(those: Any) -> Iterator[Any]:
    """Arguments with those of lists."""
    for one in those:
        if isinstance(one, (list, tuple)):
            yield from _leaves(one)
        else:
            yield one


def _values_kept(func: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """What is made of real whole numbers stays real; what meets a shape becomes one."""
    leaves = list(_leaves((*args, *kwargs.values())))
    if any(_is_shape(one) for one in leaves):
        if not any(_is_value(one) and one.ndim for one in leaves):
            return args, kwargs
        to_shape: Callable[[Any], Any] = lambda one: one.to("meta") if _is_value(one) and one.ndim else one  # noqa: E731
        return tree_map(to_shape, (args, kwargs))
    if kwargs.get("device") is not None and torch.device(kwargs["device"]).type == "meta":
        dtype = kwargs.get("dtype") or next((one.dtype for one in leaves if _is_value(one)), None)
        numbers = [one for one in args if isinstance(one, (int, float, bool))]
        whole = dtype is not None and not dtype.is_floating_point
        counted = dtype is None and func.overloadpacket is aten.arange and all(isinstance(n, int) for n in numbers)
        if whole or counted:
            return args, {**kwargs, "device": torch.device("cpu")}
    return args, kwargs


HALF = {
    functional: ("linear", "conv1d", "conv2d", "conv3d"),
    torch: ("matmul", "bmm", "addmm", "baddbmm"),
    torch.Tensor: ("matmul", "__matmul__", "bmm"),
}
FULL = {
    functional: ("layer_norm", "group_norm", "softmax", "log_softmax", "cross_entropy"),
    torch: ("softmax", "log_softmax", "rsqrt", "pow", "exp", "logsumexp"),
    torch.Tensor: ("softmax", "pow", "rsqrt", "exp"),
}
"""What CUDA's autocast runs in half and in full precision (https://pytorch.org/docs/stable/amp.html), of what the
models here call; a meta tensor is of no device that has an autocast of its own."""


@contextmanager
def as_on(device: str, half: torch.dtype | None) -> Iterator[None]:
    """Let functions choose the kernel and the precision that they have on a device, `cpu` or `cuda`.

    `half` is the precision of autocast, None without. Functions are put in the place of torch's own, not asked through
    a mode, for what is recomputed in a backward pass is asked nothing. TRL's head in tiles asks whether its device has
    autocast, and on CUDA folds tiles in place.
    """
    own, enabled, dtypes = functional.scaled_dot_product_attention, torch.is_autocast_enabled, torch.get_autocast_dtype
    asked: dict[str, Callable[[Any], Any]] = {
        "is_autocast_enabled": lambda kind: half is not None if kind == "meta" else enabled(kind),
        "get_autocast_dtype": lambda kind: half if kind == "meta" else dtypes(kind),
    }

    def attend(*args: Any, **kwargs: Any) -> Any:
        if not _is_shape(args[0]):
            return own(*args, **kwargs)
        args, kwargs = (args, kwargs) if half is None else _cast(args, kwargs, half)
        return attention(device, *args, **kwargs)

    with ExitStack() as stack:
        for name, instead in asked.items():
            stack.enter_context(patch.object(torch, name, instead))
        stack.enter_context(patch.object(functional, "scaled_dot_product_attention", attend))
        if device == "cpu":
            stack.enter_context(patch.object(chunked_logprob.ChunkedLogProbFunction, "forward", staticmethod(_touched)))
        for name in ("_forward_tile", "_backward_tile") if device == "cuda" else ():
            stack.enter_context(patch.object(chunked_logprob, name, lambda *_, **__: None))
        for names, dtype in ((HALF, half), (FULL, torch.float32)) if half is not None else ():
            for owner, those in names.items():
                for name in those:
                    stack.enter_context(patch.object(owner, name, _in(dtype, getattr(owner, name))))
        yield


_TILED = chunked_logprob.ChunkedLogProbFunction.forward


def _touched(
    ctx: Any, hidden: Any, weight: Any, bias: Any, targets: Any, temperature: float, chunk_size: int, *more: Any
) -> Any:
    """TRL's head with tiles no wider than the vocabulary: a CPU gives no memory to the rest, which nobody writes to."""
    return _TILED(ctx, hidden, weight, bias, targets, temperature, min(chunk_size, len(weight)), *more)


def _in(dtype: torch.dtype, function: Any) -> Any:
    """A function that takes shapes in a precision."""

    def cast(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = _cast(args, kwargs, dtype)
        return function(*args, **kwargs)

    return cast


def _cast(args: Any, kwargs: dict[str, Any], dtype: torch.dtype) -> Any:
    """Shapes among arguments in a precision."""

    def cast(one: Any) -> Any:
        return one.to(dtype) if _is_shape(one) and one.is_floating_point() and one.dtype != dtype else one

    return [cast(one) for one in args], {name: cast(one) for name, one in kwargs.items()}


def attention(
    device: str, query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
) -> Any:  # fmt: skip
    """The attention that torch takes on a device: flash without a mask, on CUDA the memory-efficient one with it.

    A mask of truth values becomes numbers in every layer, which each keeps for its backward pass, as torch does.
    """
    if enable_gqa and (device == "cpu" or attn_mask is not None):
        times = query.shape[-3] // key.shape[-3]
        key, value = key.repeat_interleave(times, -3), value.repeat_interleave(times, -3)
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        attn_mask = torch.zeros(attn_mask.shape, dtype=query.dtype, device="meta").masked_fill(~attn_mask, -1e9)
    if device == "cpu":
        return aten._scaled_dot_product_flash_attention_for_cpu(
            query, key, value, dropout_p, is_causal, attn_mask=attn_mask, scale=scale
        )[0]
    if attn_mask is None and query.dtype in (torch.bfloat16, torch.float16):
        return aten._scaled_dot_product_flash_attention(query, key, value, dropout_p, is_causal, scale=scale)[0]
    if attn_mask is not None:
        attn_mask = attn_mask.expand(query.shape[0], query.shape[1], query.shape[2], key.shape[2])
    needs = any(one.requires_grad for one in (query, key, value))
    return aten._scaled_dot_product_efficient_attention(
        query, key, value, attn_mask, needs, dropout_p, is_causal, scale=scale
    )[0]
