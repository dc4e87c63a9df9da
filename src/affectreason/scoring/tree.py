"""The affective-tree reward, after VidEmo: exp(-decay x distance / size) of the said and the annotated tree.

VidEmo (arXiv 2511.02712) published the idea, neither lambda nor the costs nor code; what is here is ours. The distances
are those of `scoring.tree_distance`. With their costs 1 - distance / size is, of one person and but for the node of the
person, the F1 of the leaves: 0 for trees that share nothing, however large.

The reward departs from that formula twice, for by it alone every label listed earns about a half. What trees that share
nothing have, exp(-decay), is moved to 0 and equal trees are left at 1; and a tree larger than the annotated one is
worth as much less as it is larger.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from affectreason.affect.tree import Tree, kinds, nodes, only
from affectreason.errors import InputError, nearest
from affectreason.scoring.tree_distance import RELATED, WEIGHTS, ordered, unordered, weight
from affectreason.scoring.word_rewards import Penalty, shortened

if TYPE_CHECKING:
    from affectreason.affect.response import Response
    from affectreason.affect.sample import Sample

DECAY = 1.0
Order = Literal["unordered", "ordered"]
Weights = Mapping[str, float]


def affective_tree(
    response: Response,
    sample: Sample,
    order: Order = "unordered",
    decay: float = DECAY,
    related: float = RELATED,
    weights: Weights | None = None,
    penalty: Penalty | None = "ratio",
) -> float | None:
    """How near the tree of a response is to the annotated one, in [0, 1]: (s - e) / (1 - e) x the factor of `penalty`.

    s is `similarity`, e = exp(-decay) what trees that share nothing have. `penalty` (see `word_rewards.shortened`) is
    of the weights of both trees, where the said one weighs more: by `ratio` annotated / said.

    None without an annotated tree, and of a question with choices or one right answer, which asks for no tree. Kinds of
    leaf that the annotation says nothing of are left out of the response's tree. 0 where it then says nothing, so that
    silence does not pay.
    """
    from affectreason.affect.tree_of import of_response, of_sample  # checking a recipe needs no parser

    gold = None if sample.choices or sample.answer is not None else of_sample(sample)
    if gold is None:
        return None
    said = of_response(response, sample).tree
    said = None if said is None else only(said, kinds(gold))
    if said is None or (_says(gold) and not _says(said)):  # "none" for all there is says as little as no tree
        return 0.0
    costs = _checked(order, decay, related, weights)
    none = math.expm1(-decay)
    near = 1 - math.expm1(-decay * _apart(said, gold, order, related, costs)) / none
    return near * shortened(penalty, _size(said, costs), _size(gold, costs))


def similarity(
    one: Tree,
    other: Tree,
    order: Order = "unordered",
    decay: float = DECAY,
    related: float = RELATED,
    weights: Weights | None = None,
) -> float:
    """exp(-decay x distance / size) in (0, 1]; size is the weight of all nodes of both trees.

    1 for equal trees, exp(-decay) for trees that share nothing. Raises InputError for an order, decay, share or weight
    that cannot be.
    """
    costs = _checked(order, decay, related, weights)
    return math.exp(-decay * _apart(one, other, order, related, costs))


def _apart(one: Tree, other: Tree, order: Order, related: float, costs: Weights) -> float:
    """Distance / size of two trees, in [0, 1]; 0 of two that have no node that weighs anything."""
    whole = _size(one, costs) + _size(other, costs)
    distance = (ordered if order == "ordered" else unordered)(one, other, related, costs)
    return min(1.0, distance / whole) if whole else 0.0


def _size(tree: Tree, costs: Weights) -> float:
    """What all nodes of a tree weigh."""
    return sum(weight(node, costs) for node in nodes(tree))


def _says(tree: Tree) -> bool:
    """Whether a tree has a leaf that names anything."""
    return any(node.kind not in ("root", "person", "level") for node in nodes(tree))


def _checked(order: str, decay: float, related: float, weights: Weights | None) -> dict[str, float]:
    """The weights, those not given as they are by default."""
    if order not in ("unordered", "ordered"):
        raise InputError(f"order={order}: {nearest(order, ('unordered', 'ordered'))}")
    if not (math.isfinite(decay) and decay > 0):
        raise InputError(f"decay={decay}: it must be above 0; {DECAY} is usual")
    if not 0.5 <= related <= 1:
        raise InputError(
            f"related={related}: a share from 0.5 (below, the distance is none) to 1 (related is unrelated)"
        )
    for name, value in (weights or {}).items():
        if name not in WEIGHTS:
            raise InputError(f"weights: unknown {name!r}; {nearest(name, WEIGHTS)}")
        if not (math.isfinite(value) and value > 0):
            raise InputError(f"weights: {name}={value}; it must be above 0")
    return {**WEIGHTS, **(weights or {})}
