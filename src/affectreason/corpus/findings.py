"""Everything that is wrong with files of samples, before a GPU is hired."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from affectreason.affect import jsonl
from affectreason.corpus import check_labels, check_leaks, check_media, check_rows, index
from affectreason.corpus.finding import LEVELS
from affectreason.corpus.finding import Finding as Finding
from affectreason.errors import InputError
from affectreason.media.progress import bar


def findings(data: Sequence[Path], against: Sequence[Path] = (), *, media: bool = True) -> list[Finding]:
    """What is wrong with the samples of `data`, errors first, also held against other files.

    With `media` every file is opened and decoded, resumable through FILE.media.sqlite beside each file; without, only
    its presence is asked. Raises InputError for a missing file.
    """
    files = [*data, *against]
    if len({path.resolve() for path in files}) < len(files):
        raise InputError("data= and against= name one file twice; every sample would be its own duplicate")
    progress = bar("opening" if media else "reading", sum(map(jsonl.lines, files)))
    try:
        db = index.build(data, against, media, progress.move)
    finally:
        progress.close()
    try:
        return sorted(_all(db), key=lambda found: LEVELS.index(found.level))
    finally:
        db.close()


def _all(db: sqlite3.Connection) -> Iterator[Finding]:
    yield from check_rows.check(db)
    yield from check_leaks.check(db)
    yield from check_media.check(db)
    yield from check_labels.check(db)
