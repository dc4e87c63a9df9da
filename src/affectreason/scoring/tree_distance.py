"""Edit distances of affective trees: what it costs to make one of the other.

Taking a node out or putting it in costs its weight; levels and the root are free, for they only group. Relabelling
costs a share of both weights: 0 for two spellings of one thing, `related` for emotions of one family or wheel cluster,
else 1, which is no cheaper than taking one out and putting the other in: a wrong guess must not pay.

`ordered` is Zhang & Shasha (SIAM J. Comput. 18(6), 1989). The lines are ours, for the libraries `zss` (of 2018) and
`apted` (of 2017) are not kept up, and need 78 and 23 ms for a pair of 30 nodes: GRPO compares thousands.

`unordered` is the general unordered edit distance (Zhang, Statman & Shasha 1992), exact. That is NP-hard for trees of
any shape; in these only people can be matched in more than one way, and there are at most `tree.MOST_PEOPLE`. Every
matching of people is tried; leaves are assigned within a pair, and among the people that are in no pair. It is never
more than `ordered`. Both are symmetric and keep the triangle inequality for `related` from 0.5 to 1.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, permutations
from typing import NamedTuple

from affectreason.affect.feelings import near
from affectreason.affect.tree import LEVEL, Tree, nodes

WEIGHTS = {"person": 1.0, "attribute": 1.0, "expression": 1.0, "emotion": 1.0}
RELATED = 0.5
Weights = Mapping[str, float]
Leaves = Counter[tuple[str, str]]


def unordered(one: Tree, other: Tree, related: float = RELATED, weights: Weights | None = None) -> float:
    """The least cost to make one tree of the other where the order of children means nothing."""
    costs = {**WEIGHTS, **(weights or {})}
    scenes = [Counter(_name(node) for node in tree.children if node.kind == "scene") for tree in (one, other)]
    people = [[_leaves(node) for node in tree.children if node.kind == "person"] for tree in (one, other)]
    return _assigned(scenes[0], scenes[1], related, costs) + _people(people[0], people[1], related, costs)


def ordered(one: Tree, other: Tree, related: float = RELATED, weights: Weights | None = None) -> float:
    """The least cost to make one tree of the other where children keep their order."""
    costs = {**WEIGHTS, **(weights or {})}
    a, b = _postorder(one), _postorder(other)
    taken, put = [weight(node, costs) for node in a.nodes], [weight(node, costs) for node in b.nodes]
    names = [_name(node) for node in a.nodes], [_name(node) for node in b.nodes]
    relabelled = [
        [_share(left, right, related) * (taken[i] + put[j]) for j, right in enumerate(names[1])]
        for i, left in enumerate(names[0])
    ]
    found = [[0.0] * len(b.nodes) for _ in a.nodes]
    for i in a.keyroots:
        for j in b.keyroots:
            if a.first[i] == i and b.first[j] == j:  # two leaves
                found[i][j] = min(relabelled[i][j], taken[i] + put[j])
            else:
                _forests(a.first, b.first, i, j, taken, put, relabelled, found)
    return found[-1][-1]


def _forests(
    first_a: list[int],
    first_b: list[int],
    i: int,
    j: int,
    taken: list[float],
    put: list[float],
    relabelled: list[list[float]],
    found: list[list[float]],
) -> None:
    """Fill in the distances of the subtrees that share their first leaf with the trees at i and j."""
    low_a, low_b = first_a[i], first_b[j]
    before = [0.0]
    for y in range(low_b, j + 1):
        before.append(before[-1] + put[y])
    rows = [before]
    for x in range(low_a, i + 1):
        out, whole, back = taken[x], first_a[x] == low_a, rows[first_a[x] - low_a]
        subtrees, relabel, cost = found[x], relabelled[x], before[0] + out
        row = [cost]
        for at, y in enumerate(range(low_b, j + 1)):
            cost += put[y]
            if before[at + 1] + out < cost:  # plain comparisons: this line runs thousands of times for a pair
                cost = before[at + 1] + out
            if whole and first_b[y] == low_b:
                if before[at] + relabel[y] < cost:
                    cost = before[at] + relabel[y]
                subtrees[y] = cost
            elif back[first_b[y] - low_b] + subtrees[y] < cost:
                cost = back[first_b[y] - low_b] + subtrees[y]
            row.append(cost)
        rows.append(row)
        before = row


def _people(left: list[Leaves], right: list[Leaves], related: float, costs: Weights) -> float:
    """The least cost of any matching of people; the leaves of those in no pair are assigned to one another."""
    pairs = [[_assigned(one, other, related, costs) for other in right] for one in left]
    pooled: dict[tuple[tuple[int, ...], tuple[int, ...]], float] = {}
    best, least = math.inf, _assigned(_together(left), _together(right), related, costs)
    for mine, theirs in _matchings(len(left), len(right)):
        alone = tuple(i for i in range(len(left)) if i not in mine)
        free = tuple(j for j in range(len(right)) if j not in theirs)
        lonely = costs["person"] * (len(alone) + len(free))
        if least + lonely >= best:
            break  # matchings get smaller
        cost = lonely + sum(pairs[i][j] for i, j in zip(mine, theirs, strict=True))
        if cost < best:
            if (alone, free) not in pooled:
                mine_, theirs_ = _together(left[i] for i in alone), _together(right[j] for j in free)
                pooled[alone, free] = _assigned(mine_, theirs_, related, costs)
            best = min(best, cost + pooled[alone, free])
    return best


def _matchings(left: int, right: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Every way to pair some of `left` people with as many of `right`, the largest first."""
    for size in range(min(left, right), -1, -1):
        for mine in combinations(range(left), size):
            for theirs in permutations(range(right), size):
                yield mine, theirs


