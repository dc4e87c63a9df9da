"""Whether a text affirms or denies what it names: "no AU12", "neither A nor B", "A and B are absent", "A - no".

English, and the commonest Chinese, by words around a name and never further than a sentence, or than the table or the
list with a heading that it stands in; every reader of names builds on it.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from affectreason.affect import denial_chinese
from affectreason.affect.denial_across import denied_across, denied_behind
from affectreason.affect.denial_after import DENIES, denied_after
from affectreason.affect.labels import Labels
from affectreason.affect.layout import denied_parts, is_inside
from affectreason.affect.supposed import may_suppose, supposed

_AROUND = 160  # characters before and after a name in which its denial is looked for
_NO = re.compile(
    r"(?:\b(?:no|not|non|never|neither|nor|(?<!\bnot )without|lacks?|lacking|absent|absence|cannot|exclud(?:es?|ing)"
    r"|rul(?:es?|ed|ing) out|instead of|rather than|far from|free of|devoid of|fail(?:s|ed) to|hardly|scarcely|zero"
    r"|nobody|nothing|(?:un|less |im)(?:likely|probable)|opposite of|nowhere near"
    r"|incapable of|(?:wrong|false|mistaken|incorrect|misleading) to \w+|I doubt)\b|n['’]t\b"
    r"|(?<![\w.,])0(?:[.,]0+)? ?(?:%|percent\b))"
    r"(?! (?:only|just|merely|simply|less|without|(?:an? |any )?(?:doubt|question)"
    r"|(?:be )?(?:help|hid(?:e|den|ing)|conceal|den(?:y|ied)|contain|suppress|mask))\b)",
    re.I,
)
_LESS = re.compile(r"(?<!more or )(?<!\bno )\bless (?:than )?(?:\w+ly )?[\"'*]{0,3}$", re.I)
_EXCEPT = r"(?:but|except(?: for)?|other than|apart from|besides|save(?: for)?)"
_ALL_BUT = re.compile(
    r"\b(?:anything|everything|all|any|every)"
    r"(?: (?:(?:of |the |other )*(?:AUs?|(?:action )?units?|emotions?|feelings?|labels?|choices|options|them)))?"
    rf" {_EXCEPT}\b[^.;:!?,\n]{{0,20}}$",
    re.I,
)
_ACTED = re.compile(
    r"(?:\b(?:pretend(?:s|ed|ing)?|feign(?:s|ed|ing)?|fak(?:es?|ed|ing)|simulat(?:es?|ed|ing)|wish(?:es|ed)?|used to be"
    r"|stop(?:s|ped)?|too \w+ to|act(?:s|ed|ing)? (?:as if|as though|like)|(?:would like|tr(?:y|ies|ied|ying)"
    r"|want(?:s|ed|ing)?|hop(?:es?|ed|ing)|wish(?:es|ed|ing)?|refus(?:es?|ed|ing)|unable) to)|['’]d like to)"
    r"(?: (?:to|that|an?|the|be|being|look|seem|appear|feel|feeling|he|she|they|is|are|were|it|of)){0,5}[ \"'*]*$",
    re.I,
)
_UNTICKED = re.compile(r"(?:\[[ ]?\]|[☐□✗✘❌])[ \t]*[*\"']{0,3}$")
_CLAUSE = re.compile(
    r"[.;:!?,。\n<>|]|\b(?:but|however|although|though|(?<!not )yet|while|whereas|because|since"
    r"|so(?= (?:that|I|we|he|she|it|they|the|this|there|his|her|its|AU))|and|then|except|besides|which|who"
    r"|other than|apart from|beyond|despite|suggesting|indicating)\b",
    re.I,
)
_SENTENCE = re.compile(r"[.;!?。\n|]")
_ABSENT_LIST = re.compile(rf"(?:\b{DENIES}[^.:;\n]{{0,30}}|(?:^|[\n.;|])\W*(?:no|not|none(?: of)?)\W*):[ \t]*$", re.I)
_JOIN = re.compile(r"[ \t,、/&+()\-–]*(?:(?:and/or|and|or|nor|plus|as well as)\b|[和与或及])?[ \t,/&+()]*", re.I)
_OR = re.compile(r"\b(?:or|nor)\b", re.I)
_TWICE = re.compile(r"[ \t]*\([ \t]*")
_ENDS = re.compile(r"[ \t)]*(?:[.;!?。\n<]|$)")


def denials(text: str, places: list[tuple[int, int]], feelings: bool = True) -> list[bool | None]:
    """Whether the text denies what it names at each of the places (start, end), which are in order and apart.

    None where it neither affirms nor denies, but asks or supposes ("is he happy?", "whether", "would be ... if"). Of
    `feelings` a pretence is a denial: the face may show them, but the question is what somebody feels. What a face
    does (action units) is done whether it is acted or not.

    Names joined only by commas, "and", "or" are one list, and share a denial before ("no A or B", "neither A nor B") or
    after it ("A and B are absent"). A comma with no "or" after it
    ends the denial when the sentence goes on: "no A, B is there", but "no A, B."
    """
    found: list[bool | None] = []
    before = False
    read = 0  # up to where a denial that stands after a name has been read
    parts, doubtful = (denied_parts(text), may_suppose(text)) if places else ([], False)
    latin = text.isascii()
    for first, last in _lists(text, places):
        start, end = places[first][0], places[last][1]
        left = max(places[first - 1][1] if first else 0, start - _AROUND, read)
        before = _denied_before(text[left:start], text[start:end], before, feelings, latin)
        denied: list[bool | None] = [*_along(text, places[first : last + 1], before, text[end : end + _AROUND])]
        after, read = denied_after(text, end)
        if after is None and not latin:
            after, read = denial_chinese.denied_after(text, end)
        if after is None and (behind := denied_behind(text, start, end)):
            after, read = "all", behind
        if after == "all":
            denied = [True] * len(denied)
        elif after == "last":
            _deny_last(text, places[first : last + 1], denied)
        elif after == "unsaid":
            denied[-1] = None
        if doubtful:
            either = last > first and bool(_OR.search(text, start, end))
            doubt = supposed(text, start, end, denied[-1] is True, either)
            denied = denied if doubt is None else [doubt.denied] * len(denied)
        found += denied
    return [True if parts and is_inside(at, parts) else no for (at, _), no in zip(places, found, strict=True)]


def affirmed(text: str, labels: Labels) -> list[str]:
    """The labels a text names and does not deny, each once; of a label said both ways the last word counts."""
    places = labels.mentions(text)
    last: dict[str, bool] = {}
    for (_, _, name), denied in zip(places, denials(text, [place[:2] for place in places]), strict=True):
        if denied is not None:
            last[name] = not denied
    return [name for name, yes in last.items() if yes]


def _lists(text: str, places: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The first and last index of each run of places that nothing but commas and "and", "or" parts."""
    first = 0
    for index, (one, other) in enumerate(pairwise(places)):
        if not _JOIN.fullmatch(text, one[1], other[0]):
            yield first, index
            first = index + 1
    if places:
        yield first, len(places) - 1


