"""Whether a sample is one that a held-out file has: by id, also of a question made of it, or by its media."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from affectreason.affect.sample import Media, Sample
from affectreason.corpus.chance import number

_MADE = re.compile(
    r"(?:\+(?:label|units|unit_\d+|attribute_[^+]*|open_set|description|statement_\d+|grown|again_\d+))+\Z"
)
Span = tuple[float, float]


def origin(name: str) -> str:
    """The id of the sample that a question, a copy or a grown sample was made of."""
    return _MADE.sub("", name)


def finder(held: Iterable[Sample]) -> Callable[[Sample], bool]:
    """A test for what these samples hold out: their ids, and their files by path and by content.

    Two parts of one file meet where their seconds overlap. Folders of frames and addresses are compared by name; a file
    is read only when a held-out one has its size.
    """
    ids: set[int] = set()
    paths: dict[str, list[Span]] = {}
    sizes: dict[int, list[str]] = {}
    for sample in held:
        ids.add(number(origin(sample.id)))
        for one in sample.media:
            if one.path not in paths and (size := _size(one)) is not None:
                sizes.setdefault(size, []).append(one.path)
            paths.setdefault(one.path, []).append(_span(one))
    digest = lru_cache(maxsize=1_000_000)(_digest)

    def is_held(sample: Sample) -> bool:
        if number(origin(sample.id)) in ids:
            return True
        for one in sample.media:
            same = [one.path] if one.path in paths else []
            size = _size(one)
            if not same and size in sizes:
                same = [path for path in sizes[size] if digest(path) == digest(one.path)]
            if any(_meet(_span(one), span) for path in same for span in paths[path]):
                return True
        return False

    return is_held


def _span(one: Media) -> Span:
    return one.start or 0.0, float("inf") if one.end is None else one.end


def _meet(one: Span, other: Span) -> bool:
    return one == other or (one[0] < other[1] and other[0] < one[1])


def _size(one: Media) -> int | None:
    """The bytes of a file; None for a folder, an address and what is not there."""
    return os.stat(one.path).st_size if one.kind != "url" and os.path.isfile(one.path) else None


def _digest(path: str) -> bytes:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
