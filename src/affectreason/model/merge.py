"""An adapter and its base as one model, saved with its processor and chat template, loaded again and compared."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoProcessor, AutoTokenizer

from affectreason.errors import InputError
from affectreason.model import adapters, hub, load, saved
from affectreason.model.disk import writing
from affectreason.model.safe import SAFE

PICTURES = ("processor_config.json", "preprocessor_config.json")
"""Files of a processor that is more than a tokenizer."""
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
    config = adapters.config_of(str(folder))
    if config is None:
        raise InputError(f"adapter={adapter} is no adapter: there is no {folder / 'adapter_config.json'}")
    if out.exists():
        raise InputError(f"out={out} exists and is left alone; name a new folder")
    named = base or config.get("base_model_name_or_path")
    if not named:
        raise InputError(f"adapter={adapter}: its adapter_config.json names no base model; give it as base=")
    model, processor = _loaded(folder, str(named), dtype)
    size = model.get_base_model().get_memory_footprint()
    require_room(out, size)
    _, batch = saved.probe(processor, model.device, model.dtype)
    expected = saved.logits(model, batch)
    try:
        whole = model.merge_and_unload(safe_merge=True)
    except ValueError as error:
        raise InputError(f"adapter={adapter} cannot be merged: {error}") from error
    far, allowed = _write(whole, processor, out, expected, batch)
    return Merged(str(named), str(whole.dtype).removeprefix("torch."), size, far, allowed)


def _loaded(folder: Path, base: str, dtype: str) -> tuple[Any, Any]:
    """The base under the adapter, and the processor that lies with the adapter, else the base's.

    Other trainers leave a tokenizer alone there: it takes the place of the base's, with its chat template.
    """
    model, processor = load.load(base, adapter=str(folder), dtype=dtype)
    if getattr(model.config, "quantization_config", None) is not None:
        raise InputError(f"base={base} is quantised, and merging would round it; give base= in bfloat16 or float32")
    if any((folder / name).is_file() for name in PICTURES):
        return model, AutoProcessor.from_pretrained(folder, **SAFE)
    if (folder / "tokenizer_config.json").is_file():
        processor.tokenizer = AutoTokenizer.from_pretrained(folder, **SAFE)
        processor.chat_template = processor.tokenizer.chat_template or processor.chat_template
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


def _write(whole: Any, processor: Any, out: Path, expected: torch.Tensor, batch: dict[str, Any]) -> tuple[float, float]:
    """Write beside `out`, load again, compare, and only then give it its name."""
    draft = out.with_name(out.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)  # of a merge that was stopped here
    try:
        with writing(out):
            draft.mkdir(parents=True)
            whole.save_pretrained(draft)
            processor.save_pretrained(draft)
        found = _compare(whole, processor, draft, expected, batch)
        draft.rename(out)
    except (PermissionError, NotADirectoryError) as error:
        raise InputError(f"cannot write {out}: {error.strerror}; name another folder with out=") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return found


def _compare(
    whole: Any, processor: Any, draft: Path, expected: torch.Tensor, batch: dict[str, Any]
) -> tuple[float, float]:
    """How far the logits of the saved model lie from those under the adapter, and how far they may."""
    again, reader = load.load(str(draft), attn_implementation=whole.config._attn_implementation)
    wrong = saved.differing(whole.state_dict(), again.state_dict())
    if (
        wrong is None
        and saved.probe(reader, whole.device, whole.dtype)[0] != saved.probe(processor, whole.device, whole.dtype)[0]
    ):
        wrong = "its chat template is another one"
    found, allowed = saved.logits(again, batch), saved.tolerance(whole.dtype, expected)
    wrong = wrong or saved.apart(expected, found, allowed)
    if wrong is not None:
        raise InputError(f"the merged model is not the same: {wrong}; nothing is left at {draft}. Give dtype=float32")
    return float((found - expected).abs().max()), allowed
