"""Action units as data sets write them: columns of presence or intensity, and lists such as `1+4+L12`."""

import re
from collections.abc import Collection, Mapping, Sequence

from affectreason.affect import facs
from affectreason.affect.sample import ActionUnit, Side
from affectreason.errors import InputError
from affectreason.published import tables

_LISTED = re.compile(r"([LRBT]?)0*(\d{1,2})", re.I)
_SIDES: dict[str, Side] = {"L": "left", "R": "right"}


def columns(header: Sequence[str], pattern: str = r"'?(?:AU)?\s*0*(\d{1,2})'?") -> dict[int, str]:
    """The columns that stand for units, by number: those whose whole name fits the pattern, in any case."""
    fitting = ((re.fullmatch(pattern, name, re.I), name) for name in header)
    return {int(match.group(1)): name for match, name in fitting if match}


def presence(cells: Mapping[int, str], missing: Collection[str], where: str) -> tuple[ActionUnit, ...] | None:
    """Units of cells 1 (present), 0 (absent) or `missing` (nobody coded it: left out); None when none was coded.

    InputError for any other cell.
    """
    found = []
    for number, cell in cells.items():
        value = re.sub(r"\.0+$", "", cell.strip("'\" "))
        if value in missing:
            continue
        if value not in ("0", "1"):
            right = ", ".join(("0 (absent)", "1 (present)", *(f"{word} (not coded)" for word in missing)))
            raise InputError(f"{where}: AU{number} is {cell!r}, not one of {right}; take the file as it was published")
        found.append(decided(number, value == "1"))
    return tuple(found) or None


def graded(levels: Mapping[int, float], at_least: float | None) -> tuple[ActionUnit, ...] | None:
    """Units with their level, or from `at_least` on present and below it absent; None when there are none."""
    if at_least is None:
        return tuple(ActionUnit(number=number, intensity=level) for number, level in levels.items()) or None
    return tuple(decided(number, level >= at_least) for number, level in levels.items()) or None


def decided(number: int, present: bool) -> ActionUnit:
    """A unit that was looked at: present, or absent, which is intensity 0."""
    return ActionUnit(number=number, intensity=None if present else 0)


def threshold(value: object, most: float) -> float | None:
    """The option `at_least`, None when it was not given; InputError unless it is above 0 and not above `most`."""
    if value is None:
        return None
    bar = tables.number(str(value), "at_least", 0, most)
    if bar == 0:
        raise InputError(f"at_least={value}: every unit would be present; give a level above 0 and up to {most:g}")
    return bar


def listed(cell: str, where: str) -> tuple[ActionUnit, ...]:
    """The present units of `1+4+L12`, none of `null`; L and R are sides, B and T (bottom, top) are read and not kept.

    InputError for a word that is no unit and for a number that FACS does not have.
    """
    if cell.strip().lower() == "null":
        return ()
    found: dict[tuple[int, Side | None], ActionUnit] = {}
    for word in cell.split("+"):
        match = _LISTED.fullmatch(word.strip())
        if match is None or int(match.group(2)) not in facs.UNITS:
            raise InputError(
                f"{where}: {word.strip()!r} in {cell!r} is not an action unit; write 1+4+L12 (L, R, B, T before a "
                "number), or null where there is none"
            )
        side = _SIDES.get(match.group(1).upper())
        number = int(match.group(2))
        found[number, side] = ActionUnit(number=number, side=side)
    return tuple(found.values())
