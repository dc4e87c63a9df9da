"""Whether weights that were trained on data may be passed on, by the licence and the gate that the samples carry."""

import re
from collections.abc import Iterable

from affectreason.corpus.card_front import hub_licence
from affectreason.errors import InputError, nearest

NOT_STATED = "not stated"
YOURS = "yours"
"""What `prep` writes of data that its user brings."""
OPEN_GATES = ("", "open", "open link", "login")
_FORBIDS = re.compile(
    r"no re-?distribution|not be (redistributed|handed on|shared|passed on)|research( purposes?)? only|"
    r"for research\b|only for research|non-?commercial research|\beula\b",
    re.IGNORECASE,
)
_NOT_SOLD = re.compile(r"non-?\s?commercial|\bnc\b|research", re.IGNORECASE)
Terms = tuple[str | None, str | None]
"""The licence and the gate of some samples."""


def hindrance(terms: Terms) -> str | None:
    """Why weights may not be passed on without more; None where the licence is known to allow it."""
    licence, gate = ((one or "").strip() for one in terms)
    if not licence or licence.casefold() in (NOT_STATED, "unknown", "none"):
        return "no licence is stated"
    if licence.casefold() == YOURS:
        return None
    if _FORBIDS.search(licence):
        return "it limits use to research or forbids passing on"
    known = hub_licence([licence])[0]
    if not isinstance(known, str) or known == "other":
        return "whether it allows passing on what is derived is not known here"
    if "-nd-" in known:
        return "it allows no derivatives"
    if gate.casefold() not in OPEN_GATES:
        return f"the data are given under an agreement of their own ({gate})"
    return None


def name(terms: Terms) -> str:
    """What a licence is called: by its own text, or as not stated."""
    return (terms[0] or "").strip() or NOT_STATED


def in_spite_of(found: Iterable[tuple[Terms, str]]) -> list[str]:
    """A line for each source whose licence stands against sharing: the licence, what carries it, and why."""
    lines = [f"“{name(one)}” ({carries}): {reason}" for one, carries in found if (reason := hindrance(one))]
    return list(dict.fromkeys(lines))


def wider(licence: str | None, found: Iterable[tuple[Terms, str]]) -> list[str]:
    """The sources that forbid commercial use, with their licences, where the stated `licence` of weights allows it."""
    if licence is None or re.search(r"-nc\b|research|^other$", licence):
        return []
    return list(dict.fromkeys(f"“{name(one)}” ({carries})" for one, carries in found if _NOT_SOLD.search(name(one))))


def require(found: Iterable[tuple[Terms, str]], allowed: Iterable[str]) -> None:
    """InputError where terms stand against sharing that `allowed` does not name; `found` says what carries them."""
    those = list(found)
    named = {one.strip().casefold() for one in allowed}
    known = {name(terms).casefold(): name(terms) for terms, _ in those}
    for one in sorted(named - set(known)):
        raise InputError(f"allow_licence={one!r} is no licence of these data; {nearest(one, known.values())}")
    lines = {
        f"  {name(terms)!r} ({carries}): {reason}": name(terms)
        for terms, carries in those
        if name(terms).casefold() not in named and (reason := hindrance(terms))
    }
    if lines:
        keys = ", ".join(f'"{one}"' for one in dict.fromkeys(lines.values()))
        raise InputError(
            "nothing is shared: licences of the data stand against passing on weights trained on them\n"
            + "\n".join(lines)
            + f"\nhint: where you hold the right to, say so by name: 'allow_licence=[{keys}]'"
        )