def _assigned(left: Leaves, right: Leaves, related: float, costs: Weights) -> float:
    """The least cost to make one bag of leaves of the other.

    The same leaves go together first: by the triangle inequality no other way costs less. What is left saves
    1 - `related` of both weights for each two emotions near each other, as many as can be paired.
    """
    one, other = left - right, right - left
    cost = sum(count * costs[LEVEL[kind]] for bag in (one, other) for (kind, _), count in bag.items())
    words = [[label for (kind, label), n in bag.items() for _ in range(n) if kind == "emotion"] for bag in (one, other)]
    return cost - 2 * costs["emotion"] * (1 - related) * (_most_pairs(*words) if all(words) else 0)


def _most_pairs(left: list[str], right: list[str]) -> int:
    """How many pairs of emotions near each other there are at most, each in one pair: augmenting paths (Kuhn 1955)."""
    taken: dict[int, int] = {}

    def placed(i: int, tried: set[int]) -> bool:
        for j, word in enumerate(right):
            if j not in tried and near(left[i], word):
                tried.add(j)
                if j not in taken or placed(taken[j], tried):
                    taken[j] = i
                    return True
        return False

    return sum(placed(i, set()) for i in range(len(left)))


class _Postorder(NamedTuple):
    """Nodes that cost something and the root, children first; for each its first leaf; the keyroots, in order."""

    nodes: list[Tree]
    first: list[int]
    keyroots: list[int]


def _postorder(tree: Tree) -> _Postorder:
    found, first = list[Tree](), list[int]()

    def visit(node: Tree) -> int:
        leaves = [visit(child) for child in node.children]
        start = min(leaves, default=len(found))
        if node.kind != "level":
            found.append(node)
            first.append(start)
        return start

    visit(tree)
    return _Postorder(found, first, sorted({leaf: at for at, leaf in enumerate(first)}.values()))


def _leaves(person: Tree) -> Leaves:
    return Counter(_name(node) for node in nodes(person) if node.kind in LEVEL)


def _together(bags: Iterable[Leaves]) -> Leaves:
    whole: Leaves = Counter()
    for bag in bags:
        whole.update(bag)
    return whole


def _name(node: Tree) -> tuple[str, str]:
    return node.kind, node.label


def _share(one: tuple[str, str], other: tuple[str, str], related: float) -> float:
    """The share of both weights that relabelling costs."""
    if one == other:
        return 0.0
    return related if one[0] == "emotion" == other[0] and near(one[1], other[1]) else 1.0


def weight(node: Tree, costs: Weights) -> float:
    """What it costs to take a node out or put it in; levels and the root are free."""
    return costs[LEVEL.get(node.kind, node.kind)] if node.kind in LEVEL or node.kind == "person" else 0.0
