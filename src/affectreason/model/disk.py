"""A disk that is full or refuses a write, said in words whichever library met it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from affectreason.errors import InputError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Raise InputError, naming `target`, where a write inside fails for the disk's sake; other errors pass."""
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = _reason(error)
        if reason is None:
            raise
        raise InputError(
            f"cannot write {target}: {reason}; free space there, then run the same command again"
        ) from error


def _reason(error: Exception) -> str | None:
    """What the disk said: an OSError's number, safetensors' `(os error N)`, torch's broken archive; None for others."""
    if isinstance(error, OSError):
        return error.strerror if error.errno in FULL else None
    text = str(error)
    if isinstance(error, SafetensorError):
        return text.rpartition("I/O error: ")[2] if "os error" in text else None
    broken = "inline_container" in text or "PytorchStreamWriter" in text
    return "the file could not be written to its end" if broken else None
