"""What transformers gets wrong of audio encoders, mended once a model is loaded."""

from typing import Any

import torch
from torch import nn


def mend(model: nn.Module) -> None:
    """Let encoders of sound be as they were published: tables are still, and short sounds are heard as beside long."""
    still(model)
    for tower in _towers(model):
        if type(tower).__name__ == "Qwen3OmniMoeAudioEncoder":
            tower.register_forward_pre_hook(_whole_chunks, with_kwargs=True)


def still(model: nn.Module) -> None:
    """Stop the gradient of Whisper's table of positions: sines, which its class freezes and loading lets learn."""
    for tower in _towers(model):
        if tower.config.model_type == "whisper":
            tower.embed_positions.requires_grad_(False)


def _towers(model: nn.Module) -> list[Any]:
    return [module for name, module in model.named_modules() if name.endswith("audio_tower")]


def _whole_chunks(tower: Any, args: tuple[Any, ...], given: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Fill up sounds of which all are shorter than a chunk to a whole one, as beside a longer sound they are.

    Its convolutions see what stands behind a sound: the border of the tensor, or what an earlier layer made of the
    filling. One second is a chunk, and of longer sounds the last is always filled up.
    """
    from transformers.models.qwen3_omni_moe.modeling_qwen3_omni_moe import chunk_and_pad_features, get_valid_indices

    spectra = args[0] if args else given["input_features"]
    chunks, lengths = chunk_and_pad_features(spectra, given["feature_lens"], tower.n_window)
    lacking = 2 * tower.n_window - chunks.shape[-1]
    if lacking <= 0:
        return args, given
    whole = lengths.new_full((1,), 2 * tower.n_window)
    places, last = (
        get_valid_indices(torch.cat([lengths, whole]), tower.n_window),
        get_valid_indices(whole, tower.n_window),
    )
    filled = {"padded_feature": nn.functional.pad(chunks, (0, lacking)), "chunk_lengths": lengths}
    return args, {**given, **filled, "valid_indices": places[: -len(last)]}
