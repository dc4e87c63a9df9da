"""Emotion wheels: from any word for what is felt to a cluster of words, so that sets of words can be compared.

A lexicon has wheels of three rings, synonyms and inflections. Words of the wheels are in lower case and the maps tell
cases apart, as the published ones do: callers lower-case and strip. Source: Lian et al., OV-MER (arXiv 2410.01495).
"""

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

Row = tuple[str, str, str]
OUTSIDE = ""
LEVELS = (1, 2)
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_DEFAULT = Path(__file__).with_name("lexicon.json")
_HEADS = re.compile(r"(?:in|out)put\b|输入|输出", re.I)


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Five wheels of (level1, level2, level3) rows, runs of synonyms of wheel words, inflections of words.

    `valences` lie in [-1, 1]; a published lexicon has none of its own. `version` says which publication it is.
    """

    name: str
    version: str
    wheels: tuple[tuple[Row, ...], ...]
    synonyms: tuple[Mapping[str, Sequence[str]], ...]
    forms: Mapping[str, Sequence[str]]
    valences: Mapping[str, float] = field(default_factory=dict)

    def m1(self, word: str) -> str:
        """The alphabetically first word that `word` is a form of; '' outside the lexicon."""
        bases = self._bases.get(word)
        return bases[0] if bases else OUTSIDE

    def m2(self, word: str) -> str:
        """The alphabetically first wheel word that M1 of the word is, or is a synonym of; '' where there is none."""
        return min(self._reached.get(self.m1(word), ()), default=OUTSIDE)

    def mapped(self, word: str, wheel: int, level: int) -> str:
        """The word of ring `level` (1 is the innermost, or 2) of wheel 1-5 that a word belongs to; '' for none."""
        ring = self._rings[wheel - 1][level - 1]
        words = {w for base in self._bases.get(word, ()) for w in self._reached.get(base, ()) if w in ring}
        return ring[min(words)] if words else OUTSIDE

    def clusters(self, word: str) -> tuple[str, ...]:
        """M1, M2, then levels 1 and 2 of each wheel in turn: W1L1, W1L2, W2L1, ... W5L2."""
        on_wheels = (self.mapped(word, wheel + 1, level) for wheel in range(len(self.wheels)) for level in LEVELS)
        return (self.m1(word), self.m2(word), *on_wheels)

    def valence(self, word: str) -> float | None:
        """The valence of a word or of the word it is a form of, in [-1, 1]; None where it is not known."""
        found = self.valences.get(word)
        return found if found is not None else self.valences.get(self.m1(word))

    @cached_property
    def surfaces(self) -> frozenset[str]:
        """Every spelling of every word of the lexicon."""
        return frozenset(self._bases)

    @cached_property
    def phrases(self) -> dict[str, dict[str, int]]:
        """The spellings that begin with a word, and of how many words each is; words are joined by one blank."""
        found: dict[str, dict[str, int]] = {}
        for form in self._bases:
            words = WORD.findall(form)
            if words:
                found.setdefault(words[0], {})[" ".join(words)] = len(words)
        return found

    @cached_property
    def _bases(self) -> dict[str, list[str]]:
        """The words that each spelling is a form of, sorted."""
        found: dict[str, set[str]] = {}
        for base, forms in self.forms.items():
            for form in (base, *forms):
                found.setdefault(form, set()).add(base)
        return {form: sorted(bases) for form, bases in found.items()}

    @cached_property
    def _reached(self) -> dict[str, set[str]]:
        """The wheel words that each word is, or is a synonym of in any run."""
        found = {word: {word} for rows in self.wheels for row in rows for word in row}
        on_wheels = frozenset(found)
        for run in self.synonyms:
            for word, others in run.items():
                for other in others if word in on_wheels else ():
                    found.setdefault(other, set()).add(word)
        return found

    @cached_property
    def _rings(self) -> list[tuple[dict[str, str], dict[str, str]]]:
        """For each wheel the inner and the middle word of every word of it; later rows overwrite earlier ones."""
        return [rings_of(rows) for rows in self.wheels]


def rings_of(rows: Sequence[Row]) -> tuple[dict[str, str], dict[str, str]]:
    """The inner and the middle word of every word of a wheel; an inner word's is its alphabetically first one."""
    inner: dict[str, str] = {}
    middle: dict[str, str] = {}
    firsts: dict[str, str] = {}
    for one, two, _ in rows:
        firsts[one] = min(two, firsts.get(one, two))
    for one, two, three in rows:
        inner |= dict.fromkeys((one, two, three), one)
        middle |= {one: firsts[one], two: two, three: two}
    return inner, middle


@functools.cache
def default() -> Lexicon:
    """Our own lexicon, made by `eval/make_lexicon.py` of theory, WordNet and VADER; `neutral` is a cluster."""
    data = json.loads(_DEFAULT.read_text(encoding="utf-8"))
    run: dict[str, list[str]] = {}
    for base, targets in data["reaches"].items():
        for target in targets.split(","):
            run.setdefault(target, []).append(base)
    return Lexicon(
        name=data["name"],
        version=data["version"],
        wheels=tuple(tuple((one, two, three) for one, two, three in rows) for rows in data["wheels"]),
        synonyms=(run,),
        forms={base: tuple(filter(None, forms.split(","))) for base, forms in data["forms"].items()},
        valences={word: value / 100 for word, value in data["valences"].items()},
    )


@functools.cache
def without_neutral() -> Lexicon:
    """Our own lexicon without the cluster `neutral` and the words of it: published ones have them in no map."""
    own = default()
    wheels = tuple(tuple(row for row in rows if "neutral" not in row) for rows in own.wheels)
    those = {base for base in own.forms if own.m2(base) == "neutral"}
    forms = {base: some for base, some in own.forms.items() if base not in those}
    return replace(own, version=f"{own.version} without neutral", wheels=wheels, forms=forms)


def string_to_list(text: str | Sequence[str]) -> list[str]:
    """A list of labels as files write it; MER's rule: one bracket off each end, split at commas and quotes, strip.

    Semicolons do not split and apostrophes do; a blank before the bracket keeps it. Lists pass through.
    """
    if not isinstance(text, str):
        return list(text)
    pieces = re.split(r"['\",]", text.removeprefix("[").removesuffix("]"))
    return [piece.strip() for piece in pieces if piece.strip()]


def labels_of(text: str | Sequence[str]) -> list[str]:
    """The labels of a list in lower case, each as often as it is there."""
    return [label for one in string_to_list(text) if (label := one.lower().strip())]


def clean_output(text: str) -> str:
    """What a language model that was asked for a list says, without a leading Input or Output, colons and newlines."""
    text = text.strip()
    head = _HEADS.match(text)
    text = text[head.end() :] if head else text
    return text.strip().lstrip(":：").replace("\n", "").strip()
