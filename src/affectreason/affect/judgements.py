"""Whether a text judges a statement correct or incorrect, in these words or as true, right, wrong, false, yes, no."""

import re

from affectreason.affect.denial import denials
from affectreason.affect.plain_answers import Reading, concluding, read_answer, yes_or_no
from affectreason.affect.response import Response

_NEXT = (
    r"(?=[\"'*_)\]]{0,3}\s{0,3}(?:[.,;:!?|\n()–—]|$|(?:statement|claim|description|because|since|as|given|but|and|or|in"
    r" (?:that|saying|stating)|that|to say)\b))"
)
_SAID = (  # what makes "right", "true", ... a judgement, and no side, no honest feeling
    r"(?:\A\W{0,9}(?:it is |it's )?|[:=–—][\s*\"']{0,4}|(?:\b(?:or|and|but|not|is|was|it's|that's|seems|appears|as|be"
    r"|say|an?)|n't) (?:(?:not|clearly|actually|indeed|simply|definitely|completely|entirely|partly|partially|probably"
    r"|half|mostly|almost|quite|really|very|fully|wholly|totally) )?[*\"']{0,3})"
)
_WORDS = re.compile(
    r"(?P<wrong>\b(?:incorrect|inaccurate|untrue)\b)"
    r"|(?P<right>(?<!\bthe )(?<!\bmore )(?<!\bmost )\b(?:correct|accurate)\b)"
    rf"|{_SAID}(?:(?P<false>(?:false|wrong)\b)|(?P<true>(?:true|right)\b)){_NEXT}",
    re.I,
)
_PARTLY = re.compile(
    r"\b(?:part(?:ial)?ly|half|somewhat|mostly|largely|nearly|almost|less than|in part|to (?:some|a) (?:\w+ )?extent"
    r"|more or less|neither|(?:could|may|might|can|should)(?: \w+)? be)[ -](?:\w+ly )?[*\"']{0,3}$",
    re.I,
)
_NOT_WHOLLY = re.compile(r"\b(?:entirely|fully|completely|totally|wholly|quite|exactly|really) [*\"']{0,3}$", re.I)


def parse_judgement(text: str) -> Response:
    """`correct` or `incorrect` as `answered`; both, neither, "partly" or "could be correct" is no answer.

    "Not correct", and "not entirely correct", is incorrect; "not incorrect" is correct. A yes or a no counts where no
    other word of judgement is said.
    """
    return read_answer(text, _judgement)


def _judgement(content: str) -> Reading:
    if not content:
        return None, "the answer is empty"
    said: set[str] = set()
    for passage in concluding(content):
        said |= _judged(passage)
    if not said:
        answer, problem = yes_or_no(content)
        return (None, problem) if answer is None else ({"yes": "correct", "no": "incorrect"}[answer], None)
    if len(said) > 1:
        return None, "both correct and incorrect"
    word = said.pop()
    return (None, "partly or perhaps correct is no judgement") if word == "partly" else (word, None)


def _judged(passage: str) -> set[str]:
    """The judgements that a passage makes, `partly` among them; what it only asks is none."""
    matches = [(match, next(name for name, word in match.groupdict().items() if word)) for match in _words(passage)]
    verdicts = denials(passage, [match.span(name) for match, name in matches])
    found = set()
    for (match, name), denied in zip(matches, verdicts, strict=True):
        head = passage[max(0, match.start(name) - 40) : match.start(name)]
        right = name in ("right", "true")
        if denied is None:
            continue
        if _PARTLY.search(head) or (denied and not right and _NOT_WHOLLY.search(head)):
            found.add("partly")
        else:
            found.add("correct" if right is not denied else "incorrect")
    return found


def _words(passage: str) -> list[re.Match[str]]:
    return list(_WORDS.finditer(passage))
