"""Which words for emotions a text says, when any word will do: deterministic, without a language model.

A list is taken as it stands, so that words no lexicon has count as said. Of prose the longest spellings of a lexicon
are taken, whole words only, and not those the text denies.
"""

import re
import unicodedata
from functools import lru_cache

from affectreason.affect.denial import denials
from affectreason.affect.denial_after import means_no
from affectreason.affect.response import Response
from affectreason.affect.said_json import read_words
from affectreason.affect.sample import Affect
from affectreason.affect.wheel import WORD, Lexicon

MOST_WORDS = 32
"""An answer that names more is no answer: it would hit everything."""
_CACHED = 2000  # characters; longer texts are not kept
_ANSWER = re.compile(r"<answer>(.*?)(?=</?answer>|</?think>|$)", re.I | re.S)
_TAG = re.compile(r"<(/?)think>", re.I)
_MARKUP = re.compile(r"</?[a-z_]{1,20}>", re.I)
_BRACKETS = re.compile(r"\[(?![ xX✓✗]\][ \t]*\w)([^\[\]]*)\]")  # no boxes to tick
_SIGNS = re.compile(r"[\s,;|/&]*(?:and\s)?\s*")
_HEAD = re.compile(
    r"^\W*(?:(?:the|final|my|emotion|emotional|open-vocabulary) ){0,3}"
    r"(?:output|answers?|emotions?|labels?|states?|words?)(?: labels?| states?| words?)?(?: are| is)?\s*[:：]\s*",
    re.I,
)
_BETWEEN = re.compile(r"[,，、;；\n|/]|\.\s|\s(?:and|&)\s")
_EDGES = " \t\r'\"“”‘’`*•-–.!()[]{}"
_NUMBER = re.compile(r"^\s*\(?\d{1,3}[.)](?!\d)")
_ASIDE = re.compile(r"\([^()]*\)[.\s]*$")
_NO_LABEL = re.compile(r"[\"“”:：\d\[\](){}?]")
_FILLERS = """
a an appear appears are aren't as at be because been but by can't cannot character could doesn't don't emotion emotions
    expresses feel feeling feels for from he her his i if in is isn't it its less likely look looks man may maybe might
    mood most mostly my neither never no none nor not of on or people perhaps person possibly probably quite rather seem
    seems she show shows slightly so sounds speaker than that the their these they this those to unlikely very was we
    were whether with without woman would you your
"""
_FUNCTION = frozenset(_FILLERS.split())
_EVERYDAY = """
agreement alone approval attached attentive bad blue bold care certain close closed cold content cool critical dear
    down earnest ease easy emotion emotions engaged expectation faith feel feeling feelings feels firm focus focused
    free gentle good high interest kind light like low mean mood moved negative nice open poor positive respect score
    serious sore stern supportive thing touched want warm weak well wish wonder wondering worn
"""  # in a sentence mostly of something else; in a list they are what they say
_NOT_IN_PROSE = frozenset(_EVERYDAY.split())


def parse_words(text: str, lexicon: Lexicon) -> Response:
    """The emotion words of the answer block, else of what stands outside the reasoning, each with weight 1, in order.

    Never raises. `said.emotions` is in lower case; empty for an empty list; None, with a `problem`, where no word is
    said, answers differ, or more than `MOST_WORDS` words are named.
    """
    return _cached(text, lexicon) if len(text) <= _CACHED else _parsed(text, lexicon)


def is_list(text: str, lexicon: Lexicon) -> bool:
    """Whether a text is a list of labels as one is asked for, in brackets or without, and nothing beside it."""
    plain = unicodedata.normalize("NFKC", text).strip()
    bare = plain[1:-1] if plain.startswith("[") and plain.endswith("]") else plain
    if len(plain) > 8 * _CACHED or not bare.strip() or any(sign in bare for sign in "[]<>"):
        return False
    if not all(map(str.isprintable, bare.split())):
        return False
    pieces = [piece.strip(_EDGES).lower() for piece in _BETWEEN.split(bare)]
    return len(pieces) <= MOST_WORDS and all(_is_label(piece, lexicon) for piece in pieces)


@lru_cache(maxsize=8192)
def _cached(text: str, lexicon: Lexicon) -> Response:
    return _parsed(text, lexicon)


