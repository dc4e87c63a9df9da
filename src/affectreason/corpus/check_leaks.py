"""What one side of a data set shows of another: equal media, nearly equal media, equal texts, subjects, films.

Sides are splits, or the files where no split is named; what is only compared with is a side of its own, held out, so
that all that it shares with the samples is told. Names prove nothing, so media are told apart by content.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from affectreason.corpus.finding import SHOWN, Finding, Level, firsts, numbered, plural, where
from affectreason.corpus.likeness import check as check_likeness
from affectreason.corpus.sides import is_against

Sides = tuple[str, ...]
Part = tuple[str, str, bool, float, float, str, str, int]
"""Content, side, whether it is held out, start and end in seconds, and the first sample's id, file and line."""


def check(db: sqlite3.Connection) -> Iterator[Finding]:
    """The findings about leaks that concern at least one sample of `data`."""
    yield from _equal_media(db)
    yield from _copies(db)
    yield from check_likeness(db)
    yield from _texts(db)
    yield from _people(db)


@dataclass
class Spans:
    """Contents that several sides show: how many for each set of sides, and the first few; `held` is of each side."""

    counts: Counter[Sides] = field(default_factory=Counter)
    examples: dict[Sides, list[str]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, bool] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)
    cuts: int = 0

    def add(self, parts: list[Part]) -> None:
        """Take in all parts of one content."""
        self.held |= {part[1]: bool(part[2]) for part in parts}
        pair = overlapping(parts)
        if pair is None:
            self.cuts += 1
            self.cut += [_both(parts[0], parts[-1])] if len(self.cut) < SHOWN else []
            return
        sides = tuple(sorted({part[1] for part in parts}))
        self.counts[sides] += 1
        self.examples[sides] += [_both(*pair)] if len(self.examples[sides]) < SHOWN else []


def _equal_media(db: sqlite3.Connection) -> Iterator[Finding]:
    """Files of one content on several sides: the same part of them is a leak, other parts are cut from one file."""
    spans = Spans()
    for _, parts in groupby(_parts(db), itemgetter(0)):
        spans.add(list(parts))
    held = {s for s in spans.counts if all(map(spans.held.get, s)) and not any(map(is_against, s))}
    same = {sides for sides in held if _all_of_each(db, sides, spans.counts[sides])}
    for sides in sorted(same):
        text = f"{' and '.join(sides)} are the same {plural(spans.counts[sides], 'file')}"
        mend = "choose no checkpoint on one of them, and report one"
        yield Finding("warning", "val_is_test", spans.counts[sides], text, tuple(spans.examples[sides]), mend)
    leaks = {sides for sides in spans.counts if any(map(spans.held.get, sides))}
    yield from _spanning(spans, "error", "duplicate_across_splits", sorted(leaks - same))
    yield from _spanning(spans, "warning", "duplicate_in_training", sorted(set(spans.counts) - leaks))
    if spans.cuts:
        text = f"other parts of {plural(spans.cuts, 'file')} are on more than one side"
        yield Finding("warning", "cut_from_one_file", spans.cuts, text, tuple(spans.cut), "split by film or subject")


def _spanning(spans: Spans, level: Level, kind: str, chosen: list[Sides]) -> Iterator[Finding]:
    """One finding of all contents that these sets of sides show."""
    total = sum(spans.counts[sides] for sides in chosen)
    if total:
        each = ", ".join(f"{' and '.join(sides)} {spans.counts[sides]:,}" for sides in chosen)
        text = f"{plural(total, 'file is', 'files are')} on more than one side: {each}"
        examples = tuple(example for sides in chosen for example in spans.examples[sides])[:SHOWN]
        yield Finding(level, kind, total, text, examples, "take them out of all sides but one")


def _parts(db: sqlite3.Connection) -> Iterator[Part]:
    """Every part of every content that is on several sides, one row a side."""
    return db.execute(
        "SELECT m.content, s.side, s.held, coalesce(m.start, 0), coalesce(m.stop, 9e9), s.id, s.file, s.line, "
        "min(s.row) FROM media m JOIN samples s USING (row) WHERE m.content IN (SELECT m.content FROM media m "
        "JOIN samples s USING (row) WHERE m.problem IS NULL AND NOT m.missing GROUP BY m.content "
        "HAVING count(DISTINCT s.side) > 1 AND max(s.role = 'data')) "
        "GROUP BY m.content, s.side, m.start, m.stop ORDER BY m.content, min(s.row)"
    )


