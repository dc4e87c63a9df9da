"""One answer at a time for someone who waits: the text as it grows, and whether it was broken off."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.model import generate, load
from affectreason.recipe import prompts
from affectreason.recipe.parts import Media
from affectreason.recipe.prompts import Prompt


@dataclass(frozen=True)
class Spoken:
    """A model's text, and the number of its tokens where it ended because no more were allowed."""

    text: str
    cut: int | None


class Stream:
    """What transformers' `generate` hands each new token to; `show` gets the text so far and the count of tokens."""

    def __init__(self, tokenizer: Any, show: Callable[[str, int], None] | None) -> None:
        self.tokenizer, self.show = tokenizer, show
        self.ids: list[int] = []
        self.prompted = False

    def put(self, ids: torch.Tensor) -> None:
        """Take the prompt first, then one token at a time, shape (1,)."""
        if not self.prompted:
            self.prompted = True
            return
        self.ids += ids.flatten().tolist()
        if self.show is not None:
            text = self.tokenizer.decode(self.ids, skip_special_tokens=True)
            self.show(text.rstrip("\ufffd"), len(self.ids))  # the last character may still lack a byte

    def end(self) -> None:
        """Nothing is held back, so nothing is left to show."""


def opened(source: str, adapter: str | None, dtype: str, media: Media, quantize: str | None = None) -> tuple[Any, Any]:
    """A model and its processor, ready to answer on this machine's device."""
    model, processor = load.load(
        source,
        adapter=adapter,
        dtype=dtype,
        min_pixels=media.min_pixels,
        max_pixels=media.max_pixels,
        quantize=quantize,
    )
    return model.to(load.device()).eval(), processor


def is_adapted(model: Any) -> bool:
    """Whether a model wears an adapter that can be taken off for a moment."""
    return hasattr(model, "disable_adapter")


def say(
    model: Any,
    processor: Any,
    sample: Sample,
    prompt: Prompt,
    media: Media,
    *,
    max_new_tokens: int,
    temperature: float,
    seed: int,
    show: Callable[[str, int], None] | None = None,
    bare: bool = False,
) -> Spoken:
    """The model's text about a sample; with `bare` the adapter it wears is off. Too little memory is an InputError."""
    stream = Stream(processor.tokenizer, show)
    try:
        with model.disable_adapter() if bare else nullcontext():
            (text,) = generate.answer(
                model,
                processor,
                [generate.Asked(sample, prompts.messages(sample, prompt))],
                max_new_tokens=max_new_tokens,
                temperature=temperature,
                seed=seed,
                fps=media.fps,
                max_frames=media.max_frames,
                max_seconds=media.max_seconds,
                streamer=stream,
            )
    except torch.OutOfMemoryError as error:
        raise InputError(
            "the device has too little memory for this dialogue; /clear it, or give smaller pictures or dtype=bfloat16"
        ) from error
    ends = model.generation_config.eos_token_id
    ended = stream.ids and stream.ids[-1] in (ends if isinstance(ends, list) else [ends])
    return Spoken(text, None if ended or len(stream.ids) < max_new_tokens else len(stream.ids))
