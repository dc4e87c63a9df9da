"""What is wrong with the media of a file, from what was seen when they were opened."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator

from affectreason.corpus.finding import SHOWN, Finding, firsts, numbered, plural

FEWEST_FRAMES = 2
SMALLEST_SIDE = 32
FEWEST_FACES = 8
COLD = -2.0
"""Mean red minus mean blue (of 255) below which a face is bluer than skin can be in white light."""
MOSTLY = 0.6
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_NOTHING = "coalesce(m.start, 0) >= min(coalesce(m.stop, m.seconds), coalesce(m.seconds, m.stop))"
_FILES = firsts(
    "SELECT min(s.row) AS first, m.path{} AS said FROM media m JOIN samples s USING (row) WHERE {} "
    "GROUP BY m.kind, m.path{}"
)
"""Each file once, with the first sample that names it: many questions may be put to one file."""
_SAMPLES = "SELECT count(DISTINCT m.row) FROM media m WHERE "
"""How many samples name such files."""


def check(db: sqlite3.Connection) -> Iterator[Finding]:
    """The findings about media, of `data` and of `against`; without opened media, only of files that are not there."""
    yield from _broken(db)
    yield from _outliers(db)
    yield from _odd(db)
    yield from _colours(db)
    yield from _sizes(db)


def _broken(db: sqlite3.Connection) -> Iterator[Finding]:
    count, examples = numbered(db, _FILES.format("", "m.missing", ""))
    if count:
        text = f"{plural(count, 'media file is', 'media files are')} not there{_in(db, 'm.missing')}"
        mend = "put them in place, mend `path`, or take the samples out"
        yield Finding("error", "missing_media", count, text, examples, mend)
    broken = "NOT m.missing AND m.problem IS NOT NULL"
    count, examples = numbered(db, _FILES.format(" || ': ' || m.problem", broken, ""))
    if count:
        text = f"{plural(count, 'media file')} cannot be decoded to the end{_in(db, broken)}"
        yield Finding("error", "broken_media", count, text, examples, "fetch them again, or take the samples out")
    beyond = f"m.problem IS NULL AND m.past IS NOT NULL AND {{}} ({_NOTHING})"
    query = _FILES.format(" || ': ' || m.past", beyond, ", m.start, m.stop")
    mend = "are start and end in seconds, and of this file?"
    count, examples = numbered(db, query.format(""))
    if count:
        text = f"{plural(count, 'part holds', 'parts hold')} nothing of the clip"
        yield Finding("error", "empty_part", count, text, examples, mend)
    count, examples = numbered(db, query.format("NOT"))
    if count:
        text = f"{plural(count, 'part ends', 'parts end')} after the end of the clip"
        yield Finding("warning", "end_beyond_clip", count, text, examples, mend)


def _in(db: sqlite3.Connection, condition: str) -> str:
    """In how many samples such files are."""
    return f", in {plural(db.execute(_SAMPLES + condition).fetchone()[0], 'sample')}"


def _outliers(db: sqlite3.Connection) -> Iterator[Finding]:
    """Media that decode but are hardly what they are said to be."""
    short, side = "m.frames || ' frame'", "m.width || ' x ' || m.height"
    small = f"m.kind IN ('image', 'video', 'frames') AND min(m.width, m.height) < {SMALLEST_SIDE}"
    few = f"m.kind IN ('video', 'frames') AND m.frames < {FEWEST_FRAMES}"
    silent = "m.sound = 'silent' AND (m.kind = 'audio' OR s.heard AND m.kind = 'video')"
    checks = (
        ("one_frame", few, short, ("clip has", "clips have"), f"fewer than {FEWEST_FRAMES} frames", "use kind image"),
        ("small_picture", small, side, ("picture or clip has", "pictures or clips have"),
         f"a side under {SMALLEST_SIDE} pixels", "are they thumbnails?"),
        ("silent", silent, "'silent'", ("file of samples that speak is", "files of samples that speak are"),
         "silent", "fetch the sound again"),
    )  # fmt: skip
    for kind, condition, said, names, text, mend in checks:
        count, examples = numbered(db, _FILES.format(f" || ': ' || {said}", f"m.problem IS NULL AND ({condition})", ""))
        if count:
            yield Finding("warning", kind, count, f"{plural(count, *names)} {text}", examples, mend)
    mute = "m.problem IS NULL AND m.sound = 'none' AND m.kind = 'video' AND s.heard"
    count, examples = numbered(db, _FILES.format("", mute, ""))
    if count:
        of = "of samples with a transcript"
        text = f"{plural(count, f'clip {of} has', f'clips {of} have')} no sound at all"
        yield Finding("note", "no_sound", count, text, examples)
    shut = "m.kind IN ('url', 'features') AND m.problem IS NULL"
    count, examples = numbered(db, _FILES.format("", shut, ""))
    if count:
        text = f"{plural(count, 'address or feature file', 'addresses or feature files')}: not looked into"
        yield Finding("note", "unopened", count, text, examples)


def _odd(db: sqlite3.Connection) -> Iterator[Finding]:
    """What decoders remarked, such as corrupt tails and variable frame rates, numbers taken out to count them."""
    query = (
        "SELECT min(s.row) AS first, o.path || ': ' || o.text AS said, o.text FROM odd o JOIN samples s USING (row) "
        "GROUP BY o.path, o.text ORDER BY first"
    )
    kinds = Counter(_NUMBER.sub("#", row[2]) for row in db.execute(query))
    if kinds:
        _, examples = numbered(db, firsts(query))
        text = f"{plural(kinds.total(), 'remark')} on files that can be used but are not as they should be: "
        text += "; ".join(f"{said} ({count:,})" for said, count in kinds.most_common(SHOWN))
        mend = "look at them; fetch again what is cut short"
        yield Finding("warning", "odd_media", kinds.total(), text, examples, mend)


def _colours(db: sqlite3.Connection) -> Iterator[Finding]:
    """Sets of faces that are mostly bluer than red once their stated colour order is applied."""
    warmth = "(CASE m.colour WHEN 'bgr' THEN -m.warmth ELSE m.warmth END)"
    query = (
        f"SELECT coalesce(s.dataset, ''), m.colour, count(DISTINCT m.path), "
        f"count(DISTINCT CASE WHEN {warmth} < {COLD} THEN m.path END) FROM media m JOIN samples s USING (row) "
        "WHERE s.faces AND m.warmth IS NOT NULL AND m.warmth != 0 AND m.problem IS NULL GROUP BY 1, 2"
    )
    for dataset, colour, count, cold in db.execute(query).fetchall():
        if count >= FEWEST_FACES and cold > MOSTLY * count:
            of = f" of {dataset}" if dataset else ""
            other = "bgr" if colour == "rgb" else "rgb"
            text = f"{cold:,} of {count:,} faces{of} stored as {colour} are bluer than red, which skin is not"
            condition = f"{warmth} < ? AND m.colour = ? AND s.faces AND coalesce(s.dataset, '') = ?"
            _, examples = numbered(db, _FILES.format("", condition, ""), COLD, colour, dataset)
            yield Finding("warning", "colour_order", cold, text, examples, f'if so, write "colour": "{other}"')


def _sizes(db: sqlite3.Connection) -> Iterator[Finding]:
    """Least, median and greatest of what was measured, over files."""
    units = {"width": "px wide", "height": "px high", "seconds": "s", "rate": "frames/s", "frames": "frames"}
    for kind, what in (("image", "picture"), ("video", "clip"), ("frames", "folder"), ("audio", "recording")):
        said = [f"{_three(db, kind, name)} {unit}" for name, unit in units.items() if _measured(db, kind, name)]
        if said:
            query = "SELECT sound, count(*) FROM files WHERE kind = ? AND sound IS NOT NULL GROUP BY sound"
            said += [f"sound {how} {count:,}" for how, count in db.execute(query, (kind,))]
            (count,) = db.execute("SELECT count(*) FROM files WHERE kind = ?", (kind,)).fetchone()
            text = f"{plural(count, what)}, least / median / most: {', '.join(said)}"
            yield Finding("note", f"{kind}_sizes", count, text)


def _measured(db: sqlite3.Connection, kind: str, name: str) -> int:
    """Of how many files of a kind something was measured."""
    return db.execute(f"SELECT count({name}) FROM files WHERE kind = ?", (kind,)).fetchone()[0]


def _three(db: sqlite3.Connection, kind: str, name: str) -> str:
    """Its least, median and greatest value."""
    count = _measured(db, kind, name)
    query = f"SELECT {name} FROM files WHERE kind = ? AND {name} IS NOT NULL ORDER BY 1 LIMIT 1 OFFSET ?"
    return " / ".join(f"{db.execute(query, (kind, at)).fetchone()[0]:.4g}" for at in (0, count // 2, count - 1))
