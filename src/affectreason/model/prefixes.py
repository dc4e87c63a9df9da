"""A prompt with its media as tensors, once, however many answers stand behind it.

A frozen tower's outputs are kept with the prompt, so that rollout, old, reference and policy passes encode the clip
once; transformers takes them as `mm_encoder_outputs`.
"""

import inspect
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from transformers.utils import ModelOutput

from affectreason.errors import InputError
from affectreason.model.collate import Loaded, prompt_batch
from affectreason.model.load import part_of
from affectreason.model.shared_prefix import Prefix
from affectreason.recipe.prompts import Message

_PIXELS = {"image": "pixel_values", "video": "pixel_values_videos"}
_TEXT = ("input_ids", "attention_mask", "mm_token_type_ids")


def whole(model: Any) -> Any:
    """The model of transformers itself, under an adapter or not."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def make(model: Any, processor: Any, dialogue: list[Message], loaded: Loaded) -> Prefix:
    """The prompt of one dialogue, on the model's device and in its dtype."""
    model = whole(model)
    batch = prompt_batch(processor, [dialogue], [loaded], padding_side="left").to(model.device)
    media = {k: v.to(model.dtype) if v.is_floating_point() else v for k, v in _tensors(batch).items()}
    types = batch.get("mm_token_type_ids")
    return Prefix(batch["input_ids"][0], positions(model, batch), media, None if types is None else types[0])


def positions(model: Any, batch: Any) -> torch.Tensor:
    """Where the tokens of one prompt stand: (3, P) by the model's own M-RoPE, else (P,)."""
    index = getattr(model.base_model, "get_rope_index", None)
    if index is None or "mm_token_type_ids" not in batch:
        return torch.arange(batch["input_ids"].shape[1], device=batch["input_ids"].device)
    known = {key: batch[key] for key in inspect.signature(index).parameters if key in batch}
    return index(**known)[0][:, 0]


def sees_frozen(model: Any) -> bool:
    """Whether nothing between pixels and the language model learns, so that its output may be kept."""
    named = whole(model).named_parameters()
    return not any(part_of(name) in ("vision", "projector") and one.requires_grad for name, one in named)


@torch.no_grad()
def encode(model: Any, prefix: Prefix) -> Prefix:
    """The prompt with the outputs of the tower in place of its pixels."""
    inner = whole(model).base_model
    found = {}
    for modality, key in _PIXELS.items():
        if key not in prefix.media:
            continue
        features = getattr(inner, f"get_{modality}_features")
        known = {k: prefix.media[k] for k in inspect.signature(features).parameters if k in prefix.media}
        found[modality] = _slim(features(**known, return_dict=True))
    return replace(prefix, media={}, encoded=found) if found else prefix


def media_of(prefixes: Sequence[Prefix]) -> dict[str, Any]:
    """What a model is given of the media of prompts in this order: pixels and their sizes, or what was encoded."""
    encoded = [one.encoded for one in prefixes if one.encoded]
    joined: dict[str, Any] = {}
    for modality in _PIXELS:
        those = [one[modality] for one in encoded if modality in one]
        if those:
            joined[modality] = _join(those)
    raw = [one.media for one in prefixes if one.encoded is None and one.media]
    found: dict[str, Any] = {key: _cat(key, [one[key] for one in raw if key in one]) for key in _keys(raw)}
    return {**found, "mm_encoder_outputs": joined} if joined else found


def _tensors(batch: Any) -> dict[str, torch.Tensor]:
    return {key: value for key, value in batch.items() if key not in _TEXT and isinstance(value, torch.Tensor)}


def _keys(raw: Sequence[dict[str, torch.Tensor]]) -> list[str]:
    return list(dict.fromkeys(key for one in raw for key in one))


def _cat(key: str, parts: list[torch.Tensor]) -> torch.Tensor:
    """Tensors behind each other; a picture cut into fewer tiles than another is filled up with empty ones."""
    if key == "pixel_values" and parts[0].ndim == 5:
        most = max(part.shape[1] for part in parts)
        parts = [nn.functional.pad(one, (0, 0, 0, 0, 0, 0, 0, most - one.shape[1])) for one in parts]
    if len({part.shape[1:] for part in parts}) > 1:
        lengths = sorted({part.shape[1] for part in parts})
        raise InputError(
            f"clips of {lengths} frames cannot stand in one batch of this model; lower media.max_frames to "
            f"{lengths[0]}, take per_device_train_batch_size: num_generations, or freeze vision and projector"
        )
    return torch.cat(parts)


def _slim(output: Any) -> Any:
    """The parts of a tower's output that the language model is given."""
    kept = {key: output[key] for key in ("pooler_output", "deepstack_features") if output.get(key) is not None}
    return type(output)(**kept)


def _join(outputs: list[ModelOutput]) -> Any:
    """Outputs of several prompts as one: one entry a picture, or all tokens of all clips behind each other."""
    first = outputs[0]
    pooled = [one["pooler_output"] for one in outputs]
    if isinstance(pooled[0], torch.Tensor):  # clips of LLaVA-OneVision, (clips, tokens, width)
        return type(first)(pooler_output=torch.cat([one.flatten(0, 1) for one in pooled])[None])
    found: dict[str, Any] = {"pooler_output": [item for one in pooled for item in one]}
    if "deepstack_features" in first:
        layers = range(len(first["deepstack_features"]))
        found["deepstack_features"] = [
            [item for one in outputs for item in one["deepstack_features"][layer]] for layer in layers
        ]
    return type(first)(**found)
