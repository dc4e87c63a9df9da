"""A prompt with its media as tensors, once, however many answers stand behind it.

A frozen tower's outputs are kept with the prompt, so that rollout, old, reference and policy passes encode the clip
once; transformers takes them as `mm_encoder_outputs`.
"""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from transformers.modeling_outputs import BaseModelOutputWithPooling

from affectreason.errors import InputError
from affectreason.model.collate import Loaded, prompt_batch
from affectreason.model.load import part_of
from affectreason.model.prefusion_parts import messages
from affectreason.model.shared_prefix import Prefix
from affectreason.recipe.prompts import Message

PIXELS = {"image": "pixel_values", "video": "pixel_values_videos"}
SOUND = ("input_features", "feature_attention_mask")
"""What a model is given of sounds, also where it is given what its tower made of pictures and clips."""
_TEXT = ("input_ids", "attention_mask", "mm_token_type_ids")


@dataclass
class Encoded(BaseModelOutputWithPooling):
    """What a language model is given of pictures or clips: `pooler_output` for its tokens, and for deeper layers."""

    pooler_output: Any = None
    deepstack_features: Any = None


def whole(model: Any) -> Any:
    """The model of transformers itself, under an adapter or not."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def make(model: Any, processor: Any, dialogue: list[Message], loaded: Loaded, begun: str = "") -> Prefix:
    """The prompt of one dialogue, and what its answer begins with, on the model's device and in its dtype."""
    model = whole(model)
    batch = prompt_batch(processor, [dialogue], [loaded], padding_side="left", begun=[begun]).to(model.device)
    media = {k: v.to(model.dtype) if v.is_floating_point() else v for k, v in media_tensors(batch).items()}
    types = batch.get("mm_token_type_ids")
    return Prefix(batch["input_ids"][0], positions(model, batch), media, None if types is None else types[0])


def positions(model: Any, batch: Any) -> torch.Tensor:
    """Where the tokens of one prompt stand: (3, P) by the model's own M-RoPE, else (P,)."""
    index = getattr(model.base_model, "get_rope_index", None)
    wanted = {} if index is None else inspect.signature(index).parameters
    if index is None or ("mm_token_type_ids" in wanted and "mm_token_type_ids" not in batch):
        return torch.arange(batch["input_ids"].shape[1], device=batch["input_ids"].device)
    given = dict(batch)
    if "feature_attention_mask" in given:  # two arguments that Qwen's Omni models call otherwise than their forward
        given["audio_seqlens"] = given["feature_attention_mask"].sum(-1)
    if "video_second_per_grid" in given:
        given["second_per_grids"] = given["video_second_per_grid"]
    return index(**{key: given[key] for key in wanted if key in given})[0][:, 0]


def takes_encoded(model: Any) -> bool:
    """Whether a model can be given what its tower made in place of pixels."""
    return "mm_encoder_outputs" in inspect.signature(type(whole(model)).forward).parameters


def sees_frozen(model: Any) -> bool:
    """Whether nothing but the language model learns, and it can be given what its tower made, so that this is kept."""
    named = whole(model).named_parameters()
    return takes_encoded(model) and all(part_of(name) == "language" for name, one in named if one.requires_grad)


def encode(model: Any, prefix: Prefix) -> Prefix:
    """The prompt with the outputs of the tower in place of its pixels."""
    found = {modality: features(model, modality, given) for modality, given in by_modality(model, prefix.media).items()}
    return with_encoded(prefix, found)


def with_encoded(prefix: Prefix, found: dict[str, Any]) -> Prefix:
    """The prompt with these outputs in place of its pixels; its sounds stay as they are."""
    sounds = {key: value for key, value in prefix.media.items() if key in SOUND}
    return replace(prefix, media=sounds, encoded=found) if found else prefix


