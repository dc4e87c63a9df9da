"""The one number that a text states.

Read strictly, without a guess: two different numbers, a range, a fraction, a percentage or a value outside the range
that was asked for are no answer, and the reason is kept.
"""

import math
import re
import unicodedata
from typing import NamedTuple

from affectreason.affect.choices import Choices
from affectreason.affect.denial import denials
from affectreason.affect.labels import Labels
from affectreason.affect.response import Response, parse
from affectreason.affect.sample import Affect

NO_LABELS = Labels("none", (), {}, {}, {})
_ANSWER = re.compile(r"</?answer>", re.I)
_THINK = re.compile(r"<(/?)think>", re.I)
_NUMBER = re.compile(
    r"(?P<sign>\b(?:minus|negative|plus)[ \t]{1,3}|(?<![\w.,)\]%])[+-](?P<gap>[ \t]{0,3}))?"
    r"(?<![\w.])(?P<digits>[0-9][0-9.,]*+|\.[0-9]++)(?P<power>e[+-]?[0-9]{1,3}(?!\w))?"
    r"(?P<more>[ \t]{0,3}(?:%|percent\b|per cent\b|/[ \t]{0,3}[0-9]|\u2044[0-9]|out of\b|-[ \t]{0,3}[0-9])|\w)?",
    re.I,
)
_COMMA = re.compile(r"(?:[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|0+,[0-9]{3})")
_POINT = re.compile(r"[0-9]*\.[0-9]+|[0-9]+")
_DASHES = str.maketrans("\u2212\u2010\u2011\u2012\u2013\uff0d", "------")


class _Found(NamedTuple):
    """A number as it stands in a text; `problem` says why it is none that can be used."""

    start: int
    end: int
    value: float
    problem: str | None


def parse_number(text: str, low: float, high: float, of: str | None = None) -> Response:
    """The one number in [low, high] that a text states, as `said.score`; never raises, and never gives NaN.

    It is looked for in the answer block, else in the text outside the reasoning. The same number said again is one.
    `of`, the name of a quantity ("valence"), takes the number that follows this word (`valence: 0.3`, JSON too) where
    the text has one.

    A sign is + or -, any of Unicode's dashes, or `minus`, `negative`, `plus`; a dash apart from the number at the start
    of a line may be a bullet, and is refused. `0,3` is 0.3; `1,000` may be a thousand, and is refused. `30 %`, `2/3`,
    `2 out of 3`, `0.2-0.4` and a denied number are refused. Digits in a word (`AU12`, `1st`) are no number.
    """
    response = parse(text, NO_LABELS, choices=Choices())
    content, problem = _content(text, response)
    value = None
    if problem is None:
        value, problem = _one(content, low, high, of)
    said = Affect() if value is None else Affect(score=value)
    return Response(text, response.reasoning, said, value is not None, problem, response.answered)


def _content(text: str, response: Response) -> tuple[str, str | None]:
    """Where the number is to be: the answer, or what stands outside the reasoning; or why there is no such place."""
    if response.answered is not None:
        return _plain(response.answered), None
    if _ANSWER.search(text):
        return "", response.problem or "the answer is empty"
    tags = list(_THINK.finditer(text))
    if tags and not tags[-1][1]:
        return "", "the reasoning is not closed, and there is no answer"
    rest = text[tags[-1].end() :] if tags else text
    return _plain(rest), None if rest.strip() else "there is no answer"


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_DASHES)


def _one(content: str, low: float, high: float, of: str | None) -> tuple[float | None, str | None]:
    """The value, or why there is none."""
    places = _numbers(content)
    if of is not None:
        ends = {match.end() for match in _after(content, of)}
        places = [place for place in places if place.start in ends] or places
    if not places:
        return None, "there is no number"
    problem = next((place.problem for place in places if place.problem), None)
    if problem:
        return None, problem
    values = sorted({place.value for place in places})
    if len(values) > 1:
        shown = ", ".join(f"{value:g}" for value in values[:5])
        return None, f"{len(values)} different numbers: {shown}"
    if not low <= values[0] <= high:
        return None, f"{values[0]:g} is outside [{low:g}, {high:g}]"
    return values[0], None


def _after(content: str, of: str) -> list[re.Match[str]]:
    """The places where a number that belongs to the word `of` begins."""
    pattern = rf"\b{re.escape(of)}\b[\"'*_]{{0,3}}\s{{0,3}}(?:is\b|of\b|[=:])?[*_]{{0,2}}\s{{0,3}}(?=\S)"
    return list(re.finditer(pattern, content, re.I))


def _numbers(content: str) -> list[_Found]:
    """Every number of a text in order."""
    matches = [match for match in _NUMBER.finditer(content) if not _in_a_word(match)]
    denied = denials(content, [match.span() for match in matches])
    return [_read(content, match, no) for match, no in zip(matches, denied, strict=True)]


def _in_a_word(match: re.Match[str]) -> bool:
    more = match["more"] or ""
    return more != "" and (more.isalpha() or more == "_")


def _read(content: str, match: re.Match[str], denied: bool | None) -> _Found:
    """One number with the reason that it cannot be used, if there is one."""
    shown = repr(match[0] if len(match[0]) <= 40 else match[0][:37] + "...")
    digits = match["digits"].rstrip(".,")
    if _COMMA.fullmatch(digits):
        digits = digits.replace(",", ".")
    start = match.start()
    if not _POINT.fullmatch(digits):
        return _Found(start, match.end(), 0.0, f"{shown} is not one number")
    sign = (match["sign"] or "").strip().lower()
    gap = bool(match["gap"]) and not content[:start].rpartition("\n")[2].strip()
    more = (match["more"] or "").strip()
    value = float(digits + (match["power"] or "")) * (-1 if sign in ("-", "minus", "negative") else 1)
    problem = (
        f"{shown}: a bullet or a minus" if gap
        else f"{shown} is joined to what stands before it" if content[max(0, start - 1) : start] in ("+", "-")
        else f"{shown} is a share, a fraction or a range, not a number" if more
        else f"{shown} is denied" if denied
        else f"{shown} is asked or supposed, not said" if denied is None
        else f"{shown} is too large" if math.isinf(value)
        else None
    )  # fmt: skip
    return _Found(start, match.end(), value + 0.0, problem)
