"""Affective trees written as JSON, by a model or an annotator.

    {"scene": ["indoors"], "people": [{"appearance": ["black hair"], "action": ["smile"], "units": ["AU12"],
    "emotion": "joy"}]}

One person needs no list. A level's name (`attribute`, `expression`) stands for its kinds, and an object of words says
by its values which are there (`{"smile": 1, "frown": 0}`).
"""

import json
import math
from typing import Any

from affectreason.affect.appearance import ACTIONS, APPEARANCE, WORDS
from affectreason.affect.denial_after import means_no
from affectreason.affect.feelings import feeling
from affectreason.affect.labels import Labels
from affectreason.affect.said_json import UNSURE
from affectreason.affect.tree import MOST_CHARACTERS, MOST_NODES, Kind, Said, TreeReading, build
from affectreason.affect.tree_words import said_of

_PEOPLE = ("people", "persons", "person")
_KINDS: dict[str, Kind | None] = {
    "appearance": "appearance", "appearances": "appearance", "action": "action", "actions": "action", "time": "time",
    "times": "time", "unit": "unit", "units": "unit", "au": "unit", "aus": "unit", "action_units": "unit",
    "expression": "unit", "expressions": "unit", "emotion": "emotion", "emotions": "emotion", "label": "emotion",
    "attribute": None, "attributes": None,
}  # fmt: skip
_DEEPEST = 6


class _Refused(Exception):
    """Why a tree is not read."""


def from_json(given: str | dict[str, Any], vocabulary: Labels | None = None) -> TreeReading:
    """The tree of a JSON object, as text or read; never raises. What is no such object, or too large, is refused.

    Words of no table are leaves as they stand, in lower case. References (`$ref`) are not followed.
    """
    try:
        top = _object(given)
        problems: list[str] = []
        scene = [word for word in _words(top.get("scene"), 0) if word]
        listed = next((top[key] for key in _PEOPLE if key in top), None)
        if listed is None:
            listed = [{key: value for key, value in top.items() if key != "scene"}]
        people = [_person(one, vocabulary, problems) for one in (listed if isinstance(listed, list) else [listed])]
    except _Refused as refused:
        return TreeReading(None, str(refused))
    return build(people, [WORDS["scene"].canonical(word) or word for word in scene], problems)


def _object(given: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(given, dict):
        return _keys(list(given.items()))
    if len(given) > MOST_CHARACTERS:
        raise _Refused(f"{len(given)} characters: a tree is read from at most {MOST_CHARACTERS}")
    try:
        found = json.loads(given, object_pairs_hook=_keys)
    except (ValueError, RecursionError) as error:
        raise _Refused("this is not JSON") from error
    if not isinstance(found, dict):
        raise _Refused("the JSON is no object")
    return found


def _keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys, in lower case, are each given once."""
    found = {str(key).strip().casefold(): value for key, value in pairs}
    if "$ref" in found:
        raise _Refused("a reference ($ref) is not followed: write the tree out")
    if len(found) != len(pairs):
        raise _Refused("a key is given twice")
    return found


def _person(given: Any, vocabulary: Labels | None, problems: list[str]) -> Said:
    """What an object says of one person; keys that mean nothing here are told."""
    if not isinstance(given, dict):
        raise _Refused("a person is an object")
    found: dict[str, list[str]] = {}
    for key, value in _keys(list(given.items())).items():
        kind = _KINDS.get(key.replace(" ", "_"), ...)
        if kind is ...:
            own = "appearance" if APPEARANCE.canonical(key) else "action" if ACTIONS.canonical(key) else None
            if own is None:
                problems.append(f"{key[:40]!r} is no part of a person")
            elif _there(value):
                found.setdefault(own, []).append(WORDS[own].canonical(key) or key)
        elif kind is None:
            _attributes(value, found)
        elif value is not None:
            leaves = _leaves(kind, value, vocabulary)
            if leaves or _is_none(value):
                found.setdefault(kind, []).extend(leaves)
    return {kind: tuple(words) for kind, words in found.items()}


def _attributes(value: Any, found: dict[str, list[str]]) -> None:
    """The words of the attribute level: an object of kinds, or words; those of no table are appearances."""
    if isinstance(value, dict) and any(key in WORDS for key in map(str.casefold, value)):
        for key, words in _keys(list(value.items())).items():
            kind = key if key in WORDS and key != "scene" else "appearance"
            found.setdefault(kind, []).extend(_leaves(kind, words, None))
        return
    for word in _words(value, 0):
        kind = next((one for one in ("appearance", "action", "time") if WORDS[one].canonical(word)), "appearance")
        found.setdefault(kind, []).append(WORDS[kind].canonical(word) or word)


def _leaves(kind: str, value: Any, vocabulary: Labels | None) -> list[str]:
    """The leaves of one kind, each by its one spelling; what has more than three words is read as prose."""
    found: list[str] = []
    if kind == "unit" and isinstance(value, list) and 0 in [one for one in value if type(one) is int]:
        return []  # zeros and ones in some order of units, which the object does not say
    for word in _words(value, 0):
        if kind == "unit" or word.count(" ") > 2:
            text = f"AU{word}" if word.isdigit() else word.replace("_", " ")
            found += said_of(text, (kind,), vocabulary, listed=kind == "unit").get(kind, ())
        elif kind == "emotion":
            found.append(feeling((vocabulary.canonical(word) if vocabulary is not None else None) or word))
        else:
            found.append(WORDS[kind].canonical(word) or word)
    return found


def _is_none(value: Any) -> bool:
    """Whether a value says that there is nothing of a kind: empty, "none", or an object whose words are all absent."""
    if isinstance(value, dict):
        return all(isinstance(held, bool | int | float) and not _there(held) for held in value.values())
    return value == [] or (isinstance(value, str) and means_no(value))


def _words(value: Any, depth: int) -> list[str]:
    """The words of a word, a number, a list of them, or an object whose values say which are there."""
    if depth > _DEEPEST:
        raise _Refused(f"nested deeper than {_DEEPEST}")
    found: list[str] = []
    if isinstance(value, dict):
        for key, held in _keys(list(value.items())).items():
            found += [key] if _there(held) else _words(held, depth + 1) if isinstance(held, list | dict) else []
    elif isinstance(value, list):
        for one in value:
            found += _words(one, depth + 1)
            if len(found) > MOST_NODES:
                raise _Refused(f"more than {MOST_NODES} leaves: a tree has at most {MOST_NODES} nodes")
    elif isinstance(value, str):
        word = " ".join(value.casefold().split())
        found = [] if word in UNSURE or means_no(word) else [word]
    elif isinstance(value, int) and not isinstance(value, bool) and value > 0:
        found = [str(value)]
    return found


def _there(value: Any) -> bool:
    """Whether a value says that what it is given for is there."""
    if isinstance(value, str):
        word = value.strip().casefold()
        return word not in UNSURE and not means_no(word) and word not in ("0", "0.0")
    if isinstance(value, bool):
        return value
    return isinstance(value, int | float) and math.isfinite(value) and value > 0
