"""Sounds on their way to a model: read, neither too short nor too long, and as spectrograms."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch

from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError
from affectreason.media.audio import HERTZ, SHORTEST, read_audio


def wave(item: Media, sample_id: str, max_seconds: float | None) -> np.ndarray:
    """The sound of a medium, float32 [samples] in -1..1 at 16 kHz; InputError where it is too short or too long."""
    found = read_audio(item, sample_id, HERTZ)
    seconds = len(found) / HERTZ
    if seconds < SHORTEST:
        raise InputError(
            f"sample {sample_id!r}: the sound {item.path} is {seconds * 1000:.1f} ms long, and less than "
            f"{SHORTEST * 1000:g} ms cannot be heard; mend `start` and `end`, or take it out"
        )
    if max_seconds is not None and seconds > max_seconds:
        raise InputError(
            f"sample {sample_id!r}: the sound {item.path} is {seconds:.1f} s long, more than media.max_seconds: "
            f"{max_seconds:g}; raise it, give `start` and `end`, or take it out"
        )
    return found


def require(processor: Any, samples: Iterable[Sample]) -> None:
    """Refuse samples with sound for a processor that reads none, before the first is asked."""
    for sample in samples:
        if any(item.kind == "audio" for item in sample.media):
            ears_of(processor, sample.id)


def ears_of(processor: Any, sample_id: str) -> Any:
    """The part of a processor that reads sound; InputError that names the sample where there is none."""
    ears = getattr(processor, "feature_extractor", None)
    if ears is None:
        raise InputError(
            f"sample {sample_id!r}: {type(processor).__name__} reads no sound; choose a model that does "
            "(Qwen2.5-Omni, tiny:affectgpt), or drop audio"
        )
    return ears


def refuse(processor: Any, sample_id: str, waves: Sequence[np.ndarray]) -> None:
    """Refuse sounds that a processor would not read, or of which it would take the beginning alone."""
    ears = ears_of(processor, sample_id)
    cuts = getattr(processor, "audio_kwargs", {"truncation": False}).get("truncation", True)
    most = getattr(ears, "n_samples", math.inf) if cuts else math.inf
    longest = max(len(one) for one in waves)
    if longest > most:
        raise InputError(
            f"sample {sample_id!r}: a sound of {longest / HERTZ:.1f} s, and {type(ears).__name__} hears the first "
            f"{most / HERTZ:g} s; give `start` and `end`, or take it out"
        )


def spectra(processor: Any, waves: Sequence[np.ndarray]) -> dict[str, torch.Tensor]:
    """Spectrograms (sounds, mels, frames) that do not depend on which sounds are taken together, and their mask.

    A spectrogram mirrors a sound at its end, but for the shorter ones of a batch: here silence of a window's length
    stands behind each. Some processors fill up all of them to minutes; here the longest ends them.
    """
    ears = processor.feature_extractor
    frames = math.ceil((max(len(one) for one in waves) + ears.n_fft) / ears.hop_length)
    filled = {"padding": "max_length", "max_length": frames * ears.hop_length, "return_attention_mask": True}
    found = ears(waves, sampling_rate=HERTZ, return_tensors="pt", **filled)
    most = int(found["attention_mask"].sum(-1).max())
    return {
        "input_features": found["input_features"][..., :most],
        "feature_attention_mask": found["attention_mask"][..., :most],
    }
