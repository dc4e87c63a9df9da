"""Numbers of a bent mesh: the normals of its vertices, how much its skin is compressed, and values at pixels."""

import numpy as np


def normals(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """The normal at each vertex: those of its triangles, weighed by their area."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    flat = np.cross(b - a, c - a)
    found = np.zeros_like(points)
    for axis in range(3):
        for corner in range(3):
            found[:, axis] += np.bincount(triangles[:, corner], flat[:, axis], len(points))
    return found / (np.linalg.norm(found, axis=1, keepdims=True) + 1e-12)


def creases(rest: np.ndarray, moved: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """How much the skin round each vertex is compressed, in [0, 1]: where it folds, less light comes in."""
    before, after = _areas(rest, triangles), _areas(moved, triangles)
    squeezed = (1 - after / np.maximum(before, 1e-9)).clip(0, 1)
    total = np.bincount(triangles.ravel(), np.repeat(squeezed * before, 3), len(rest))
    found: np.ndarray = total / np.bincount(triangles.ravel(), np.repeat(before, 3), len(rest)).clip(1e-12)
    return (1.6 * found - 0.2).clip(0, 0.8)


def _areas(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1)


def mixed(values: np.ndarray, corners: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Values (N, C) of vertices at pixels whose triangles have these corners and shares."""
    found: np.ndarray = np.take(values, corners[:, 0], axis=0) * shares[:, :1]
    for corner in (1, 2):
        found += np.take(values, corners[:, corner], axis=0) * shares[:, corner : corner + 1]
    return found
