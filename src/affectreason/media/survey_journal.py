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
_TABLE = (
    "CREATE TABLE facts (kind TEXT, path TEXT, stamp TEXT, given REAL, facts TEXT, PRIMARY KEY (kind, path))"
    " WITHOUT ROWID"
)


class Journal:
    """Facts by kind and path, with the stamp of the file they are of; no other process can hold the journal meanwhile.

    Every row is written at once, so that a killed process loses none. Without a path it lies in a temporary file. All
    of it raises InputError for a journal that is held, damaged, of another version or none of ours, and a full disk.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        with self._words():
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self.db = sqlite3.connect(path or "", timeout=1.0, isolation_level=None)
            try:
                self._begin()
            except (sqlite3.Error, InputError):
                self.db.close()
                raise

    def recall(self, kind: str, path: str, stamp: str, limit: float) -> Facts | None:
        """What was found in a file that has not changed; None too where it was given up sooner than `limit` seconds."""
        with self._words():
            asked = "SELECT stamp, given, facts FROM facts WHERE kind = ? AND path = ?"
            row = self.db.execute(asked, (kind, path)).fetchone()
            if row is None or row[0] != stamp or (row[1] is not None and row[1] < limit):
                return None
            fields = json.loads(row[2])
            return Facts(kind, path, **{**fields, "warnings": tuple(fields["warnings"])})

    def keep(self, facts: Facts, stamp: str, given: float | None) -> None:
        """Write down what was found in a file; `given` are the seconds after which it was given up, if it was."""
        fields = {key: value for key, value in asdict(facts).items() if key not in ("kind", "path")}
        row = (facts.kind, facts.path, stamp, given, json.dumps(fields))
        with self._words():
            self.db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?, ?)", row)

    def close(self) -> None:
        """Let others have the journal."""
        with self._words():
            self.db.close()

    def _begin(self) -> None:
        for setting in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=NORMAL"):
            self.db.execute(f"PRAGMA {setting}")
        self.db.execute("BEGIN IMMEDIATE")
        ours, version = (self.db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
        if not self.db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            self.db.execute(f"PRAGMA application_id={_OURS}")
            self.db.execute(f"PRAGMA user_version={VERSION}")
            self.db.execute(_TABLE)
        elif ours != _OURS:
            raise InputError(f"{self.path} is a database of something else; move it away")
        elif version != VERSION:
            raise InputError(f"the journal {self.path} has version {version}, not {VERSION}; delete it")
        self.db.execute("COMMIT")

    @contextmanager
    def _words(self) -> Iterator[None]:
        """Turn an error of SQLite into what is wrong with the journal and what to do."""
        what = f"the journal {self.path or 'in the folder of temporary files'}"
        try:
            yield
        except (json.JSONDecodeError, KeyError, TypeError) as error:  # a row that we did not write
            raise InputError(f"{what} is damaged: {error}; delete it, and its media are looked at anew") from error
        except OSError as error:
            raise InputError(f"{what} cannot be written: {error.strerror}; give another place") from error
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise InputError(f"{what} is held by another process that looks at these media; wait for it") from error
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise InputError(f"{what} is damaged: {error}; delete it, and its media are looked at anew") from error
            raise InputError(f"{what} cannot be written: {error}; make room or give another place") from error
