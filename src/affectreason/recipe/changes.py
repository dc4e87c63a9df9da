"""What differs between the settings a stage was begun with and those asked now, and which changes were agreed to."""

import json
import time
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from affectreason.errors import InputError, nearest
from affectreason.recipe import folders
from affectreason.recipe.parts import KINDS
from affectreason.recipe.schema import Recipe

WORDS = ("same", "changed")
MEND = "run with what it was made with, name a new folder with out=, or go on all the same with resume=changed"
Settings = dict[str, Any]


def told(recipe: Recipe, word: Any) -> Recipe:
    """The recipe that goes on with what a folder holds as `resume=` says: `same` settings alone, or `changed` ones."""
    if word not in WORDS:
        raise InputError(f"resume={word}: {nearest(word, WORDS)}; changed goes on in a folder of other settings")
    return recipe.model_copy(update={"resume": word})


def differences(old: Settings, new: Settings) -> dict[str, tuple[Any, Any]]:
    """The keys that two settings do not agree in, dotted, with both values; keys a newer version added count not."""
    found = differing(_as_now(old), _as_now(json.loads(json.dumps(new))))
    return dict(sorted(found.items()))


def differing(old: Settings, new: Settings, place: str = "") -> dict[str, tuple[Any, Any]]:
    """The keys that two mappings do not agree in, dotted, with both values."""
    found: dict[str, tuple[Any, Any]] = {}
    for key in dict.fromkeys([*old, *new]):
        name = f"{place}.{key}" if place else key
        a, b = old.get(key), new.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            found |= differing(a, b, "" if name == "stage" else name)
        elif a != b:
            found[name] = (a, b)
    return found


def lines(found: dict[str, tuple[Any, Any]]) -> list[str]:
    """Each difference as a line `key: old -> new`."""
    return [f"{key}: {_shown(key, old)} -> {_shown(key, new)}" for key, (old, new) in found.items()]


def agree(folder: Path, changed: list[str], settings: Settings | None) -> None:
    """Write down that a stage goes on with a change: `when`, what is `changed` in lines, and the new `settings`.

    The same lines without settings are written once: a stage may be stopped again before its next checkpoint.
    """
    before = folders.changes(folder)
    if settings is None and changed in [row["changed"] for row in before if row["settings"] is None]:
        return
    row = {"when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "changed": changed, "settings": settings}
    rows = [*before, row]
    folders.write_text(folder / folders.CHANGES, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows))


def _as_now(settings: Settings) -> Settings:
    """Settings with the defaults of keys that were not known when they were written."""
    stage = settings.get("stage")
    kind = KINDS.get(str(stage.get("kind"))) if isinstance(stage, dict) else None
    if kind is None:
        return settings
    try:
        return {**settings, "stage": kind.model_validate(stage).model_dump(mode="json", exclude_none=True)}
    except ValidationError:
        return settings


def _shown(key: str, value: Any) -> str:
    """A value as it is written on the command line; of a file's digest the first digits."""
    if value is None:
        return "not given"
    if key.startswith("files."):
        return f"content {str(value)[:8]}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:120]}..."
