"""Where a text names action units, by code or in words, and what it says of them; `response.py` builds on it.

Every function here expects NFKC text and reads it once from left to right.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from affectreason.affect.denial import denials
from affectreason.affect.facs import UNITS
from affectreason.affect.sample import ActionUnit, Side


class Mention(NamedTuple):
    """An action unit named in a text: its place, number, intensity 0-5, side, and whether the text denies it."""

    start: int
    end: int
    number: int
    intensity: float | None = None
    side: Side | None = None
    denied: bool = False


@dataclass(frozen=True)
class Units:
    """What a text says of units: None = nothing, () = that there are none; `notes` say what was left out or unsure."""

    aus: tuple[ActionUnit, ...] | None
    notes: tuple[str, ...] = ()


_TAIL = r"(?P<tail>_[rc](?![a-z])|(?:[a-e][lru]?|[lru][a-e]?)(?![a-z0-9]))?"
_CODE = re.compile(
    r"(?<![a-z])(?P<word>AU|AD|AUs|ADs|(?:action[ \t]units?|action[ \t]descriptors?)(?:[ \t]?\(AUs?\))?)"
    rf"[ \t_#:(\-]{{0,3}}(?P<lead>[lru]?)[ \t]?0*(?P<number>[0-9]+){_TAIL}",
    re.I,
)
_BARE_LATERAL = re.compile(r"(?<![A-Za-z0-9])(?P<lead>[LRU])(?P<number>[0-9]{1,2})(?P<tail>[A-E])(?![A-Za-z0-9])")
_ALONE = r"(?![a-z0-9_%°]|\.[0-9])"
_BARE = re.compile(rf"(?<![\w.])(?P<lead>[lru]?)0*(?P<number>[0-9]+){_TAIL}{_ALONE}", re.I)
_MORE = re.compile(
    r"[ \t]*(?P<joint>[,+/&\-–]|and\b|or\b|nor\b)[ \t]*(?:(?:and|or|nor)\b[ \t]*)?"
    rf"(?P<lead>[lru]?)0*(?P<number>[1-9][0-9]*){_TAIL}{_ALONE}",
    re.I,
)
_ROW = re.compile(r"^[^\w\n]{0,9}AU_?[0-9]+(?:_[rc])?[\"']?[ \t]*[,;][ \t]*[01](?:\.[0-9]+)?[ \t]*$", re.I | re.M)
_FOLLOW = re.compile(
    r"[ \t]*(?:$|[\n,.;:!?)\]+/&'\"<(}\-–]|(?:and|or|nor|is|are|was|were|suggest|indicat|show|point|reflect|reveal"
    r"|signal|together|combin|which|that|with|present|active|visible|absent|not)[a-z]*\b)",
    re.I,
)
_OPENFACE_VALUE = re.compile(r" ?[=:] ?(5(?:\.0*)?|[0-4](?:\.[0-9]{1,6})?)(?![\w.])")
_SIDE_BEFORE = re.compile(r"\b(left|right|unilateral)(?:ly)?[ -]$", re.I)
_SIDE_AFTER = re.compile(r" ?(?:\(|on (?:the |its |one's |his |her |their )?)(left|right|unilateral)\b", re.I)
_SIDES: dict[str, Side] = {"l": "left", "r": "right", "u": "unilateral"}
_LINKS = frozenset((" ", "-", "  ", "\n", "\t"))
_LINK = re.compile(r"[ \t\"'*_`]*[(:=|\-–—]?[ \t\"'*_`]*")
_STILL = re.compile(  # of units alone: of an emotion ("neutral: no movement") it is a reason
    r"[ \t\"'*_`)]{0,4}(?:[ \t]?\([^()\n]{1,40}\))?[\"'*_`]{0,3}[ \t]?[:=|(–—-][ \t]?(?:there is )?"
    r"(?:no|without|lack of) (?:\w+ ){0,2}"
    r"(?:movements?|activity|activation|action|motion|contraction|changes?|evidence|signs?|trace|indication)\b",
    re.I,
)
_DASH = re.compile(r"[ \t]*[\-–][ \t]*")
_NONE = re.compile(
    r"(?:\b(?:no|without(?: any)?|zero|not any|n['’]t any|none of the|any of the) "
    r"(?:(?:active|activated|visible|facial|clear|significant|specific|notable|particular|prominent|detectable|discernible|"
    r"observable|apparent|obvious|strong) ){0,2}"
    r"(?:AUs?|action units?)\b(?! ?[0-9]))"
    r"|(?:\b(?:AUs?|action units?)(?: (?:is|are|were))?[ :=]{1,3}"
    r"(?:none|absent|not (?:present|active|visible|activated))\b)",
    re.I,
)
_BARE_NONE = re.compile(
    r"\W*(?:(?:none|no|nothing|no (?:AUs?|action units?))(?: (?:detected|visible|present|active|observed|seen|found))?"
    r"|n/a|neutral|无|没有|\[ *\])\W*",
    re.I,
)

_WORD = re.compile(r"[A-Za-z]+")
_FILLERS = """a an the is are was were be being been appear seem slightly subtly clearly visibly strongly gently mildly
    barely somewhat noticeably tightly firmly both well of"""
_FILLER = frozenset(_FILLERS.split())
_SAME = {"eyebrow": "brow", "eyelid": "lid", "towards": "toward"}


def _root(word: str) -> str:
    """A word in lower case and singular."""
    word = word.lower()
    word = word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
    return _SAME.get(word, word)


def _phrases() -> dict[tuple[str, ...], int]:
    """The spellings of units by their words; one-word names of everyday use are left out."""
    found: dict[tuple[str, ...], int] = {}
    for unit in UNITS.values():
        for spelling in {unit.name, *unit.spellings} - {"blink", "wink"}:
            found[tuple(word for word in map(_root, spelling.split()) if word not in _FILLER)] = unit.number
    return found


_PHRASES = _phrases()
_FIRST = {phrase[0] for phrase in _PHRASES}
_LONGEST = max(map(len, _PHRASES))


def read_units(text: str, known: Iterable[int] | None = None, listed: bool = False) -> Units:
    """What NFKC text says of action units; of a unit said both ways the last word counts, and a note says so.

    Units outside `known` (all of FACS when None) are left out and noted. In a `listed` text, an explicit block, bare
    numbers are units too and "none" says that there are none.
    """
    vocabulary = frozenset(UNITS if known is None else known)
    places = mentions_of_units(text, listed)
    if not places:
        none = _NONE.search(text) or (listed and _BARE_NONE.fullmatch(text))
        return Units(() if none else None)
    last: dict[int, Mention] = {}
    notes = [f"AU{one.number} is not a known unit here" for one in places if one.number not in vocabulary]
    for one in places:
        old = last.get(one.number)
        if old is not None and old.denied != one.denied:
            notes.append(f"AU{one.number} is both affirmed and denied; the last word counts")
        if old is not None and not old.denied and not one.denied and (old.side or old.intensity is not None):
            level = old.intensity if one.intensity is None else one.intensity
            one = one._replace(side=_both(old, one), intensity=level)
        last[one.number] = one
    if _has_range(text, places):
        notes.append("a range of units was read as its two ends")
    kept = [one for one in last.values() if one.number in vocabulary]
    said = tuple(ActionUnit(number=m.number, intensity=m.intensity, side=m.side) for m in kept if not m.denied)
    return Units(said if kept or _NONE.search(text) else None, tuple(dict.fromkeys(notes)))


def _both(old: Mention, new: Mention) -> Side | None:
    """The side of a unit named twice: left and right together are no side."""
    if new.side is None or old.side is None:
        return new.side or old.side
    return None if {old.side, new.side} == {"left", "right"} else new.side


def _has_range(text: str, places: list[Mention]) -> bool:
    """Whether two different units are parted by a dash alone."""
    return any(_DASH.fullmatch(text, a.end, b.start) for a, b in pairwise(places) if a.number != b.number)


def mentions_of_units(text: str, listed: bool = False) -> list[Mention]:
    """Every unit a text names, by code ("AU06", "AU_12_r", "R12A", "AU 1, 2 and 5") or by FACS name, in order."""
    found = list(_codes(text))
    if listed and not found:
        found = [_mention(match) for match in _BARE.finditer(text)]
        if any(one.number == 0 for one in found):
            found = []  # zeros and ones in some order of units, which the text does not say
    found += [_mention(match) for match in _BARE_LATERAL.finditer(text)]
    found += _named(text)
    apart: list[Mention] = []
    for one in sorted(found, key=lambda m: (m.start, -m.end)):
        if not apart or one.start >= apart[-1].end:
            apart.append(one)
    groups = list(_named_twice(text, apart))
    verdicts = denials(text, [(group[0].start, group[-1].end) for group in groups], feelings=False)
    found = []
    for group, verdict in zip(groups, verdicts, strict=True):
        still = _STILL.match(text, group[-1].end) is not None
        for one in group:
            denied = True if still or one.intensity == 0 else verdict
            if denied is not None:
                found.append(one._replace(denied=denied, side=one.side or _side_around(text, one)))
    return found


def _named_twice(text: str, places: list[Mention]) -> Iterator[list[Mention]]:
    """The mentions, those of one unit by its code and its name together: "AU4: brow lowerer", "AU4 | Brow lowerer"."""
    group: list[Mention] = []
    for one in places:
        if group and not (group[-1].number == one.number and _LINK.fullmatch(text, group[-1].end, one.start)):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _codes(text: str) -> Iterator[Mention]:
    """Units with "AU" before them, and the bare numbers that continue such a list; not the values of a table."""
    values = {row.end() for row in _ROW.finditer(text)}
    values = values if len(values) > 1 else set()
    for match in _CODE.finditer(text):
        sure = match["word"].lower().endswith("s")
        one = _mention(match)
        if (match["tail"] or "").lower() == "_r" and (value := _OPENFACE_VALUE.match(text, match.end())):
            one = one._replace(intensity=float(value[1]))
        yield one
        end = match.end()
        while more := _MORE.match(text, end):
            if more.end() in values or not (sure or more["joint"] == "+" or _FOLLOW.match(text, more.end())):
                break
            yield _mention(more)._replace(start=more.start("lead"))
            end = more.end()


def _mention(match: re.Match[str]) -> Mention:
    return Mention(match.start(), match.end(), int(match["number"][:4]), _level(match), _lateral(match))


def _level(match: re.Match[str]) -> float | None:
    """A-E as 1-5; the c of "_c" is no intensity."""
    tail = match["tail"]
    if not tail or tail[0] == "_":
        return None
    letter = next((letter for letter in tail.lower() if letter in "abcde"), "")
    return float("abcde".index(letter) + 1) if letter else None


def _lateral(match: re.Match[str]) -> Side | None:
    """L, R or U before or after the number; the r of "_r" is no side."""
    tail = match["tail"] or ""
    letters = match["lead"] + ("" if tail[:1] == "_" else tail)
    return next((_SIDES[letter] for letter in letters.lower() if letter in _SIDES), None)


def _side_around(text: str, one: Mention) -> Side | None:
    """ "left AU12", "AU12 (left)", "AU12 on the left side"."""
    near = _SIDE_BEFORE.search(text, max(0, one.start - 14), one.start) or _SIDE_AFTER.match(text, one.end)
    word = near[1].lower() if near else ""
    return _SIDES[word[0]] if word else None


def _named(text: str) -> Iterator[Mention]:
    """Units named in words; articles, auxiliary verbs and degrees between the words do not count."""
    words, linked = _content(text)
    at = 0
    while at < len(words):
        step = 1
        if words[at][0] in _FIRST:
            reach = at + 1
            while reach < min(len(words), at + _LONGEST) and linked[reach]:
                reach += 1
            for end in range(reach, at, -1):
                number = _PHRASES.get(tuple(word[0] for word in words[at:end]))
                if number is not None:
                    yield Mention(words[at][1], words[end - 1][2], number)
                    step = end - at
                    break
        at += step


def _content(text: str) -> tuple[list[tuple[str, int, int]], list[bool]]:
    """The words but the fillers (root, start, end), and whether each follows the one before without punctuation."""
    words: list[tuple[str, int, int]] = []
    linked: list[bool] = []
    link, at = False, 0
    for match in _WORD.finditer(text):
        start, end = match.span()
        link = link and text[at:start] in _LINKS
        if match[0].lower() not in _FILLER:
            words.append((_root(match[0]), start, end))
            linked.append(link)
            link = True
        at = end
    return words, linked
