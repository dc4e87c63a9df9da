"""Rows in the layout of Emo-CFG, as ms-swift and VidEmo's scripts take them: `messages`, `videos`, `source`."""

import re
from pathlib import Path
from typing import Any

from affectreason.affect import jsonl
from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError
from affectreason.recipe import prompts

_KEYS = {"video": "videos", "image": "images"}
_MARK = re.compile(r"<(?:video|image|audio)>")


def row(sample: Sample, root: Path) -> dict[str, Any] | None:
    """A sample as one row, media by their path below `root`; None where it has no answer to learn.

    The marks of its media stand before the first thing a user says. InputError for what a row cannot hold: a sound, a
    folder of frames, a part of a clip, a file outside `root`, a text with a mark in it.
    """
    answer = prompts.target(sample)
    if answer is None:
        return None
    turns = [{"role": turn.role, "content": turn.text} for turn in sample.turns]
    asked = prompts.asked(sample, prompts.PLAIN.question)
    said = [*turns, {"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    for one in said:
        if mark := _MARK.search(one["content"]):
            raise InputError(f"sample {sample.id!r}: its text holds {mark[0]}, which stands for media there; remove it")
    paths: dict[str, list[str]] = {}
    for item in sample.media:
        paths.setdefault(_key(item, sample), []).append(_below(item, sample, root))
    first = next(one for one in said if one["role"] == "user")
    first["content"] = "".join(f"<{item.kind}>" for item in sample.media) + first["content"]
    return {"messages": said, **paths} | ({"source": sample.task} if sample.task else {})


def _key(item: Media, sample: Sample) -> str:
    if item.kind not in _KEYS:
        raise InputError(f"sample {sample.id!r}: {item.path} is of kind {item.kind}; Emo-CFG has videos and pictures")
    if item.start is not None or item.end is not None:
        raise InputError(
            f"sample {sample.id!r}: {item.path} is seen from {item.start or 0:g} s to "
            f"{'its end' if item.end is None else f'{item.end:g} s'}; a row cannot say so: cut the clip first"
        )
    return _KEYS[item.kind]


def _below(item: Media, sample: Sample, root: Path) -> str:
    path = Path(jsonl.absolute(item.path, Path.cwd()))
    if not path.is_relative_to(root.absolute()):
        raise InputError(f"sample {sample.id!r}: {path} does not lie below root={root}; give the folder of all media")
    return path.relative_to(root.absolute()).as_posix()
