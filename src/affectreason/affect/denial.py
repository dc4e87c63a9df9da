"""Whether a text affirms or denies what it names: "no AU12", "neither A nor B", "A and B are absent".

English only, by words around a name and never further than a clause; `mentions.py` and `response.py` build on it.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from affectreason.affect.labels import Labels

_AROUND = 160  # characters before and after a name in which its denial is looked for
_NO = re.compile(
    r"(?:\b(?:no|not|non|never|neither|nor|without|lacks?|lacking|absent|absence|cannot|exclud(?:es?|ing)"
    r"|rul(?:es?|ed|ing) out|instead of|rather than|far from|free of|devoid of|fail(?:s|ed) to|hardly|unlikely)\b"
    r"|n['’]t\b)(?! (?:only|just|merely|simply|doubt)\b)",
    re.I,
)
_CLAUSE = re.compile(
    r"[.;:!?,\n<>]|\b(?:but|however|although|though|yet|while|whereas|because|since|so|and|then|except|besides|which|who"
    r"|other than|apart from|beyond|despite|suggesting|indicating)\b",
    re.I,
)
_ABSENT_LIST = re.compile(
    r"\b(?:absent|missing|inactive|not (?:present|active|visible|seen|observed))[^.:;\n]{0,30}:[ \t]*$", re.I
)
_JOIN = re.compile(r"[ \t,/&+()\-–]*(?:(?:and/or|and|or|nor|plus|as well as)\b)?[ \t,/&+()]*", re.I)
_OR = re.compile(r"\b(?:or|nor)\b", re.I)
_TWICE = re.compile(r"[ \t]*\([ \t]*")
_ENDS = re.compile(r"[ \t)]*(?:[.;!?\n<]|$)")
_SEEN = (
    r"(?:present|visible|active|activated|seen|observed|detected|evident|engaged|noticeable|found|apparent|displayed"
    r"|shown|there)"
)
_GONE = rf"(?:absent|missing|inactive|lacking|undetected|not (?:clearly |really )?{_SEEN})\b"
_WAYS = r"(?:(?:also|all|both|clearly|completely|entirely|totally|notably) )?"
_DENIED_ALL = re.compile(
    rf"[ )\]]{{0,2}}(?:(?:are|were|remain|seem|appear) {_WAYS}{_GONE}|(?:are|were|do)n['’]t {_SEEN}|{_GONE})", re.I
)
_DENIED_LAST = re.compile(
    rf"[ )\]]{{0,2}}(?:(?:is|was|remains|seems|appears) {_WAYS}{_GONE}|(?:is|was)n['’]t {_SEEN}"
    rf"|[(\[] ?{_GONE}|[:=] ?(?:{_GONE}|(?:no|none|off|false|0(?:\.0*)?)(?![\w.])))",
    re.I,
)


def denials(text: str, places: list[tuple[int, int]]) -> list[bool]:
    """Whether the text denies what it names at each of the places (start, end), which are in order and apart.

    Names joined only by commas, "and", "or" are one list, and share a denial before ("no A or B", "neither A nor B") or
    after it ("A and B are absent"). A comma with no "or" after it
    ends the denial when the sentence goes on: "no A, B is there", but "no A, B."
    """
    found: list[bool] = []
    before = False
    for first, last in _lists(text, places):
        left = max(places[first - 1][1] if first else 0, places[first][0] - _AROUND)
        right = min(places[last + 1][0] if last + 1 < len(places) else len(text), places[last][1] + _AROUND)
        head, tail = text[left : places[first][0]], text[places[last][1] : right]
        before = _denied_before(head, before)
        denied = _along(text, places[first : last + 1], before, tail)
        if _DENIED_ALL.match(tail):
            denied = [True] * len(denied)
        elif _DENIED_LAST.match(tail):
            denied[-1] = True
            for index in range(len(denied) - 1, 0, -1):  # "brow lowerer (AU4) is absent": one thing, named twice
                if not _TWICE.fullmatch(text, places[first + index - 1][1], places[first + index][0]):
                    break
                denied[index - 1] = True
        found += denied
    return found


def _lists(text: str, places: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The first and last index of each run of places that nothing but commas and "and", "or" parts."""
    first = 0
    for index, (one, other) in enumerate(pairwise(places)):
        if not _JOIN.fullmatch(text, one[1], other[0]):
            yield first, index
            first = index + 1
    if places:
        yield first, len(places) - 1


def _denied_before(head: str, before: bool) -> bool:
    """Whether the words since the last clause, or since the last name and its "or", deny what follows them."""
    if _ABSENT_LIST.search(head):
        return True
    cut = 0
    for boundary in _CLAUSE.finditer(head):
        cut = boundary.end()
    return bool(_NO.search(head[cut:])) or (before and cut == 0 and bool(_OR.search(head)))


def _along(text: str, run: list[tuple[int, int]], denied: bool, tail: str) -> list[bool]:
    """Carry a denial before a list along its names."""
    gaps = [text[one[1] : other[0]] for one, other in pairwise(run)]
    last_or = max((index for index, gap in enumerate(gaps) if _OR.search(gap)), default=-1)
    ends = bool(_ENDS.match(tail)) and last_or < 0
    found = [denied]
    for index, gap in enumerate(gaps):
        if "nor" in gap.lower():
            denied = True
        elif denied and "," in gap and index > last_or and not ends:
            denied = False
        found.append(denied)
    return found


def affirmed(text: str, labels: Labels) -> list[str]:
    """The labels a text names and does not deny, each once; of a label said both ways the last word counts."""
    places = labels.mentions(text)
    last: dict[str, bool] = {}
    for (_, _, name), denied in zip(places, denials(text, [place[:2] for place in places]), strict=True):
        last[name] = not denied
    return [name for name, yes in last.items() if yes]
