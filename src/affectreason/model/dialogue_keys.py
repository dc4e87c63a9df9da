"""What `key=value` words make of a dialogue: every key checked, and the defaults a model was trained with."""

from pathlib import Path
from typing import Any

from affectreason.affect import labels
from affectreason.errors import InputError, nearest
from affectreason.model import hub
from affectreason.model.dialogue import Dialogue, media
from affectreason.recipe import origin, prompts

KEYS: dict[str, Any] = {
    "model": None, "adapter": None, "image": None, "video": None, "audio": None, "prompt": None, "labels": None,
    "base": None, "max_new_tokens": 512, "temperature": 0, "seed": 0, "dtype": None,
    "quantize": "auto",
}  # fmt: skip
DTYPES = ("auto", "float32", "bfloat16", "float16")


def dialogue(given: dict[str, Any]) -> tuple[Dialogue, str | None]:
    """A dialogue that is ready to begin, and a warning where its model may be half trained; no weights are read."""
    if given["model"] is None:
        raise InputError("missing model=; for example: affectreason chat model=runs/tiny/sft/model image=face.png")
    model, adapter, base = (_source(given[key]) for key in ("model", "adapter", "base"))
    assert model is not None
    refuse_missing(model, adapter, base)
    home = origin.of(adapter or model)
    if base is None and adapter is None and hub.adapter_at(model) is None:
        base = home.base
    begun = Dialogue(
        model=model,
        adapter=adapter,
        base=base,
        prompt=str(given["prompt"] or home.prompt),
        labels=str(given["labels"] or home.labels),
        dtype=str(given["dtype"] or home.dtype),
        pixels=home.media,
        quantize=origin.quantized(given["quantize"], home),
        max_new_tokens=_number("max_new_tokens", given["max_new_tokens"], int, 1),
        temperature=_number("temperature", given["temperature"], float, 0),
        seed=_number("seed", given["seed"], int, 0),
    )
    prompts.find(begun.prompt)
    labels.find(begun.labels)
    if begun.dtype not in DTYPES:
        raise InputError(f"dtype={begun.dtype}: {nearest(begun.dtype, DTYPES)}")
    begun.attached = media("image", _list(given["image"]), begun.pixels)
    begun.attached += media("video", _list(given["video"]), begun.pixels)
    begun.attached += media("audio", _list(given["audio"]), begun.pixels)
    unfinished = f"{home.unfinished} is not done (no done.json); its model may be half trained"
    return begun, None if home.unfinished is None else unfinished


def refuse_missing(model: str, adapter: str | None, base: str | None) -> None:
    """Refuse a folder that is not there, also where its name might be a hub id, and an adapter that is none."""
    for key, source in (("model", model), ("adapter", adapter), ("base", base)):
        gone = None if source is None else hub.missing(source)
        if gone is not None:
            raise InputError(f"{key}={source}: {gone}")
    if adapter is not None and not (hub.adapter_folder(adapter) / hub.ADAPTER).is_file():
        raise InputError(f"adapter={adapter} is no adapter: there is no {Path(adapter) / hub.ADAPTER}")


def _source(value: object) -> str | None:
    """The folder or hub id that a word names."""
    return None if value is None else hub.written_out(str(value))


def _list(value: object) -> list[str]:
    return [] if value is None else [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _number(key: str, value: Any, kind: type[int] | type[float], least: int) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not (whole or (kind is float and isinstance(value, float))) or not value >= least:
        what = "whole number" if kind is int else "number"
        raise InputError(f"{key}={value}: it must be a {what} of at least {least}")
    return value
