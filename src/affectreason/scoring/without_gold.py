"""What may choose among answers to a held-out sample: functions that look at no annotation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from affectreason.errors import InputError, nearest
from affectreason.scoring import one_reward, rewards
from affectreason.scoring.tree import similarity

if TYPE_CHECKING:  # checking a recipe needs the names of scorers, not the parser
    from affectreason.affect.response import Response
    from affectreason.affect.sample import Sample
    from affectreason.affect.steps import Piece
    from affectreason.affect.tree import Tree

OWN = ("agreement", "well_formed")
"""Scored here: `agreement` is the mean similarity of a candidate's tree to the others', `well_formed` whether the model
closed the block it was at, and put something in it."""
FREE = (*OWN, "alignment", "au_emotion_consistency", "au_spam", "length", "repetition", "r1_omni_format")
Term = Mapping[str, Any]


def check(use: str, args: Mapping[str, Any]) -> None:
    """InputError for a scorer that reads annotations or does not exist, or an argument that it does not take."""
    if use in FREE:
        if use in OWN and args:
            raise InputError(f"{use!r} takes no argument {next(iter(args))!r} here")
        if use not in OWN:
            rewards.check_args(use, args)
        return
    if use in rewards.names():
        raise InputError(
            f"{use!r} reads the annotation: a search that chooses by it would copy the answers; use one of "
            f"{', '.join(FREE)}, or package.module.function"
        )
    if "." not in use:
        raise InputError(f"unknown scorer {use!r}; {nearest(use, FREE)}; or give package.module.function")
    rewards.check_args(use, args)


def bare(sample: Sample) -> Sample:
    """The sample without anything that was annotated, as a scorer is given it."""
    nothing: dict[str, Any] = {"answer": None, "reasoning": None, "response": None, "annotators": (), "attributes": {}}
    return sample.model_copy(update={**nothing, "gold": type(sample.gold)()})


def scores(
    responses: Sequence[Response], pieces: Sequence[Piece], sample: Sample, terms: Sequence[Term]
) -> list[float | None]:
    """The weighted mean of the terms for each candidate; None where no term says anything of it."""
    from affectreason.affect.tree_of import of_response

    given, weights = bare(sample), {term["use"]: float(term.get("weight", 1.0)) for term in terms}
    columns: dict[str, list[float | None]] = {}
    for term in terms:
        if term["use"] == "agreement":
            found = agreement([of_response(one, given).tree for one in responses])
        elif term["use"] == "well_formed":
            found = [float(piece.closed) for piece in pieces]
        else:
            score = partial(one_reward.score, term["use"], rewards.find(term["use"]), args=term.get("args", {}))
            found = [score(one, given) for one in responses]
        columns[term["use"]] = found
    rows = [{use: column[i] for use, column in columns.items()} for i in range(len(responses))]
    return [rewards.weighted(row, weights) for row in rows]


def agreement(trees: Sequence[Tree | None]) -> list[float | None]:
    """The mean similarity of each tree to the others, 0 for one that could not be read or beside such a one."""
    found: list[float | None] = []
    for i, one in enumerate(trees):
        others = [other for j, other in enumerate(trees) if j != i]
        each = [0.0 if one is None or other is None else similarity(one, other) for other in others]
        found.append(sum(each) / len(each) if each else None)
    return found
