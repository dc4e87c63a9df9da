"""The keys of a recipe that make a stage fit: each by itself, and as many of them together as it takes.

The least value of a key is counted first: where that is not enough, no other is. Of the rest the mildest that should
fit is taken, as if memory went down evenly with the key, and counted; where it does not fit, the next one is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from affectreason.model import smaller
from affectreason.model.memory import Need
from affectreason.model.smaller import Change, Option, Setup

Count = Callable[[Setup], Need]


@dataclass(frozen=True)
class Key:
    """A change of a recipe in the words of a command, and what one process needs with it."""

    words: str
    most: int


def keys(setup: Setup, options: Sequence[Option], count: Count, size: int) -> tuple[Key, ...]:
    """Each key at the mildest value that fits, else at its least; those that fit first, then by what they save."""
    before = count(setup).most
    found = [_mildest(setup, option, before, count, size) for option in options]
    said = [Key(change.words, most) for change, most in filter(None, found) if most < before]
    return tuple(sorted(said, key=lambda one: one.most))


def together(setup: Setup, options: Sequence[Option], count: Count, size: int) -> tuple[tuple[Change, ...], Setup]:
    """Changes with which a stage fits, as few and mild as were found, and the setup with them; none where none do.

    Keys are taken to their least in order until it fits; then each, the last first, is let go or made milder again.
    """
    taken: list[tuple[Option, Change]] = []
    made, most = setup, count(setup).most
    for option in options:
        if most <= size:
            break
        changed = next((one for one in reversed(option) if smaller.possible(smaller.applied(made, one))), None)
        if changed is None or (need := count(smaller.applied(made, changed)).most) >= most:
            continue
        taken.append((option, changed))
        made, most = smaller.applied(made, changed), need
    if most > size:
        return (), setup
    kept: list[Change] = [change for _, change in taken]
    for place in reversed(range(len(taken))):
        others = [*kept[:place], *kept[place + 1 :]]
        without = _all(setup, others)
        if smaller.possible(without) and (need := count(without).most) <= size:
            kept = others
            continue
        if smaller.possible(without):
            option, _ = taken[place]
            mild = _mildest(without, option[: option.index(kept[place]) + 1], need, count, size)
            kept[place] = mild[0] if mild is not None and mild[1] <= size else kept[place]
    return tuple(kept), _all(setup, kept)


def _all(setup: Setup, changes: Sequence[Change]) -> Setup:
    for one in changes:
        setup = smaller.applied(setup, one)
    return setup


def _mildest(setup: Setup, option: Option, before: int, count: Count, size: int) -> tuple[Change, int] | None:
    """The mildest value that fits with what one process needs, else the least; None where no value can be taken."""
    levels = [one for one in option if smaller.possible(smaller.applied(setup, one))]
    if not levels:
        return None
    least = count(smaller.applied(setup, levels[-1])).most
    if least > size or len(levels) == 1:
        return levels[-1], least
    # Halved k times, a size of which memory is a line leaves 1 / 2 ** k of what it takes.
    whole = (before - least) / (1 - 0.5 ** len(levels))
    first = next((k for k in range(1, len(levels)) if before - whole * (1 - 0.5**k) <= size), len(levels))
    for change in levels[first - 1 : -1]:
        if (most := count(smaller.applied(setup, change)).most) <= size:
            return change, most
    return levels[-1], least
