"""JSON that a model answered with, read as what it says of emotion; `response.py` builds on it."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from affectreason.affect.denial import affirmed
from affectreason.affect.labels import Labels

_FENCE = re.compile(r"```(?:json)?\s*+([^`]*+)```", re.I)
_EMOTION = ("emotion", "emotions", "label", "labels")
_UNITS = ("action_units", "aus", "au", "units")
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
    units = _at(found, _UNITS)
    numbers = {}
    for key in _NUMBERS:
        value = _at(found, (key,))
        if _is_number(value) and -1 <= value <= 1:
            numbers[key] = float(value)
        elif value is not None:
            problems.append(f"{key} is not a number from -1 to 1")
    return Record(names, None if units is None else _units(units), numbers, tuple(problems))


def read_words(text: str) -> list[str] | None:
    """The words a JSON object gives as emotions, as they stand; None if the text is no such object."""
    value = _at(_object(text) or {}, _EMOTION)
    if value is None:
        return None
    if isinstance(value, dict):
        return [word for word, weight in value.items() if _is_number(weight) and weight > 0]
    return [word for word in _items(value) if isinstance(word, str)]


def _object(text: str) -> dict[str, Any] | None:
    fenced = _FENCE.fullmatch(text.strip())
    body = (fenced[1] if fenced else text).strip()
    if not body.startswith("{"):
        return None
    try:
        found: dict[str, Any] = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError):  # no JSON, an integer too long to read, or nesting too deep
        return None
    return found


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
        if _is_number(weight) and weight > 0:
            found.update(dict.fromkeys(names, float(weight)))
    return found


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _units(value: Any) -> str:
    """Units as text for `read_units`: a list of numbers and words, or an object from unit to intensity."""
    if isinstance(value, dict):
        return (
            "\n".join(f"{_code(unit)}_r={_level(level)}" for unit, level in value.items() if level is not False)
            or "none"
        )
    return "\n".join(map(_code, _items(value))) if _items(value) else "none"


def _code(value: Any) -> str:
    """A number as a unit's code, a word as it is."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return f"AU{text}" if text.strip().isdigit() else text


def _level(value: Any) -> str:
    return f"{value:.4f}" if _is_number(value) else ""
