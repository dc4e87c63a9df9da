"""What is wrong with sounds beside their clips, and with what is said in them."""

import sqlite3
from collections.abc import Iterator

from affectreason.corpus.finding import Finding, firsts, numbered, plural
from affectreason.media.audio import SHORTEST

APART = 1.0
PART = 0.25
"""A sound is out of step with a clip when their lengths, or their places in one file, differ by more than `APART`
seconds and by more than this part of the clip."""
_LENGTH = "(min(coalesce({0}.stop, {0}.seconds), {0}.seconds) - coalesce({0}.start, 0))"
_BEGIN = "coalesce({0}.start, 0)"


def check(db: sqlite3.Connection) -> Iterator[Finding]:
    """The findings about sounds and transcripts, of `data` and of `against`."""
    yield from _short(db)
    yield from _out_of_step(db)
    yield from _scripts(db)


def _short(db: sqlite3.Connection) -> Iterator[Finding]:
    length = _LENGTH.format("m")
    query = firsts(
        f"SELECT min(s.row) AS first, m.path || printf(': %.1f ms', 1000 * {length}) AS said "
        "FROM media m JOIN samples s USING (row) WHERE m.kind = 'audio' AND m.problem IS NULL AND m.past IS NULL "
        f"AND {length} < {SHORTEST} GROUP BY m.path, m.start, m.stop"
    )
    count, examples = numbered(db, query)
    if count:
        text = f"{plural(count, 'sound is', 'sounds are')} shorter than {1000 * SHORTEST:g} ms, which cannot be heard"
        mend = "are start and end in seconds? else take them out"
        yield Finding("error", "short_sound", count, text, examples, mend)


def _out_of_step(db: sqlite3.Connection) -> Iterator[Finding]:
    """Sounds that fit none of the clips of their sample."""
    sound, clip = _LENGTH.format("a"), _LENGTH.format("v")
    lag = f"CASE WHEN a.path = v.path THEN abs({_BEGIN.format('a')} - {_BEGIN.format('v')}) ELSE 0 END"
    lengths = f"printf('%.2f s of sound, %.2f s of clip', {sound}, {clip})"
    places = f"printf(', from %.2f s and %.2f s of one file', {_BEGIN.format('a')}, {_BEGIN.format('v')})"
    pairs = (
        f"SELECT a.row, a.path || ': ' || {lengths} || CASE WHEN {lag} > {APART} THEN {places} ELSE '' END AS said, "
        f"min(max(abs({sound} - {clip}), {lag}) - max({APART}, {PART} * {clip})) AS beyond "
        "FROM media a JOIN media v USING (row) WHERE a.kind = 'audio' AND v.kind IN ('video', 'frames') "
        "AND a.problem IS NULL AND v.problem IS NULL AND a.seconds IS NOT NULL AND v.seconds IS NOT NULL "
        "GROUP BY a.rowid"
    )
    query = firsts(f"SELECT min(row) AS first, said FROM ({pairs}) WHERE beyond > 0 GROUP BY said")
    count, examples = numbered(db, query)
    if count:
        text = f"{plural(count, 'sound is', 'sounds are')} out of step with the clip of the same sample"
        mend = "are they of the same recording? mend `start` and `end`"
        yield Finding("warning", "sound_out_of_step", count, text, examples, mend)


def _scripts(db: sqlite3.Connection) -> Iterator[Finding]:
    """The scripts of transcripts, where there are several or some differ from their question's."""
    counts = db.execute(
        "SELECT spoken, count(*) FROM samples WHERE spoken IS NOT NULL GROUP BY spoken ORDER BY 2 DESC, 1"
    ).fetchall()
    other = "SELECT id, file, line, spoken || ' under a question in ' || asked FROM samples WHERE spoken != asked"
    count, examples = numbered(db, other)
    if len(counts) > 1 or count:
        total = sum(n for _, n in counts)
        text = "transcripts by script: " + ", ".join(f"{name} {n:,} ({n / total:.0%})" for name, n in counts)
        text += f"; {count:,} in another than their question" if count else ""
        yield Finding("note", "transcript_scripts", total, text, examples)
