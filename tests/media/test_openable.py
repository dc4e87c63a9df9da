import pytest

from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError
from affectreason.media import openable


def one(kind, path, name="a"):
    return Sample(id=name, media=(Media(kind=kind, path=str(path)),))


def test_media_that_open(picture, clip, tmp_path):
    picture(tmp_path / "frames" / "1.png")
    openable.require([
        one("image", picture(tmp_path / "a.png")), one("video", clip(tmp_path / "a.mp4")),
        one("frames", tmp_path / "frames"), Sample(id="words"),
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "content", "said"),
    [
        ("image", "no.png", None, "no such file"),
        ("image", "a.png", b"", r"is empty \(0 bytes\)"),
        ("image", "a.png", b"<html>not found</html>", "cannot be read: cannot identify image file"),
        ("video", "a.mp4", b"version https://git-lfs", "cannot be read: Invalid data"),
        ("frames", "a.mp4", b"x", "is a file, not a folder of images"),
        ("audio", "a.wav", None, "no such file"),
        ("audio", "a.wav", b"", r"is empty \(0 bytes\)"),
        ("audio", "a.wav", b"<html>not found</html>", "cannot be read: Invalid data"),
        ("features", "a.npy", b"x", "media of kind 'features' cannot be given .*; known: image, video, frames, audio"),
    ],
)
def test_media_that_do_not(tmp_path, kind, name, content, said):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=rf"sample 'a': .*{name}: {said}.*; mend `path` in the sample"):
        openable.require([one(kind, path)])


def test_all_are_counted(tmp_path):
    (tmp_path / "frames").mkdir()
    bad = [one("frames", tmp_path / "frames"), one("image", tmp_path / "b.png", "b"), one("url", "x", "c")]
    with pytest.raises(InputError, match=r"'a': .*frames: is a folder without images \(2 more cannot be used\); mend"):
        openable.require(bad)


def test_an_image_without_its_end_is_met_later(picture, tmp_path):
    path = picture(tmp_path / "a.png")
    path.write_bytes(path.read_bytes()[:-20])
    openable.require([one("image", path)])
