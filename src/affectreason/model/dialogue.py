"""A dialogue with a model about pictures, clips and sounds: what was asked, what it said, and the file it is kept in.

Importing this does not import torch; `open_model` does.
"""

import datetime
import difflib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from affectreason.affect import jsonl, reading
from affectreason.affect.response import Response
from affectreason.affect.sample import Media, Sample, Turn
from affectreason.errors import InputError
from affectreason.media.image import open_image
from affectreason.recipe import parts, prompts

Show = Callable[[str, int], None] | None
"""Called with the text so far and its tokens while a model writes."""


@dataclass
class Exchange:
    """One question as it was put, with all that stood before it, and what was said to it."""

    sample: Sample
    prompt: str
    seed: int
    said: Response
    cut: int | None
    base: Response | None = None
    base_cut: int | None = None


@dataclass
class Dialogue:
    """The model, how it is asked, what is attached, and what was said so far; `base` is what it is compared with."""

    model: str
    adapter: str | None
    base: str | None
    prompt: str
    labels: str
    dtype: str
    pixels: parts.Media
    quantize: str | None = None
    max_new_tokens: int = 512
    temperature: float = 0.0
    seed: int = 0
    attached: tuple[Media, ...] = ()
    turns: tuple[Turn, ...] = ()
    exchanges: list[Exchange] = field(default_factory=list)
    saved: set[Path] = field(default_factory=set)
    opened: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    """The tuned model, and the base once it was asked for, each with its processor."""


def media(kind: Literal["image", "video", "audio"], paths: list[str], pixels: parts.Media) -> tuple[Media, ...]:
    """Pictures, clips and folders of frames, or sounds; every file is opened, InputError says which one cannot be."""
    found = []
    for path in (Path(path).expanduser().absolute() for path in paths):
        if not path.exists():
            raise InputError(f"no such file: {path}{_beside(path)}")
        if kind != "video" and path.is_dir():
            what = "a picture" if kind == "image" else "a sound"
            raise InputError(f"{path} is a folder, not {what}; a folder of frames is given as a video")
        one = Media(kind="frames" if path.is_dir() else kind, path=str(path))
        try:
            _open(one, pixels)
        except InputError as error:
            reason = str(error).removeprefix("sample 'chat': ")
            raise InputError(reason.replace("take the sample out", "give another")) from error
        found.append(one)
    return tuple(found)


def _beside(path: Path) -> str:
    """What may have been meant by a path where nothing is."""
    if not path.parent.is_dir():
        return f" (the folder {path.parent} is missing too)"
    close = difflib.get_close_matches(path.name, [file.name for file in path.parent.iterdir()], cutoff=0.5)
    return f"; beside it: {', '.join(close)}" if close else ""


def _open(one: Media, pixels: parts.Media) -> None:
    if one.kind == "image":
        open_image(one, "chat")
        return
    if one.kind == "audio":
        from affectreason.media.audio import read_audio

        read_audio(one, "chat")
        return
    from affectreason.media.video import read_frames

    read_frames(one, "chat", fps=pixels.fps, max_frames=pixels.max_frames)


def attach(dialogue: Dialogue, attached: tuple[Media, ...]) -> None:
    """Look at other media from now on; what was said of the earlier ones is no longer put before a question."""
    dialogue.attached = attached
    dialogue.turns = ()


def ask(dialogue: Dialogue, question: str | None, show: Show = None) -> Exchange:
    """Put a question (None: the prompt's own) after what was said before, and keep the answer as a turn.

    The text of the turn is the whole text the model was given. With a temperature each question has a seed of its own.
    """
    number = len(dialogue.exchanges)
    sample = Sample(
        id=f"chat_{number + 1}",
        media=dialogue.attached,
        question=question,
        turns=dialogue.turns,
        labels=dialogue.labels,
    )
    text, cut = _say(dialogue, "tuned", sample, dialogue.prompt, dialogue.seed + number, show)
    said = reading.read(text, sample, form=prompts.find(dialogue.prompt).answers)
    exchange = Exchange(sample, dialogue.prompt, dialogue.seed + number, said, cut)
    dialogue.exchanges.append(exchange)
    dialogue.turns += (Turn(role="user", text=put(exchange)), Turn(role="assistant", text=text))
    return exchange


def compare(dialogue: Dialogue, show: Show = None) -> Exchange:
    """The last exchange with the base model's answer to the same question, media and earlier turns."""
    if not dialogue.exchanges:
        raise InputError(
            "nothing was asked yet, so there is nothing to compare; press Enter to ask the prompt's question"
        )
    exchange = dialogue.exchanges[-1]
    if exchange.base is None:
        text, exchange.base_cut = _say(dialogue, "base", exchange.sample, exchange.prompt, exchange.seed, show)
        form = prompts.find(exchange.prompt).answers
        exchange.base = reading.read(text, exchange.sample, dialogue.labels, form=form)
    return exchange


