"""`affectreason parse`: what our parser reads in model texts, one JSON string a line in, one JSON object a line out."""

import json
import sys
from typing import Any

from affectreason.affect.facs import spelling, unit_set
from affectreason.affect.labels import find
from affectreason.affect.reading import read
from affectreason.affect.response import Response
from affectreason.affect.sample import ActionUnit, Sample
from affectreason.errors import InputError
from affectreason.recipe.words import options

HELP = """affectreason parse labels=NAME [units=NAME] < texts
  reads one JSON string a line, writes what the parser reads in it, one JSON object a line
  labels  the label set the answers are of, such as ekman7, or open for any words
  units   the set of action units that count, such as disfa12 (default: all)"""


def main(words: list[str]) -> int:
    """Parse the standard input; 0 when every line could be read."""
    given = options(words, {"labels": ..., "units": None})
    asked = Sample(id="text", labels=find(str(given["labels"])).name)
    units = None if given["units"] is None else unit_set(str(given["units"]))
    for number, line in enumerate(sys.stdin, 1):
        if line.strip():
            response = read(_text(line, number), asked, units=units)
            print(json.dumps(as_json(response), ensure_ascii=False), flush=True)
    return 0


def as_json(response: Response) -> dict[str, Any]:
    """A response as plain values; units as codes with side and intensity, `null` where nothing was said."""
    said = response.said
    return {
        "emotion": said.emotion,
        "emotions": said.emotions,
        "aus": None if said.aus is None else [_code(unit) for unit in said.aus],
        "reasoning": response.reasoning,
        "well_formed": response.well_formed,
        "problem": response.problem,
    }


def _code(unit: ActionUnit) -> str:
    """`AU12`, `AU12C`, `AUL12C`; an intensity between two letters follows after an equals sign: `AU12=2.5`."""
    side = {"left": "L", "right": "R", "unilateral": "U", None: ""}[unit.side]
    code = f"AU{side}{spelling(unit.number)[2:]}"
    if unit.intensity is None:
        return code
    whole = unit.intensity in (1, 2, 3, 4, 5)
    return code + ("ABCDE"[int(unit.intensity) - 1] if whole else f"={unit.intensity:g}")


def _text(line: str, number: int) -> str:
    """The JSON string of a line."""
    try:
        text = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"line {number}: not JSON ({error}); {_RIGHT}") from error
    if not isinstance(text, str):
        raise InputError(f"line {number}: {type(text).__name__} is not a JSON string; {_RIGHT}")
    return text


_RIGHT = 'write each text as one JSON string on a line, such as "<answer>happy</answer>"'
