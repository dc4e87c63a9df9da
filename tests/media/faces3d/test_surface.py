import numpy as np
import pytest

from affectreason.media.faces3d import rig, surface

ROOF = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
TWO = np.array([[0, 1, 2], [0, 2, 3]])


def test_the_normals_of_a_plane_are_its_own():
    assert surface.normals(ROOF, TWO) == pytest.approx(np.tile([0.0, 0.0, 1.0], (4, 1)))
    assert surface.normals(ROOF[:, [2, 0, 1]], TWO) == pytest.approx(np.tile([1.0, 0.0, 0.0], (4, 1)))


def test_normals_of_a_head_point_outwards(cache):
    head = rig.rig()
    found = surface.normals(head.points, head.triangles)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(len(found)), abs=1e-3)
    crown, face = int(np.argmax(head.points[:, 1])), int(np.argmax(head.points[:, 2]))
    assert found[crown, 1] > 0.9
    assert found[face, 2] > 0.9


def test_skin_that_is_compressed_folds_and_skin_that_is_stretched_does_not():
    half, twice = ROOF * [0.5, 1, 1], ROOF * [2, 1, 1]
    assert surface.creases(ROOF, half, TWO) == pytest.approx(np.full(4, 1.6 * 0.5 - 0.2))
    assert surface.creases(ROOF, ROOF * [0.1, 1, 1], TWO) == pytest.approx(np.full(4, 0.8))  # and no deeper
    assert not surface.creases(ROOF, twice, TWO).any()
    assert not surface.creases(ROOF, ROOF, TWO).any()


def test_values_are_mixed_by_the_shares_of_the_corners():
    values = np.array([[0.0], [10.0], [100.0]], np.float32)
    corners, shares = np.array([[0, 1, 2], [2, 1, 0]]), np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]])
    assert surface.mixed(values, corners, shares)[:, 0] == pytest.approx([35, 100])
