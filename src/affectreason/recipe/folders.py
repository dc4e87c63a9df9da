"""Writing into the folder of a stage: one run at a time, files whole or not at all, and `done.json` last."""

import errno
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from affectreason.errors import InputError
from affectreason.recipe.parts import Stage

LIBRARIES = ("affectreason", "torch", "transformers", "trl", "peft", "accelerate", "deepspeed")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder, made where it is missing: no second run inside it; released even by `kill -9`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise InputError(f"cannot write in {folder}: {error.strerror}; name another folder with out=") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"another run is working in {folder}; wait for it, or name a new folder with out="
            ) from error
        yield


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
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        mend = "free space there, then run the same command again" if full else "name another folder with out="
        raise InputError(f"cannot write {path}: {error.strerror}; {mend}") from error


def write_done(folder: Path, stage: Stage, seconds: float, counts: dict[str, Any], alarms: Sequence[str] = ()) -> None:
    """Say that a stage's output counts: what it was made with, how much it is, what its files hash to, any alarms."""
    names = ("model", "samples.jsonl", "manifest.json")
    files = sorted(f for name in names for f in _files(folder / name))
    record = {
        "stage": stage.name,
        "kind": stage.kind,
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seconds": round(seconds, 1),
        "counts": counts,
        **({"alarms": list(alarms)} if alarms else {}),
        "commit": _commit(),
        "versions": {name: found for name in LIBRARIES if (found := _version(name))},
        "sha256": {str(f.relative_to(folder)): digest(f) for f in files},
    }
    write_text(folder / "done.json", json.dumps(record, indent=2))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)  # after it: a full disk above must not cost the training


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
