"""What the answers in a folder were asked with; answers that were asked otherwise are never put beside them."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.recipe import changes, folders, locks

FILE = "asked.json"


@contextmanager
def held(folder: Path, shared: Mapping[str, Any], systems: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Hold a folder of answers and write down what they are asked with.

    InputError where it holds answers of other `shared` settings, or a system of the same name with others; new systems
    are added, and settings under which nothing was answered (a model that could not be loaded) are forgotten. Facts
    under `declared` may change: they are of the model, not of how it is asked.
    """
    with locks.locked(folder):
        before = read(folder) if any(path.stat().st_size for path in folder.rglob("*.jsonl")) else None
        if before is not None:
            _refuse_others(folder, before, shared, systems)
        every = {**(before or {}).get("systems", {}), **systems}
        folders.write_text(folder / FILE, json.dumps({**shared, "systems": every}, indent=2, ensure_ascii=False) + "\n")
        yield


def read(folder: Path) -> dict[str, Any] | None:
    """What a folder's answers were asked with, None where it holds none."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({error}); name a new folder with out=") from error
    if not isinstance(found, dict) or not isinstance(found.get("systems"), dict):
        raise InputError(f"{path} does not say what was asked; name a new folder with out=")
    return found


def digest(samples: Sequence[Sample]) -> str:
    """A sha256 over what a model is asked of: every sample whole, in order, and the sizes of its files."""
    found = hashlib.sha256()
    for sample in samples:
        sizes = [_size(Path(item.path)) for item in sample.media]
        found.update(f"{sample.to_json()}|{sizes}\n".encode(errors="surrogatepass"))
    return found.hexdigest()


def _refuse_others(
    folder: Path, before: Mapping[str, Any], shared: Mapping[str, Any], systems: Mapping[str, Mapping[str, Any]]
) -> None:
    old = {key: value for key, value in before.items() if key != "systems"}
    keys = set(changes.differing(old, json.loads(json.dumps(shared))))
    for name in sorted(set(systems) & set(before["systems"])):
        was, now = _compared(before["systems"][name], systems[name]), _compared(systems[name], before["systems"][name])
        keys |= {f"{name}: {key}" for key in changes.differing(was, now)}
    if keys:
        raise InputError(
            f"{folder} holds answers that were asked with other settings ({', '.join(sorted(keys))}); name a new "
            "folder with out=, or remove that one"
        )


def _compared(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What must be the same: all but the facts beside it, and weights that were not on this machine at one time."""
    return {
        key: value
        for key, value in one.items()
        if key != "declared" and not (key.endswith("_weights") and None in (value, other.get(key)))
    }


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1
