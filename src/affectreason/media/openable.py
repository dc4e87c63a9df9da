"""Whether the media of many samples can be opened at all, before a model is loaded to look at them."""

from collections.abc import Iterable
from pathlib import Path

import av
from PIL import Image

from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError
from affectreason.media.examine import refusal
from affectreason.media.image import BROKEN
from affectreason.media.stacks import END, opened
from affectreason.media.video import frame_files, open_file

GIVEN = ("image", "video", "frames", "audio")
"""The kinds of media that a model is given."""


def require(samples: Iterable[Sample]) -> None:
    """Refuse samples with media that are missing, empty, of no known format or of a kind no model is given.

    Only the beginning of a file is read, so one damaged further on is met when it is decoded.
    """
    checked: dict[tuple[str, str], str | None] = {}
    bad: list[str] = []
    for sample in samples:
        for item in sample.media:
            key = (item.kind, item.path)
            if key not in checked:
                checked[key] = problem(item, sample.id)
            if checked[key] is not None:
                bad.append(f"sample {sample.id!r}: {item.path}: {checked[key]}")
    if bad:
        more = f" ({len(bad) - 1} more cannot be used)" if len(bad) > 1 else ""
        raise InputError(f"{bad[0]}{more}; mend `path` in the sample, fetch the file again, or take the sample out")


def problem(item: Media, sample_id: str) -> str | None:
    """Why one medium cannot be given to a model, from its first bytes; None where nothing is wrong with them."""
    if item.kind not in GIVEN:
        return f"media of kind {item.kind!r} cannot be given to a model; known: {', '.join(GIVEN)}"
    refused = refusal(item.kind, item.path)
    if refused is not None:
        return refused
    try:
        if item.kind == "frames" and item.path.endswith(END):
            opened(Path(item.path))
        elif item.kind == "frames":
            frame_files(Path(item.path), sample_id)
        elif Path(item.path).stat().st_size == 0:
            return "is empty (0 bytes)"
        elif item.kind == "image":
            Image.open(item.path).close()
        else:
            with open_file(Path(item.path)) as file:
                return "has no sound" if item.kind == "audio" and not file.streams.audio else None
    except InputError as error:
        return str(error) if item.path.endswith(END) else "is a folder without images"
    except (av.FFmpegError, *BROKEN) as error:
        return f"cannot be read: {_reason(error, item.path)}"
    return None


def _reason(error: BaseException, path: str) -> str:
    said = getattr(error, "strerror", None) or str(error)
    return str(said).replace(f" {path!r}", "")
