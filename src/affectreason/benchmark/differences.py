"""Which systems of a benchmark are compared: two that differ in one thing, so that a difference has one cause."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

from affectreason.benchmark.protocol import Scores
from affectreason.scoring.measures import compare


class Pair(NamedTuple):
    """Two systems by name; what alone differs, and all of it in words."""

    before: str
    after: str
    changes: str | None
    title: str


def pairs(parts: Mapping[str, Mapping[str, str]]) -> Iterator[Pair]:
    """The pairs of systems whose parts (model, prompt, media, each a word) differ in one; the first listed comes after.

    Of two prompts it comes before: they are listed from the plainer one on. Systems that do not say what they are made
    of are compared with the first one.
    """
    first = next(iter(parts), None)
    varied = {key for one in parts.values() for key in one if len({other.get(key) for other in parts.values()}) > 1}
    for one, other in combinations(parts, 2):
        differ = sorted(key for key in {*parts[one], *parts[other]} if parts[one].get(key) != parts[other].get(key))
        if len(differ) == 1:
            before, after = (one, other) if differ == ["prompt"] else (other, one)
            same = [value for key, value in parts[one].items() if key in varied - set(differ)]
            moved = f"{differ[0]}: {parts[before].get(differ[0])} → {parts[after].get(differ[0])}"
            yield Pair(before, after, differ[0], f"{moved} ({', '.join(same)})" if same else moved)
        elif one == first and not differ and not parts[one]:
            yield Pair(other, one, None, f"{other} → {one}")


def differences(parts: Mapping[str, Mapping[str, str]], scores: Mapping[str, Scores]) -> list[dict[str, Any]]:
    """The paired differences of every measure, ready for JSON."""
    found = []
    for pair in pairs(parts):
        old, new = scores[pair.before].measures, scores[pair.after].measures
        measures = {name: compare(old[name], new[name]) for name in new if name in old}
        found.append({
            "from": pair.before, "to": pair.after, "changes": pair.changes, "title": pair.title, "measures": measures,
        })  # fmt: skip
    return found
