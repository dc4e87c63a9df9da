"""What a text says of one person, as the leaves of an affective tree: whole words of tables, nothing that is denied."""

import re
import unicodedata
from collections.abc import Collection

from affectreason.affect.appearance import WORDS
from affectreason.affect.denial import affirmed
from affectreason.affect.facs import spelling
from affectreason.affect.feelings import feeling
from affectreason.affect.labels import Labels
from affectreason.affect.mentions import read_units
from affectreason.affect.open_words import parse_words
from affectreason.affect.tree import Said
from affectreason.affect.wheel import default

_HAIR = re.compile(
    r"\b((?:(?:long|black|blonde?|brown|gr[ae]y|straight|wavy|curly)(?:,? and |, | )){2,3})(?=hair\b)", re.I
)
_ADJECTIVE = re.compile(r"(?!and\b)\w+", re.I)


def said_of(text: str, wanted: Collection[str], vocabulary: Labels | None = None, listed: bool = False) -> Said:
    """What a text says of one person, of these kinds of leaf; `listed`: it is a list, so bare numbers are units
    and words of no lexicon emotions."""
    plain = _HAIR.sub(_apart, unicodedata.normalize("NFKC", text))
    found: dict[str, tuple[str, ...]] = {}
    for kind, table in WORDS.items():
        if kind in wanted and (words := affirmed(plain, table)):
            found[kind] = tuple(words)
    if "unit" in wanted:
        aus = read_units(plain, listed=listed).aus
        if aus is not None:
            found["unit"] = tuple(spelling(au.number) for au in aus if au.intensity != 0)
    if "emotion" in wanted and (words := emotions(plain, vocabulary, listed)):
        found["emotion"] = tuple(words)
    return found


def emotions(text: str, vocabulary: Labels | None, listed: bool) -> list[str]:
    """The emotions a text affirms, each by its one spelling; in prose the lexicon's, and no word for an action."""
    if vocabulary is not None and vocabulary.names:
        return list(dict.fromkeys(feeling(name) for name in affirmed(text, vocabulary)))
    said = list(parse_words(text, default()).said.emotions or ())
    if not listed:
        said = [w for w in said if default().m2(w) and not any(table.canonical(w) for table in WORDS.values())]
    return list(dict.fromkeys(map(feeling, said)))


def _apart(match: re.Match[str]) -> str:
    """ "long black " before "hair" as "long hair and black "."""
    words = _ADJECTIVE.findall(match[0])
    return " ".join(f"{word} hair and" for word in words[:-1]) + f" {words[-1]} "
