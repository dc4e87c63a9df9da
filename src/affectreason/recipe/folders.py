"""Writing into the folder of a stage: files whole or not at all, and `done.json` last."""

import errno
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from affectreason.errors import InputError
from affectreason.recipe.parts import Stage

CHANGES = "changes.jsonl"
"""The changes of its settings that a stage was told to go on with, a line each."""
LIBRARIES = ("affectreason", "torch", "transformers", "trl", "peft", "accelerate", "deepspeed")


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all; a full disk leaves the old one and no half."""
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InputError(_unwritten(path, error)) from error


def append_text(path: Path, text: str) -> None:
    """Add to the end of a file; a kill or a full disk may leave a half of it there."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InputError(_unwritten(path, error)) from error


def appended(path: Path) -> list[Any]:
    """The rows of a JSONL file that is appended to; a last line that is cut off is left out."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def _unwritten(path: Path, error: OSError) -> str:
    """Why a file could not be written, and what to do."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    mend = "free space there, then run the same command again" if full else "name another folder with out="
    return f"cannot write {path}: {error.strerror}; {mend}"


def clear(folder: Path) -> None:
    """Empty a stage's folder but for what says how it was made and who holds it."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in (CHANGES, "recipe.yaml", ".lock"):
            path.unlink()


def write_done(folder: Path, stage: Stage, seconds: float, counts: dict[str, Any], alarms: Sequence[str] = ()) -> None:
    """Say that a stage's output counts: what it was made with, how much it is, what its files hash to, any alarms."""
    names = ("model", "samples.jsonl", "manifest.json")
    files = sorted(f for name in names for f in _files(folder / name))
    changed = changes(folder)
    record = {
        "stage": stage.name,
        "kind": stage.kind,
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seconds": round(seconds, 1),
        "counts": counts,
        **({"alarms": list(alarms)} if alarms else {}),
        **({"changed": [line for row in changed for line in row["changed"]]} if changed else {}),
        "commit": _commit(),
        "versions": {name: found for name in LIBRARIES if (found := _version(name))},
        "sha256": {str(f.relative_to(folder)): digest(f) for f in files},
    }
    write_text(folder / "done.json", json.dumps(record, indent=2))
    tidy(folder)  # after it: a full disk above must not cost the training


def add_alarm(folder: Path, text: str) -> bool:
    """Add to what `done.json` tells of a training; False where it says so already."""
    path = folder / "done.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    if text in record.get("alarms", []):
        return False
    write_text(path, json.dumps(record | {"alarms": [*record.get("alarms", []), text]}, indent=2))
    return True


def tidy(folder: Path) -> None:
    """Remove the checkpoints of a stage that is done; they are left where it was killed between the two."""
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)


def changes(folder: Path) -> list[dict[str, Any]]:
    """The changes a stage was told to go on with, oldest first."""
    path = folder / CHANGES
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [json.loads(line) for line in lines]


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [f for f in path.rglob("*") if f.is_file()]


def digest(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _commit() -> str | None:
    """The checkout's commit, `-dirty` where files differ from it; None for an installed wheel or without git."""
    here = Path(__file__).resolve().parents[3]
    if not (here / ".git").exists() or shutil.which("git") is None:
        return None
    ask = ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    found = subprocess.run(ask, cwd=here, capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
