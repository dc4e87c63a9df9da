"""The one error for what users give: printed in words, without a traceback."""

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Something the user gave is wrong; the message says what, what would be right, and how to mend it."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known word was meant, and list them all: ``did you mean 'sft'? known: grpo, sft``."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return f"{meant}known: {', '.join(names) or 'none'}"
