"""One reward of one answer: a finite number or None, and where its function stops, which reward and which sample."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

from affectreason.errors import InputError

if TYPE_CHECKING:  # checking a recipe needs the names of rewards, not the parser
    from affectreason.affect.response import Response
    from affectreason.affect.sample import Sample


def score(
    use: str,
    reward: Callable[..., float | None],
    response: Response,
    sample: Sample,
    args: Mapping[str, Any] | None = None,
) -> float | None:
    """What the reward called `use` says of an answer.

    InputError where that is no finite number: a NaN would be left out of a mean in silence, and pass every bar. Other
    errors pass, with a note that names the sample.
    """
    place = f"reward {use!r} of sample {sample.id!r}"
    try:
        found = reward(response, sample, **(args or {}))
    except InputError as error:
        raise InputError(f"{place}: {error}") from error
    finally:
        stopped = sys.exception()
        if stopped is not None and not isinstance(stopped, InputError):  # their function may raise anything
            stopped.add_note(
                f"{place} raised this for the answer {response.text[:200]!r}; mend it, and the same command goes on "
                "from where it was stopped. None says that an answer cannot be scored."
            )
    if found is None or (isinstance(found, Real) and math.isfinite(found)):
        return None if found is None else float(found)
    raise InputError(
        f"{place} is {str(found)[:80]!r} for the answer {response.text[:200]!r}; a reward is a finite number, or None "
        "where an answer cannot be scored"
    )
