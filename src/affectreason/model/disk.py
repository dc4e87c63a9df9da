"""A disk that is full or refuses a write, said in words whichever library met it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from affectreason.errors import InputError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
GONE = (errno.EROFS, errno.EIO, errno.ESTALE, errno.EACCES)


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Raise InputError, naming `target`, where a write inside fails for the disk's sake; other errors pass."""
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = _reason(error, target)
        if reason is None:
            raise
        gone = isinstance(error, OSError) and error.errno in GONE
        mend = "see that the disk is there and can be written" if gone else "free space there"
        raise InputError(f"cannot write {target}: {reason}; {mend}, then run the same command again") from error


def _reason(error: Exception, target: Path) -> str | None:
    """What the disk said: an OSError's number, safetensors' `(os error N)`, torch's broken archive; None for others.

    A disk that is gone is told of files below `target` alone, or of no name, for what is read may lie on another.
    """
    if isinstance(error, OSError):
        named = error.filename is None or Path(str(error.filename)).absolute().is_relative_to(target.absolute().parent)
        return error.strerror if error.errno in FULL or (error.errno in GONE and named) else None
    text = str(error)
    if isinstance(error, SafetensorError):
        return text.rpartition("I/O error: ")[2] if "os error" in text else None
    broken = "inline_container" in text or "PytorchStreamWriter" in text
    return "the file could not be written to its end" if broken else None
