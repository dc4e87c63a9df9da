"""Yes or no, one of several choices, a few words: answers to questions that ask for no label, read without a guess.

The answer stands in an answer block, else in the text outside the reasoning; several blocks must say the same.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import pairwise

from affectreason.affect.choices import Choices
from affectreason.affect.denial import denials
from affectreason.affect.response import Response, parts
from affectreason.affect.sample import Affect

MOST_CHARACTERS = 100
"""Of a short answer; no answer to VQA v2 is as long."""

Reading = tuple[str | None, str | None]
"""What was said, or why nothing was."""

_NOTHING = (
    r"(?:doubt|question|idea|matter|one|way|information|info|clue|data|comment|answer|response|certainty|context|opinion"
    r"|preference|guess|image|picture|photo|video|audio|media|problem|worries|access|means)s?"
)
_YES_NO = re.compile(
    r"(?P<yes>\b(?:yes|yeah|yep)\b|\A\W{0,9}y\W{0,9}\Z)"
    r"|(?P<no>\bnope\b|\A\W{0,9}n\W{0,9}\Z|\bno\b(?=[\"'”’*_)\]]{0,3}\s{0,3}(?:[.,;:!?\n]|$))"
    rf"|\A\W{{0,9}}no\b(?! (?:\w+ )?{_NOTHING}\b))",
    re.I,
)
_IS = r"(?:is|are|was|were|does|do|did|has|have|can)"
_NOT = rf"(?:{_IS}n['’]t|cannot|{_IS} not)"
_THERE_NOT = re.compile(r"\bthere (?:(?:is|are|was|were) (?:no|not|none)\b|(?:is|are|was|were)n['’]t\b)", re.I)
_SAYS_NO = re.compile(
    rf"\A\W{{0,9}}(?:{_THERE_NOT.pattern}|I (?:do not|don['’]t|can ?not|can['’]t) see\b"
    rf"|(?:it|he|she|they|that|this) {_NOT}\W{{0,3}}\Z)",
    re.I,
)
_SAYS_YES = re.compile(
    rf"\A\W{{0,9}}(?:there (?:is|are|was|were)(?! (?:no|not|none|nothing|nobody|hardly|neither)\b)(?: |\W{{0,3}}\Z)"
    rf"|(?:it|he|she|they|that|this) {_IS}\W{{0,3}}\Z)",
    re.I,
)
_SENTENCE = re.compile(r"[^.!?;\n]+")
_CONCLUDES = re.compile(
    r"\b(?:answer|option|choice)\b(?: (?:to [^.\n]{0,40}? )?(?:is|would be|must be|should be)\b|[*_]{0,2}:)", re.I
)
_LETTER = re.compile(r"(?<![\w'’&/-])([A-K])(?![\w'’&]|-\w)")
_ARTICLE = re.compile(r"[ \t]+(?!(?:and|or|because|is|as|since|was|seems|but|not|nor)\b)[^\W\d_]", re.I)
_GAP = r"[)\].:*]{0,3}\s{0,3}"


def parse_yes_no(text: str) -> Response:
    """`yes` or `no` as `answered`; both or neither is no answer. "There is a dog", "there isn't" are read too.

    "No" counts as a word of its own ("No, ..."), and before a noun where the text begins with it ("No dog is there"),
    but not before one for knowing or being shown ("no idea", "no information"). A y or an n alone is read too.
    """
    return read_answer(text, yes_or_no)


def parse_choice(text: str, choices: Choices) -> Response:
    """The one choice that a text affirms by its letter, its words or both, as `answered`; several are no answer.

    Where the text concludes ("the answer is B"), only the conclusions count, and must agree. A letter is a capital
    that stands alone; an A before a word ("A man") is the article.
    """
    if {name.casefold() for name in choices.names} == {"yes", "no"}:
        return read_answer(text, lambda content: _as_named(yes_or_no(content), choices))
    return read_answer(text, lambda content: _choice(content, choices))


def parse_short(text: str) -> Response:
    """The answer block or, without one, the whole text outside the reasoning, of at most 100 characters.

    Its letters stay as they are, for the published normal form of VQA v2 is applied to them.
    """
    return read_answer(text, _short_text, as_it_stands=True)


def read_answer(text: str, reader: Callable[[str], Reading], as_it_stands: bool = False) -> Response:
    """Read each answer block, or the text outside of the blocks, in its Unicode form NFKC or as it stands."""
    found = parts(text)
    contents = [found.outside] if found.answers is None else list(found.answers)
    plain = [one if as_it_stands else unicodedata.normalize("NFKC", one) for one in dict.fromkeys(contents)]
    readings = [reader(content.strip()) for content in plain]
    names = {name for name, _ in readings}
    answered, problem = readings[0] if readings else (None, "there is no answer")
    if len(names) > 1:
        answered, problem = None, "the answers contradict each other"
    return Response(text, found.reasoning, Affect(), answered is not None, problem, answered)


def yes_or_no(content: str) -> Reading:
    """Yes or no in a text without blocks."""
    places = [(match.start(), match.end(), str(match.lastgroup)) for match in _YES_NO.finditer(content)]
    if not places:
        return _existence(content)
    denied = denials(content, [place[:2] for place in places])
    places = [place for place, no in zip(places, denied, strict=True) if no is not None]
    if not places or True in denied:
        return None, "a yes or a no is denied, asked or supposed"
    if len({name for _, _, name in places}) > 1:
        return None, "both yes and no"
    yes = [place[:2] for place in places if place[2] == "yes"]
    if yes and _THERE_NOT.match(content[yes[0][1] :].lstrip(" ,")):
        return None, "both yes and no"
    return places[0][2], None


def _existence(content: str) -> Reading:
    """What the sentences without a yes or a no say of what is there."""
    said = set()
    for sentence in _SENTENCE.findall(content):
        said |= {"no"} if _SAYS_NO.match(sentence) else {"yes"} if _SAYS_YES.match(sentence) else set()
    if len(said) == 1:
        return said.pop(), None
    return None, "both yes and no" if said else "neither yes nor no"


def _as_named(reading: Reading, choices: Choices) -> Reading:
    """Yes or no in the spelling of the choices."""
    return next((name for name in choices.names if name.casefold() == reading[0]), None), reading[1]


def _choice(content: str, choices: Choices) -> Reading:
    """The choice that a text is as a whole, else the one it affirms."""
    if not content:
        return None, "the answer is empty"
    whole = choices.find(content)
    if whole is not None:
        return whole, None
    said = dict.fromkeys(name for passage in concluding(content) for name in _affirmed(passage, choices))
    if len(said) == 1:
        return next(iter(said)), None
    listed = ", ".join(said)
    return None, f"{len(said)} of the choices: {listed}" if said else f"none of the choices: {'; '.join(choices.names)}"


def concluding(content: str) -> list[str]:
    """What stands behind each "the answer is", up to the next; the whole text where there is none."""
    ends = [match.end() for match in _CONCLUDES.finditer(content)]
    return [content[start:end] for start, end in pairwise([*ends, len(content)])] if ends else [content]


def _affirmed(content: str, choices: Choices) -> list[str]:
    """The choices a text names and does not deny, each once; of one said both ways the last word counts."""
    places = list(_mentions(content, choices))
    denied = denials(content, [(start, end) for start, end, _ in places])
    last = {name: not no for (_, _, name), no in zip(places, denied, strict=True) if no is not None}
    return [name for name, yes in last.items() if yes]


def _mentions(content: str, choices: Choices) -> Iterator[tuple[int, int, str]]:
    """Where choices are named, in order and apart; a letter and the words behind it are one mention."""
    words = choices.words.mentions(content)
    starts = {start: (end, name) for start, end, name in words}
    inside, at = iter(words), 0
    current = next(inside, None)
    found: list[tuple[int, int, str]] = list(words)
    joined = set()
    for match in _LETTER.finditer(content):
        while current is not None and current[1] <= match.start():
            current = next(inside, None)
        if match[1] not in choices.letters or (current is not None and current[0] <= match.start()):
            continue
        own = re.compile(_GAP).match(content, match.end())
        at = own.end() if own else match.end()
        name = choices.letters[match[1]]
        if starts.get(at, (0, ""))[1] == name:
            found.append((match.start(), starts[at][0], name))
            joined.add(at)
        elif match[1] not in "AI" or not _ARTICLE.match(content, match.end()):
            found.append((match.start(), match.end(), name))
    yield from sorted(place for place in found if place[0] not in joined)


def _short_text(content: str) -> Reading:
    if not content:
        return None, "the answer is empty"
    if len(content) > MOST_CHARACTERS:
        return None, f"{len(content)} characters are no short answer; the longest may have {MOST_CHARACTERS}"
    return content, None
