"""Reasoning that reasons little: none, a few words, or a bare list of labels and units."""

import re
from collections.abc import Sequence
from typing import Any

from affectreason.affect import facs
from affectreason.affect.labels import Labels
from affectreason.benchmark.captions import FUNCTION_WORDS
from affectreason.scoring import texts

FEW = 5
"""Words; a reasoning with fewer names no evidence and what it shows."""
_UNIT = re.compile(
    r"\b(?:au|action units?)s?[ _-]?\d{0,2}\b|\b\d{1,2}\b|"
    + "|".join(
        rf"\b{re.escape(name)}\b" for name in sorted((u.name.lower() for u in facs.UNITS.values()), key=len)[::-1]
    )
)


def is_list(text: str, labels: Labels | None) -> bool:
    """Whether a text is labels and names or numbers of action units, and nothing else but function words."""
    rest = _UNIT.sub(" ", text.lower())
    for start, end, _ in reversed(labels.mentions(rest) if labels is not None else []):
        rest = f"{rest[:start]} {rest[end:]}"
    named = texts.words(rest) != texts.words(text)
    return named and not set(texts.words(rest)) - FUNCTION_WORDS


def counted(said: Sequence[str], labels: Labels | None, refused: int) -> dict[str, Any]:
    """How many reasonings are empty (`refused` of these), of fewer than `FEW` words, a bare list; a note of these."""
    unsaid = sum(not one for one in said)
    few = sum(0 < len(texts.words(one)) < FEW for one in said)
    lists = sum(is_list(one, labels) for one in said)
    told = [f"{unsaid:,} have none and score 0 in every measure of texts ({refused:,} refuse)"] if unsaid else []
    told += [f"{few:,} have fewer than {FEW} words"] if few else []
    told += [f"{lists:,} are a bare list of labels or units"] if lists else []
    notes = [f"reasoning, of {len(said):,} answers: {'; '.join(told)}"] if told else []
    return {"unsaid": unsaid, "refused": refused, "few_words": few, "bare_lists": lists, "notes": notes}
