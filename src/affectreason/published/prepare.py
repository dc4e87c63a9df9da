"""One published set becomes one JSONL file of samples: streamed, checked, counted, and written whole or not at all.

Beside `FILE.jsonl` lie `FILE.prep.json`, what was done, and `FILE.media.sqlite`, what was seen in the media: with the
latter an interrupted run goes on where it stopped, and `affectreason check` need not open the files again.
"""

import fcntl
import hashlib
import json
import os
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from affectreason.affect import jsonl
from affectreason.affect import samples as samples_file
from affectreason.affect.hashes import short
from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError
from affectreason.media.examine import Facts, refusal
from affectreason.media.survey import past_end, survey
from affectreason.published.about import LeftOut
from affectreason.published.beside import journal_of, record_of
from affectreason.published.counts import Counts

Rows = Callable[[], Iterable[Sample | LeftOut]]
Look = Literal["decode", "exist", "none"]
SHOWN = 20
MOST_ODD = 1000


@dataclass
class Prepared:
    """What came of a preparation: what was counted, and every row left out with the reason.

    `left_out` is by the script, `unusable` for media that are missing or damaged.
    """

    counts: Counts = field(default_factory=Counts)
    left_out: list[LeftOut] = field(default_factory=list)
    unusable: list[LeftOut] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    odd_count: int = 0


def prepare(
    rows: Rows, out: Path, line: str, look: Look, skip: bool, moved: Callable[[int, int | None], None]
) -> Prepared:
    """Check, count and write rows; when media are decoded, after they were all looked through without opening any.

    `rows` begins the rows anew at each call, `line` is the command as it was typed, `moved(at, total)` is told of
    every row; the total is known when media are decoded. With `skip` rows whose media are missing or damaged are left
    out and listed; without, all of them are named in one InputError and nothing is written. Memory grows by 8 bytes a
    row and by the rows left out.
    """
    with _held(out), _claimed(out, line):
        total = _looked_through(rows, skip) if look == "decode" else None
        done = Prepared()
        folder = out.parent.absolute()
        lines = (samples_file.line_of(sample, folder) for sample in _usable(rows, out, look, done, moved, total))
        jsonl.write(out, _unless_damaged(lines, done, skip))
        jsonl.write(record_of(out), [json.dumps(_described(out, line, done), indent=1, ensure_ascii=False)])
    return done


def _looked_through(rows: Rows, skip: bool) -> int:
    """The number of rows, once all were checked and no file was found missing: before hours of decoding, not after."""
    missing, total = [], 0
    for total, item in _checked(rows):
        if not skip and isinstance(item, Sample) and (why := _absent(item.media)):
            missing.append(LeftOut(item.id, why, f"row {total}"))
    if missing:
        raise InputError(_all_named(missing, total, "missing"))
    return total


def _checked(rows: Rows) -> Iterator[tuple[int, Sample | LeftOut]]:
    """Each row with its number, labels in the spelling of their set; at the end an InputError if two ids are equal."""
    ids = array("Q")
    for number, item in enumerate(rows(), start=1):
        if isinstance(item, LeftOut):
            yield number, item
        else:
            ids.append(short(item.id))
            (sample,) = samples_file.check_labels([item])
            yield number, sample
    found = np.sort(np.frombuffer(ids, np.uint64))
    if (found[1:] == found[:-1]).any():
        raise InputError(_twice(rows))


def _usable(
    rows: Rows, out: Path, look: Look, done: Prepared, moved: Callable[[int, int | None], None], total: int | None
) -> Iterator[Sample]:
    """The samples whose media can be used; the others are put into `done.left_out`."""
    passed = 0

    def kept() -> Iterator[Sample]:
        nonlocal passed
        for number, item in _checked(rows):
            if isinstance(item, LeftOut):
                done.left_out.append(item)
            elif look == "exist" and (why := _absent(item.media)):
                done.unusable.append(LeftOut(item.id, why, f"row {number}"))
            else:
                yield item
                continue
            passed += 1

    with_facts = survey(kept(), journal_of(out)) if look == "decode" else ((sample, ()) for sample in kept())
    for sample, facts in with_facts:
        passed += 1
        why = _unusable(sample, facts)
        if why:
            done.unusable.append(LeftOut(sample.id, why, "media"))
        else:
            odd = [f"{sample.id}: {fact.path}: {text}" for fact in facts for text in fact.warnings]
            done.odd, done.odd_count = (done.odd + odd)[:MOST_ODD], done.odd_count + len(odd)
            done.counts.add(sample)
            yield sample
        moved(passed, total)
    moved(passed, passed)


