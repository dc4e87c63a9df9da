"""JSON that a model answered with, read as what it says of emotion; `response.py` builds on it."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from affectreason.affect.denial import affirmed
from affectreason.affect.denial_after import means_no
from affectreason.affect.labels import Labels

_FENCE = re.compile(r"```(?:json)?\s*+([^`]*+)```", re.I)
_EMOTION = ("emotion", "emotions", "label", "labels")
_UNITS = ("action_units", "aus", "au", "units")
_UNIT_KEY = re.compile(r"(?:a[ud]|action_unit)_?[lru]?_?[0-9]{1,2}[lru]?(?:_[rc])?")
_CODES = ("au", "unit", "action_unit", "code", "id", "number", "name")  # which unit an object of a list is of
_VALUES = ("present", "active", "detected", "visible", "intensity", "level", "value", "score")
_HERE, _GONE = (
    frozenset(("present", "active", "detected", "yes")),
    frozenset(("absent", "inactive", "not_present", "no")),
)
UNSURE = frozenset(
    ("", "?", "-", "unknown", "unsure", "unclear", "n/a", "na", "not coded", "nan", "null", "未知", "不确定", "不清楚")
)
"""Values of a key that say nothing of it."""
_NUMBERS = ("valence", "arousal", "dominance")


@dataclass(frozen=True)
class Record:
    """Emotions by weight (1 each unless a distribution was given), units as text to read, dimensions in [-1, 1]."""

    names: dict[str, float] = field(default_factory=dict)
    units: str | None = None
    numbers: dict[str, float] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def emotion(self) -> tuple[str | None, dict[str, float] | None]:
        """The one emotion, or the several; a single one is no set."""
        if len(self.names) == 1:
            return next(iter(self.names)), None
        return None, self.names or None


def read_json(text: str, labels: Labels) -> Record | None:
    """Read a JSON object, bare or fenced; None if the text is not one. A key given twice makes it none."""
    found = _object(text)
    if found is None:
        return None
    problems: list[str] = []
    names = _names(_at(found, _EMOTION), labels, problems)
    if not names:
        problems.append(f"the JSON gives no label of {labels.name}")
    units = _units(found)
    numbers = {}
    for key in _NUMBERS:
        value = _at(found, (key,))
        if _is_number(value) and -1 <= value <= 1:
            numbers[key] = float(value)
        elif value is not None:
            problems.append(f"{key} is not a number from -1 to 1")
    return Record(names, units, numbers, tuple(problems))


def read_words(text: str) -> list[str] | None:
    """The words a JSON object gives as emotions, as they stand; None if the text is no such object."""
    value = _at(_object(text) or {}, _EMOTION)
    if value is None:
        return None
    if isinstance(value, dict):
        return [word for word, weight in value.items() if _is_number(weight) and weight > 0]
    return [word for word in _items(value) if isinstance(word, str)]


def _object(text: str) -> dict[str, Any] | None:
    body = text.strip()
    if body.startswith("`"):
        fenced = _FENCE.fullmatch(body)
        body = fenced[1].strip() if fenced else body
    if not body.startswith(("{", "[")):
        return None
    try:
        found: Any = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError):  # no JSON, an integer too long to read, or nesting too deep
        return None
    if isinstance(found, list):  # a list of objects, each of one unit
        listed = found and all(isinstance(one, dict) and _UNIT_KEY.fullmatch(_key(one)) for one in found)
        return {"aus": found} if listed else None
    return found if isinstance(found, dict) else None


def _key(item: dict[str, Any]) -> str:
    return _code(_at(item, _CODES)).strip().lower().replace(" ", "_")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys, in lower case and with underscores, are each given once."""
    found = {key.strip().lower().replace(" ", "_").replace("-", "_"): value for key, value in pairs}
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _at(found: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((found[key] for key in keys if found.get(key) is not None), None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6  # also not NaN


def _names(value: Any, labels: Labels, problems: list[str]) -> dict[str, float]:
    """Labels of a word, a list of words, or an object from word to weight."""
    weights = value if isinstance(value, dict) else dict.fromkeys((w for w in _items(value) if isinstance(w, str)), 1.0)
    found: dict[str, float] = {}
    for word, weight in weights.items():
        name = labels.canonical(word)
        names = [name] if name else affirmed(word, labels)
        if not names:
            problems.append(f"{word[:40]!r} is no label of {labels.name}")
        if weight is True or (_is_number(weight) and weight > 0):
            found.update(dict.fromkeys(names, float(weight)))
    return found


def _units(found: dict[str, Any]) -> str | None:
    """What an object says of units as lines for `read_units`: by one key for all, or by a key for each (`"AU12": 1`).

    Present is what has a number above 0, true, or a word that is no denial; absent what has 0, false, "no", "absent".
    A value of null, [], below 0 (the code for frames nobody coded) or NaN says nothing. None where no key is about
    units; a key that is, whatever its value, is the object's last word on them.
    """
    listed = _at(found, _UNITS)
    each = {key: value for key, value in found.items() if _UNIT_KEY.fullmatch(key)}
    lines = [line for value in (listed, each or None) if value is not None for line in _lines(value)]
    if listed in ([], {}):
        lines.append("none")
    return "\n".join(lines) if each or any(key in found for key in _UNITS) else None


def _lines(value: Any) -> list[str]:
    """A line for each unit of a list of numbers, words or objects, or of an object from unit to what it has."""
    if isinstance(value, dict):
        found = []
        for key, held in value.items():
            if key in _HERE:
                found += _lines(held)
            elif key in _GONE:
                found += [f"{line} absent" for line in _lines(held)]
            else:
                found += _line(key, held)
        return found
    items = _items(value)
    if 0 in [item for item in items if type(item) is int]:
        return []  # zeros and ones in some order of units, which the text does not say
    return [line for item in items for line in (_line_of(item) if isinstance(item, dict) else [_code(item)]) if line]


def _line_of(item: dict[str, Any]) -> list[str]:
    """The unit that one object is about; naming it alone says that it is present."""
    return _line(_at(item, _CODES), item if any(key in item for key in _VALUES) else "present")


def _line(unit: Any, held: Any) -> list[str]:
    """A unit with what is said of it; no line where that is nothing."""
    name = _code(unit)
    name = name if _UNIT_KEY.match(name.lower()) else name.replace("_", " ")
    state = _state_of(held)
    if state is None or not name:
        return []
    return [f"{name.removesuffix('_r').removesuffix('_c')}{state if state[0] == '_' else f': {state}'}"]


def _state_of(held: Any) -> str | None:
    """The state that a value, a list of values or an object of them gives; None where it gives none, or several."""
    if held in ([], {}):
        return None
    if isinstance(held, dict):
        states = [_state(held[key]) for key in _VALUES if held.get(key) is not None]
        states = states if states or any(key in held for key in _VALUES) else ["present"]
        first = states[0] if states else None
        return "absent" if "absent" in states else next((one for one in states if one and one[0] == "_"), first)
    if isinstance(held, list):
        several = {_state(value) for value in held}
        there = None not in several and "absent" not in several
        return several.pop() if len(several) == 1 else "present" if there else None
    return _state(held)


def _state(value: Any) -> str | None:
    """`absent`, `present`, or `present` with an intensity in OpenFace's writing; None where nothing is said."""
    if isinstance(value, str):
        word = value.strip().lower()
        if not re.fullmatch(r"[0-9.]{1,8}", word):
            return None if word in UNSURE else "absent" if means_no(word) else "present"
        value = float(word) if word.count(".") < 2 and word != "." else None
    if isinstance(value, bool):
        return "present" if value else "absent"
    if not _is_number(value) or value < 0:
        return None
    return "absent" if value == 0 else f"_r={value:.4f}"


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _code(value: Any) -> str:
    """A number as a unit's code, a word as it is."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return f"AU{text}" if text.strip().isdigit() else text
