import re

import numpy as np
import pytest

from affectreason.errors import InputError
from affectreason.media.faces3d import rig
from affectreason.media.faces3d.convert import PARTS
from affectreason.recipe import assets


def test_the_head_of_the_cache_is_loaded_once(cache):
    head = rig.rig()
    assert head is rig.rig()
    assert head.triangles.shape == (2 * (280 + 96 + 16), 3)
    assert len(head.part) == len(head.triangles)
    assert len(head.units) == 52
    assert len(head.shapes) == 30
    assert all(moved.shape == head.points.shape for moved in (*head.units.values(), *head.shapes.values()))
    assert rig.middle(head.places, head.triangles, head.part) == pytest.approx([0, 0, 0], abs=1e-5)
    eyes = head.points[np.unique(head.triangles[head.part == PARTS.index("eye")])]
    assert rig.middle(head.points, head.triangles, head.part) == pytest.approx(eyes.mean(axis=0))
    up = head.places[:, 1] - head.points[:, 1]
    assert up == pytest.approx(np.full(len(up), up[0]), abs=1e-3)  # 0.9 dm up with every adult, and down to the eyes


def test_without_the_head_the_command_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("AFFECTREASON_CACHE", str(tmp_path))
    said = (
        f"faces: 3d is drawn of a head that is not in {tmp_path}/assets/small/head: run `affectreason assets get small`"
    )
    with pytest.raises(InputError, match=re.escape(said)):
        rig.rig()


@pytest.mark.parametrize("raw", [b"", b"no archive", None])
def test_a_broken_head_is_told(monkeypatch, tmp_path, raw):
    monkeypatch.setenv("AFFECTREASON_CACHE", str(tmp_path))
    monkeypatch.setattr(assets, "is_got", lambda name, part: True)
    place = tmp_path / "assets" / "small" / "head"
    place.mkdir(parents=True)
    if raw is None:
        np.savez(place / "head.npz", points=np.zeros((3, 3)))
    else:
        (place / "head.npz").write_bytes(raw)
    with pytest.raises(
        InputError, match=r"head\.npz is no head \(.*; delete it and run `affectreason assets get small`"
    ):
        rig.rig()
