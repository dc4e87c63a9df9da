"""The intensities that a text gives to action units: `AU4=3`, `AU12 (lip corner puller): 2.5`, `AU6 at level B`."""

import re
import unicodedata

from affectreason.affect.choices import Choices
from affectreason.affect.labels import Labels
from affectreason.affect.mentions import read_units
from affectreason.affect.response import Response, parse
from affectreason.affect.sample import ActionUnit, Affect

_NO_LABELS = Labels("none", (), {}, {}, {})
_LEVEL = re.compile(
    r"(?<![a-z])AU[ _]?0*(?P<number>[0-9]{1,2})(?:_r)?(?![0-9a-z])(?: \([^()0-9\n]{1,40}\))?[\"'*]{0,3} ?"
    r"(?:[=:(]|,? ?(?:is |at |has |with |of )?(?:an? )?(?:intensity|level)\b ?(?:of|is|[=:])?) ?"
    r"(?P<level>[0-9]+(?:\.[0-9]+)?|(?-i:[A-E]))(?![\w%]|[.,/][0-9])",
    re.I,
)


def parse_levels(text: str) -> Response:
    """What a text says of units and their intensity, 0-5 or A-E (1-5), as `said.aus`; never raises.

    A unit said to be present without an intensity, or with one that is none or two different ones, has None. Read is
    the answer block where it names units, else the reasoning, else the text.
    """
    response = parse(text, _NO_LABELS, choices=Choices())
    places = (response.answered, response.reasoning, None if response.reasoning else text)
    aus = next((found for one in places if one is not None and (found := read_levels(one)) is not None), None)
    problem = "nothing is said of any action unit" if aus is None else _without(aus)
    return Response(text, response.reasoning, Affect(aus=aus), problem is None, problem, response.answered)


def read_levels(text: str) -> tuple[ActionUnit, ...] | None:
    """The units a text affirms, with the intensity it gives them; None where it says nothing of units."""
    plain = unicodedata.normalize("NFKC", text)
    said = read_units(plain).aus
    if said is None:
        return None
    given: dict[int, set[float | None]] = {}
    for match in _LEVEL.finditer(plain):
        given.setdefault(int(match["number"]), set()).add(_value(match["level"]))
    found = []
    for unit in said:
        levels = given.get(unit.number, {unit.intensity})
        level = next(iter(levels)) if len(levels) == 1 else None
        if level != 0:
            found.append(ActionUnit(number=unit.number, intensity=level))
    return tuple(found)


def _value(word: str) -> float | None:
    """A level of 0-5 or A-E, None for a number above."""
    value = float("ABCDE".index(word) + 1) if word.isalpha() else float(word)
    return value if value <= 5 else None


def _without(aus: tuple[ActionUnit, ...]) -> str | None:
    bare = [f"AU{unit.number}" for unit in aus if unit.intensity is None]
    return f"no single intensity from 0 to 5 is given to {', '.join(bare)}" if bare else None
