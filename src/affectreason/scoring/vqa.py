"""Accuracy of short answers against ten people's, as VQA v2 computes it (Goyal et al. 2017; Antol et al. 2015)."""

import re
from collections.abc import Sequence

_ARTICLES = ("a", "an", "the")
_COUNTED = "zero one two three four five six seven eight nine ten"
_NUMBERS = {word: str(n) for n, word in enumerate(_COUNTED.split())} | {"none": "0"}
_SIGNS = ';/[]"{}()=+\\_-><@`,?!'
_PERIOD = re.compile(r"\.(?![0-9])")
_PERIODS = 32  # that are dropped from one text; the published rule stops there
_COMMA = re.compile(r"[0-9],[0-9]")
_CONTRACTED = (
    "ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd "
    "he'd've he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've "
    "needn't not've o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've "
    "somebody'll somebody's someone'd someone'd've someone'll someone's something'd something'd've something'll "
    "that's there'd there'd've there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've "
    "we've weren't what'll what're what's what've when's where'd where's where've who'd who'd've who'll who's "
    "who've why'll why're why's won't would've wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've "
    "you'll you're you've"
)
_CONTRACTIONS = {
    word[:at] + word[at + 1 :]: word for word in _CONTRACTED.split() for at, sign in enumerate(word) if sign == "'"
} | {"somebody'd": "somebodyd"}  # the other way round, as published
"""Each with one of its apostrophes forgotten; what is then a word of its own (well, shell, id) is not in the list."""


def accuracy(answer: str, people: Sequence[str]) -> float:
    """The mean over each person left out of min(matches with the others / 3, 1), in [0, 1]; 0 where nobody answered.

    Where the people's answers differ, theirs and the model's are normalised first; where all agree, the model's must
    be the same letter by letter.
    """
    said, others = _flat(answer), [_flat(one) for one in people]
    if not others:
        return 0.0
    if len(set(others)) > 1:
        said, others = normal(said), [normal(one) for one in others]
    k, n = sum(one == said for one in others), len(others)
    return (k * min((k - 1) / 3, 1.0) + (n - k) * min(k / 3, 1.0)) / n if k else 0.0


def normal(text: str) -> str:
    """The published normal form: signs, number words up to ten, articles and contractions with a lost apostrophe.

    A sign that touches a blank is dropped, every sign in a text with a comma between digits too; else it is a blank.
    """
    dropped = bool(_COMMA.search(text))
    plain = text
    for sign in _SIGNS:
        if sign in text:
            plain = plain.replace(sign, "" if dropped or f"{sign} " in text or f" {sign}" in text else " ")
    words = [_NUMBERS.get(word, word) for word in _PERIOD.sub("", plain, count=_PERIODS).lower().split()]
    return " ".join(_CONTRACTIONS.get(word, word) for word in words if word not in _ARTICLES)


def _flat(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ").strip()
