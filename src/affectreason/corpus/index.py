"""Files of samples as tables in a temporary SQLite file: one pass over the rows, so that memory stays flat.

A row that cannot be read is kept as text with its line, and the next is read: all of them are told at once.
"""

import hashlib
import os
import re
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from affectreason.affect import jsonl
from affectreason.affect.sample import Affect, Sample
from affectreason.affect.samples import each
from affectreason.corpus.columns import Columns
from affectreason.corpus.duplicates import as_bytes
from affectreason.corpus.scripts import script
from affectreason.corpus.sides import Named, is_held_out, side_of
from affectreason.errors import InputError
from affectreason.media import survey
from affectreason.media.examine import Facts
from affectreason.published.beside import journal_of

LONG_TEXT = 40
"""Characters from which two equal answers are no coincidence."""
AGAIN = re.compile(r"\+again_\d+(\+|\Z)")
"""What `mix` writes behind the id of a sample that it draws again, on purpose."""
SCHEMA = """
CREATE TABLE samples (row INTEGER PRIMARY KEY, id, file, line INT, role, side, split, held INT, dataset, subject,
  dialogue, film, fold, origin, faces INT, vocabulary, emotion, sentiment, score REAL, weights INT, unlabelled INT,
  heard INT, spoken, asked, text, said, seen);
CREATE TABLE media (row INT, kind, path, start REAL, stop REAL, colour, missing INT, problem, past, content, look,
  size INT, width INT, height INT, frames INT, seconds REAL, rate REAL, sound, warmth REAL);
CREATE TABLE odd (row INT, path, text);
CREATE TABLE unread (file, line INT, text);
CREATE TABLE invalid (file, line INT);
CREATE TABLE columns (dataset, name, count INT, least REAL, most REAL, kinds INT, constant);
"""
INDEXES = """
CREATE INDEX samples_id ON samples(id);
CREATE INDEX media_row ON media(row);
CREATE INDEX media_content ON media(content);
CREATE TABLE files AS SELECT kind, path, width, height, seconds, rate, frames, sound FROM media
  WHERE problem IS NULL AND NOT missing GROUP BY kind, path;
"""


def build(
    data: Sequence[Named], against: Sequence[Named] = (), media: bool = True, moved: Callable[[int], None] | None = None
) -> sqlite3.Connection:
    """Read all files once, their media too unless `media` is false; `moved` is told how many lines are done.

    The tables are of SCHEMA; the side of a sample is its split, and `against` stands apart from all splits and is
    always held out. Raises InputError for a missing file and a full disk.
    """
    db = sqlite3.connect("")  # a file that SQLite makes in TMPDIR and removes
    db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768;" + SCHEMA)
    done, columns, read = 0, Columns(), set[Path]()
    try:
        for name, role in [*((name, "data") for name in data), *((name, "against") for name in against)]:
            for line, sample, facts in _opened(db, name, media, name[0] not in read):
                _add(db, name[0], role, line, sample, facts)
                if role == "data":
                    columns.add(sample)
                if moved is not None:
                    moved(done + line)
            read.add(name[0])
            done += jsonl.lines(name[0])
        db.executemany("INSERT INTO columns VALUES (?, ?, ?, ?, ?, ?, ?)", columns.rows())
        db.executescript(INDEXES)
    except sqlite3.OperationalError as error:
        db.close()
        raise InputError(f"the temporary index cannot be written: {error}; set TMPDIR to a disk with space") from error
    return db


def _opened(
    db: sqlite3.Connection, name: Named, media: bool, first: bool
) -> Iterator[tuple[int, Sample, Sequence[Facts | None]]]:
    """The samples of a split of a file with what their media are; rows that are none are kept when `first` read."""
    path, split = name
    numbers: deque[int] = deque()

    def samples() -> Iterator[Sample]:
        for line, _, found in each(path):
            if isinstance(found, Sample):
                if split is None or found.provenance.split == split:
                    numbers.append(line)
                    yield found
            elif not first:
                continue
            elif found is None:
                db.execute("INSERT INTO invalid VALUES (?, ?)", (str(path), line))
            else:
                db.execute("INSERT INTO unread VALUES (?, ?, ?)", (str(path), line, str(found)))

    looked: Iterable[tuple[Sample, Sequence[Facts | None]]] = (
        survey.survey(samples(), journal_of(path)) if media else ((one, [None] * len(one.media)) for one in samples())
    )
    for sample, facts in looked:  # in the order of the rows
        yield numbers.popleft(), sample, facts


def _add(
    db: sqlite3.Connection, path: Path, role: str, line: int, sample: Sample, facts: Sequence[Facts | None]
) -> None:
    """Put one sample and its media into the tables."""
    gold, source = sample.gold, sample.provenance
    contents = [
        fact.digest if fact and fact.digest else item.path for item, fact in zip(sample.media, facts, strict=True)
    ]
    parts = [(content, item.start, item.end) for item, content in zip(sample.media, contents, strict=True)]
    asked = [sample.question, [turn.text for turn in sample.turns], sample.response]
    said = [*asked, sample.reasoning, sample.answer, sample.choices, gold.model_dump_json()]
    held = role == "against" or is_held_out(source.split or "")
    faces = sample.affect == "expressed" or gold.aus is not None or any(item.role == "face" for item in sample.media)
    row = db.execute(
        f"INSERT INTO samples VALUES (NULL{', ?' * 26})",
        (sample.id, str(path), line, role, side_of(role, source.split), source.split, held, source.dataset,
         source.subject, source.dialogue, source.film, source.fold, source.origin, faces, sample.labels, gold.emotion,
         gold.sentiment, gold.score, _odd_weights(gold), not sample.annotated, sample.transcript is not None,
         script(sample.transcript), script(sample.question),
         _hash(asked) if len(sample.response or "") >= LONG_TEXT else None,
         None if AGAIN.search(sample.id) else _hash(said), _hash(parts)),
    ).lastrowid  # fmt: skip
    for item, fact, content in zip(sample.media, facts, contents, strict=True):
        missing = item.kind != "url" and not os.path.exists(item.path)
        past = survey.past_end(item, fact) if fact else None
        problem, *measured = _measured(fact)
        values = (row, item.kind, item.path, item.start, item.end, item.colour, missing, problem, past, content)
        db.execute(f"INSERT INTO media VALUES (?{', ?' * 18})", (*values, *measured))
        remarks = fact.warnings if fact else ()
        db.executemany("INSERT INTO odd VALUES (?, ?, ?)", [(row, item.path, text) for text in remarks])


def _measured(fact: Facts | None) -> tuple[Any, ...]:
    if fact is None:
        return (None,) * 10
    look = None if fact.look is None else as_bytes(fact.look)
    size = (fact.size, fact.width, fact.height, fact.frames, fact.seconds, fact.rate, fact.sound, fact.warmth)
    return (fact.problem, look, *size)


def _odd_weights(gold: Affect) -> bool:
    """Whether `emotions` is neither a set (every weight 0 or 1) nor a distribution that sums to 1."""
    weights = list((gold.emotions or {}).values())
    if all(weight in (0, 1) for weight in weights):
        return False
    return not all(0 <= weight <= 1 for weight in weights) or abs(sum(weights) - 1) > 0.02


def _hash(value: Any) -> bytes:
    return hashlib.blake2b(repr(value).encode(errors="surrogatepass"), digest_size=16).digest()
