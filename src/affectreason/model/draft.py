"""A folder that is written beside its place and given its name when it is whole."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from affectreason.errors import InputError
from affectreason.model.disk import writing

MARK = ".affectreason_draft"
"""The file that tells a folder begun here from one of somebody else's."""


def require_free(out: Path) -> Path:
    """Where OUT.part will be; InputError where a file is in the way, or a folder that was not begun here."""
    draft = out.with_name(out.name + ".part")
    if not next(place for place in out.absolute().parents if place.exists()).is_dir():
        raise InputError(f"cannot write {out}: Not a directory; name another folder with out=")
    if draft.is_symlink() or (draft.exists() and not (draft / MARK).is_file()):
        raise InputError(
            f"out={out}: it is written as {draft} first, and that is there already and was not begun here; move it "
            "away, or name another folder with out="
        )
    return draft


@contextmanager
def beside(out: Path) -> Iterator[Path]:
    """A new folder OUT.part, called `out` where the block ends without an error, removed where it does not.

    What a run that was killed left there is removed first; InputError where the folder is none of ours.
    """
    draft = require_free(out)
    shutil.rmtree(draft, ignore_errors=True)
    with writing(out):
        draft.mkdir(parents=True)
    try:
        with writing(out):
            (draft / MARK).touch()
        yield draft
        draft.rename(out)
        (out / MARK).unlink()
    finally:
        shutil.rmtree(draft, ignore_errors=True)