def _denied_before(head: str, named: str, before: bool, feelings: bool, latin: bool) -> bool:
    """Whether the words since the last clause, or since the last name and its "or", deny what is named behind them."""
    if (":" in head and _ABSENT_LIST.search(head)) or denied_across(head):
        return True
    if ("]" in head or not latin) and _UNTICKED.search(head):
        return True
    if not latin and denial_chinese.denied_before(head):
        return True
    if all_but := _ALL_BUT.search(head):  # "anything but A", and "cannot be anything but A", which affirms it
        return not _NO.search(_SENTENCE.split(head[: all_but.start()])[-1])
    cut = 0
    for boundary in _CLAUSE.finditer(head):
        cut = boundary.end()
    clause = head[cut:]
    no = _NO.search(clause + named)  # with the name, for "no doubt" may be one
    if (no and no.end() <= len(clause)) or _LESS.search(clause) or (feelings and _ACTED.search(clause)):
        return True
    return before and cut == 0 and bool(_OR.search(head))


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


def _deny_last(text: str, run: list[tuple[int, int]], denied: list[bool | None]) -> None:
    """Deny the last of a run, and the same thing named before it: "brow lowerer (AU4) is absent"."""
    denied[-1] = True
    for index in range(len(run) - 1, 0, -1):
        if not _TWICE.fullmatch(text, run[index - 1][1], run[index][0]):
            break
        denied[index - 1] = True
