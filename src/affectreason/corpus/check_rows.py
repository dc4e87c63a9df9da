"""What is wrong with the rows of a file themselves: unreadable ones, ids, splits, silver test labels."""

import sqlite3
from collections.abc import Iterator

from affectreason.corpus.finding import LONGEST_ID, Finding, numbered, plural, shown
from affectreason.corpus.sides import is_known

MADE_BY_MODELS = ("model", "lexicon")
TO_TEST = ("sample to test on has", "samples to test on have")


def check(db: sqlite3.Connection) -> Iterator[Finding]:
    """The findings about rows."""
    yield _counted(db)
    yield from _unread(db)
    yield from _ids(db)
    yield from _splits(db)
    yield from _silver(db)


def _counted(db: sqlite3.Connection) -> Finding:
    """The number of samples; an error when there are none."""
    query = "SELECT side, count(*) FROM samples WHERE role = 'data' GROUP BY side ORDER BY min(row)"
    sides = db.execute(query).fetchall()
    total = sum(count for _, count in sides)
    if not total:
        mend = "write one JSON object a line, or `affectreason prep` makes such files"
        return Finding("error", "no_samples", 1, "there is no sample that can be read", (), mend)
    parts = ", ".join(f"{count:,} {side}" for side, count in sides)
    return Finding("note", "samples", total, f"{plural(total, 'sample')}: {parts}")


def _unread(db: sqlite3.Connection) -> Iterator[Finding]:
    count, examples = numbered(db, "SELECT NULL, file, line, text FROM unread")
    if count:
        text = f"{plural(count, 'row')} cannot be read"
        yield Finding("error", "unreadable_row", count, text, examples, "mend or remove them")
    count, examples = numbered(db, "SELECT NULL, file, line FROM invalid")
    if count:
        text = f"{plural(count, 'row is', 'rows are')} marked as not valid by the data set itself, and left out"
        yield Finding("note", "marked_invalid", count, text, examples)


def _ids(db: sqlite3.Connection) -> Iterator[Finding]:
    query = (
        "SELECT id, file, line, 'also ' || (SELECT first.file || ':' || first.line FROM samples first "
        "WHERE first.id = s.id ORDER BY first.row LIMIT 1) FROM samples s "
        "WHERE EXISTS (SELECT 1 FROM samples other WHERE other.id = s.id AND other.row < s.row)"
    )
    count, examples = numbered(db, query)
    if count:
        text = f"{plural(count, 'sample has', 'samples have')} an id that an earlier one has"
        yield Finding("error", "duplicate_id", count, text, examples, "give each sample its own id")


def _splits(db: sqlite3.Connection) -> Iterator[Finding]:
    query = "SELECT id, file, line FROM samples WHERE role = 'data' AND split IS NULL"
    (named,) = db.execute("SELECT count(*) FROM samples WHERE role = 'data' AND split IS NOT NULL").fetchone()
    count, examples = numbered(db, query)
    if count and named:
        text = f"{plural(count, 'sample names', 'samples name')} no split, {plural(named, 'other does', 'others do')}"
        mend = "write provenance.split, or they are trained on and never asked for by FILE:SPLIT"
        yield Finding("warning", "no_split", count, text, examples, mend)
    query = "SELECT split, count(*) FROM samples WHERE role = 'data' AND split IS NOT NULL GROUP BY split"
    unknown = {split: number for split, number in db.execute(query) if not is_known(split)}
    if unknown:
        names = ", ".join(f"{shown(split, LONGEST_ID)} {number:,}" for split, number in unknown.items())
        text = f"splits whose names say neither training nor test are taken as training: {names}"
        mend = "call what models are measured on test, val, dev, eval or held_out"
        yield Finding("note", "unknown_split", sum(unknown.values()), text, (), mend)


def _silver(db: sqlite3.Connection) -> Iterator[Finding]:
    """Labels of models on samples that models are measured on."""
    mend = "measure on labels of people, or accept it with accept=silver_test and name the labeller beside every number"
    query = (
        "SELECT id, file, line, 'labelled by ' || origin FROM samples "
        "WHERE role = 'data' AND split IS NOT NULL AND held AND origin IN ({})"
    )
    count, examples = numbered(db, query.format(", ".join(map(repr, MADE_BY_MODELS))))
    if count:
        text = f"{plural(count, *TO_TEST)} labels that no person made"
        yield Finding("error", "silver_test", count, text, examples, mend)
    count, examples = numbered(db, query.format("'human+model'"))
    if count:
        text = f"{plural(count, *TO_TEST)} labels of a model that people checked"
        yield Finding("warning", "checked_silver_test", count, text, examples, "say so beside every number")
