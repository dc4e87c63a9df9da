"""Samples to tensors: pictures, clips, sounds and words through the model's own processor, loss on the answer only.

B is rows, L tokens. Prompts are tokenised exactly as a rollout sees them and answers are put behind them, so training
and generation never disagree on a token boundary.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from affectreason.affect.hashes import share
from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.media.audio import HERTZ
from affectreason.media.image import open_image
from affectreason.media.video import read_frames
from affectreason.model import filled, hearing
from affectreason.recipe import prompts
from affectreason.recipe.prompts import Message, Prompt

IGNORED = -100


@dataclass(frozen=True)
class Loaded:
    """The media of one sample, in its order: pictures, clips as frames, and what the processor must know of clips.

    `sounds` are mono float32 in -1..1 at 16 kHz. Of a clip only the pictures are taken: its sound track is heard where
    the sample names it as a medium of kind `audio`.
    """

    images: list[Any]
    videos: list[list[Any]]
    metadata: list[dict[str, Any]]
    sounds: list[np.ndarray] = field(default_factory=list)
    of: str = ""
    """The id of the sample, for whoever has to say what is wrong."""


def load_media(sample: Sample, fps: float, max_frames: int, max_seconds: float | None = None) -> Loaded:
    """Decode a sample's pictures, clips and sounds; a file that cannot be read stops with the sample's id.

    So does a sound longer than `max_seconds`, for nothing is ever cut, and one too short to be heard.
    """
    images, videos, metadata, sounds = [], [], [], []
    for item in sample.media:
        if item.kind == "image":
            images.append(open_image(item, sample.id))
        elif item.kind in ("video", "frames"):
            frames, times, rate = read_frames(item, sample.id, fps=fps, max_frames=max_frames)
            videos.append(frames)
            indices = [round(time * rate) for time in times]
            metadata.append({"fps": rate, "frames_indices": indices, "total_num_frames": indices[-1] + 1})
        elif item.kind == "audio":
            sounds.append(hearing.wave(item, sample.id, max_seconds))
        else:
            raise InputError(
                f"sample {sample.id!r}: media of kind {item.kind!r} cannot be given to a model yet; remove it"
            )
    return Loaded(images, videos, metadata, sounds, sample.id)


def prompt_batch(
    processor: Any,
    dialogues: list[list[Message]],
    loaded: list[Loaded],
    padding_side: str,
    begun: list[str] | None = None,
) -> Any:
    """Dialogues up to the answer, as one padded batch of tensors: input_ids (B, L), attention_mask (B, L), media.

    `begun` is what each answer begins with. InputError names a sample whose media the processor cannot take.
    """
    texts = [processor.apply_chat_template(d, tokenize=False, add_generation_prompt=True) for d in dialogues]
    texts = [text + start for text, start in zip(texts, begun or [""] * len(texts), strict=True)]
    media: dict[str, Any] = {}
    if any(one.images for one in loaded):
        media["images"] = [one.images for one in loaded]
    if any(one.videos for one in loaded):
        if getattr(processor, "video_processor", None) is None:
            raise InputError(f"{type(processor).__name__} reads no video; choose a model that does, or give pictures")
        media["videos"] = [clip for one in loaded for clip in one.videos]
        media["video_metadata"] = [about for one in loaded for about in one.metadata]
        media["do_sample_frames"] = False
    waves = [wave for one in loaded for wave in one.sounds]
    if waves:
        for one in (one for one in loaded if one.sounds):
            hearing.refuse(processor, one.of, one.sounds)
        media["audio"], media["sampling_rate"] = waves, HERTZ
    try:
        batch = processor(text=texts, padding=True, padding_side=padding_side, return_tensors="pt", **media)
    except ValueError as error:
        lengths = sorted({len(clip) for one in loaded for clip in one.videos})
        if len(lengths) < 2 or isinstance(error, InputError):
            raise
        raise InputError(
            f"{type(processor).__name__} cannot hold clips of {lengths} frames in one batch; lower media.max_frames to "
            f"{lengths[0]}, or take batches of one"
        ) from error
    if "feature_attention_mask" in batch:
        batch |= hearing.spectra(processor, waves)
    if "video_second_per_grid" in batch:  # Qwen's Omni processors take every clip for one of the same rate
        batch["video_second_per_grid"] = _grid_seconds(processor, loaded)
    return batch


def _grid_seconds(processor: Any, loaded: list[Loaded]) -> torch.Tensor:
    """Seconds from one step of a clip's grid to the next, by the frames that were taken; shape (clips,)."""
    steps = []
    for about in (about for one in loaded for about in one.metadata):
        indices = about["frames_indices"]
        steps.append((indices[-1] - indices[0]) / max(1, len(indices) - 1) / about["fps"])
    return torch.tensor(steps) * processor.video_processor.temporal_patch_size


