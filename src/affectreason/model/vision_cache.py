"""What a frozen tower makes of pictures and clips, written to disk once and read in every later epoch and stage.

A file holds what the language model is given of one picture or clip. Its name is a digest of the tower, of the pixels
and of the precision, so that nothing is ever read that this tower would not have made.
"""

import hashlib
import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import torch
from accelerate import PartialState
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from affectreason.errors import InputError
from affectreason.model import parted, prefixes
from affectreason.model.disk import writing
from affectreason.model.load import part_of
from affectreason.model.prefixes import Encoded
from affectreason.model.shared_prefix import Prefix

ABOUT = "tower.json"
TRIED = 16  # reads after which it is known whether reading is worth it
_SETTINGS = (  # of a config; trainers change others
    "vision_", "image_grid_", "projector_", "multimodal_", "mm_", "features", "branch", "fusion", "projector",
    "audio_layers", "qformer_", "gate_",
)  # fmt: skip
_OF_NOW = ("_name_or_path", "transformers_version", "dtype", "torch_dtype", "architectures")


@dataclass(frozen=True)
class Cache:
    """A folder, the digest of the tower it belongs to, what was said already, and seconds of reading and encoding."""

    folder: Path
    tower: str
    said: set[str] = field(default_factory=set)
    read: list[float] = field(default_factory=list)
    made: list[float] = field(default_factory=list)


def opened(model: Any, folder: str | Path | None, needed: bool = True) -> Cache | None:
    """The cache in a folder for a model; None without one, and, with one line that says so, where it cannot be used.

    InputError where another tower wrote it, which is only said where the cache is not `needed`, and where the folder
    cannot be made.
    """
    if folder is None:
        return None
    reason = _why_not(model)
    if reason is not None:
        _line(f"vision_cache: off, {reason}")
        return None
    cache = Cache(Path(folder), digest(model))
    about = cache.folder / ABOUT
    theirs = _written_by(about)
    if theirs is not None and theirs != cache.tower:
        text = (
            f"vision_cache: {folder} was written by the tower {theirs[:16]}, and the tower of this model is "
            f"{cache.tower[:16]}"
        )
        if needed:
            raise InputError(f"{text}; give another folder, or delete this one")
        _line(f"{text}; going on without it")
        return None
    if theirs is None:
        try:
            cache.folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError, PermissionError) as error:
            raise InputError(
                f"vision_cache: {folder} cannot be made a folder ({error.strerror}); give another"
            ) from error
        text = json.dumps({"tower": cache.tower, "model": type(prefixes.whole(model)).__name__}) + "\n"
        _write(cache, about, lambda path: path.write_text(text, encoding="utf-8"))
    return cache


def digest(model: Any) -> str:
    """SHA-256 of all of a model but its language model: names, types, shapes and values, and settings."""
    inner = prefixes.whole(model)
    found = hashlib.sha256()
    told = {key: value for key, value in inner.config.to_dict().items() if key.startswith(_SETTINGS)}
    told["vision_config"] = {k: v for k, v in told.get("vision_config", {}).items() if k not in _OF_NOW}
    found.update(json.dumps(told, sort_keys=True, default=str).encode())
    for name, tensor in sorted(inner.state_dict().items()):
        if part_of(name) != "language":
            found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
            found.update(_bytes(tensor))
    return found.hexdigest()


def encoded(model: Any, prefix: Prefix, cache: Cache | None) -> Prefix:
    """The prompt with the outputs of the tower in place of its pixels, read where they were written before."""
    if cache is None or "off" in cache.said:
        return prefixes.encode(model, prefix)
    return prefixes.with_encoded(prefix, of_media(model, prefix.media, cache))


def of_media(model: Any, media: dict[str, Any], cache: Cache) -> dict[str, Encoded]:
    """The outputs of the tower, by modality, for the media of a prompt or of a whole batch."""
    found = {}
    for modality, given in prefixes.by_modality(model, media).items():
        cast = {k: v.to(model.dtype) if v.is_floating_point() else v for k, v in given.items()}
        found[modality] = prefixes.join([_one(model, modality, one, cache) for one in prefixes.one_by_one(cast)])
    _judge(cache)
    return found


def listen(model: Any, cache: Cache | None) -> Any:
    """Let a model that is called with pixels read what its tower makes of them; its handle, None without a cache.

    For trainers that know nothing of the cache: sizes and positions stay among what the model is given.
    """
    if cache is None:
        return None

    def read(module: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]] | None:
        if "off" in cache.said or kwargs.get("mm_encoder_outputs") is not None:
            return None
        found = of_media(module, {key: value for key, value in kwargs.items() if value is not None}, cache)
        rest = {key: value for key, value in kwargs.items() if key not in prefixes.PIXELS.values()}
        return (args, {**rest, "mm_encoder_outputs": found}) if found else None

    return prefixes.whole(model).register_forward_pre_hook(read, with_kwargs=True)


def place(cache: Cache, modality: str, given: dict[str, torch.Tensor]) -> Path:
    """The file of a picture or clip."""
    kind = next(iter(given.values())).device.type
    cast = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None
    found = hashlib.sha256(f"{cache.tower} {modality} {cast}".encode())
    for name in sorted(given):
        found.update(f"{name} {given[name].dtype} {tuple(given[name].shape)}".encode())
        found.update(_bytes(given[name]))
    name = found.hexdigest()
    return cache.folder / name[:2] / f"{name[2:]}.safetensors"


