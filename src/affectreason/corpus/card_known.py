"""What samples themselves answer of the questions of a data card; one that says nothing is never passed over."""

from collections import Counter
from collections.abc import Mapping

from affectreason.corpus.card_questions import Answer, is_unknown
from affectreason.corpus.tally import NOT_SAID, Tally
from affectreason.published.about import About

SHOWN = 5
SAID = {
    "name": "dataset", "licence": "licence", "access": "gate", "label_origin": "origin", "affect_kind": "affect",
    "taxonomy": "vocabulary",
}  # fmt: skip
"""Questions that samples may answer, and the field of theirs that does."""


def beforehand(tally: Tally, about: Mapping[str, About]) -> dict[str, Answer]:
    """What all samples, and what is published of all their data sets (by title), already answer.

    A question that a single sample leaves open is not answered by the others.
    """
    names = {key: _complete(tally.fields[field]) for key, field in SAID.items()}
    found: dict[str, Answer] = {key: ", ".join(said) for key, said in names.items()}
    found["licence"] = names["licence"] if len(names["licence"]) > 1 else "".join(names["licence"])
    if names["label_origin"] and (closer := _complete(tally.fields["labeller"])):
        found["label_origin"] = f"{found['label_origin']}; {', '.join(closer)}"
    sets = [about[title] for title in names["name"] if title in about]
    if sets and len(sets) == len(names["name"]):
        found["access"] = "; ".join(f"{one.gate}: {one.get}" for one in sets)
        found["paper"] = "; ".join(one.paper for one in sets) if all(one.paper for one in sets) else ""
    return {key: answer for key, answer in found.items() if answer}


def in_part(tally: Tally) -> dict[str, str]:
    """What some samples say and others do not, with the shares, for the questions that stay open by it."""
    told = {key: tally.fields[field] for key, field in SAID.items()}
    return {
        key: _shares(counts, tally.samples)
        for key, counts in told.items()
        if not _complete(counts) and not all(_unsaid(name) for name in counts)
    }


def _unsaid(name: str) -> bool:
    return name == NOT_SAID or is_unknown(name)


def _complete(counts: Counter[str]) -> list[str]:
    """The names that samples give, the most frequent first; none where one sample gives none."""
    return [] if any(_unsaid(name) for name in counts) else [name for name, _ in counts.most_common()]


def _shares(counts: Counter[str], total: int) -> str:
    """`MIT (1 of 3), not said (2 of 3)`, on one line and in signs that YAML lets stand in a comment."""
    said = ", ".join(f"{name} ({count:,} of {total:,})" for name, count in counts.most_common(SHOWN))
    more = f", and {len(counts) - SHOWN:,} more" if len(counts) > SHOWN else ""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in said + more).split())
