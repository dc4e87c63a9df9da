"""What may stand in an answer block that is not a label: one of a question's choices, or any text."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from affectreason.affect.labels import Labels
from affectreason.affect.sample import Sample

_MARK = r"[(\[]?\b([A-K])[)\].:]{1,2}\s*"
_LETTERED = re.compile(_MARK + r"(\S.*)", re.S)


@dataclass(frozen=True)
class Choices:
    """The choices of a closed question and the letters (A-K) its text gives them; without `names` any text will do."""

    names: tuple[str, ...] = ()
    letters: Mapping[str, str] = field(default_factory=dict)

    def find(self, text: str) -> str | None:
        """The choice that a text is as a whole, by its words, its letter or both; None where it is none of them.

        Case, width, spacing and a full stop at the end do not count, as for labels (`Labels.canonical`). Of an open
        question it is the text itself in that form, None where there is none.
        """
        if not self.names:
            return " ".join(_bare(text).casefold().split()) or None
        return self._known.canonical(_bare(text))

    @cached_property
    def words(self) -> Labels:
        """The choices by their words alone, without the letters some bring."""
        return Labels("choices", self.names, {_bare(_words_of(name)): name for name in self.names}, {}, {})

    @cached_property
    def _known(self) -> Labels:
        """The parser's way with the names of a set, so that a choice is read as a label is."""
        forms = {_bare(name): name for name in self.names}
        for letter, name in self.letters.items():
            marks = [letter, f"{letter})", f"({letter})", f"[{letter}]", f"{letter}:", f"{letter}."]
            own = _bare(_words_of(name))
            forms |= {_bare(mark): name for mark in marks} | {own: name}
            forms |= {f"{mark}{space}{own}": name for mark in marks for space in ("", " ") if mark + space != letter}
        return Labels("choices", self.names, forms, {}, {})


def of(sample: Sample) -> Choices | None:
    """What a sample's question may be answered with; None where the answer is a label of its vocabulary.

    A sample with choices asks for one of them, another one with an `answer` and no gold emotion for any text.
    """
    if sample.choices:
        return Choices(sample.choices, _letters(sample.question or "", sample.choices))
    return Choices() if sample.answer is not None and not (sample.gold.emotion or sample.gold.emotions) else None


def _letters(question: str, choices: tuple[str, ...]) -> dict[str, str]:
    """The letter of each choice, as the choices themselves or the question write it; empty where one has none."""
    own = [_LETTERED.fullmatch(choice.strip()) for choice in choices]
    if all(own):
        found = {match[1]: choice for match, choice in zip(own, choices, strict=True) if match}
        return found if len(found) == len(choices) else {}
    found = {}
    for choice in sorted(choices, key=len, reverse=True):  # "B. sad and tired" before "A. sad"
        pattern = _MARK + re.escape(choice) + r"(?!\w)"
        free = [letter for letter in re.findall(pattern, question) if letter not in found]
        if not free:
            return {}
        found[free[0]] = choice
    return dict(sorted(found.items()))


def _words_of(choice: str) -> str:
    """A choice without the letter it may begin with."""
    match = _LETTERED.fullmatch(choice.strip())
    return match[2] if match else choice


def _bare(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().removesuffix(".").strip()
