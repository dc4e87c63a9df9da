"""Text, pictures, clips and sounds to the tensors of a model with pre-fusion.

In a text each medium is one mark, and a mark before them stands for the tokens that are made of all of them. The marks
become as many tokens `<|media_pad|>` as the model makes. All frames of a batch stand behind each other, and so do all
pieces of its sounds; `media_about` says which are of what, so batches can be joined and cut without padding.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import BatchFeature, ProcessorMixin

from affectreason.errors import InputError
from affectreason.media.audio import HERTZ
from affectreason.model.prefusion_config import BRANCHES, PrefusionConfig

PAD = "<|media_pad|>"
FUSED = "<|fused_slot|>"
SLOTS = {
    "<|image_slot|>": ("image", "frame"),
    "<|video_slot|>": ("video", "frame"),
    "<|face_image_slot|>": ("image", "face"),
    "<|face_video_slot|>": ("video", "face"),
    "<|audio_slot|>": ("audio", "audio"),
}
"""What a mark stands for: the list its medium is taken from, and the branch of the model it goes to."""
TOKENS = (PAD, FUSED, *SLOTS)
_MARK = re.compile("|".join(re.escape(mark) for mark in (FUSED, *SLOTS)))


class PrefusionProcessor(ProcessorMixin):
    """A tokenizer, an image processor and a feature extractor for 16 kHz, and how many tokens the model makes.

    A clip of more than `frames` frames is seen in that many of them, evenly spaced; a sound is heard in up to `pieces`
    pieces of `piece_seconds`, evenly spaced. With `fill` a shorter clip is filled up with its last frame, and a sound
    always has all `pieces`, which then overlap (AffectGPT's way); else both are taken as they are.
    """

    def __init__(
        self,
        image_processor: Any = None,
        feature_extractor: Any = None,
        tokenizer: Any = None,
        frames: int = 8,
        fill: bool = True,
        pieces: int = 8,
        piece_seconds: float = 2.0,
        query_tokens: int = 1,
        fused_tokens: int = 1,
        chat_template: str | None = None,
    ) -> None:
        super().__init__(image_processor, feature_extractor, tokenizer, chat_template=chat_template)
        self.frames, self.fill, self.pieces, self.piece_seconds = frames, fill, pieces, piece_seconds
        self.query_tokens, self.fused_tokens = query_tokens, fused_tokens
        self.image_token, self.image_token_id = PAD, tokenizer.convert_tokens_to_ids(PAD)
        self.media_marks = {self.image_token_id: "media", tokenizer.convert_tokens_to_ids(FUSED): "media"}
        self.media_marks |= {tokenizer.convert_tokens_to_ids(mark): kind for mark, (kind, _) in SLOTS.items()}

    @property
    def video_processor(self) -> Any:
        """Frames are processed as pictures are."""
        return self.image_processor

    def apply_chat_template(self, conversation: Any, tokenize: bool = False, **how: Any) -> Any:  # type: ignore[override]
        """The text of a dialogue, or of several, by the tokenizer's own template, with a mark for each medium."""
        if tokenize:
            raise InputError("tokenize=True would leave the media out; give this text and the media to the processor")
        if conversation and isinstance(conversation[0], list):
            return [self.apply_chat_template(one, **how) for one in conversation]
        flat = [{**message, "content": _flat(message["content"])} for message in conversation]
        return self.tokenizer.apply_chat_template(flat, tokenize=False, **how)

    def __call__(
        self,
        images: Any = None,
        text: str | list[str] | None = None,
        videos: Any = None,
        audio: Any = None,
        sampling_rate: int | None = None,
        padding: bool | str = False,
        padding_side: str | None = None,
        **_: Any,
    ) -> BatchFeature:
        """Tensors of a batch: input_ids and attention_mask (B, L), and those of its media where it has any.

        `images` are pictures, one list or one a row; `videos` clips, each a list of frames; `audio` waves of float32.
        """
        if sampling_rate not in (None, HERTZ):
            raise InputError(f"sound at {sampling_rate} samples a second: it is read at {HERTZ}")
        given = {"image": iter(_pictures(images)), "video": iter(videos or ()), "audio": iter(_waves(audio))}
        frames: list[Any] = []
        waves: list[np.ndarray] = []
        about: list[tuple[int, int, int]] = []
        texts = [
            self._laid(one, given, frames, waves, about) for one in ([text] if isinstance(text, str) else text or [])
        ]
        for kind, left in given.items():
            if next(left, None) is not None:
                raise InputError(f"there are more media of kind {kind!r} than the texts have places for")
        sides = {} if padding_side is None else {"padding_side": padding_side}
        found = dict(self.tokenizer(texts, padding=padding, return_tensors="pt", **sides))
        return BatchFeature({**found, **(self._tensors(frames, waves, about) if about else {})})

    def _laid(
        self,
        text: str,
        given: dict[str, Iterator[Any]],
        frames: list[Any],
        waves: list[np.ndarray],
        about: list[tuple[int, int, int]],
    ) -> str:
        """A text with its marks as tokens; its media are put behind those of the texts before it."""
        if PAD in text:
            raise InputError(f"a text holds {PAD}, which stands for what is made of media; take it out")
        first = 1

        def tokens(found: re.Match[str]) -> str:
            nonlocal first
            if found[0] == FUSED:
                first = 1
                return PAD * self.fused_tokens
            kind, branch = SLOTS[found[0]]
            medium = next(given[kind], None)
            if medium is None:
                raise InputError(f"a text has more places for media of kind {kind!r} than there are media")
            parts = self.heard(medium) if kind == "audio" else self.seen([medium] if kind == "image" else medium)
            (waves if kind == "audio" else frames).extend(parts)
            about.append((BRANCHES.index(branch), len(parts), first))
            first = 0
            return PAD * self.query_tokens

        return _MARK.sub(tokens, text)

    def seen(self, clip: Any) -> list[Any]:
        """The frames of a clip that the model is given."""
        taken = list(clip)
        if len(taken) > self.frames:
            taken = [taken[place] for place in np.linspace(0, len(taken) - 1, self.frames).round().astype(int)]
        return [*taken, *[taken[-1]] * (self.frames - len(taken) if self.fill else 0)]

    def heard(self, wave: Any) -> list[np.ndarray]:
        """The pieces of a sound that the model is given; one shorter than a piece is a shorter piece."""
        wave = np.asarray(wave, np.float32)
        if wave.ndim != 1 or not len(wave) or not np.isfinite(wave).all():
            raise InputError("a sound is not a row of numbers, or empty; give mono float32 samples")
        size = round(self.piece_seconds * HERTZ)
        count = self.pieces if self.fill else min(self.pieces, -(-len(wave) // size))
        starts = np.linspace(0, max(0, len(wave) - size), count).round().astype(int)
        return [wave[start : start + size] for start in starts]

    def _tensors(
        self, frames: list[Any], waves: list[np.ndarray], about: list[tuple[int, int, int]]
    ) -> dict[str, torch.Tensor]:
        """The tensors of media; of none of a kind an empty one of the right shape."""
        blank = [Image.new("RGB", (16, 16))]
        pixels = self.image_processor(images=frames or blank, return_tensors="pt")["pixel_values"]
        ears = self.feature_extractor
        size = round(self.piece_seconds * HERTZ)
        own = {} if hasattr(ears, "n_samples") else {"padding": "max_length", "max_length": size}
        name = ears.model_input_names[0]
        sound = ears(waves or [np.zeros(size, np.float32)], sampling_rate=HERTZ, return_tensors="pt", **own)[name]
        return {
            "pixel_values": pixels[: len(frames)],
            "audio_values": sound[: len(waves)],
            "audio_lengths": torch.tensor([len(wave) for wave in waves], dtype=torch.long),
            "media_about": torch.tensor(about, dtype=torch.long),
        }


def of(config: PrefusionConfig, pictures: Any, ears: Any, tokenizer: Any, fill: bool = True) -> PrefusionProcessor:
    """The processor of a model, whose tokenizer has `TOKENS`."""
    return PrefusionProcessor(
        pictures,
        ears,
        tokenizer,
        frames=config.frames,
        fill=fill,
        pieces=config.pieces,
        piece_seconds=config.piece_seconds,
        query_tokens=config.query_tokens,
        fused_tokens=0 if config.fusion == "none" else config.fused_tokens,
    )


def _flat(content: Any) -> str:
    """The content of a message as one text."""
    if isinstance(content, str):
        return content
    parts = [part["text"] if part["type"] == "text" else _mark(part) for part in content]
    media = [place for place, part in enumerate(content) if part["type"] != "text"]
    if media:  # a line ends behind them: prompts with the same media have a word in common then, and can share a row
        parts[media[-1]] += "\n"
    return (FUSED if media else "") + "".join(parts)


def _mark(part: dict[str, Any]) -> str:
    kind = part["type"]
    wanted = (kind, "audio" if kind == "audio" else "face" if part.get("role") == "face" else "frame")
    return next(mark for mark, slot in SLOTS.items() if slot == wanted)


def _pictures(images: Any) -> Iterable[Any]:
    """Pictures one after another, however they are grouped."""
    if images is None:
        return []
    if not isinstance(images, list | tuple):
        return [images]
    return chain.from_iterable(one if isinstance(one, list | tuple) else [one] for one in images)


def _waves(audio: Any) -> Iterable[Any]:
    """Sounds one after another; one alone may stand by itself."""
    return [audio] if isinstance(audio, np.ndarray) and audio.ndim == 1 else audio if audio is not None else []
