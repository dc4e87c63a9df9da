"""Any folder of images or clips with a CSV table of labels.

    affectreason prep table root=photos csv=labels.csv image=file emotion=label out=data/mine.jsonl

Each key but the first four and the last three names a column of the table; README.md beside this file has them all.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from affectreason.affect import facs
from affectreason.affect.labels import LABELS, find
from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import tables
from affectreason.published.about import About

ABOUT = About(
    title="your own table",
    holds="a folder of your own images or clips with a CSV table of labels",
    licence="yours",
    gate="open",
    get="you have it",
    layout="photos/...     any folders and names\nlabels.csv     a header, one row a picture or clip, UTF-8",
)
COLUMNS = ("image", "video", "emotion", "aus", "valence", "arousal", "split", "subject", "question", "reasoning", "id")
OPTIONS: dict[str, Any] = {
    "csv": ...,
    "root": None,
    "delimiter": ",",
    **dict.fromkeys(COLUMNS),
    "aus_prefix": None,
    "au_at_least": None,
    "labels": "ekman7",
    "dataset": None,
    "licence": None,
}
SPLITS = ("train", "val", "validation", "dev", "test")
NOT_CODED = (-1.0, 9.0, 999.0)
"""What corpora write in a unit's column where nobody could code it (BP4D: 9; FMAE's lists: 999)."""
NOTHING = ("", "nan", "na", "n/a", "null")
NO_UNITS = ("[]", "()", "none", "-", "0")

Row = dict[str, str]


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each row of the table, in its order; nothing is opened but the table, which is read twice."""
    path = Path(str(options["csv"]))
    delimiter = {"\\t": "\t", "tab": "\t"}.get(str(options["delimiter"]), str(options["delimiter"]))
    if len(delimiter) != 1:
        raise InputError(f"delimiter={delimiter!r} is not one sign; write for example delimiter=tab or 'delimiter=;'")
    _check_threshold(options["au_at_least"])
    header = tables.header(path, delimiter)
    root = path.absolute().parent if options["root"] is None else tables.root_folder(options["root"])
    options = {**options, "root": root, **{key: _column(key, options[key], header) for key in COLUMNS}}
    if not options["image"] and not options["video"]:
        raise InputError(f"give image=COLUMN or video=COLUMN; the columns of {path}: {', '.join(header)}")
    if not any(options[key] for key in ("emotion", "aus", "aus_prefix", "valence", "arousal", "reasoning")):
        raise InputError("nothing to learn: give emotion=, aus=, aus_prefix=, valence=, arousal= or reasoning=")
    units = _unit_columns(str(options["aus_prefix"]), header) if options["aus_prefix"] else {}
    graded = _first_look(tables.rows(path, delimiter=delimiter), options, units, path)
    for number, (line, row) in enumerate(tables.rows(path, delimiter=delimiter), start=1):
        try:
            yield _sample(row, f"{path.stem}_{number}", options, units, graded)
        except InputError as error:
            raise InputError(f"{path}:{line}: {error}") from error


def _first_look(rows: Iterable[tuple[int, Row]], options: dict[str, Any], units: dict[int, str], path: Path) -> bool:
    """Whether units are graded and not only present or absent; InputError for emotions outside the vocabulary."""
    emotions: Counter[str] = Counter()
    graded, line = False, 0
    for line, row in rows:
        if options["emotion"] and row[options["emotion"]].lower() not in NOTHING:
            emotions[row[options["emotion"]]] += 1
        try:
            graded = graded or any(value not in (0.0, 1.0) for value in _levels(row, units).values())
        except InputError as error:
            raise InputError(f"{path}:{line}: {error}") from error
    if not line:
        raise InputError(f"{path} has no rows below its header")
    _check_emotions(emotions, options)
    return graded


def _check_threshold(at_least: object) -> None:
    if at_least is not None and tables.number(str(at_least), "au_at_least", 0, 5) == 0:
        raise InputError("au_at_least=0: every unit would be present; give a level above 0 and up to 5")


def _column(key: str, value: object, header: list[str]) -> str | None:
    """The column a key names; a split may also be one of the usual names, a question also a text."""
    if value is None:
        return None
    name = str(value)
    if name in header or (key == "split" and name in SPLITS) or (key == "question" and " " in name):
        return name
    hint = "; if that is one column, give delimiter=" if len(header) == 1 else ""
    raise InputError(f"{key}={name}: the table has no such column; {nearest(name, header)}{hint}")


def _check_emotions(values: Counter[str], options: dict[str, Any]) -> None:
    """All values outside the vocabulary at once, with their counts and the label sets that have them all."""
    known = find(str(options["labels"]))
    unknown = {value: count for value, count in values.most_common() if known.canonical(value) is None}
    if not unknown:
        return
    counts = ", ".join(f"{value!r} ({count} rows)" for value, count in unknown.items())
    fitting = [name for name, one in LABELS.items() if all(one.canonical(value) for value in values)]
    mend = "no label set has them all; put known names in the column"
    if fitting:
        mend = f"give labels={min(fitting, key=lambda name: len(LABELS[name].names))}; fitting: {', '.join(fitting)}"
    elif all(re.fullmatch(r"-?\d+(\.0)?", value) for value in unknown):
        mend = "numbers mean something else in every data set: put the names in the column instead"
    raise InputError(
        f"emotion={options['emotion']} has values outside {known.name} ({', '.join(known.names)}): {counts}; {mend}"
    )


