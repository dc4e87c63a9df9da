"""What is wrong with the annotations as a whole: ranges, constants, imbalance, contradictions."""

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from affectreason.corpus.finding import LONGEST_ID, Finding, Level, firsts, numbered, plural, shown

ENOUGH = 20
"""Values from which a range that is never left is told."""
IMBALANCED = 10
GOLD = ("emotion", "sentiment", "valence", "arousal", "dominance", "score", "AU intensity")
SCORES = {"cmu-mosi": 3.0, "cmu-mosei": 3.0, "ch-sims": 1.0}
"""The largest absolute sentiment score that a data set's authors state, by the beginning of its name."""


def check(db: sqlite3.Connection) -> Iterator[Finding]:
    """The findings about labels, of the samples of `data` alone."""
    yield from _ranges(db)
    yield from _scores(db)
    yield from _simple(db)
    yield from _classes(db)
    yield from _untrained(db)
    yield from _contradictions(db)


def _ranges(db: sqlite3.Connection) -> Iterator[Finding]:
    """Columns that look as if they had been scaled or cut otherwise than a sample's fields are."""
    query = "SELECT * FROM columns WHERE count >= ? ORDER BY dataset, name"
    for dataset, name, count, least, most, kinds, constant in db.execute(query, (ENOUGH,)):
        of = f" of {dataset}" if dataset else ""
        if constant is not None:
            text = f"all {count:,} values of {name}{of} are {shown(constant, LONGEST_ID)}"
            level: Level = "warning" if name in GOLD else "note"
            yield Finding(level, "constant_column", count, text, (), "is this column filled in? else leave it out")
        elif name in ("valence", "arousal", "dominance") and least >= 0 and most <= 1:
            text = (
                f"{name}{of} stays in [{least:g}, {most:g}] over {count:,} samples; it is stored in [-1, 1], 0 neutral"
            )
            yield Finding("warning", "one_sided_range", count, text, (), "if it was in [0, 1], store 2 x - 1")
        elif name == "AU intensity" and kinds == 2 and (least, most) == (0, 1):
            text = (
                f"the {count:,} intensities of action units{of} are only 0 and 1, which reads as absent and trace (A)"
            )
            mend = 'if 1 means present, leave intensity out: {"number": 12}'
            yield Finding("warning", "binary_intensity", count, text, (), mend)


def _scores(db: sqlite3.Connection) -> Iterator[Finding]:
    """Scores outside the range the set states, and those whose sign is not that of the sentiment."""
    for name, most in SCORES.items():
        query = (
            "SELECT id, file, line, score FROM samples WHERE role = 'data' AND abs(score) > ? "
            "AND (lower(dataset) = ? OR lower(dataset) GLOB ?)"
        )
        count, examples = numbered(db, query, most, name, f"{name}[^a-z]*")
        if count:
            scores = plural(count, f"score of {name} lies", f"scores of {name} lie")
            text = f"{scores} outside [-{most:g}, {most:g}]"
            yield Finding("error", "score_out_of_range", count, text, examples, "take the scores as they are published")
    query = (
        "SELECT id, file, line, sentiment || ' with score ' || score FROM samples WHERE role = 'data' "
        "AND (sentiment = 'negative' AND score > 0 OR sentiment = 'positive' AND score < 0)"
    )
    count, examples = numbered(db, query)
    if count:
        text = f"{plural(count, 'sample')}: the sign of the score is not that of the sentiment"
        yield Finding("warning", "score_against_sentiment", count, text, examples, "is the order of the labels right?")


def _simple(db: sqlite3.Connection) -> Iterator[Finding]:
    """Samples without annotation, without a vocabulary, or with weights that are neither a set nor a distribution."""
    data = "SELECT id, file, line FROM samples WHERE role = 'data' AND "
    count, examples = numbered(db, data + "unlabelled")
    if count:
        text = f"{plural(count, 'sample carries', 'samples carry')} no annotation"
        yield Finding("note", "unlabelled", count, text, examples)
    count, examples = numbered(db, data + "emotion IS NOT NULL AND vocabulary IS NULL")
    if count:
        text = f"{plural(count, 'sample names', 'samples name')} an emotion but no label set; a recipe's own is used"
        yield Finding("note", "no_vocabulary", count, text, examples, "write labels, such as ekman7")
    count, examples = numbered(db, data + "weights")
    if count:
        text = f"the weights of {plural(count, 'sample')} are neither a set (0 or 1) nor shares that sum to 1"
        yield Finding("warning", "odd_weights", count, text, examples, "divide votes by their number")


