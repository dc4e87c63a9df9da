"""What is known of the model a number is of: how it was named, its weights by a digest, the run that made it.

A model is always named on the command line, one and no more: nothing here can look at a score.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from affectreason.recipe import assets, runs

WEIGHTS = ("*.safetensors", "pytorch_model*.bin", "adapter_model.bin")
WHOLE = 256 << 20
"""Larger files are hashed at places."""
_PLACES, _BLOCK = 64, 1 << 20


def declared(model: str, adapter: str | None = None) -> dict[str, Any]:
    """Facts ready for JSON: the model's and the adapter's path, weights, checkpoint and run; None where not known."""
    found = {"how": "named on the command line", "model": facts(model)}
    return found if adapter is None else {**found, "adapter": facts(adapter)}


def weights_of(found: dict[str, Any]) -> dict[str, Any]:
    """What tells the models of two `declared` apart: the words they were named by, and the digests of their weights."""
    both = {key: found[key] for key in ("model", "adapter") if key in found}
    named: dict[str, Any] = {key: one["source"] for key, one in both.items()}
    return {**named, **{f"{key}_weights": (one["weights"] or {}).get("sha256") for key, one in both.items()}}


def facts(source: str) -> dict[str, Any]:
    """What is known of one folder or hub id."""
    folder = Path(assets.resolved(source)).expanduser()
    if not folder.is_dir():
        cached = None if source.startswith("tiny:") else _cached(source)
        found = None if cached is None else weights(cached)
        revision = None if cached is None else cached.name
        return {"source": source, "revision": revision, "weights": found, "checkpoint": None, "run": None}
    checkpoint = folder.resolve().name if folder.resolve().name.startswith("checkpoint-") else None
    return {"source": source, "weights": weights(folder), "checkpoint": checkpoint, "run": run(folder)}


def weights(folder: Path) -> dict[str, Any] | None:
    """The files of weights by their sizes in bytes, and one sha256 over all; None where the folder holds none.

    Of a file above 256 MiB its size and 64 blocks of 1 MiB, evenly spread, are hashed: training changes all of them,
    and 15 GB take no minute.
    """
    files = sorted({file for pattern in WEIGHTS for file in folder.glob(pattern)})
    if not files:
        return None
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.name}|{_digest(file)}\n".encode())
    return {"sha256": whole.hexdigest(), "files": {file.name: file.stat().st_size for file in files}}


def run(folder: Path) -> dict[str, Any] | None:
    """The stage that left a model or a checkpoint: its recipe, name, commit, when, and whether one of the run follows.

    None where no run left it. `last_stage` is None while the stage is not done.
    """
    above = folder.absolute().parent
    stage = above.parent if above.name == "checkpoints" else above
    made = runs.made_with(stage.parent, stage.name)
    if not isinstance(made, dict) or not isinstance(made.get("stage"), dict):
        return None
    done = _json(stage / "done.json")
    return {
        "recipe": stage.parent.name,
        "stage": stage.name,
        "kind": made["stage"].get("kind"),
        "finished": done.get("finished"),
        "commit": done.get("commit"),
        "versions": done.get("versions"),
        "last_stage": not _followed(stage) if done else None,
    }


def _cached(hub_id: str) -> Path | None:
    """The folder of a hub's model on this machine, named by its commit; None where it was not fetched yet."""
    from huggingface_hub import try_to_load_from_cache  # here: reading about a folder does not need it
    from huggingface_hub.errors import HFValidationError

    try:
        files = [try_to_load_from_cache(hub_id, name) for name in ("config.json", "adapter_config.json")]
    except HFValidationError:  # a path that is none
        return None
    return next((Path(found).parent for found in files if isinstance(found, str)), None)


def _followed(stage: Path) -> bool:
    """Whether another stage of the run began with this one's model and is done."""
    others = [path.parent for path in stage.parent.glob("*/done.json") if path.parent != stage]
    settings = [runs.made_with(other.parent, other.name) for other in others]
    return any(((made or {}).get("stage") or {}).get("init") == stage.name for made in settings)


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # cut short, or another program's
        return {}
    return found if isinstance(found, dict) else {}


def _digest(file: Path) -> str:
    size = file.stat().st_size
    with file.open("rb") as opened:
        if size <= WHOLE:
            return hashlib.file_digest(opened, "sha256").hexdigest()
        found = hashlib.sha256(str(size).encode())
        for place in range(_PLACES):
            opened.seek((size - _BLOCK) * place // (_PLACES - 1))
            found.update(opened.read(_BLOCK))
        return found.hexdigest()