def _unusable(sample: Sample, facts: tuple[Facts, ...]) -> str | None:
    """What is wrong with the first of its media that cannot be used as the sample says."""
    for media, fact in zip(sample.media, facts, strict=False):
        why = fact.problem or past_end(media, fact)
        if why:
            return f"{fact.path}: {why}"
    return None


def _unless_damaged(lines: Iterator[str], done: Prepared, skip: bool) -> Iterator[str]:
    """The lines, and at their end an error when media were damaged and none may be left out, or no line is left."""
    count = 0
    for line in lines:
        count += 1
        yield line
    bad = done.unusable
    if bad and not skip:
        raise InputError(_all_named(bad, count + len(bad), "damaged" if bad[0].where == "media" else "missing"))
    if not count:
        left_out = done.left_out + bad
        raise InputError(f"no sample is left of {len(left_out)}, nothing was written:\n{listed(left_out)}")


def listed(left_out: list[LeftOut]) -> str:
    """The first 20 rows left out, one a line, and how many more there are."""
    more = f"\n  ... and {len(left_out) - SHOWN} more" if len(left_out) > SHOWN else ""
    return "\n".join(f"  {one.where}: {one.id}: {one.why}" for one in left_out[:SHOWN]) + more


def _all_named(missing: list[LeftOut], total: int, what: str) -> str:
    return (
        f"the media of {len(missing)} of {total} rows are {what}, nothing was written; put them in place, or leave "
        f"such rows out with missing=skip:\n{listed(missing)}"
    )


def _absent(media: Iterable[Media]) -> str | None:
    """Why one of the files need not even be opened, in words."""
    for item in media:
        why = None if item.kind == "url" else refusal(item.kind, item.path)
        if why is None and item.kind != "url" and os.path.isfile(item.path) and os.path.getsize(item.path) == 0:
            why = "is empty (0 bytes); fetch it again"
        if why is not None:
            return f"{item.path}: {why}"
    return None


def _twice(rows: Rows) -> str:
    """Which rows have an id that another has."""
    seen: dict[str, int] = {}
    for number, item in enumerate(rows(), start=1):
        if not isinstance(item, LeftOut) and seen.setdefault(item.id, number) != number:
            return f"rows {seen[item.id]} and {number} have the id {item.id!r}; give each its own"
    raise InputError("two ids could not be told apart; run again")


@contextmanager
def _held(out: Path) -> Iterator[None]:
    """Keep a second preparation away from the same file; released even by `kill -9`."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lock = out.with_name(f".{out.name}.lock").open("w")
    except OSError as error:
        raise InputError(f"cannot write in {out.parent}: {error.strerror}; choose another out=") from error
    with lock:
        busy = f"another run is writing {out}; wait for it, or choose another out="
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(busy) from error
        if not os.path.exists(lock.name) or not os.path.samestat(os.fstat(lock.fileno()), os.stat(lock.name)):
            raise InputError(busy)  # it ended between our open and our lock
        try:
            yield
        finally:
            os.unlink(lock.name)


@contextmanager
def _claimed(out: Path, line: str) -> Iterator[None]:
    """Say beside the file which line makes it; what another line made is never replaced, that is an InputError."""
    record = record_of(out)
    made = json.loads(record.read_text(encoding="utf-8"))["line"] if record.is_file() else None
    if out.exists() and made != line:
        by = f"was made by: {made}" if made else "is there already, and not made by `affectreason prep`"
        raise InputError(f"{out} {by}; choose another out=, or remove it")
    jsonl.write(record, [json.dumps({"line": line})])
    try:
        yield
    finally:
        if not out.exists():
            record.unlink(missing_ok=True)


def _described(out: Path, line: str, done: Prepared) -> dict[str, Any]:
    with out.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    left_out = [{"id": one.id, "why": one.why, "where": one.where} for one in done.left_out + done.unusable]
    return {"line": line, "sha256": digest, "counts": done.counts.by_split(), "left_out": left_out, "odd": done.odd}
