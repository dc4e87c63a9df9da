"""Triangles to pixels: which triangle is seen at each pixel, and where in it."""

from dataclasses import dataclass

import numpy as np

_AT_ONCE = 1 << 20  # candidate pixels that are looked at together; more would only take memory


@dataclass(frozen=True)
class Seen:
    """What is seen: `pixels` (P,) counts rows first, `triangles` (P,), and the `shares` (P, 3) of their corners."""

    pixels: np.ndarray
    triangles: np.ndarray
    shares: np.ndarray


def seen(points: np.ndarray, triangles: np.ndarray, size: int) -> Seen:
    """The nearest triangle at each pixel of a square picture of `size` pixels a side.

    `points` (N, 3) are x and y in pixels, right and down, and z, which grows towards the viewer; `triangles` (T, 3)
    name corners, counterclockwise seen from their front. What shows its back is not seen; of two at one depth the
    first is.
    """
    corners = points[triangles].astype(np.float32)
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    twice = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    low = np.ceil(corners[..., :2].min(axis=1) - 0.5).clip(0, size).astype(np.int32)
    high = np.floor(corners[..., :2].max(axis=1) - 0.5).clip(-1, size - 1).astype(np.int32)
    spans = (high - low + 1).clip(0)
    kept = np.flatnonzero((twice < -1e-9) & (spans[:, 0] > 0) & (spans[:, 1] > 0))
    depth = np.full(size * size, -np.inf, np.float32)
    owner = np.full(size * size, -1, np.int64)
    first = np.zeros((size * size, 2), np.float32)
    for part in _parts(kept, spans[:, 0] * spans[:, 1]):
        _fill(part, corners, twice, low, spans, size, depth, owner, first)
    pixels = np.flatnonzero(owner >= 0)
    two = first[pixels]
    return Seen(pixels, owner[pixels], np.column_stack([two, 1 - two.sum(axis=1)]))


def _parts(kept: np.ndarray, areas: np.ndarray) -> list[np.ndarray]:
    """The triangles in groups whose boxes have about `_AT_ONCE` pixels together."""
    if not len(kept):
        return []
    groups = np.cumsum(areas[kept].astype(np.int64)) // _AT_ONCE
    return np.split(kept, np.flatnonzero(np.diff(groups)) + 1)


def _fill(
    part: np.ndarray,
    corners: np.ndarray,
    twice: np.ndarray,
    low: np.ndarray,
    spans: np.ndarray,
    size: int,
    depth: np.ndarray,
    owner: np.ndarray,
    first: np.ndarray,
) -> None:
    """Write a part's triangles into depth, owner and the shares of their first two corners, where they are nearest."""
    wide = spans[part, 0]
    areas = wide * spans[part, 1]
    which = np.repeat(np.arange(len(part), dtype=np.int32), areas)
    place = np.arange(len(which), dtype=np.int32) - np.repeat((np.cumsum(areas) - areas).astype(np.int32), areas)
    row, column = np.divmod(place, wide[which])
    column += low[part, 0][which]
    row += low[part, 1][which]
    a, b, c = (corners[part, k] for k in range(3))
    area = twice[part]
    x, y = column.astype(np.float32) + np.float32(0.5), row.astype(np.float32) + np.float32(0.5)
    one = _edge(b, c, area, which, x, y)
    two = _edge(c, a, area, which, x, y)
    inside = np.flatnonzero((one >= 0) & (two >= 0) & (one + two <= 1))
    which, one, two = which[inside], one[inside], two[inside]
    at = row[inside].astype(np.int64) * size + column[inside]
    z = one * a[which, 2] + two * b[which, 2] + (1 - one - two) * c[which, 2]
    before = depth[at]
    np.maximum.at(depth, at, z)
    nearest = np.flatnonzero((z == depth[at]) & (z > before))[::-1]  # the first of equals is written last
    at, which = at[nearest], which[nearest]
    owner[at] = part[which]
    first[at] = np.column_stack([one[nearest], two[nearest]])


def _edge(
    start: np.ndarray, end: np.ndarray, area: np.ndarray, which: np.ndarray, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """The share of the corner that lies across the edge from `start` to `end`, for each candidate pixel."""
    across, down = (start[:, 1] - end[:, 1]) / area, (end[:, 0] - start[:, 0]) / area
    level = -(across * start[:, 0] + down * start[:, 1])
    return across[which] * x + down[which] * y + level[which]
