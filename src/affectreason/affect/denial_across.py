"""Denials that reach a name across a comma: "he is not, as one might think, A", "the last thing he is, is A"."""

import re

from affectreason.affect.denial_after import DENIES, SEEN

_WHO = r"(?:I|you|we|he|she|it|they|one|this|that|anyone|anybody|(?:this|that|the) \w+)"
_ASIDE = (  # what is said between two commas, so that the sentence goes on behind it; never a sentence of its own
    r"(?:as|however|though|despite|in spite|contrary|at least|at first|at all|in (?:my|our|fact|truth|reality|any)"
    r"|to (?:be|my|me|judge)|I|ever|by any|for all|for (?:me|one)|of course|perhaps|unlike|really|after all|shape)\b"
)
_SPLIT = re.compile(
    r"(?:\b(?:not|never|neither|hardly|scarcely|cannot|by no means|in no way)|n['’]t)[ ]*,[ ]*"
    rf"{_ASIDE}[^.;:!?,\n]{{0,60}},"
    r"[ ]*(?:(?!(?:he|she|it|they|there|this|that|his|her|but|and|yet|so|because|while)\b)[\w'’-]+ ){0,4}[\"'*“‘]{0,3}$"
    r"|\b(?:is|am|are|was|were|be|seems?|looks?|appears?|feels?)[ ]*,[ ]*I (?:\w+ )?"
    r"(?:think|believe|guess|suppose|fear|hope|say) not[ ]*,[ ]*(?:\w+ ){0,3}[\"'*“‘]{0,3}$",
    re.I,
)
_IDLE = (
    r"(?:is|are|was|were|feels?|felt|seems?|looks?|looked|appears?|shows?|wants?|(?:would|could|might)(?: \w+){1,2})"
)
_SAID = r"(?:would|could|might|['’]d|can|will)(?: (?:ever|even))? \w+(?: (?:him|her|it|this|them|of|here|as)){0,2}"
_LAST = (  # of an emotion or a unit "the last one he shows" may be the last in time, but not "would show"
    rf"the (?:very )?last (?:(?:thing|word|description)(?: that)? {_WHO} ?(?:{_IDLE}|{_SAID})"
    rf"|(?:emotion|feeling|label|expression|term|adjective|unit|AU)(?: that)? {_WHO} ?{_SAID})"
)
_LAST_OF_ALL = re.compile(
    rf"\b{_LAST}[ ]*,?[ ]*(?:is|was|are|were|would be)(?: (?:to be|an?|the|very|being|feeling)){{0,2}}"
    r"[ \"'*“‘]{0,4}$",
    re.I,
)
_GONE = rf"(?: (?:{DENIES}|lacking)|n['’]t {SEEN})(?=[ \t\"'’”*)]{{0,3}}(?:[.,;!\n<]|$| (?:here|in th|on th|at all)))"
_IT = r"(?:it|they|these|this|both)"
_MODAL = r"(?:would|could|might|should|means?|meant|(?:is|are|was|were) (?:expected|looked for|sought|typical|usual))\b"
_BEHIND = re.compile(
    rf"[ \"'’*”]{{0,3}}(?:(?:is|was|are|were|would be|['’]s) {_LAST}\b"
    r"|[)\]]?(?:[ ]?\([^()\n]{1,40}\))?(?:"
    rf",[ ][^,.:;!?\n]{{1,60}},[ ](?:is|are|was|were|seems|remains){_GONE}"  # "A, which means joy, is absent"
    rf"|[ ]?{_MODAL}[^.:;!?\n]{{0,60}}?(?:[,;]?[ ](?:but|yet|though|although|however)\b,?(?:[ ]{_IT})?"
    rf"|[,;][ ](?:and[ ])?{_IT})(?:[ ](?:is|are|was|were))?{_GONE}"
    rf"|[ ](?:indicates?|signals?|suggests?|shows?|is|are)\b[^.,:;!?\n]{{0,60}}?,?[ ](?:but|yet)[ ]"
    rf"(?:is|are|was|were){_GONE}))",
    re.I,
)
_FRONTED = re.compile(
    r"[\"'’*”]{0,3},? (?:(?:he|she|it|they|this|the \w+) (?:certainly |definitely |surely )?(?:is|does|do|was|are"
    r"|were|looks|seems|did)(?: certainly| definitely)?(?: not|n['’]t)|(?:is|was|are) (?:he|she|it|they) not)"
    r"[\"'’*”]{0,3}[ \t]*(?:[.;!\n]|$)",
    re.I,
)
_STARTS = re.compile(r"(?:^|[.;!?\n>])[\s\"'*“‘(-]{0,6}$")


def denied_across(head: str) -> bool:
    """Whether what stands before a name denies it across a comma; `head` is what was said since the name before."""
    return (head.count(",") > 1 and _SPLIT.search(head) is not None) or (
        "last " in head and _LAST_OF_ALL.search(head) is not None
    )


def denied_behind(text: str, start: int, end: int) -> int | None:
    """How far a denial of the names from start to end reaches that stands behind them across a clause; None: none does.

    "A would mean joy, but is not there", "A, which means joy, is absent", "A is the last thing she feels", and of names
    that a sentence begins with "A he is not".
    """
    if found := _BEHIND.match(text, end, end + 160):
        return found.end()
    fronted = _FRONTED.match(text, end)
    return fronted.end() if fronted and _STARTS.search(text[max(0, start - 8) : start]) else None
