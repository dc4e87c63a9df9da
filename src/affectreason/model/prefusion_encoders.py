"""Any vision or audio encoder of transformers: which class it is, and what it makes of frames and of pieces of sound.

F is frames, P pieces, N vectors a frame, D the width of the encoder.
"""

from typing import Any

import torch
from torch import nn
from transformers import MODEL_MAPPING, AutoModel, CLIPVisionModelWithProjection

from affectreason.errors import InputError
from affectreason.model.shared_prefix import FLASH, FLEX

SAMPLES_A_STEP = 320  # of sound at 16 kHz, in encoders that do not say it themselves (Whisper: 20 ms)


def seeing(config: Any, features: str) -> Any:
    """A vision encoder with random weights; CLIP with its projection where one vector a frame is wanted of it."""
    if config.model_type == "clip_vision_model" and features == "clip":
        return CLIPVisionModelWithProjection(config)
    return _built(config)


def hearing(config: Any) -> Any:
    """An audio encoder with random weights; of a model that also writes, its encoder."""
    model = _built(config)
    return model.get_encoder() if config.is_encoder_decoder else model


def _built(config: Any) -> Any:
    """The model of a configuration, with the attention asked for where its class has it (WavLM has its own alone)."""
    wanted, kind = config._attn_implementation, MODEL_MAPPING[type(config)]
    has = {"sdpa": "_supports_sdpa", FLASH: "_supports_flash_attn", FLEX: "_supports_flex_attn"}
    lacks = wanted in has and not getattr(kind, has[wanted])
    return AutoModel.from_config(config, attn_implementation="eager" if lacks else wanted)


def seen(tower: Any, pixels: torch.Tensor, features: str, layer: int, width: int) -> torch.Tensor:
    """Vectors (F, N, D) of frames (F, 3, H, W): one each, or those of all patches of a hidden layer."""
    if not len(pixels) and not _learns_elsewhere(tower):
        return pixels.new_zeros(0, 1, width)
    some = pixels if len(pixels) else pixels.new_zeros(1, *pixels.shape[1:])
    if features == "patch":
        found = tower(pixel_values=some, output_hidden_states=True).hidden_states[layer]
        return found[: len(pixels), -_patches(tower.config, found.shape[1]) :]
    output = tower(pixel_values=some)
    pooled = output.get("image_embeds") if "image_embeds" in output else output.get("pooler_output")
    vectors = output.last_hidden_state.mean(1) if pooled is None else pooled
    return vectors[: len(pixels), None]


def heard(tower: Any, waves: torch.Tensor, lengths: torch.Tensor, layers: int, width: int) -> torch.Tensor:
    """Vectors (P, D) of pieces (P, samples) or their spectrograms (P, bins, steps): the mean of the last hidden layers.

    `lengths` (P,) are the samples at 16 kHz that are sound; what is padding is left out of the mean over time.
    """
    if not len(waves) and not _learns_elsewhere(tower):
        return waves.new_zeros(0, width)
    some = waves if len(waves) else waves.new_zeros(1, *waves.shape[1:])
    lengths = lengths if len(waves) else lengths.new_ones(1)
    known: dict[str, torch.Tensor] = {tower.main_input_name: some}
    if getattr(tower.config, "feat_extract_norm", "") == "layer":  # the others were trained on padding without a mask
        known["attention_mask"] = (torch.arange(some.shape[1], device=some.device) < lengths[:, None]).long()
    found = tower(**known, output_hidden_states=True)
    # since transformers 5 the last of `hidden_states` lacks the norm of encoders like HuBERT-large; AffectGPT's had it
    hidden = torch.stack([*found.hidden_states[:-1], found.last_hidden_state][-layers:]).mean(0)
    there = torch.arange(hidden.shape[1], device=hidden.device) < _steps(tower, lengths)[:, None]
    weight = there[..., None].to(hidden.dtype)
    return ((hidden * weight).sum(1) / weight.sum(1))[: len(waves)]


def _steps(tower: Any, lengths: torch.Tensor) -> torch.Tensor:
    """How many steps of an audio encoder are sound, at least one."""
    own = getattr(tower, "_get_feat_extract_output_lengths", None)
    found = (
        (lengths + SAMPLES_A_STEP - 1) // SAMPLES_A_STEP
        if own is None or tower.main_input_name != "input_values"
        else own(lengths)
    )
    return found.clamp(min=1)


def _patches(config: Any, tokens: int) -> int:
    """How many of a vision encoder's tokens are patches; they stand behind class and register tokens."""
    size, patch = getattr(config, "image_size", None), getattr(config, "patch_size", None)
    if not isinstance(size, int) or not isinstance(patch, int) or not 0 < (size // patch) ** 2 <= tokens:
        raise InputError(f"features=patch: {config.model_type} does not say where its patches are; take features=clip")
    return (size // patch) ** 2


def _learns_elsewhere(tower: nn.Module) -> bool:
    """Whether other processes may be waiting for a gradient of this encoder, which here has nothing to look at."""
    several = torch.distributed.is_available() and torch.distributed.is_initialized()
    learns = torch.is_grad_enabled() and any(one.requires_grad for one in tower.parameters())
    return several and torch.distributed.get_world_size() > 1 and learns
