"""The media of many samples looked at by all cores, each file once, in the order of the samples.

A file that hangs, or that ends the process that reads it, is a problem of that file. Memory does not grow with the
number of samples.
"""

import hashlib
import multiprocessing
import os
import queue
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from multiprocessing import connection
from multiprocessing.context import BaseContext
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError
from affectreason.media.examine import Facts, examine, refusal
from affectreason.media.survey_journal import Journal

AHEAD = 1000
"""Samples that may wait for a file that takes long; so many are held in memory."""
TRIES = 5
"""Times that all processes are started anew, one after another, before that is an error."""
SLACK = 0.05
"""Seconds, or one frame if that is longer, that `end` may lie behind the last frame: times are rounded."""


def survey(
    samples: Iterable[Sample], journal: Path | None, *, workers: int | None = None, limit: float = 60.0
) -> Iterator[tuple[Sample, tuple[Facts, ...]]]:
    """Each sample with the facts of its media as `examine` finds them in the whole files, in the order of the samples.

    `workers` processes (one for each core this process may use) give each file `limit` seconds. What was found is
    kept in the SQLite file `journal` at once: a file is looked at again only when its size or time has changed, or
    when it was given up and `limit` is larger now. Raises InputError for a journal that another process holds, that is
    damaged or of another version.
    """
    waiting: deque[tuple[Sample, list[_Task]]] = deque()
    with closing(Journal(journal)) as kept, closing(_Crew(kept, workers or _cores(), limit)) as crew:
        for sample in chain(samples, [None]):
            if sample is not None:
                waiting.append((sample, [crew.ask(media) for media in sample.media]))
            while waiting:
                known = [task.facts for task in waiting[0][1] if task.facts is not None]
                if len(known) == len(waiting[0][1]):
                    yield waiting.popleft()[0], tuple(known)
                elif not crew.settle(wait=sample is None or len(waiting) >= AHEAD):
                    break


def past_end(media: Media, facts: Facts) -> str | None:
    """Say that `start` or `end` lie behind the end of the file, or nothing between them; None where all is well."""
    start, end = media.start or 0.0, media.end
    if end is not None and end <= start:
        return f"end={end:g} does not lie after start={start:g}"
    if facts.seconds is None:
        return None
    if start >= facts.seconds:
        return f"start={start:g} lies behind the end of the file at {facts.seconds:.2f} s"
    if end is not None and end > facts.seconds + max(SLACK, 1 / facts.rate if facts.rate else 0.0):
        return f"end={end:g} lies behind the end of the file at {facts.seconds:.2f} s"
    return None


@dataclass
class _Task:
    """One file; the samples that name it while it is looked at share it."""

    kind: str
    path: str
    stamp: str = ""
    facts: Facts | None = None


class _Crew:
    """The processes that look at files, started when the first file needs them."""

    def __init__(self, journal: Journal, workers: int, limit: float) -> None:
        self.journal, self.workers, self.limit = journal, workers, limit
        self.pool: ProcessPool | None = None
        self.open: dict[tuple[str, str], _Task] = {}
        self.unsent: deque[_Task] = deque()
        self.sent: dict[Future[Facts], _Task] = {}
        self.done: queue.SimpleQueue[Future[Facts]] = queue.SimpleQueue()
        self.broken = 0

    def ask(self, media: Media) -> _Task:
        """The task of a file; its facts are there at once where they are in the journal or nothing is to be opened."""
        key = (media.kind, media.path)
        if key in self.open:
            return self.open[key]
        problem = None if media.kind == "url" else refusal(*key)
        if media.kind == "url" or problem:
            return _Task(*key, facts=Facts(*key, problem))
        task = _Task(*key, stamp=_stamp(media.path))
        task.facts = self.journal.recall(*key, task.stamp, self.limit) if task.stamp else None
        if task.facts is None:
            self.open[key] = task
            self.unsent.append(task)
            self._send()
        return task

    def settle(self, wait: bool) -> bool:
        """Take in one file that is done, if `wait` after waiting for it; whether there may be more."""
        try:
            future = self.done.get(wait, timeout=1.0)
        except queue.Empty:
            self._send()
            return wait
        task = self.sent.pop(future, None)
        if task is None:  # of processes that were given up
            return True
        given: float | None = self.limit
        try:
            task.facts, given = future.result(), None
        except TimeoutError:
            task.facts = Facts(task.kind, task.path, f"not examined within {self.limit:g} s")
        except ProcessExpired as error:
            task.facts = Facts(task.kind, task.path, f"ended the process that examined it ({_end(error.exitcode)})")
        except BrokenProcessPool:
            self.unsent.appendleft(task)
            self._send()
            return True
        self.broken = 0
        if task.stamp:
            self.journal.keep(task.facts, task.stamp, given)
        del self.open[task.kind, task.path]
        self._send()
        return True

    def _send(self) -> None:
        """Keep all processes at work, and little waiting before them: a full pipe to them would block."""
        if self.pool is not None and not self.pool.active:  # a process ended that had nothing to do
            self.close()
            self.unsent.extendleft(self.sent.values())
            self.sent.clear()
            self.broken += 1
            if self.broken >= TRIES:
                raise InputError(
                    f"the {self.workers} processes that look at media end at once, {TRIES} times; is there memory for "
                    "them? a script of your own must call survey below `if __name__ == '__main__':`"
                )
        while self.unsent and len(self.sent) < 2 * self.workers:
            if self.pool is None:
                self.pool = ProcessPool(self.workers, initializer=_begin, context=_context())
            task = self.unsent.popleft()
            try:
                future = self.pool.schedule(examine, (task.kind, task.path), timeout=self.limit)
            except RuntimeError:  # it broke just now; the next call starts another
                self.unsent.appendleft(task)
                return
            self.sent[future] = task
            future.add_done_callback(self.done.put)

    def close(self) -> None:
        """End all processes, also those at work."""
        if self.pool is not None:
            self.pool.stop()
            self.pool.join()
            self.pool = None


def _cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _context() -> BaseContext:
    """How processes are started: never as a copy of this one, whose other threads may hold locks.

    A server that has imported what they need forks them, so that a second survey and a process in the place of one
    that hung start at once.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([examine.__module__])
    return context


def _begin() -> None:
    """Let a process end at once when it is told to, and when the one that started it has ended, however that ended."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(parent: int) -> None:
    connection.wait([parent])
    os._exit(1)


def _stamp(path: str) -> str:
    """What changes when a file does: its size and time; of a folder those of all in it; '' if it is shut."""
    digest = hashlib.sha256()
    try:
        if not os.path.isdir(path):
            found = os.stat(path)
            return f"{found.st_size} {found.st_mtime_ns}"
        with os.scandir(path) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                found = entry.stat(follow_symlinks=entry.is_file())  # a link that leads nowhere has a time too
                digest.update(f"{entry.name}/{found.st_size} {found.st_mtime_ns}/".encode(errors="surrogateescape"))
    except OSError:
        return ""
    return digest.hexdigest()


def _end(code: int) -> str:
    """How a process ended."""
    return signal.Signals(-code).name if -code in set(signal.Signals) else f"exit code {code}"
