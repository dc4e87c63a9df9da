"""A folder that is written inside OUT.part, beside its place, and moved there when it is whole.

OUT.part is held by the process that writes in it. It is no model itself: what is written lies one folder deeper.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from affectreason.errors import InputError
from affectreason.model.disk import writing
from affectreason.recipe import locks

MARK = ".affectreason_draft"
"""The file that tells a folder begun here from one of somebody else's."""
INSIDE = "half"
"""What is written, inside OUT.part, until it is whole."""
BEFORE = "before"
"""What had the name of it, inside OUT.part, until that is removed."""
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)


def require_free(out: Path, replace: bool = False, mend: str = locks.MEND) -> Path:
    """Where OUT.part will be; InputError where `out` lies in a file or OUT.part was not begun here.

    So where `out` exists, unless it is to be replaced.
    """
    draft = out.with_name(out.name + ".part")
    if os.path.lexists(out) and not replace:
        raise InputError(f"out={out} exists and is left alone; name a new folder")
    if replace and (out.is_symlink() or out.is_file()):
        raise InputError(f"cannot write {out}: a file or a link is there; move it away, or {mend}")
    if not next(place for place in out.absolute().parents if os.path.lexists(place)).is_dir():
        raise InputError(f"cannot write {out}: Not a directory; {mend}")
    if os.path.lexists(draft) and not _begun_here(draft):
        raise InputError(
            f"cannot write {out}: it is written as {draft} first, and that is there already and was not begun here; "
            f"move it away, or {mend}"
        )
    return draft


@contextmanager
def beside(out: Path, replace: bool = False, mend: str = locks.MEND) -> Iterator[Path]:
    """A new folder in OUT.part, called `out` where the block ends without an error, removed where it does not.

    OUT.part is held all the while; what a run that was killed left in it is removed first. With `replace` an `out` of
    before gives way when the new one is whole. InputError, which ends with `mend`, where another process holds the
    folder or nothing can be written there, and where it is none of ours.
    """
    draft = require_free(out, replace, mend)
    above = [place for place in draft.absolute().parents if not place.exists()]
    try:
        with locks.locked(draft, mend):
            _require_held(draft, out, replace)
            try:
                with writing(out):
                    inside = _begun(draft)
                yield inside
                _move(inside, out, replace, mend)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    finally:
        with suppress(OSError):  # one that something lies in stays, and those above it
            for place in above:
                place.rmdir()


def is_half(folder: Path) -> bool:
    """Whether a folder is OUT.part of a command that was stopped or is at work."""
    return (folder / MARK).is_file()


def _begun_here(draft: Path) -> bool:
    """Whether a command of ours made a folder, be it killed before it could mark it; an empty one is nobody's."""
    if draft.is_symlink() or not draft.is_dir():
        return False
    return is_half(draft) or {path.name for path in draft.iterdir()} <= {locks.FILE}


def _require_held(draft: Path, out: Path, replace: bool) -> None:
    """Refuse to go on where another one ended, and took its OUT.part away, while this one waited for the lock."""
    holder = locks.holder(draft)
    if not draft.is_dir() or (holder is not None and holder.pid != os.getpid()):
        raise InputError(f"cannot write {out}: another command ended there at this moment; run the same command again")
    if os.path.lexists(out) and not replace:
        raise InputError(f"out={out} was made by another command meanwhile and is left alone; name a new folder")


def _begun(draft: Path) -> Path:
    """The empty folder inside a draft that is held, after all that was left there."""
    (draft / MARK).touch()  # first: what is killed below is then known as ours
    for path in draft.iterdir():
        if path.name not in (MARK, locks.FILE):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    inside = draft / INSIDE
    inside.mkdir()
    return inside


def _move(inside: Path, out: Path, replace: bool, mend: str) -> None:
    """Give what is whole its name; with `replace` an `out` of before is moved aside, and back where that fails."""
    before = inside.with_name(BEFORE)
    try:
        if replace and os.path.lexists(out):
            out.rename(before)
        inside.rename(out)
    except OSError as error:
        with suppress(OSError):  # there was none, or something else has its name by now
            before.rename(out)
        why = "it was made by something else meanwhile" if error.errno in _TAKEN else error.strerror
        raise InputError(f"cannot write {out}: {why}; {mend}") from error