def overlapping(parts: list[Part]) -> tuple[Part, Part] | None:
    """Two parts of one file on different sides that show a moment in common, None where no two do."""
    furthest: dict[str, Part] = {}
    for part in sorted(parts, key=itemgetter(3, 4)):
        for side, other in furthest.items():
            if side != part[1] and other[4] > part[3]:
                return other, part
        if part[1] not in furthest or furthest[part[1]][4] < part[4]:
            furthest[part[1]] = part
    return None


def _both(one: Part, other: Part) -> str:
    return f"{where(*one[5:8])} in {one[1]}, {where(*other[5:8])} in {other[1]}"


def _all_of_each(db: sqlite3.Connection, sides: Sides, shared: int) -> bool:
    """Whether each side has no other media than the shared ones."""
    query = "SELECT count(DISTINCT content) FROM media JOIN samples USING (row) WHERE side = ?"
    return all(db.execute(query, (side,)).fetchone()[0] == shared for side in sides)


def _copies(db: sqlite3.Connection) -> Iterator[Finding]:
    """Files of one content under several names on one side; many questions to one file are no copies."""
    query = (
        "SELECT min(s.row) AS first, min(m.path) || ' = ' || max(m.path) AS said "
        "FROM media m JOIN samples s USING (row) WHERE m.problem IS NULL AND NOT m.missing AND s.role = 'data' "
        "GROUP BY s.side, m.content HAVING count(DISTINCT m.path) > 1"
    )
    count, examples = numbered(db, firsts(query))
    if count:
        text = f"{plural(count, 'content lies', 'contents lie')} under more than one name within a split"
        yield Finding("note", "duplicate_media", count, text, examples, "they count twice in training and in scores")


def _texts(db: sqlite3.Connection) -> Iterator[Finding]:
    """Long answers that are told word for word of different media."""
    query = (
        "SELECT min(s.row) AS first, count(DISTINCT s.seen) || ' media' AS said FROM samples s "
        "WHERE s.text IS NOT NULL GROUP BY s.text "
        "HAVING count(DISTINCT s.seen) > 1 AND max(s.role = 'data') AND count(DISTINCT s.side) {}"
    )
    kinds: tuple[tuple[Level, str, str, str], ...] = (
        ("warning", "same_text_across_splits", "> 1", "on different sides"),
        ("note", "same_text", "= 1", "of one split"),
    )
    for level, kind, sides, place in kinds:
        count, examples = numbered(db, firsts(query.format(sides)))
        if count:
            text = f"{plural(count, 'question and answer is', 'questions and answers are')} the same for media {place}"
            yield Finding(level, kind, count, text, examples, "were they written for these media?")


def _people(db: sqlite3.Connection) -> Iterator[Finding]:
    """Subjects, dialogues and films that are on more than one side; subjects in more than one fold."""
    query = (
        "SELECT min(row) AS first, {0} || ' in ' || group_concat(DISTINCT side) AS said FROM samples "
        "WHERE {0} IS NOT NULL GROUP BY dataset, {0} HAVING count(DISTINCT side) > 1 AND max(role = 'data') AND {1}"
    )
    apart = "(max(held) > min(held) OR max(role = 'against'))"
    (compared,) = db.execute("SELECT max(role = 'against') FROM samples").fetchone()
    for column in ("subject", "dialogue", "film"):
        for leaks, held in ((True, apart), (False, f"NOT {apart}")):
            count, examples = numbered(db, firsts(query.format(column, held)))
            if count:
                sides = "training and test or validation" if leaks else "several splits"
                sides += ", or in data and against" if leaks and compared else ""
                kind = f"{column}_in_two_splits" if leaks else f"{column}_in_splits_of_one_use"
                text = f"{plural(count, f'{column} is', f'{column}s are')} in {sides}"
                level: Level = "error" if leaks and column == "subject" else "warning"
                yield Finding(level, kind, count, text, examples, f"split by {column}")
    folds = (
        "SELECT min(row) AS first, subject || ' in folds ' || group_concat(DISTINCT fold) AS said FROM samples "
        "WHERE subject IS NOT NULL AND fold IS NOT NULL AND role = 'data' "
        "GROUP BY dataset, subject HAVING count(DISTINCT fold) > 1"
    )
    count, examples = numbered(db, firsts(folds))
    if count:
        text = f"{plural(count, 'subject is', 'subjects are')} in more than one fold"
        yield Finding("warning", "subject_in_two_folds", count, text, examples, "make folds by subject")
