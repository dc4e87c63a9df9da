"""Everything that is wrong with files of samples, before a GPU is hired."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from affectreason.affect import jsonl
from affectreason.corpus import check_labels, check_leaks, check_media, check_rows, check_speech, index
from affectreason.corpus.finding import LEVELS
from affectreason.corpus.finding import Finding as Finding
from affectreason.corpus.sides import must_hold, named
from affectreason.errors import InputError
from affectreason.media.progress import bar

LARGE = """
SELECT s.file, s.id FROM media m JOIN samples s USING (row)
WHERE s.role = 'data' AND m.problem IS NULL AND m.width IS NOT NULL GROUP BY s.row
ORDER BY sum(min(m.width * m.height, ?) * max(1, min(?, CASE WHEN m.seconds IS NULL THEN coalesce(m.frames, 1)
  ELSE ? * (min(coalesce(m.stop, m.seconds), m.seconds) - coalesce(m.start, 0)) END))) DESC, s.row LIMIT ?
"""
"""Samples by the pixels that a model is shown of them."""
CHECKS = (check_rows, check_leaks, check_media, check_speech, check_labels)


def findings(data: Sequence[str | Path], against: Sequence[str | Path] = (), *, media: bool = True) -> list[Finding]:
    """What is wrong with the samples of `data`, errors first, also held against other files.

    A path is a whole file, a text may be `FILE:SPLIT`. With `media` every file is opened and decoded, resumable through
    FILE.media.sqlite beside each file; without, only its presence is asked. Raises InputError for a missing file and an
    unknown split.
    """
    with indexed(data, against, media) as db:
        return of(db)


@contextmanager
def indexed(data: Sequence[str | Path], against: Sequence[str | Path], media: bool) -> Iterator[sqlite3.Connection]:
    """The tables of these files, as `index.build` makes them, with a bar; InputError as of `findings`."""
    ours, theirs = [named(item) for item in data], [named(item) for item in against]
    names = [(path.resolve(), split) for path, split in [*ours, *theirs]]
    twice = len(set(names)) < len(names) or any(n != m and n[0] == m[0] and n[1] is None for n in names for m in names)
    if twice:
        raise InputError("data= and against= name one file twice; every sample would be its own duplicate")
    for name in [*ours, *theirs]:
        must_hold(name)
    total = sum(jsonl.lines(path) for path, _ in names)
    progress = bar("opening" if media else "reading", total)
    try:
        db = index.build(ours, theirs, media, progress.move)
        progress.move(total)
    finally:
        progress.close()
    try:
        yield db
    finally:
        db.close()


def of(db: sqlite3.Connection) -> list[Finding]:
    """All findings of tables that `indexed` gave, errors first."""
    found = [one for checks in CHECKS for one in checks.check(db)]
    return sorted(found, key=lambda one: LEVELS.index(one.level))


def largest(
    db: sqlite3.Connection, pixels: int | None, frames: int, fps: float, most: int = 50
) -> frozenset[tuple[str, str]]:
    """File and id of the samples of `data` of which most pixels are shown: at most `pixels` a frame, and `frames`.

    Empty where media were not opened.
    """
    return frozenset(db.execute(LARGE, (2**62 if pixels is None else pixels, frames, fps, most)))
