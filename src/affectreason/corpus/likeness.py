"""Media that are nearly the same as others, by their hashes: across sides, and within one."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from affectreason.corpus import duplicates
from affectreason.corpus.duplicates import BYTES, is_flat, near_pairs
from affectreason.corpus.finding import SHOWN, Finding, plural, where
from affectreason.media.alike import NEAR_BITS

MOST_SIDES = 64


@dataclass
class Alike:
    """Contents that have a hash: N hashes, and of each content the number of its hash, its sides as bits, its row.

    `ours` tells whether a sample of `data` shows it; two contents of `against` alone are no pair.
    """

    hashes: np.ndarray
    of: np.ndarray
    sides: np.ndarray
    rows: np.ndarray
    ours: np.ndarray
    flat: int


@dataclass
class Pairs:
    """How many pairs were found, and the rows of the first few."""

    count: int = 0
    rows: list[tuple[int, int]] = field(default_factory=list)


def check(db: sqlite3.Connection) -> Iterator[Finding]:
    """A warning for near duplicates on different sides, notes for those within one and for what was not compared."""
    alike = load(db)
    across, inside, cut = pairs(alike)
    mend = "look at them; take them out of all sides but one"
    if across.count:
        text = f"{plural(across.count, 'pair')} of media on different sides nearly the same"
        text += f" (at most {NEAR_BITS} of 256 bits differ)"
        yield Finding("warning", "near_duplicate_across_splits", across.count, text, _named(db, across), mend)
    if inside.count:
        text = f"{plural(inside.count, 'pair')} of media within a split nearly the same"
        yield Finding("note", "near_duplicate", inside.count, text, _named(db, inside))
    if alike.flat:
        text = f"{plural(alike.flat, 'picture')} without structure {'was' if alike.flat == 1 else 'were'} not compared"
        yield Finding("note", "flat_media", alike.flat, text + " with others: every such one is like every other")
    if cut:
        text = (
            f"{plural(cut, 'hash', 'hashes')} in runs of more than {duplicates.LONGEST:,} like it not compared with all"
        )
        yield Finding("warning", "runs_cut_short", cut, text, (), "keep fewer frames of a scene")


def load(db: sqlite3.Connection) -> Alike:
    """The hashes of all contents, flat ones counted and left out; a content that is of `against` alone counts too."""
    names = [side for (side,) in db.execute("SELECT DISTINCT side FROM samples ORDER BY 1")]
    bit = {side: 1 << min(number, MOST_SIDES - 1) for number, side in enumerate(names)}
    looks, sides, rows, ours, flat = bytearray(), [], [], [], 0
    query = (
        "SELECT m.look, min(s.row), group_concat(DISTINCT s.side || char(31)), max(s.role = 'data') "
        "FROM media m JOIN samples s USING (row) WHERE m.look IS NOT NULL AND m.problem IS NULL "
        "GROUP BY m.content, m.look ORDER BY min(s.row)"
    )
    for look, row, on, is_ours in db.execute(query):
        if is_flat(int.from_bytes(look, "big")):
            flat += 1
            continue
        looks += look
        rows.append(row)
        ours.append(bool(is_ours))
        sides.append(sum(bit[side.strip(",")] for side in on.split("\x1f") if side.strip(",")))
    table = np.frombuffer(bytes(looks), np.uint8).reshape(-1, BYTES)
    hashes, of = np.unique(table.view(f"V{BYTES}").ravel(), return_inverse=True)
    hashes = hashes.view(np.uint8).reshape(-1, BYTES)
    return Alike(hashes, of, np.array(sides, np.uint64), np.array(rows, np.int64), np.array(ours, bool), flat)


def pairs(alike: Alike) -> tuple[Pairs, Pairs, int]:
    """The pairs on different sides, those within one, and how many hashes were not compared in full.

    Contents of one hash are a chain of pairs, so that k of them count k - 1.
    """
    across, inside, cut = Pairs(), Pairs(), 0
    order = np.lexsort((alike.sides, alike.of))
    one, other = order[:-1], order[1:]
    same = alike.of[one] == alike.of[other]
    _sort(alike, one[same], other[same], across, inside)
    first = np.zeros(len(alike.hashes), np.int64)
    first[alike.of[order[::-1]]] = order[::-1]
    joint = np.zeros(len(alike.hashes), np.uint64)
    np.bitwise_or.at(joint, alike.of, alike.sides)
    for left, right, beyond in near_pairs(alike.hashes):
        _sort(alike, first[left], first[right], across, inside, joint[left] | joint[right])
        cut += beyond
    return across, inside, cut


def _sort(
    alike: Alike, one: np.ndarray, other: np.ndarray, across: Pairs, inside: Pairs, joint: np.ndarray | None = None
) -> None:
    """Count pairs of contents by whether they are on one side; two media of one sample are no pair."""
    apart = (alike.rows[one] != alike.rows[other]) & (alike.ours[one] | alike.ours[other])
    sides = alike.sides[one] | alike.sides[other] if joint is None else joint
    several = np.bitwise_count(sides) > 1
    for chosen, found in ((apart & several, across), (apart & ~several, inside)):
        found.count += int(chosen.sum())
        at = np.flatnonzero(chosen)[: SHOWN - len(found.rows)]
        both = [sorted((int(alike.rows[one[n]]), int(alike.rows[other[n]]))) for n in at]
        found.rows += [(earlier, later) for earlier, later in both]


def _named(db: sqlite3.Connection, found: Pairs) -> tuple[str, ...]:
    """The pairs by their samples and sides."""
    query = "SELECT id, file, line, side FROM samples WHERE row = ?"
    both = [[db.execute(query, (row,)).fetchone() for row in pair] for pair in found.rows]
    return tuple(", ".join(f"{where(*row[:3])} in {row[3]}" for row in pair) for pair in both)