def turn_end(processor: Any) -> str:
    """What the chat template writes when the assistant's turn is over, the token a model must learn to stop with."""
    mark = "\u2402"
    dialogue = [{"role": "user", "content": [prompts.text_part("x")]}]
    answer = {"role": "assistant", "content": [prompts.text_part(mark)]}
    whole = processor.apply_chat_template([*dialogue, answer], tokenize=False)
    return whole.rpartition(mark)[2].strip() or processor.tokenizer.eos_token


class Collator:
    """Rows of `{"sample": JSON}` to a training batch whose `labels` are the answers' tokens and -100 elsewhere.

    A row longer than `max_length` tokens is an error that names the sample: nothing is ever cut. A share `hinted` of
    the samples, chosen by their ids, is asked with the gold labels shown. `unseen` are dialogues with media, by their
    kind (`stand_ins.shown`), put as rows that are not learned beside samples that have none of it.
    """

    def __init__(
        self,
        processor: Any,
        prompt: Prompt,
        fps: float = 2.0,
        max_frames: int = 16,
        max_length: int | None = None,
        hinted: float = 0.0,
        max_seconds: float | None = None,
    ) -> None:
        self.processor, self.prompt, self.fps, self.max_frames = processor, prompt, fps, max_frames
        self.max_length, self.hinted, self.max_seconds = max_length, hinted, max_seconds
        self.end = turn_end(processor)
        self.unseen: dict[str, tuple[list[Message], Loaded]] = {}

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Tensors of one batch: input_ids, labels and attention_mask are (B, L), padded on the right."""
        samples = [Sample.model_validate_json(row["sample"]) for row in rows]
        loaded = [self.load(sample) for sample in samples]
        dialogues = [self.asked(sample) for sample in samples]
        answers = [self.answer_ids(sample) for sample in samples]
        more = self.lacking(loaded)
        dialogues, loaded = dialogues + [one for one, _ in more], loaded + [one for _, one in more]
        answers += [self.end_ids() for _ in more]
        batch = prompt_batch(self.processor, dialogues, loaded, padding_side="right")
        lengths = batch["attention_mask"].sum(1).tolist()
        for sample, length, answer in zip(samples, lengths, answers, strict=False):
            self.check_length(sample, length + len(answer))
        width = max(length + len(answer) for length, answer in zip(lengths, answers, strict=True))
        pad = self.processor.tokenizer.pad_token_id
        labels = torch.full((len(answers), width), IGNORED)
        for key in ("input_ids", "attention_mask", "mm_token_type_ids"):
            if key in batch:
                batch[key] = _widen(batch[key], width, pad if key == "input_ids" else 0)
        for row, (length, answer) in enumerate(zip(lengths, answers, strict=True)):
            end = length + len(answer)
            batch["input_ids"][row, length:end] = labels[row, length:end] = torch.tensor(answer)
            batch["attention_mask"][row, length:end] = 1
        labels[torch.tensor(filled.quiet(rows) + [True] * len(more))] = IGNORED
        return {**batch, "labels": labels}

    def lacking(self, loaded: list[Loaded]) -> list[tuple[list[Message], Loaded]]:
        """Which of the `unseen` call a tower that these media do not; clips call that of pictures, if not another."""
        apart = "video" in self.unseen
        there = {"image" for one in loaded if one.images or (one.videos and not apart)}
        there |= {"video" for one in loaded if one.videos} | {"audio" for one in loaded if one.sounds}
        return [one for kind, one in self.unseen.items() if kind not in there]

    def load(self, sample: Sample) -> Loaded:
        """The media of a sample."""
        return load_media(sample, self.fps, self.max_frames, self.max_seconds)

    def asked(self, sample: Sample) -> list[Message]:
        """The dialogue up to a sample's answer, the gold labels in it for the hinted ones."""
        return prompts.messages(sample, self.prompt, hint=share(sample.id) < self.hinted)

    def check_length(self, sample: Sample, tokens: int) -> None:
        """Refuse a sample of more tokens than `max_length`."""
        if self.max_length is not None and tokens > self.max_length:
            raise InputError(
                f"sample {sample.id!r} has {tokens} tokens, more than train.max_length: "
                f"{self.max_length}; raise it, or lower media.max_pixels or media.max_frames"
            )

    def answer_ids(self, sample: Sample) -> list[int]:
        """The tokens of a sample's answer and the end of its turn."""
        text = prompts.target(sample)
        if text is None:
            raise InputError(
                f"sample {sample.id!r} has no response, answer or gold emotion, so there is nothing to learn; remove it"
            )
        return self.processor.tokenizer(text + self.end, add_special_tokens=False)["input_ids"]

    def end_ids(self) -> list[int]:
        """The tokens of the end of a turn in which nothing is said."""
        return self.processor.tokenizer(self.end, add_special_tokens=False)["input_ids"]


def _widen(tensor: torch.Tensor, width: int, value: int) -> torch.Tensor:
    extra = tensor.new_full((tensor.shape[0], width - tensor.shape[1]), value)
    return torch.cat([tensor, extra], dim=1)
