"""How many bytes a file should have by what its own format says, and how many of them are missing at its end."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_RIFF_ERROR = 8
"""Bytes by which programs that write WAV get the size wrong: the eight before it are counted or not."""
_UNKNOWN = 0x7FFF0000
"""Sizes from here on are what programs write that do not know the size: the file goes into a pipe."""


def missing_bytes(path: Path) -> tuple[int, int]:
    """How many bytes are missing at the end of a file at the least, and how many it should have (1 where not said)."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(12)
        if head.startswith(b"RIFF"):
            told = int.from_bytes(head[4:8], "little")
            whole = told + 8 if size + _RIFF_ERROR < told + 8 < _UNKNOWN else size
        elif head.startswith(b"\x89PNG"):
            whole = _png_end(file, size)
        elif head[4:8] == b"ftyp":
            whole = max((end for _, end in _boxes(file, size)), default=size)
        elif head.startswith(b"\x1aE\xdf\xa3"):
            whole = _segment_end(file, size)
        elif head.startswith(b"OggS"):
            whole = _page_end(file, size)
        else:
            return _mp3_missing(file, size)
    return max(0, whole - size), max(whole, 1)


def cut_short(path: Path) -> list[str]:
    """The warning that bytes are missing at the end of a file, or none."""
    missing, _ = missing_bytes(path)
    return [f"cut short, at least {missing} bytes are missing"] if missing else []


def fragmented(path: Path) -> bool:
    """Whether an MP4 file is written in fragments, of whose lengths its head knows nothing."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        return any(name == b"moof" for name, _ in _boxes(file, size))


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """Name and end of each box at the top of an MP4 file (ISO 14496-12, 4.2), as far as they are boxes."""
    at = 0
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        name, length = head[4:8], int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8 or not name.isalnum():  # 0: up to the end of the file
            return
        at += length
        yield name, at


def _png_end(file: BinaryIO, size: int) -> int:
    at = 8
    while at + 8 <= size:
        file.seek(at)
        head = file.read(8)
        at += int.from_bytes(head[:4], "big") + 12
        if head[4:] == b"IEND" or not head[4:].isalpha():
            return at if head[4:] == b"IEND" else size
    return max(at, size) + 12  # the last chunk, which is empty, is to come


def _segment_end(file: BinaryIO, size: int) -> int:
    """The end of the segment of a Matroska file; `size` where its writer did not know it (RFC 8794, 4 and 6.2)."""
    file.seek(0)
    head = file.read(64)
    at = 4
    for _ in range(2):  # the head of EBML, then the segment, whose name has four bytes too
        if at >= len(head) or head[at - 4 : at] not in (b"\x1aE\xdf\xa3", b"\x18S\x80g"):
            return size
        width = 9 - head[at].bit_length()
        value = int.from_bytes(head[at : at + width], "big") & ((1 << 7 * width) - 1)
        if width > 8 or value == (1 << 7 * width) - 1:
            return size
        begin, at = at + width, at + width + value + 4
    return max(size, begin + value)


def _page_end(file: BinaryIO, size: int) -> int:
    """The end of the last page of an Ogg file, and of one more where it is not marked as the last (RFC 3533, 6)."""
    file.seek(max(0, size - 2**16))
    tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0 or len(tail) < at + 27:
        return size if at < 0 else size + 1
    page = tail[at:]
    end = size - len(page) + 27 + page[26] + sum(page[27 : 27 + page[26]])
    return max(size, end) + (0 if page[5] & 4 else 28)


def _mp3_missing(file: BinaryIO, size: int) -> tuple[int, int]:
    """What is missing of an MP3 by the count of bytes in its first frame (the tag Xing or Info), and that count."""
    file.seek(0)
    head, tag = file.read(10), 0
    if head.startswith(b"ID3") and len(head) == 10:
        tag = 10 + sum((byte & 127) << 7 * (3 - place) for place, byte in enumerate(head[6:10]))
    file.seek(tag)
    frame = file.read(64)
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if frame[:1] != b"\xff" or at < 0 or len(frame) < at + 16 or not frame[at + 7] & 2:
        return 0, 1
    place = at + 8 + 4 * (frame[at + 7] & 1)
    told = int.from_bytes(frame[place : place + 4], "big")
    return max(0, tag + told - size), max(told, 1)
