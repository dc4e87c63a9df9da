import numpy as np
import pytest
from PIL import Image

from affectreason.affect.sample import Media
from affectreason.errors import InputError
from affectreason.media.audio import read_audio
from affectreason.media.image import open_image
from affectreason.media.video import read_frames


def photograph(size=(64, 48)):
    """Smooth colours with some noise, as a camera's."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    pixels = np.stack([x * 3, y * 4, (x + y) * 2], -1) + np.random.default_rng(0).integers(0, 9, (*x.shape, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def image_at(path, **more):
    return open_image(Media(kind="image", path=str(path), **more), "s1")


def test_a_jpeg_is_read_as_rgb(tmp_path):
    photograph().save(tmp_path / "a.jpg", quality=95)
    image = image_at(tmp_path / "a.jpg")
    assert (image.mode, image.size) == ("RGB", (64, 48))
    assert np.abs(np.asarray(image, int) - np.asarray(photograph(), int)).mean() < 4


def test_the_exif_mark_turns_the_image_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held turned by a quarter
    Image.new("RGB", (64, 48)).save(tmp_path / "a.jpg", exif=exif)
    assert image_at(tmp_path / "a.jpg").size == (48, 64)


def test_bgr_files_get_their_colours_back(tmp_path):
    Image.new("RGB", (4, 4), (10, 20, 30)).save(tmp_path / "a.png")
    assert image_at(tmp_path / "a.png", colour="bgr").getpixel((0, 0)) == (30, 20, 10)


@pytest.mark.parametrize(
    ("mode", "value", "expected"),
    [
        ("L", 77, (77, 77, 77)),
        ("RGBA", (1, 2, 3, 255), (1, 2, 3)),
        ("1", 1, (255, 255, 255)),
        ("I;16", 40000, (156, 156, 156)),
    ],
)
def test_other_pixels_become_rgb(tmp_path, mode, value, expected):
    Image.new(mode, (4, 4), value).save(tmp_path / "a.png")
    assert image_at(tmp_path / "a.png").getpixel((0, 0)) == expected


def test_pixels_without_a_range_are_refused(tmp_path):
    Image.new("F", (4, 4), 0.5).save(tmp_path / "a.tiff")
    with pytest.raises(InputError, match=r"mode 'F' have no known range; save it with 8 bits a channel"):
        image_at(tmp_path / "a.tiff")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"sample 's1': no such file: .*gone.png; put the file there or mend `path`"):
        image_at(tmp_path / "gone.png")
    with pytest.raises(InputError, match=r"no such file: .*\(the folder .*faces is missing too\)"):
        image_at(tmp_path / "faces" / "gone.png")


@pytest.mark.parametrize("ending", ["jpg", "png", "bmp", "webp", "gif", "tiff"])
def test_a_truncated_file_is_an_error(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    photograph().save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=rf"sample 's1': cannot read the image .*a.{ending} \(\d+ bytes\): .+; fetch"):
        image_at(path)


@pytest.mark.parametrize("at", [20, 40, 60, 100, 200])
def test_a_damaged_png_is_an_error(tmp_path, at):
    path = tmp_path / "a.png"
    photograph().save(path)
    data = bytearray(path.read_bytes())
    data[at : at + 8] = b"\xff\x00\xff\x00\xff\x00\xff\x00"
    path.write_bytes(data)
    with pytest.raises(InputError, match="sample 's1': cannot read the image"):
        image_at(path)


@pytest.mark.parametrize("data", [b"", b"<html>sign in</html>", b"version https://git-lfs.github.com/spec/v1\n"])
def test_what_is_no_image_is_an_error(tmp_path, data):
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(
        InputError, match=rf"a.jpg \({len(data)} bytes\): cannot identify image file; fetch the file again"
    ):
        image_at(tmp_path / "a.jpg")


def test_another_kind_of_media_is_an_error():
    with pytest.raises(InputError, match=r"sample 's1': a.mp4 is media of kind 'video', not 'image'"):
        open_image(Media(kind="video", path="a.mp4"), "s1")


@pytest.mark.parametrize("error", [IndexError("a"), RuntimeError("b"), NotImplementedError("c"), TypeError("d")])
def test_whatever_a_reader_raises_is_named(tmp_path, monkeypatch, error):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")

    def load(self):
        raise error

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", load)
    with pytest.raises(InputError, match=r"sample 's1': cannot read the image .*a.png"):
        open_image(Media(kind="image", path=str(tmp_path / "a.png")), "s1")


def test_paths_that_cannot_be_are_named(tmp_path):
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    for path, words in (
        ("a\0b.png", r"sample 's1': cannot read 'a\\x00b.png': embedded null byte; mend `path` in the sample"),
        (tmp_path / "loop.png", r"loop.png': Too many levels of symbolic links; mend `path`"),
        (tmp_path / ("a" * 300), r"aaa': File name too long; mend `path`"),
    ):
        for kind, read in (
            ("image", open_image),
            ("video", read_frames),
            ("frames", read_frames),
            ("audio", read_audio),
        ):
            with pytest.raises(InputError, match=words):
                read(Media(kind=kind, path=str(path)), "s1")
