"""What was found in media, kept in an SQLite file: a survey that was stopped goes on, and a file is looked at once."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from affectreason.errors import InputError
from affectreason.media.examine import Facts

VERSION = 1
_OURS = 0x41666652  # SQLite's application_id of these files: "AffR"


@contextmanager
def opened(path: Path | None) -> Iterator[sqlite3.Connection]:
    """A journal that no other process holds; without a path it lies in a temporary file.

    Every row is written at once, so that a killed process loses none. Raises InputError, also for what happens inside
    the block: for a journal that is held, damaged, of another version or none of ours, and for a full disk.
    """
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path or "", timeout=1.0, isolation_level=None)
        try:
            _begin(db, path)
            yield db
        finally:
            db.close()
    except sqlite3.Error as error:
        raise InputError(_words(path, error)) from error
    except json.JSONDecodeError as error:
        raise InputError(
            f"the journal {path} is damaged: {error}; delete it, and its media are looked at anew"
        ) from error


def recall(db: sqlite3.Connection, kind: str, path: str, stamp: str, limit: float) -> Facts | None:
    """What was found in a file that has not changed; None also where it was given up sooner than `limit` seconds."""
    row = db.execute("SELECT stamp, given, facts FROM facts WHERE kind = ? AND path = ?", (kind, path)).fetchone()
    if row is None or row[0] != stamp or (row[1] is not None and row[1] < limit):
        return None
    fields = json.loads(row[2])
    return Facts(kind, path, **{**fields, "warnings": tuple(fields["warnings"])})


def keep(db: sqlite3.Connection, facts: Facts, stamp: str, given: float | None) -> None:
    """Write down what was found in a file; `given` are the seconds after which it was given up, if it was."""
    fields = {key: value for key, value in asdict(facts).items() if key not in ("kind", "path")}
    row = (facts.kind, facts.path, stamp, given, json.dumps(fields))
    db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?, ?)", row)


def _begin(db: sqlite3.Connection, path: Path | None) -> None:
    db.execute("PRAGMA locking_mode=EXCLUSIVE")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("BEGIN IMMEDIATE")
    ours, version = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        db.execute(f"PRAGMA application_id={_OURS}")
        db.execute(f"PRAGMA user_version={VERSION}")
        db.execute(
            "CREATE TABLE facts (kind TEXT, path TEXT, stamp TEXT, given REAL, facts TEXT, PRIMARY KEY (kind, path))"
            " WITHOUT ROWID"
        )
    elif ours != _OURS:
        raise InputError(f"{path} is a database of something else; move it away")
    elif version != VERSION:
        raise InputError(f"the journal {path} has version {version}, not {VERSION}; delete it, it is written anew")
    db.execute("COMMIT")


def _words(path: Path | None, error: sqlite3.Error) -> str:
    """An error of SQLite as what is wrong with the journal and what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    what = f"the journal {path or 'of what was found in media'}"
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"{what} is held by another process that looks at these media; wait for it or end it"
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return f"{what} is damaged: {error}; delete it, and its media are looked at anew"
    return f"{what} cannot be written: {error}; mend that or give another place"
