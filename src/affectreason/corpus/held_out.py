"""Whether a sample is one that a held-out file has: by data set and id, also of a question made of it, or by media."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from affectreason.affect.sample import Media, Sample
from affectreason.corpus.chance import number

_ASKED = r"\+(?:label|units|unit_\d+|attribute_[^+]*|open_set|description|statement_\d+)"
_COPIED = r"\+(?:grown|again_\d+)"
_MADE = re.compile(rf"(?:{_ASKED}|{_COPIED})+\Z")
_QUESTION = re.compile(rf"{_ASKED}(?:{_COPIED})*\Z")
Span = tuple[float, float]


def origin(name: str) -> str:
    """The id of the sample that a question, a copy or a grown sample was made of."""
    return _MADE.sub("", name)


def is_question(sample: Sample) -> bool:
    """Whether a sample is a question that `affectreason instruct` made, or a copy of one."""
    return sample.question is not None and _QUESTION.search(sample.id) is not None


def finder(held: Iterable[Sample]) -> Callable[[Sample], str | None]:
    """A test by what these samples hold one out: "id", "id alone", "media"; None where they do not.

    An id holds out within its data set; where one of the two samples names none, the id alone must do. Media are
    compared by path and by content: two parts of one file meet where their seconds overlap; folders of frames and
    addresses go by name; a file is read only when a held-out one has its size.
    """
    ids: set[int] = set()
    within: set[int] = set()
    paths: dict[str, list[Span]] = {}
    sizes: dict[int, list[str]] = {}
    for sample in held:
        ids.add(number(origin(sample.id)))
        within.add(_number(sample))
        for one in sample.media:
            if one.path not in paths and (size := _size(one)) is not None:
                sizes.setdefault(size, []).append(one.path)
            paths.setdefault(one.path, []).append(_span(one))
    digest = lru_cache(maxsize=1_000_000)(_digest)

    def held_by(sample: Sample) -> str | None:
        name = sample.provenance.dataset
        if name and _number(sample) in within:
            return "id"
        if number("", origin(sample.id)) in within or (not name and number(origin(sample.id)) in ids):
            return "id alone"
        for one in sample.media:
            same = [one.path] if one.path in paths else []
            size = _size(one)
            if not same and size in sizes:
                same = [path for path in sizes[size] if digest(path) == digest(one.path)]
            if any(_meet(_span(one), span) for path in same for span in paths[path]):
                return "media"
        return None

    return held_by


def _number(sample: Sample) -> int:
    """A number of the data set ("" where none is named) and of the id."""
    return number((sample.provenance.dataset or "").casefold(), origin(sample.id))


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
