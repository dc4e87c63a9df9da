"""One thing that is wrong with, or worth knowing of, a file of samples."""

import sqlite3
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal

Level = Literal["error", "warning", "note"]
LEVELS = ("error", "warning", "note")
SHOWN = 5
LONGEST_ID = 80
_HIDDEN = ("Cc", "Cs", "Zl", "Zp")
_KINDS = """
no_samples samples unreadable_row marked_invalid duplicate_id no_split unknown_split silver_test checked_silver_test
duplicate_across_splits duplicate_in_training val_is_test cut_from_one_file duplicate_media
near_duplicate_across_splits near_duplicate flat_media runs_cut_short same_text_across_splits same_text
subject_in_two_splits dialogue_in_two_splits film_in_two_splits subject_in_splits_of_one_use
dialogue_in_splits_of_one_use film_in_splits_of_one_use subject_in_two_folds missing_media broken_media empty_part
end_beyond_clip one_frame small_picture silent no_sound short_sound sound_out_of_step transcript_scripts unopened
odd_media colour_order image_sizes video_sizes frames_sizes audio_sizes constant_column one_sided_range
binary_intensity score_out_of_range
score_against_sentiment unlabelled no_vocabulary odd_weights class_imbalance untrained_class contradicting_labels
repeated_sample named_by_no_stage token_lengths too_long nothing_to_learn cannot_be_shown cannot_be_laid_out
clips_with_vllm reads_nothing unscorable only_form_rewarded label_outside_recipe quoted_transcript
versions slow_conv3d attention disk missing_files no_model hub processes quantize idle_processes optimizer
"""
KINDS = frozenset(_KINDS.split())
"""The short names of all findings; they stay as they are, for they may be accepted by name."""


@dataclass(frozen=True)
class Finding:
    """What was found: how bad, a short stable name, how often, in words with the numbers, where, and what mends it.

    `examples` are at most five samples by id with file and line.
    """

    level: Level
    kind: str
    count: int
    text: str
    examples: tuple[str, ...] = ()
    mend: str = ""


def accepted(found: Finding, kinds: Collection[str]) -> Finding:
    """The finding as a note when its kind is accepted, else as it is."""
    if found.level == "note" or found.kind not in kinds:
        return found
    return replace(found, level="note", text=f"{found.text} (accepted)", mend="")


def where(id: str | None, file: str, line: int, *more: object) -> str:
    """A sample by its id, file and line, and what is said of it."""
    place = shown(f"{file}:{line}")
    said = "".join(f": {shown(one)}" for one in more if one is not None)
    return f"{shown(id, LONGEST_ID)} ({place}){said}" if id is not None else f"{place}{said}"


def shown(text: object, most: int | None = None, keep: str = "") -> str:
    """A text for a terminal: control signs but for those of `keep` are escaped, and it is cut to `most` characters."""
    signs = (
        sign if sign in keep or unicodedata.category(sign) not in _HIDDEN else _escaped(sign) for sign in str(text)
    )
    said = "".join(signs)
    return said if most is None or len(said) <= most else f"{said[: most - 3]}..."


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


def firsts(groups: str) -> str:
    """A query for `numbered` of another that gives, of groups of samples, the `first` row and what is `said` of it."""
    return f"SELECT s.id, s.file, s.line, g.said FROM ({groups}) g JOIN samples s ON s.row = g.first ORDER BY g.first"


def numbered(db: sqlite3.Connection, query: str, *values: Any) -> tuple[int, tuple[str, ...]]:
    """How many rows a query has, and its first five as `where` names them; it selects id, file, line and more."""
    (count,) = db.execute(f"SELECT count(*) FROM ({query})", values).fetchone()
    return count, tuple(where(*row) for row in db.execute(f"{query} LIMIT {SHOWN}", values))


def plural(count: int, one: str, many: str = "") -> str:
    """`1 sample`, `1,204 samples`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
