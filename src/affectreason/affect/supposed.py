"""What a text only asks or supposes: "is A there?", "whether A", "would be A if"; and the answer to what it asks."""

import re
from typing import NamedTuple

_FAR = 160  # characters in which the beginning and the end of a sentence are looked for
_END = re.compile(r"[!?;\n]|\.(?!\w)")
_BEGIN = re.compile(r"[!?;\n|]|\.(?!\w)")
_REPLY = r"[\"'”’)*_\]]{0,3}\s{0,3}(?:(?:the )?(?:answer|A)(?: is|[:.])\s{0,2})?[\s\"'(*_|:–—>-]{0,4}"
_YES = re.compile(
    rf"{_REPLY}(?:yes|yeah|yep|yup|y|true|correct|right|indeed|definitely|certainly|absolutely|of course|sure|probably"
    r"|likely|present|active|visible|I (?:think|believe|would say) so|1"
    r"|(?:it|he|she|they|this|that|there) (?:is|are|does|do|was|were|has)(?! not|n['’]t| no))\b",
    re.I,
)
_NO = re.compile(
    rf"{_REPLY}(?:no|nope|n|not|never|false|absent|wrong|incorrect|unlikely|hardly|0|I (?:do not|don['’]t|doubt)"
    r"|(?:it|he|she|they|this|that|there) (?:(?:is|are|does|do|was|were|has)(?: not|n['’]t| no)))(?![\w'’])",
    re.I,
)
_NEITHER = re.compile(rf"{_REPLY}(?:no|nope|not|neither|none)\b", re.I)
_TAG = re.compile(r", ?(?:right|correct|no|ok(?:ay)?|(?:is|does|are|do|was)n['’]t (?:it|he|she|they))\s?$", re.I)
_MAY = re.compile(  # every way below has one of these in it
    r"\b(?:if|whether|unless|be (?:anything|any of|either|whatever)|options|candidates|choices|choose"
    r"|(?:were|had) (?:he|she|they|it|there|the))\b|\?",
    re.I,
)
_WHETHER = re.compile(
    r"(?:\b(?:whether|unless)\b|(?<!as )(?<!even )\bif\b(?! (?:anything|so|not)\b))[^,.:;!?\n]*$"
    r"|\A\s*(?:were|had) (?:he|she|they|it|there|the \w+)\b[^,.:;!?\n]*$"
    r"|\b(?:could|might|may|can) be (?:anything|any of|either|whatever)\b[^.;!?\n]*$"
    r"|\b(?:options|candidates|choices)\b[^.;!?\n]*:[^.;!?\n]*$|\bchoose (?:from|between|among)\b[^.;!?\n]*$",
    re.I,
)
_WOULD = re.compile(
    r"(?<!answer )(?<!emotion )(?<!guess )(?<!label )(?<!\bI )"
    r"(?:\b(?:would|could|might)|['’]d) (?:(?:have|have been|be|feel|look|seem|show|become|turn)\b ?)"
    r"(?:\w+ ){0,2}[\"'*]*$",
    re.I,
)
_IF = re.compile(r"(?<!as )\bif\b(?! (?:I|you|anything|so)\b)", re.I)


def may_suppose(text: str) -> bool:
    """Whether anything in a text can be asked or supposed, to look no closer where nothing is."""
    return _MAY.search(text) is not None


class Supposed(NamedTuple):
    """What is to be thought of a name that is not simply said: denied, affirmed or (None) neither."""

    denied: bool | None


def supposed(text: str, start: int, end: int, denied: bool, either: bool) -> Supposed | None:
    """What a question or a supposition makes of the names from start to end; None where the text just says them.

    A question says nothing by itself; answered yes behind it, it says what was asked, answered no the contrary. A yes
    to a question with an "or" (`either`) does not say which.
    """
    low, high = max(0, start - _FAR), min(len(text), end + _FAR)
    stop = _END.search(text, end, high)
    if stop is not None and stop[0] == "?" and not _TAG.search(text, end, stop.start()):
        if either:
            return Supposed(True if _NEITHER.match(text, stop.end()) and not denied else None)
        if _YES.match(text, stop.end()):
            return Supposed(denied)
        return Supposed(True if _NO.match(text, stop.end()) and not denied else None)
    head = _BEGIN.split(text[low:start])[-1]
    if _WHETHER.search(head):
        return Supposed(None)
    rest = text[end : high if stop is None else stop.start()]
    if _WOULD.search(head) and (_IF.search(head) or _IF.search(rest)):
        return Supposed(None)
    return None
