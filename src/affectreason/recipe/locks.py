"""One run at a time in a folder: who holds it, whether that one is still there, and what to do.

The kernel's lock on `.lock` is given back by whatever way a process ends. Not every file system carries it to other
machines, so the holder is written inside as well: host, boot, pid and since when.
"""

import errno
import fcntl
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from affectreason.errors import InputError

FILE = ".lock"
MEND = "name another folder with out="
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@dataclass(frozen=True)
class Holder:
    """A process that works in a folder; `boot` is the running kernel's own number, which containers on it share."""

    host: str
    boot: str
    pid: int
    since: str


@contextmanager
def locked(folder: Path, mend: str = MEND) -> Iterator[None]:
    """Hold a folder, made where it is missing, or raise InputError that names who holds it, and what else can be done.

    What a killed process of this machine left is taken over. A SIGTERM inside leaves by the front door, so that a job
    which is moved to another machine is not in its own way.
    """
    with _opened(folder, mend) as file:
        sure = _locked_by_kernel(file, folder, mend)
        before = _read(file)
        if before is not None and not _gone(before, sure):
            raise InputError(_words(folder, before, mend))
        _write(file, Holder(socket.gethostname(), _boot(), os.getpid(), time.strftime("%Y-%m-%d %H:%M:%S %Z")))
        with _leaving_on_sigterm():
            try:
                yield
            finally:
                _write(file, None)


def holder(folder: Path) -> Holder | None:
    """Who is written down as working in a folder."""
    if not (folder / FILE).is_file():
        return None
    with (folder / FILE).open(encoding="utf-8") as file:
        return _read(file)


def _opened(folder: Path, mend: str) -> TextIO:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (folder / FILE).open("a+", encoding="utf-8")  # not "w", which would wipe out who holds it
    except OSError as error:
        raise InputError(f"cannot write in {folder}: {error.strerror}; {mend}") from error


def _locked_by_kernel(file: TextIO, folder: Path, mend: str) -> bool:
    """Take the kernel's lock; False on a file system that has none."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(_words(folder, _read(file), mend)) from error
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        return False
    return True


def _gone(before: Holder, sure: bool) -> bool:
    """Whether the one that is written down can no longer be working.

    With the kernel's lock in hand (`sure`) it is, where both are on one kernel, and after a restart of this machine.
    Without one the pid decides, which another container does not see.
    """
    here = before.host == socket.gethostname()
    if sure:
        return here or before.boot == _boot() != ""
    return here and (before.boot != _boot() or not Path(f"/proc/{before.pid}").exists())


def _words(folder: Path, other: Holder | None, mend: str) -> str:
    who = "another run" if other is None else f"another run (pid {other.pid} on {other.host}, since {other.since})"
    elsewhere = other is not None and other.host != socket.gethostname()
    dead = f", or, if it runs no more on {other.host}, rm {folder / FILE}" if other is not None and elsewhere else ""
    return f"{who} is working in {folder}; wait for it, or {mend}{dead}"


def _boot() -> str:
    """The number of this start of the kernel, empty where none is told."""
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text().strip() if path.is_file() else ""


def _read(file: TextIO) -> Holder | None:
    file.seek(0)
    text = file.read()
    try:
        return Holder(**json.loads(text)) if text.strip() else None
    except (ValueError, TypeError):  # cut short by a kill
        return None


def _write(file: TextIO, holder: Holder | None) -> None:
    """Say who holds the folder; a full disk, on which it cannot be said, is met where the run writes next."""
    try:
        file.truncate(0)
        if holder is not None:
            file.write(json.dumps(asdict(holder)))
        file.flush()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise


@contextmanager
def _leaving_on_sigterm() -> Iterator[None]:
    """Let SIGTERM raise SystemExit, where nobody else listens for it."""
    mine = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    if not mine:
        yield
        return

    owner = os.getpid()

    def leave(number: int, frame: Any) -> None:
        if os.getpid() != owner:  # a process that was forked off, which its parent ends this way
            os._exit(128 + number)
        print("stopped by SIGTERM; run the same command again", file=sys.stderr)
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
