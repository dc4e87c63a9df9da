"""A folder that is written beside its place and given its name when it is whole."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from affectreason.errors import InputError
from affectreason.model.disk import writing

MARK = ".affectreason_draft"
"""The file that tells a folder begun here from one of somebody else's."""


@contextmanager
def beside(out: Path) -> Iterator[Path]:
    """A new folder OUT.part, called `out` where the block ends without an error, removed where it does not.

    What a run that was killed left there is removed first; InputError where the folder is none of ours.
    """
    draft = out.with_name(out.name + ".part")
    if draft.is_symlink() or (draft.exists() and not (draft / MARK).is_file()):
        raise InputError(
            f"out={out}: it is written as {draft} first, and that is there already and was not begun here; move it "
            "away, or name another folder with out="
        )
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
