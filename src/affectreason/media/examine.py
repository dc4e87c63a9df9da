"""What one media file holds, found by decoding it once from end to end; or why it cannot be used."""

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from affectreason.errors import InputError, nearest
from affectreason.media.arrays import array_facts
from affectreason.media.stacks import END
from affectreason.media.stills import frames_facts, image_facts
from affectreason.media.watch import clip_facts, sound_facts

Found = dict[str, Any]
CLIPS = ("video", "audio")
HEADS: tuple[tuple[int, bytes, str, tuple[str, ...]], ...] = (
    (0, b"\x89PNG", "a PNG picture", ("image",)), (0, b"\xff\xd8\xff", "a JPEG picture", ("image",)),
    (0, b"GIF8", "a GIF picture", ("image", "video")), (8, b"WEBP", "a WebP picture", ("image",)),
    (8, b"WAVE", "a WAV sound", ("audio",)), (8, b"AVI ", "an AVI clip", CLIPS), (4, b"ftyp", "an MP4 file", CLIPS),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM file", CLIPS), (0, b"ID3", "an MP3 sound", ("audio",)),
    (0, b"OggS", "an Ogg file", CLIPS), (0, b"fLaC", "a FLAC sound", ("audio",)), (0, b"%PDF", "a PDF", ()),
    (0, b"PK\x03\x04", "a zip archive", ("features",)), (0, b"\x1f\x8b", "a gzip archive", ()),
    (0, b"\x93NUMPY", "a NumPy array", ("features", "frames")),
)  # fmt: skip
"""Where in a file which bytes tell what it holds, and the kinds of media it is right for."""
_HEAD = 4096


@dataclass(frozen=True)
class Facts:
    """What was found in one file; a field that says nothing of its kind, or that could not be found, is None.

    `problem` is why the file cannot be used, in words without the sample; `warnings` are odd but usable.
    `size` is bytes and `digest` the sha256 of the bytes; of a folder of frames the sum, and that of their digests in
    order. `look` is the 256-bit difference hash of `alike` (the middle frame of a clip). `width` and `height` are
    those of the upright picture, `rate` is frames a second. `warmth` is the mean red minus the mean blue of the picture
    that `look` is of, in -255..255: faces stored as BGR come out negative.
    """

    kind: str
    path: str
    problem: str | None
    warnings: tuple[str, ...] = ()
    size: int = 0
    digest: str | None = None
    look: int | None = None
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    seconds: float | None = None
    rate: float | None = None
    sound: Literal["none", "silent", "heard"] | None = None
    hertz: int | None = None
    channels: int | None = None
    warmth: float | None = None


def examine(kind: str, path: str) -> Facts:
    """Decode one file (image, video, audio, frames in a folder or an array, an array of features) from end to end.

    What is wrong with it is said in the facts, never by an exception; a kind that is none is an InputError. A url is
    not opened. What is no file, a pipe or a device for example, is refused without being read.
    """
    if kind == "url":
        return Facts(kind, path, None)
    if kind not in _LOOK:
        raise InputError(f"media of kind {kind!r} cannot be examined; {nearest(kind, [*_LOOK, 'url'])}")
    problem = refusal(kind, path)
    if problem is not None:
        return Facts(kind, path, problem)
    if os.path.isdir(path):
        return _looked(kind, path, {}, b"")
    try:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            known = {"size": file.tell(), "digest": digest}
            file.seek(0)
            head = file.read(_HEAD)
    except OSError as error:
        return Facts(kind, path, f"cannot be read: {error.strerror}")
    return _looked(kind, path, known, head)


def refusal(kind: str, path: str) -> str | None:
    """Why a path is not even opened: nothing is there, or it is not what its kind needs; None where it is."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        folder = Path(path).parent
        return "no such file" if folder.is_dir() else f"no such file (the folder {folder} is missing too)"
    except (OSError, ValueError) as error:  # a path with a zero byte is a ValueError
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if stat.S_ISDIR(mode):
        return None if kind == "frames" else "is a folder, not a file; for a folder of frames write kind 'frames'"
    if not stat.S_ISREG(mode):
        return "is a pipe or a device, not a file; it was not opened"
    if kind == "frames" and not path.endswith(END):
        return f"is a file, not a folder of images or an array ({END}); for a video file write kind 'video'"
    return None


def _looked(kind: str, path: str, known: Found, head: bytes) -> Facts:
    """The facts of something that is there; `head` are its first bytes."""
    text = _text(head)
    try:
        if known and not head:
            raise InputError("is empty (0 bytes); fetch it again")
        if kind in CLIPS and text:  # a playlist is text too: opening it would open what it names
            raise InputError("is not a clip or a sound")
        return Facts(kind, path, None, **known, **_LOOK[kind](Path(path)))
    except InputError as error:
        wrong = [name for at, sign, name, kinds in HEADS if head.startswith(sign, at) and kind not in kinds]
        held = f" (the file holds {wrong[0]})" if wrong else f" (the file holds text: {text!r})" if text else ""
        return Facts(kind, path, f"{error}{held}", **known)
    except MemoryError:
        return Facts(kind, path, "cannot be read: it needs more memory than there is", **known)


def _text(head: bytes) -> str:
    """How a file begins that holds text: a page of an error, a pointer to a file in Git LFS, a playlist; else ''."""
    try:
        words = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # a letter may be cut where the head ends
            return ""
        words = head[: error.start].decode("utf-8")
    plain = len(words) >= _SHORT and all(sign.isprintable() or sign in "\t\r\n\f" for sign in words)
    return " ".join(words.split())[:40] if plain else ""


_SHORT = 12
"""Fewer bytes are no text: they may be the first of a file cut short."""
_LOOK: dict[str, Callable[[Path], Found]] = {
    "image": image_facts, "frames": frames_facts, "video": clip_facts, "audio": sound_facts, "features": array_facts,
}  # fmt: skip
