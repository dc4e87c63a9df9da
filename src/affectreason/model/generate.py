"""(model, samples) -> texts, with transformers' own generate."""

from dataclasses import dataclass
from typing import Any

import torch

from affectreason.affect.sample import Sample
from affectreason.model import prefixes, rollout, shared_prefix, vision_cache
from affectreason.model.collate import Loaded, load_media, prompt_batch
from affectreason.model.vision_cache import Cache
from affectreason.recipe.prompts import Message


@dataclass(frozen=True)
class Asked:
    """A sample, the dialogue put to the model about it, and what the model's turn is made to begin with."""

    sample: Sample
    dialogue: list[Message]
    begun: str = ""


def answer(
    model: Any,
    processor: Any,
    asked: list[Asked],
    *,
    max_new_tokens: int,
    temperature: float = 0.0,
    seed: int = 0,
    fps: float = 2.0,
    max_frames: int = 16,
    max_seconds: float | None = None,
    loaded: list[Loaded] | None = None,
    streamer: Any = None,
    cache: Cache | None = None,
) -> list[str]:
    """One text for each dialogue, generated as one batch; `temperature` 0 is greedy.

    Sampling depends on `seed` and the batch alone, not on what was generated before. The generator of the caller is
    left as it was. With a `cache` what the tower made of the media is read from it.
    """
    loaded = loaded or [load_media(one.sample, fps, max_frames, max_seconds) for one in asked]
    sampling = (
        {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        if temperature
        else {"do_sample": False}
    )
    devices = [model.device] if model.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        ids = tokens(
            model, processor, asked, loaded, max_new_tokens=max_new_tokens, streamer=streamer, cache=cache, **sampling
        )
    return processor.tokenizer.batch_decode(ids, skip_special_tokens=True)


@torch.inference_mode()
def tokens(
    model: Any,
    processor: Any,
    asked: list[Asked],
    loaded: list[Loaded],
    *,
    max_new_tokens: int,
    cache: Cache | None = None,
    copies: int = 1,
    **how: Any,
) -> torch.Tensor:
    """The tokens written to each dialogue, shape (B x copies, L), as one batch; `how` goes to transformers' generate.

    What a turn was made to begin with is not among them. `copies` answers to one dialogue follow one another; the
    model reads it once for all of them where it can.
    """
    once = copies > 1 and shared_prefix.why_not(model) is None and not any(one.sounds for one in loaded)
    if copies > 1 and cache is None and not once:
        asked = [one for one in asked for _ in range(copies)]
        loaded = [one for one in loaded for _ in range(copies)]
        copies = 1
    dialogues, begun = [one.dialogue for one in asked], [one.begun for one in asked]
    pad = processor.tokenizer.pad_token_id
    how = {
        **how,
        "max_new_tokens": max_new_tokens,
        "suppress_tokens": placeholders(model),
        "repetition_penalty": 1.0,  # Qwen's own 1.05 would punish the next "(AU" and is not what GRPO samples with
        "pad_token_id": pad,
    }
    if cache is not None or once:
        made = [
            prefixes.make(model, processor, dialogue, media, start)
            for dialogue, media, start in zip(dialogues, loaded, begun, strict=True)
        ]
        read = made if cache is None else [vision_cache.encoded(model, one, cache) for one in made]
        of = torch.arange(len(read), device=model.device).repeat_interleave(copies)
        return rollout.answers(model, read, of, pad, **how)
    batch = prompt_batch(processor, dialogues, loaded, padding_side="left", begun=begun).to(model.device)
    batch = {key: value.to(model.dtype) if value.is_floating_point() else value for key, value in batch.items()}
    return model.generate(**batch, **how)[:, batch["input_ids"].shape[1] :]


def placeholders(model: Any) -> list[int]:
    """The ids that stand for media; a model must never write them itself."""
    names = ("image_token_id", "video_token_id", "audio_token_id", "image_token_index", "video_token_index")
    found = {getattr(model.config, name, None) for name in names}
    return sorted(token for token in found if token is not None)