def by_modality(model: Any, media: dict[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    """The tensors that the tower reads of pictures, and of clips."""
    found = {}
    for modality, key in PIXELS.items():
        if key in media:
            known = inspect.signature(getattr(whole(model).base_model, f"get_{modality}_features")).parameters
            found[modality] = {name: media[name] for name in known if name in media}
    return found


def one_by_one(given: dict[str, torch.Tensor]) -> list[dict[str, torch.Tensor]]:
    """What the tower reads of each picture or clip alone, of what it reads of all.

    LLaVA-OneVision cuts a picture into tiles only where it is alone in its prompt, so the pictures of one prompt stay
    together there. All media of a message that are fused are one.
    """
    if "media_about" in given:
        return messages(given)
    pixels = next(key for key in PIXELS.values() if key in given)
    grid = next((value for key, value in given.items() if key.endswith("grid_thw")), None)
    counts = [n for n in given["batch_num_images"].tolist() if n] if "batch_num_images" in given else None
    parts: dict[str, Sequence[torch.Tensor]] = {}
    for key, value in given.items():
        if key == "batch_num_images":
            parts[key] = [value.new_tensor([n]) for n in counts or ()]
        elif key == pixels and grid is not None:
            parts[key] = value.split(grid.prod(-1).tolist())
        else:
            parts[key] = value.split(counts or 1)
    return [dict(zip(parts, one, strict=True)) for one in zip(*parts.values(), strict=True)]


@torch.no_grad()
def features(model: Any, modality: str, given: dict[str, torch.Tensor]) -> Encoded:
    """What the language model is given of pictures or clips."""
    output = getattr(whole(model).base_model, f"get_{modality}_features")(**given, return_dict=True)
    return Encoded(
        **{key: output[key] for key in ("pooler_output", "deepstack_features") if output.get(key) is not None}
    )


def media_of(prefixes: Sequence[Prefix]) -> dict[str, Any]:
    """What a model is given of the media of prompts in this order: pixels and their sizes, or what was encoded."""
    encoded = [one.encoded for one in prefixes if one.encoded]
    joined: dict[str, Any] = {}
    for modality in PIXELS:
        those = [one[modality] for one in encoded if modality in one]
        if those:
            joined[modality] = join(those)
    raw = [one.media for one in prefixes if one.media]
    found: dict[str, Any] = {key: _cat(key, [one[key] for one in raw if key in one]) for key in _keys(raw)}
    return {**found, "mm_encoder_outputs": joined} if joined else found


def media_tensors(batch: Any) -> dict[str, torch.Tensor]:
    """What a processor makes of media, without what it makes of words."""
    return {key: value for key, value in batch.items() if key not in _TEXT and isinstance(value, torch.Tensor)}


def _keys(raw: Sequence[dict[str, torch.Tensor]]) -> list[str]:
    return list(dict.fromkeys(key for one in raw for key in one))


def _cat(key: str, parts: list[torch.Tensor]) -> torch.Tensor:
    """Tensors behind each other; a sound shorter than another, or a picture of fewer tiles, is filled up."""
    if key in SOUND:
        most = max(part.shape[-1] for part in parts)
        parts = [nn.functional.pad(one, (0, most - one.shape[-1])) for one in parts]
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


def join(outputs: list[Encoded]) -> Encoded:
    """Outputs of several prompts as one: one entry a picture, or all tokens of all clips behind each other."""
    pooled = [one["pooler_output"] for one in outputs]
    if isinstance(pooled[0], torch.Tensor):  # clips of LLaVA-OneVision, (clips, tokens, width)
        return Encoded(pooler_output=torch.cat([one.flatten(0, 1) for one in pooled])[None])
    found: dict[str, Any] = {"pooler_output": [item for one in pooled for item in one]}
    if "deepstack_features" in outputs[0]:
        layers = range(len(outputs[0]["deepstack_features"]))
        found["deepstack_features"] = [
            [item for one in outputs for item in one["deepstack_features"][layer]] for layer in layers
        ]
    return Encoded(**found)
