"""A model that is asked to read or to judge texts: any function from a prompt to a reply, its answers kept on disk.

It is asked at temperature 0, and each question once: the key of an answer is the sha256 of the model's name and
version, the wording of the prompt and the texts in it. A call that fails is never scored; it stops the run.
"""

import hashlib
import importlib
import inspect
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affectreason.errors import InputError, nearest

_TABLE = (
    "CREATE TABLE IF NOT EXISTS answers "
    "(key TEXT PRIMARY KEY, name TEXT, version TEXT, prompt TEXT, said_by TEXT, text TEXT NOT NULL)"
)
_WORD = re.compile(r"\{([a-z_]+)\}")
_PATIENCE = 60.0  # seconds to wait for another process that writes to the same file


@dataclass(frozen=True)
class Reply:
    """What a model answered, and which version of it says that it did."""

    text: str
    said_by: str | None = None


Ask = Callable[[str], str | Reply]


@dataclass(frozen=True)
class Judge:
    """A model to ask, its name and version, the SQLite file that keeps its answers, and what was asked so far.

    `tally` counts (`calls`, `cached` or `unread`, sha256 of the prompt's wording), `seen` the versions that answered.
    """

    ask: Ask
    name: str
    version: str
    path: Path
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)


def cached(ask: Ask, name: str, version: str, path: str | Path) -> Judge:
    """A judge whose answers are kept in the file at `path`, which other processes may use at the same time."""
    for key, value in (("name", name), ("version", version)):
        if not isinstance(value, str) or not value.strip():
            raise InputError(f"a judge needs a {key}, not {value!r}: it is part of the key its answers are kept under")
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _opened(path) as file:
            file.execute(_TABLE)
    except (OSError, sqlite3.Error) as error:
        raise InputError(f"{path} cannot keep a judge's answers ({error}); name another file") from error
    return Judge(ask, name, version, path)


def find(dotted: str, path: str | Path, key: str = "judge") -> Judge:
    """The judge at `package.module.function`, as a `key` names it; it says its own NAME and VERSION.

    They are attributes of the function, or of the module it is in.
    """
    place, _, word = dotted.rpartition(".")
    if not place:
        raise InputError(f"{key}={dotted} names no function; give {key}=package.module.function")
    try:
        module = importlib.import_module(place)
    except ModuleNotFoundError as error:
        raise InputError(f"{key}={dotted}: cannot import {place!r} ({error}); is its folder on PYTHONPATH?") from error
    function = getattr(module, word, None)
    if not callable(function):
        known = [one for one, thing in vars(module).items() if inspect.isfunction(thing)]
        raise InputError(f"{key}={dotted}: {place} has no function {word!r}; {nearest(word, known)}")
    name = getattr(function, "NAME", getattr(module, "NAME", None))
    version = getattr(function, "VERSION", getattr(module, "VERSION", None))
    if not name or not version:
        missing = "NAME" if not name else "VERSION"
        raise InputError(f"{key}={dotted} does not say its {missing}; set {place}.{missing}")
    return cached(function, str(name), str(version), path)


def answer(judge: Judge, wording: str, **texts: str) -> str:
    """The judge's reply to a prompt whose `{words}` are filled with texts, from the file where it was given before.

    A function says that a call failed by raising OSError (of which URLError, timeouts and the errors of `requests` are
    kinds), RuntimeError or ValueError. Raises InputError for these and for a reply that is no text.
    """
    sha = prompt_sha256(wording)
    key = _sha([judge.name, judge.version, wording, texts])
    with _opened(judge.path) as file:
        row = file.execute("SELECT text, said_by FROM answers WHERE key = ?", (key,)).fetchone()
    if row is None:
        reply = _call(judge, filled(wording, **texts))
        with _opened(judge.path) as file:
            values = (key, judge.name, judge.version, sha, reply.said_by, reply.text)
            file.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?)", values)
            # what another process wrote in the meantime counts, so that both report the same
            row = file.execute("SELECT text, said_by FROM answers WHERE key = ?", (key,)).fetchone()
        judge.tally["calls", sha] += 1
    else:
        judge.tally["cached", sha] += 1
    if row[1]:
        judge.seen[row[1]] += 1
    return str(row[0])


def unread(judge: Judge, wording: str) -> None:
    """Count a reply that is not of the form asked for, or a text too long to be asked about."""
    judge.tally["unread", prompt_sha256(wording)] += 1


def report(judge: Judge, wording: str) -> dict[str, Any]:
    """What a report says of a judge: name, version, prompt_sha256, and the numbers calls, cached and unread.

    `answered_by` counts the versions that the model itself gave with its replies, where it gave one.
    """
    sha = prompt_sha256(wording)
    counts = {what: judge.tally[what, sha] for what in ("calls", "cached", "unread")}
    block = {"name": judge.name, "version": judge.version, "prompt_sha256": sha, **counts}
    return block | ({"answered_by": dict(sorted(judge.seen.items()))} if judge.seen else {})


def filled(wording: str, **texts: str) -> str:
    """A prompt with its `{words}` filled in one pass: braces inside a text stay as they are."""
    return _WORD.sub(lambda match: texts[match[1]], wording)


def prompt_sha256(wording: str) -> str:
    """The sha256 of a prompt's wording, before anything is filled in."""
    return hashlib.sha256(wording.encode()).hexdigest()


def _call(judge: Judge, prompt: str) -> Reply:
    try:
        reply = judge.ask(prompt)
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(_stopped(judge, prompt, f"{type(error).__name__}: {error}")) from error
    reply = Reply(reply) if isinstance(reply, str) else reply
    if not isinstance(reply, Reply):
        raise InputError(_stopped(judge, prompt, f"it gave {type(reply).__name__}, not text"))
    return Reply(whole(reply.text), reply.said_by)


def whole(text: str) -> str:
    """A text without halves of characters, which neither files nor tokenizers take."""
    return text.encode(errors="replace").decode()


def _stopped(judge: Judge, prompt: str, why: str) -> str:
    short = " ".join(prompt.split())[-200:]
    return (
        f"the judge {judge.name} ({judge.version}) did not answer: {why}. It was asked ...{short!r}. Nothing is scored "
        f"without it; the answers it gave are kept in {judge.path}, and the same command goes on from there"
    )


def _sha(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file of answers for one transaction: one connection a question, so threads and processes may share it."""
    with closing(sqlite3.connect(path, timeout=_PATIENCE)) as file, file:
        yield file