def _sample(row: Row, name: str, options: dict[str, Any], units: dict[int, str], graded: bool) -> Sample:
    emotion = _cell(row, options["emotion"])
    aus = _listed(_cell(row, options["aus"])) if options["aus"] else None
    if units:
        aus = _coded(_levels(row, units), options["au_at_least"], graded)
    question, split = options["question"], options["split"]
    return Sample(
        id=_cell(row, options["id"]) or name,
        media=tuple(_media(row, options)),
        question=_cell(row, question) if question in row else question,
        gold=Affect(
            emotion=find(str(options["labels"])).canonical(emotion) if emotion else None,
            aus=aus,
            valence=_number(row, options["valence"], -1, 1),
            arousal=_number(row, options["arousal"], -1, 1),
        ),
        reasoning=_cell(row, options["reasoning"]),
        labels=str(options["labels"]),
        provenance=Provenance(
            dataset=_text(options["dataset"]),
            licence=_text(options["licence"]),
            split=_cell(row, split) if split in row else split,
            subject=_cell(row, options["subject"]),
        ),
    )


def _media(row: Row, options: dict[str, Any]) -> Iterator[Media]:
    """Paths lie under `root`, or beside the table when it is not given."""
    root = options["root"]
    for kind in ("image", "video"):
        if options[kind]:
            file = _cell(row, options[kind])
            if file is None:
                raise InputError(f"the column {options[kind]!r} names no file")
            path = tables.under(root, file)
            yield Media(kind="frames" if kind == "video" and path.is_dir() else kind, path=str(path))


def _cell(row: Row, column: str | None) -> str | None:
    """A cell's text, None where it is empty: an empty cell says nothing."""
    return row[column] if column and row[column].lower() not in NOTHING else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(row: Row, column: str | None, least: float, most: float) -> float | None:
    cell = _cell(row, column)
    if cell is None:
        return None
    value = _float(cell)
    if value is None or not least <= value <= most:
        raise InputError(
            f"{column} is {cell!r}, not a number from {least} to {most}; rescale the column, for example (x - 5) / 4 "
            "for a scale of 1 to 9, and leave cells empty where nothing was annotated"
        )
    return value


def _float(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _listed(cell: str | None) -> tuple[ActionUnit, ...] | None:
    """Units written in one cell: `AU1+AU4`, `1,4,15`, `[1, 4]`, `R12B`; `none` or `[]` says there are none."""
    if cell is None:
        return None
    if cell.lower() in NO_UNITS:
        return ()
    found: dict[tuple[int, str | None], ActionUnit] = {}
    for word in re.split(r"[+,;|\s]+", re.sub(r"(?i)\b(AU|AD)\s+(?=\d)", r"\1", cell.strip("[]()"))):
        match = re.fullmatch(r"(?i)([LR]?)(?:AU|AD)?0*(\d{1,2})([A-E]?)", word.strip("'\""))
        if not match:
            raise InputError(f"{word!r} in {cell!r} is not an action unit; write AU1+AU4, 1,4,15 or [1, 4]")
        side, number, letter = match.groups()
        facs.spelling(int(number))
        which = {"L": "left", "R": "right"}.get(side.upper())
        level = float("ABCDE".index(letter.upper()) + 1) if letter else None
        found[int(number), which] = ActionUnit.model_validate({"number": number, "intensity": level, "side": which})
    return tuple(found.values())


def _unit_columns(prefix: str, header: list[str]) -> dict[int, str]:
    """The columns of units by number: `AU` finds AU01, AU1, AU01_r; `AU*_r` only AU01_r."""
    before, star, after = prefix.partition("*")
    end = re.escape(after) if star else "(?:_[rc])?"
    found: dict[int, str] = {}
    for name in header:
        match = re.fullmatch(f"(?i){re.escape(before)}0*(\\d{{1,2}}){end}", name)
        if match and (number := int(match.group(1))) in found:
            raise InputError(
                f"AU{number} has two columns, {found[number]} and {name}; write for example aus_prefix=AU*_r"
            )
        if match:
            facs.spelling(number)
            found[number] = name
    if not found:
        raise InputError(f"aus_prefix={prefix}: no column is named {before}01{after}; columns: {', '.join(header)}")
    return found


def _levels(row: Row, units: dict[int, str]) -> dict[int, float]:
    """The level of each unit that was coded in a row; empty cells, -1, 9 and 999 were not."""
    found = {}
    for number, column in units.items():
        cell = _cell(row, column)
        value = None if cell is None else _float(cell)
        if cell is not None and (value is None or (value not in NOT_CODED and not 0 <= value <= 5)):
            raise InputError(f"{column} is {cell!r}, not a presence (0, 1) or an intensity from 0 to 5")
        if value is not None and value not in NOT_CODED:
            found[number] = value
    return found


def _coded(levels: dict[int, float], at_least: float | None, graded: bool) -> tuple[ActionUnit, ...] | None:
    """Units with their intensity; present or absent alone when the table has but 0 and 1, or by a threshold."""
    if not levels:
        return None
    if graded and at_least is None:
        return tuple(ActionUnit(number=number, intensity=level) for number, level in levels.items())
    bar = 1.0 if at_least is None else float(at_least)
    return tuple(ActionUnit(number=n, intensity=None if level >= bar else 0) for n, level in levels.items())
