"""How long rows should be: tokens computed once save work, and long rows cost it in attention.

A row of L tokens is taken to cost L (L + token), where `token` is what a token costs beside attention, in tokens that
attention looks at.
"""

from collections.abc import Sequence
from itertools import pairwise

from affectreason.model.shared_prefix import Group

# Times the hidden units of a model this is `token`. Twelve squares of the width in weights a layer, as LLaMA has them,
# make 6, and the Qwens have more; less is taken because attention runs further from a machine's best rate.
ATTENTION = 4


def parts(prefix: int, places: Sequence[int], tails: Sequence[int], token: int) -> list[tuple[int, ...]]:
    """Places cut into as many runs, each behind its own prefix, as cost least; `tails` are the tokens behind it."""

    def cut(count: int) -> list[range]:
        ends = [round(len(places) * index / count) for index in range(count + 1)]
        return [range(a, b) for a, b in pairwise(ends)]

    def cost(count: int) -> int:
        lengths = [prefix - 1 + sum(tails[index] for index in run) for run in cut(count)]
        return sum(length * (length + token) for length in lengths)

    best = min(range(1, len(places) + 1), key=cost)
    return [tuple(places[index] for index in run) for run in cut(best)]


def packed(groups: Sequence[Group], lengths: Sequence[int], most: int | None, token: int) -> list[list[Group]]:
    """Groups in as many rows as cost least: padding is computed too, and attention makes a long row dear.

    No row that several groups share is longer than `most` tokens.
    """
    found: list[tuple[int, list[list[Group]]]] = []
    for count in range(1, len(groups) + 1):
        rows, tokens = spread(groups, lengths, count)
        if most is None or all(len(row) == 1 or length <= most for row, length in zip(rows, tokens, strict=True)):
            found.append((count * max(tokens) * (max(tokens) + token), rows))
    return min(found, key=lambda one: one[0])[1]


def spread(groups: Sequence[Group], lengths: Sequence[int], count: int) -> tuple[list[list[Group]], list[int]]:
    """Groups in so many rows, the longest group first, each in the shortest row; and the tokens of each row."""
    rows: list[list[Group]] = [[] for _ in range(count)]
    tokens = [0] * count
    for index in sorted(range(len(groups)), key=lambda one: -lengths[one]):
        row = min(range(count), key=tokens.__getitem__)
        rows[row].append(groups[index])
        tokens[row] += lengths[index]
    return rows, tokens
