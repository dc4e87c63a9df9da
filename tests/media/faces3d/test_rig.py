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
    monkeypatch.setattr(assets, "lacking", lambda name, part: None)  # of the size that was noted, and damaged
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


def of(kept, **others):
    """The arrays of a head with some of them put in the place of its own."""
    return {**{name: kept[name] for name in kept.files}, **{name: make(kept[name]) for name, make in others.items()}}


def outside(quads):
    return np.where(quads == quads[0, 0], 30000, quads)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"quads": outside}, "its corners are not its vertices"),
        ({"quads": np.negative}, "its corners are not its vertices"),
        ({"parts": lambda one: one[:-1]}, "its corners are not its vertices"),
        ({"points": lambda one: one * np.nan}, "it has numbers that are none"),
        ({"units": lambda one: one + np.float16(np.inf)}, "it has numbers that are none"),
        ({"units": lambda one: one[:, :-1]}, "its displacements are not of its vertices"),
        ({"parts": lambda one: one * 0}, "its parts are not those of a head"),
        ({"parts": lambda one: one + 70}, "its parts are not those of a head"),
        ({"shape_names": lambda one: np.char.replace(one, "asian", "axian")}, "it has no shape asian-female-child"),
    ],
)
def test_a_head_whose_arrays_do_not_fit_is_told(cache, tmp_path, others, said):
    kept = np.load(assets.head() / "head.npz")
    np.savez(tmp_path / "head.npz", **of(kept, **others))
    with pytest.raises(InputError, match=rf"head\.npz is no head \({said}\); delete it and run"):
        rig.load(tmp_path / "head.npz")


@pytest.mark.parametrize("at", [60, 200])
def test_a_head_with_a_damaged_byte_is_told(cache, tmp_path, at):
    raw = bytearray((assets.head() / "head.npz").read_bytes())
    raw[at : at + 8] = b"\xff" * 8
    (tmp_path / "head.npz").write_bytes(raw)
    with pytest.raises(InputError, match=r"head\.npz is no head \(.*; delete it and run"):
        rig.load(tmp_path / "head.npz")


def test_a_bare_array_is_no_head(tmp_path):
    with (tmp_path / "head.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(InputError, match=r"head\.npz is no head \(File is not a zip file\)"):
        rig.load(tmp_path / "head.npz")