def put(exchange: Exchange) -> str:
    """The text of the question as the model was given it."""
    return str(prompts.messages(exchange.sample, prompts.find(exchange.prompt))[-1]["content"][-1]["text"])


def open_model(dialogue: Dialogue, which: Literal["tuned", "base"]) -> tuple[Any, Any, bool]:
    """The model, its processor, and whether its adapter is to be taken off; read from disk once.

    An adapter's base is the same model without it, unless another was named.
    """
    from affectreason.model import talk

    if "tuned" not in dialogue.opened:
        dialogue.opened["tuned"] = talk.opened(
            dialogue.model, dialogue.adapter, dialogue.dtype, dialogue.pixels, dialogue.quantize
        )
    tuned = dialogue.opened["tuned"]
    if which == "tuned":
        return *tuned, False
    if dialogue.base is None:
        if talk.is_adapted(tuned[0]):
            return *tuned, True
        raise InputError(
            f"it is not known what {dialogue.model} was trained from; "
            "start the chat with base=, a model folder or a hub id"
        )
    if "base" not in dialogue.opened:
        dialogue.opened["base"] = talk.opened(dialogue.base, None, dialogue.dtype, dialogue.pixels, dialogue.quantize)
    return *dialogue.opened["base"], False


def _say(
    dialogue: Dialogue, which: Literal["tuned", "base"], sample: Sample, prompt: str, seed: int, show: Show
) -> tuple[str, int | None]:
    from affectreason.model import talk

    model, processor, bare = open_model(dialogue, which)
    spoken = talk.say(
        model,
        processor,
        sample,
        prompts.find(prompt),
        dialogue.pixels,
        max_new_tokens=dialogue.max_new_tokens,
        temperature=dialogue.temperature,
        seed=seed,
        show=show,
        bare=bare,
    )
    return spoken.text, spoken.cut


def free_name(day: datetime.date) -> Path:
    """`chat-DATE.json` in this folder, or `chat-DATE-2.json` ... where there is one already."""
    number = 1
    while (path := Path(f"chat-{day}{'' if number == 1 else f'-{number}'}.json")).exists():
        number += 1
    return path


def save(dialogue: Dialogue, path: Path) -> None:
    """Write the whole dialogue as JSON, whole or not at all; a file that this chat did not write is left alone."""
    if not dialogue.exchanges:
        raise InputError("nothing was asked yet, so there is nothing to save")
    refuse_existing(dialogue, path)
    written = {
        "model": dialogue.model,
        "adapter": dialogue.adapter,
        "base": dialogue.base,
        "dtype": dialogue.dtype,
        "quantize": dialogue.quantize,
        "max_new_tokens": dialogue.max_new_tokens,
        "temperature": dialogue.temperature,
        "dialogue": [as_json(exchange) for exchange in dialogue.exchanges],
    }
    jsonl.write(path, [json.dumps(written, indent=2, ensure_ascii=False)])
    dialogue.saved.add(path.absolute())


def refuse_existing(dialogue: Dialogue, path: Path) -> None:
    """Refuse to write where another file, or a folder, is."""
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it, such as {path / 'chat.json'}")
    if path.exists() and path.absolute() not in dialogue.saved:
        raise InputError(f"{path} exists already and is not overwritten; name another file")


def as_json(exchange: Exchange) -> dict[str, Any]:
    """One exchange: the media, the question, the text it was put in, what was said before, and the raw answer."""
    sample = exchange.sample.model_dump(mode="json", exclude_defaults=True)
    found = {
        "id": exchange.sample.id,
        "media": sample.get("media", []),
        "prompt": exchange.prompt,
        "labels": exchange.sample.labels,
        "question": exchange.sample.question or prompts.find(exchange.prompt).question,
        "asked": put(exchange),
        "turns": sample.get("turns", []),
        "seed": exchange.seed,
        **_heard(exchange.said, exchange.cut),
    }
    return found if exchange.base is None else {**found, "base": _heard(exchange.base, exchange.base_cut)}


def _heard(response: Response, cut: int | None) -> dict[str, Any]:
    return {
        "text": response.text,
        "reasoning": response.reasoning,
        "said": response.said.model_dump(mode="json", exclude_none=True),
        "well_formed": response.well_formed,
        "problem": response.problem,
        "broken_off_after": cut,
    }
