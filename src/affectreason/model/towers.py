"""What a model's encoders make of media, before any layer that was made for its language model.

Such a layer is random in a model that was put together and not yet trained; an encoder never is. S is steps (patches,
frames, pieces of sound), D the width of an encoder.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch

from affectreason.errors import InputError
from affectreason.model import prefixes
from affectreason.model.shared_prefix import Prefix

Sense = Literal["seen", "heard"]
_BEHIND = re.compile(r"(^|\.)(visual\.merger|multi_modal_projector|audio_tower\.proj1?)$")
"""The first layer behind an encoder: what it is given is what the encoder made."""


@torch.inference_mode()
def vectors(model: Any, prefix: Prefix) -> list[tuple[Sense, torch.Tensor]]:
    """The vectors (S, D) that an encoder makes of each picture, clip and sound of a prompt."""
    inner = prefixes.whole(model)
    found: list[tuple[Sense, torch.Tensor]] = []
    for modality, given in prefixes.by_modality(model, prefix.media).items():
        for one in prefixes.one_by_one(given):
            with _caught(inner) as caught:
                prefixes.features(model, modality, one)
            found += _read(caught)
    if prefixes.SOUND[0] in prefix.media:
        for sound, mask in zip(*(prefix.media[key].split(1) for key in prefixes.SOUND), strict=True):
            with _caught(inner) as caught:
                inner.base_model.get_audio_features(**dict(zip(prefixes.SOUND, (sound, mask), strict=True)))
            found += _read(caught)
    return found


@contextmanager
def _caught(inner: Any) -> Iterator[list[tuple[Sense, Any]]]:
    """What the layers behind the encoders are given meanwhile."""
    caught: list[tuple[Sense, Any]] = []
    behind = {name: module for name, module in inner.named_modules() if _BEHIND.search(name)}
    if not behind:
        raise InputError(f"what the encoders of {type(inner).__name__} make is not known; name another model")
    handles = [
        module.register_forward_pre_hook(
            lambda _, args, sense="heard" if ".audio_tower." in f".{name}" else "seen": caught.append((sense, args[0]))
        )
        for name, module in behind.items()
    ]
    try:
        yield caught
    finally:
        for handle in handles:
            handle.remove()


def _read(caught: list[tuple[Sense, Any]]) -> list[tuple[Sense, torch.Tensor]]:
    """Vectors (S, D); where media are fused a layer is given those of several media, with their names."""
    found: list[tuple[Sense, torch.Tensor]] = []
    for sense, given in caught:
        if isinstance(given, torch.Tensor):
            found.append((sense, given.reshape(-1, given.shape[-1])))
        else:
            found += [("heard" if name == "audio" else "seen", one) for name, one, _ in given]
    return found