def _one(model: Any, modality: str, given: dict[str, torch.Tensor], cache: Cache) -> Encoded:
    """One picture or clip, read, or else encoded and written."""
    begin = time.perf_counter()
    path = place(cache, modality, given)
    kept = _read(cache, path)
    if kept is not None:
        found = _output({name: one.to(model.device) for name, one in kept[0].items()})
        cache.read.append(time.perf_counter() - begin)
        cache.made.append(kept[1])
        return found
    begin = time.perf_counter()
    made = prefixes.features(model, modality, given)
    tensors = {name: one.detach().cpu().contiguous() for name, one in _tensors(made).items()}  # waits for the device
    about = {"seconds": str(time.perf_counter() - begin)}
    _write(cache, path, lambda part: save_file(tensors, part, about))
    return made


def _read(cache: Cache, path: Path) -> tuple[dict[str, torch.Tensor], float] | None:
    """What a file holds, and the seconds its making took; None where there is no whole file."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, "pt") as file:  # maps the file: nothing is copied before it is used
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no dict
            return tensors, float((file.metadata() or {}).get("seconds", "inf"))
    except (SafetensorError, OSError) as error:
        _say(cache, "cut", f"{path} is broken ({str(error).splitlines()[0]}); it is written again, as any other is")
        return None


def _write(cache: Cache, path: Path, write: Any) -> None:
    """Write a file whole or not at all; a disk that is full is said once, and nothing more is written."""
    if "full" in cache.said:
        return
    part = path.with_name(f"{path.name}.{os.getpid()}-{uuid4().hex[:8]}.part")
    try:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            write(part)
            part.replace(path)
    except (InputError, OSError) as error:
        part.unlink(missing_ok=True)
        _say(cache, "full", f"{error}; going on without writing more")


def _judge(cache: Cache) -> None:
    """Say once, and stop, where reading takes longer than encoding did."""
    if len(cache.read) < TRIED or "worth" in cache.said:
        return
    cache.said.add("worth")
    read, made = median(cache.read), median(cache.made)
    if read > made:
        text = f"reading takes {read * 1e3:.1f} ms and encoding {made * 1e3:.1f} ms, so it is not worth it; off"
        _say(cache, "off", text)


def _why_not(model: Any) -> str | None:
    inner = prefixes.whole(model)
    if not prefixes.takes_encoded(model):
        return f"{type(inner).__name__} cannot be given what its tower made"
    if any("lora_" in name and part_of(name) != "language" for name, _ in inner.named_parameters()):
        return "an adapter has layers in the tower or the projector, and may be switched off"
    if any(hasattr(one, "ds_id") for one in inner.parameters()):
        return "ZeRO-3 keeps a part of the tower in each process"
    if parted.by_fsdp():
        return "FSDP keeps a part of the tower in each process"
    if not prefixes.sees_frozen(model):
        has = {part_of(name) for name, _ in inner.named_parameters()}
        parts = ", ".join(part for part in ("vision", "audio", "projector") if part in has)
        return f"the tower or the projector learns; freeze: [{parts}] lets their output be kept"
    return None


def _written_by(about: Path) -> str | None:
    """The tower that a cache says it belongs to; None where it does not say, for then nothing in it can be found."""
    try:
        return str(json.loads(about.read_text(encoding="utf-8"))["tower"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _tensors(made: Encoded) -> dict[str, torch.Tensor]:
    """An output flat: `pooler_output`, or `pooler_output.PICTURE` and `deepstack_features.LAYER.PICTURE`."""
    pooled = made["pooler_output"]
    if isinstance(pooled, torch.Tensor):
        return {"pooler_output": pooled}
    found = {f"pooler_output.{index:04}": one for index, one in enumerate(pooled)}
    for layer, items in enumerate(made.get("deepstack_features") or ()):
        parts = items.split([len(one) for one in pooled]) if isinstance(items, torch.Tensor) else items
        found |= {f"deepstack_features.{layer}.{index:04}": one for index, one in enumerate(parts)}
    return found


def _output(tensors: dict[str, torch.Tensor]) -> Encoded:
    """What `_tensors` made flat."""
    if "pooler_output" in tensors:
        return Encoded(pooler_output=tensors["pooler_output"])
    names = sorted(tensors)
    layers = sorted({int(name.split(".")[1]) for name in names if name.startswith("deepstack_features.")})
    pooled = [tensors[name] for name in names if name.startswith("pooler_output.")]
    deep = [[tensors[name] for name in names if name.startswith(f"deepstack_features.{one}.")] for one in layers]
    return Encoded(pooler_output=pooled, deepstack_features=deep or None)


def _bytes(tensor: torch.Tensor) -> Any:
    return tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()


def _say(cache: Cache, what: str, text: str) -> None:
    if what not in cache.said:
        cache.said.add(what)
        _line(f"vision_cache: {text}")


def _line(text: str) -> None:
    if PartialState().is_main_process:
        print(text, file=sys.stderr)
