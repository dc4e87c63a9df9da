"""An adapter and its base as one model, saved with its processor and chat template, loaded again and compared."""

import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from affectreason.errors import InputError
from affectreason.model import adapters, draft, hub, load, saved
from affectreason.model.disk import writing

ROOM = 1.05
"""Disk needed, of what the weights take."""


@dataclass(frozen=True)
class Merged:
    """What was written: its bytes of weights, and how far its logits lie from those under the adapter."""

    base: str
    dtype: str
    size: int
    apart: float
    allowed: float


def merge(adapter: str, out: Path, base: str | None = None, dtype: str = "auto") -> Merged:
    """Write the merged model to the folder `out`; InputError where it exists, does not fit, or is not the same model.

    `base` stands in for the one that the adapter names. Logits are equal to 1e-5 in float32, and to the precision of
    the dtype otherwise.
    """
    folder = hub.adapter_folder(adapter)
    if adapters.config_of(str(folder)) is None:
        raise InputError(f"adapter={adapter} is no adapter: there is no {folder / 'adapter_config.json'}")
    draft.require_free(out)
    named = base or adapters.base_of(adapter, folder)
    with draft.beside(out) as part:  # before weights are read: a second merge into `out` is told at once
        model, processor = _loaded(folder, named, dtype)
        size = model.get_base_model().get_memory_footprint()
        require_room(out, size)
        _, batch = saved.probe(processor, model.device, model.dtype)
        expected = saved.logits(model, batch)
        try:
            whole = model.merge_and_unload(safe_merge=True)
        except ValueError as error:
            raise InputError(f"adapter={adapter} cannot be merged: {error}") from error
        far, allowed = _write(whole, processor, part, out, expected, batch)
    return Merged(named, str(whole.dtype).removeprefix("torch."), size, far, allowed)


def over_four_bits(adapter: str, base: str, dtype: str, quantize: str) -> float | None:
    """How far logits of an adapter over whole weights lie from those over weights of four bits, as it was trained.

    None where bitsandbytes is missing.
    """
    if find_spec("bitsandbytes") is None:
        return None
    found = []
    for how in (quantize, None):
        model, processor = load.load(base, adapter=adapter, dtype=dtype, quantize=how)
        _, batch = saved.probe(processor, model.device, model.dtype)
        found.append(saved.logits(model, batch))
    return float((found[0] - found[1]).abs().max())


def _loaded(folder: Path, base: str, dtype: str) -> tuple[Any, Any]:
    """The base under the adapter, and the processor that both are asked with."""
    model, processor = load.load(base, adapter=str(folder), dtype=dtype)
    if getattr(model.config, "quantization_config", None) is not None:
        raise InputError(f"base={base} is quantised, and merging would round it; give base= in bfloat16 or float32")
    return model, processor


def require_room(out: Path, size: int) -> None:
    """Refuse to begin where the disk cannot hold that many bytes of weights."""
    place = next(path for path in [out.absolute(), *out.absolute().parents] if path.is_dir())
    free = shutil.disk_usage(place).free
    if free < size * ROOM:
        raise InputError(
            f"out={out}: the merged model takes {size * ROOM / 1e9:.2f} GB, and {free / 1e9:.2f} GB are free there; "
            "free space, or name a folder on another disk"
        )


def _write(
    whole: Any, processor: Any, part: Path, out: Path, expected: torch.Tensor, batch: dict[str, Any]
) -> tuple[float, float]:
    """Write to `part`, load that again and compare; it gets the name `out` behind this."""
    with writing(out):
        whole.save_pretrained(part)
        processor.save_pretrained(part)
    return _compare(whole, processor, part, expected, batch)


def _compare(
    whole: Any, processor: Any, part: Path, expected: torch.Tensor, batch: dict[str, Any]
) -> tuple[float, float]:
    """How far the logits of the saved model lie from those under the adapter, and how far they may."""
    again, reader = load.load(str(part), attn_implementation=whole.config._attn_implementation)
    wrong = saved.differing(whole.state_dict(), again.state_dict())
    if (
        wrong is None
        and saved.probe(reader, whole.device, whole.dtype)[0] != saved.probe(processor, whole.device, whole.dtype)[0]
    ):
        wrong = "its chat template is another one"
    found, allowed = saved.logits(again, batch), saved.tolerance(whole.dtype, expected)
    wrong = wrong or saved.apart(expected, found, allowed)
    if wrong is not None:
        raise InputError(f"the merged model is not the same: {wrong}; nothing is written. Give dtype=float32")
    return float((found - expected).abs().max()), allowed