def _parsed(text: str, lexicon: Lexicon) -> Response:
    plain = unicodedata.normalize("NFKC", text)
    answers, reasoning, outside = [], None, plain
    if "<" in plain:
        answers = list(dict.fromkeys(_squeezed(one) for one in _ANSWER.findall(plain)))
        answers = [one for one in answers if one] or answers
        reasoning, outside = _apart(plain)
    if len(answers) > 1:
        return Response(text, reasoning, Affect(), False, "the answers contradict each other")
    answered = answers[0] if answers else None
    words = _words(_squeezed(outside) if answered is None else answered, lexicon)
    problem = None
    if words is None:
        problem = "the text affirms no word of the lexicon, and is no list of words" if plain.strip() else "empty text"
    elif len(words) > MOST_WORDS:
        problem, words = f"{len(words)} words are named, more than {MOST_WORDS}", None
    emotions = None if words is None else dict.fromkeys(words, 1.0)
    return Response(text, reasoning, Affect(emotions=emotions), problem is None, problem, answered or None)


def _squeezed(text: str) -> str:
    return _MARKUP.sub("\n", text).strip()


def _apart(text: str) -> tuple[str | None, str]:
    """The reasoning, None without any, and the text outside it; an unclosed block goes on to the end."""
    tags = list(_TAG.finditer(text))
    if not tags:
        return None, text
    inside: list[str] = []
    outside: list[str] = []
    at, depth = 0, tags[0][1] == "/"
    for tag in tags:
        (inside if depth else outside).append(text[at : tag.start()])
        at, depth = tag.end(), tag[1] != "/"
    (inside if depth else outside).append(text[at:])
    return "\n".join(inside).strip() or None, "\n".join(outside)


def _words(text: str, lexicon: Lexicon) -> list[str] | None:
    """The words of one answer, None where it says none."""
    given = read_words(text)
    if given is not None:
        text = "\n".join(given)
        if not given:
            return []
    listed_at = _last_list(text)
    if listed_at is not None:
        pieces = _pieces(text[slice(*listed_at)].replace("[", " ").replace("]", ","))
        if not any(map(_NO_LABEL.search, pieces)):
            return pieces if denials(text, [listed_at]) == [False] else None
        return _named(text[slice(*listed_at)], lexicon) or None
    head = _HEAD.match(text)
    listed = text[head.end() :] if head else text
    pieces = _pieces(listed) if len(listed) <= 8 * _CACHED else []
    if pieces and all(_is_label(piece, lexicon) for piece in pieces):
        return pieces
    return _named(text, lexicon) or None


def _last_list(text: str) -> tuple[int, int] | None:
    """Where the last list in brackets stands; brackets with nothing but punctuation between them are one list.

    Of several lists the last is the answer, as a text comes to it.
    """
    places = [match.span() for match in _BRACKETS.finditer(text)]
    if not places:
        return None
    start, end = places.pop()
    while places and _SIGNS.fullmatch(text, places[-1][1], start):
        start, _ = places.pop()
    return start, end


def _pieces(text: str) -> list[str]:
    """What stands between commas, line breaks and "and", in lower case, each once; no list numbers, no asides."""
    found: dict[str, None] = {}
    for piece in _BETWEEN.split(text):
        plain = _NUMBER.sub("", piece, count=1)
        if "(" in plain:
            if _is_denied_aside(plain):
                continue
            plain = _ASIDE.sub("", plain)
        plain = plain.strip(_EDGES).lower()
        if plain:
            found[plain] = None
    return list(found)


def _is_denied_aside(piece: str) -> bool:
    """Whether what is in brackets behind a word takes it back: "sad (unlikely)", "happy (0 %)"."""
    aside = _ASIDE.search(piece)
    return aside is not None and means_no(aside[0])


def _is_label(piece: str, lexicon: Lexicon) -> bool:
    """Whether a piece of text may be a label: a spelling of the lexicon, or up to three words none of them a filler."""
    words = piece.split()
    if piece in lexicon.surfaces:
        return True
    if _NO_LABEL.search(piece):
        return False
    return len(words) <= 3 and len(piece) <= 40 and bool(WORD.search(piece)) and _FUNCTION.isdisjoint(words)


def _named(text: str, lexicon: Lexicon) -> list[str]:
    """The lexicon's words in prose that it does not deny; of a word said both ways the last word counts."""
    lower = text.lower()
    tokens = [(match.start(), match.end(), match.group()) for match in WORD.finditer(lower)]
    places: list[tuple[int, int]] = []
    names: list[str] = []
    at, phrases = 0, lexicon.phrases
    while at < len(tokens):
        step = 1
        beginning = phrases.get(tokens[at][2])
        if beginning:
            for size in sorted(set(beginning.values()), reverse=True):
                run = tokens[at : at + size]
                name = " ".join(token[2] for token in run)
                if name in beginning and name not in _NOT_IN_PROSE:
                    places.append((run[0][0], run[-1][1]))
                    names.append(name)
                    step = len(run)
                    break
        at += step
    if not places:
        return []
    last: dict[str, bool] = {}
    for name, denied in zip(names, denials(lower, places), strict=True):
        if denied is not None:
            last[name] = not denied
    return [name for name, yes in last.items() if yes]
