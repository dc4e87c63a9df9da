import numpy as np
import pytest

from affectreason.media.faces3d import raster

# A square of 8 x 8 pixels from (1, 1), as two triangles that are counterclockwise in a picture (y goes down).
SQUARE = np.array([[1, 1, 0], [1, 9, 0], [9, 9, 0], [9, 1, 0]], float)
TWO = np.array([[0, 1, 2], [0, 2, 3]])


def test_every_pixel_is_seen_once():
    seen = raster.seen(SQUARE, TWO, 10)
    rows, columns = np.divmod(seen.pixels, 10)
    assert len(seen.pixels) == 64
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (1, 8, 1, 8)
    assert set(seen.triangles.tolist()) == {0, 1}
    assert seen.shares.sum(axis=1) == pytest.approx(np.ones(64))


def test_the_shares_give_the_place_back():
    seen = raster.seen(SQUARE, TWO, 10)
    found = (SQUARE[TWO[seen.triangles]] * seen.shares[..., None]).sum(axis=1)
    rows, columns = np.divmod(seen.pixels, 10)
    assert found[:, 0] == pytest.approx(columns + 0.5, abs=1e-5)
    assert found[:, 1] == pytest.approx(rows + 0.5, abs=1e-5)


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [2, 3, 0, 1]])
def test_the_nearest_is_seen_in_any_order(order):
    far = SQUARE.copy()
    near = np.array([[3, 3, 5], [3, 6, 5], [6, 6, 5], [6, 3, 5]], float)
    points, triangles = np.concatenate([far, near]), np.concatenate([TWO, TWO + 4])[order]
    seen = raster.seen(points, triangles, 10)
    owner = np.full(100, -1)
    owner[seen.pixels] = np.array(order)[seen.triangles]
    owner = owner.reshape(10, 10)
    assert (owner[3:6, 3:6] >= 2).all()
    assert (owner >= 2).sum() == 9
    assert (owner >= 0).sum() == 64


def test_planes_that_cross_hide_each_other_on_both_sides():
    tilted = SQUARE + np.array([[0, 0, -4], [0, 0, -4], [0, 0, 4], [0, 0, 4]])
    seen = raster.seen(np.concatenate([SQUARE, tilted]), np.concatenate([TWO, TWO + 4]), 10)
    owner = np.full(100, -1)
    owner[seen.pixels] = seen.triangles // 2
    assert (owner.reshape(10, 10)[1:9, 1:5] == 0).all()
    assert (owner.reshape(10, 10)[1:9, 5:9] == 1).all()


def test_backs_and_what_lies_outside_are_not_seen():
    assert len(raster.seen(SQUARE, TWO[:, ::-1], 10).pixels) == 0
    assert len(raster.seen(SQUARE + 20, TWO, 10).pixels) == 0
    assert len(raster.seen(SQUARE - [5, 5, 0], TWO, 10).pixels) == 16
    assert len(raster.seen(SQUARE, TWO[:0], 10).pixels) == 0


def test_many_pixels_are_filled_in_parts(monkeypatch):
    points = SQUARE * [6, 6, 1]
    grid = np.concatenate([points + np.array([0, 0, z]) for z in range(5)])
    triangles = np.concatenate([TWO + 4 * z for z in range(5)])
    whole = raster.seen(grid, triangles, 64)
    monkeypatch.setattr(raster, "_AT_ONCE", 3000)
    parts = raster.seen(grid, triangles, 64)
    assert (whole.triangles >= 8).all()
    assert whole.triangles.tolist() == parts.triangles.tolist()
    assert whole.shares.tolist() == parts.shares.tolist()