def _classes(db: sqlite3.Connection) -> Iterator[Finding]:
    """Imbalance within each side, of the names of one label set."""
    query = (
        "SELECT side, vocabulary, emotion, count(*) FROM samples WHERE role = 'data' AND emotion IS NOT NULL "
        "GROUP BY side, vocabulary, emotion ORDER BY side, vocabulary, count(*) DESC, emotion"
    )
    for (side, _), rows in groupby(db.execute(query).fetchall(), itemgetter(0, 1)):
        counts = [row[2:] for row in rows]
        total = sum(count for _, count in counts)
        (most, many), (least, few) = counts[0], counts[-1]
        if many >= IMBALANCED * few and total >= ENOUGH:
            text = f"{side}: {many:,} {most} to {few:,} {least}; always saying {most} is right in {many / total:.1%}"
            yield Finding("note", "class_imbalance", total, text, (), "stages take balance: emotion; report macro F1")


def _untrained(db: sqlite3.Connection) -> Iterator[Finding]:
    """Emotions that are tested but never trained, where a data set trains others of that label set."""
    query = (
        "SELECT coalesce(dataset, ''), vocabulary, emotion, sum(held), sum(NOT held) FROM samples "
        "WHERE role = 'data' AND emotion IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    found, total = [], 0
    for (dataset, _), rows in groupby(db.execute(query).fetchall(), itemgetter(0, 1)):
        counts = [row[2:] for row in rows]
        unseen = [(emotion, tested) for emotion, tested, trained in counts if not trained]
        if unseen and any(trained for *_, trained in counts):
            of = f" of {dataset}" if dataset else ""
            found.append(", ".join(f"{emotion} ({tested:,})" for emotion, tested in unseen) + of)
            total += sum(tested for _, tested in unseen)
    if found:
        text = f"tested but never trained: {'; '.join(found)}"
        yield Finding("warning", "untrained_class", total, text, (), "is the order of the labels right?")


def _contradictions(db: sqlite3.Connection) -> Iterator[Finding]:
    """Equal media under different emotions, and rows that are another but for the id."""
    query = (
        "SELECT min(s.row) AS first, group_concat(DISTINCT s.emotion) AS said FROM samples s JOIN media m USING (row) "
        "WHERE s.role = 'data' AND s.emotion IS NOT NULL AND m.problem IS NULL AND NOT m.missing "
        "AND (SELECT count(*) FROM media WHERE row = s.row) = 1 "
        "GROUP BY s.dataset, s.vocabulary, m.kind, m.content, m.start, m.stop HAVING count(DISTINCT s.emotion) > 1"
    )
    count, examples = numbered(db, firsts(query))
    if count:
        text = f"{plural(count, 'file has', 'files have')} different emotions in different samples of one data set"
        yield Finding(
            "warning", "contradicting_labels", count, text, examples, "keep one, or all of them in annotators"
        )
    query = (
        "SELECT min(row) AS first, count(*) || ' times' AS said FROM samples WHERE role = 'data' AND said IS NOT NULL "
        "GROUP BY seen, said HAVING count(*) > 1"
    )
    count, examples = numbered(db, firsts(query))
    if count:
        (extra,) = db.execute(
            "SELECT count(*) - count(DISTINCT hex(seen) || hex(said)) FROM samples "
            "WHERE role = 'data' AND said IS NOT NULL"
        ).fetchone()
        text = f"{plural(extra, 'sample repeats', 'samples repeat')} media, question and labels of another"
        yield Finding("warning", "repeated_sample", extra, text, examples, "keep one of each")
