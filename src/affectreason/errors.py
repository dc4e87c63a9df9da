"""The one error for what users give: printed in words, without a traceback."""

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Something the user gave is wrong; the message says what, what would be right, and how to mend it."""


def closest(word: object, known: Iterable[object]) -> str | None:
    """The known word that was most likely meant, None when none is like it."""
    close = difflib.get_close_matches(str(word), sorted(map(str, known)), n=1, cutoff=0.5)
    return close[0] if close else None


def nearest(word: object, known: Iterable[object]) -> str:
    """Say which known word was meant, and list them all: ``did you mean 'sft'? known: grpo, sft``."""
    names = sorted(map(str, known))
    close = closest(word, names)
    meant = f"did you mean {close!r}? " if close else ""
    return f"{meant}known: {', '.join(names) or 'none'}"
