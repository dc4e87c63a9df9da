import io

import av
import numpy as np
import pytest
from PIL import Image

from affectreason.affect.sample import Media
from affectreason.media.thumbnail import sheet, thumbnail


@pytest.fixture
def greys(tmp_path):
    """Write a clip of grey frames, the n-th of 20 * n, at 10 a second."""

    def write(count):
        path = tmp_path / f"{count}.mkv"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("ffv1", rate=10)
            stream.width, stream.height, stream.pix_fmt = 32, 16, "yuv420p"
            for number in range(count):
                pixels = np.full((16, 32, 3), 20 * number, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(stream.encode())
        return Media(kind="video", path=str(path))

    return write


def opened(data):
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("count", "size", "frames"),
    [(10, (64, 32), [0, 3, 6, 9]), (3, (64, 32), [0, 1, 2]), (2, (64, 16), [0, 1]), (1, (32, 16), [0])],
)
def test_four_frames_of_a_clip_evenly_spaced(greys, tmp_path, count, size, frames):
    made = opened(sheet(greys(count), tmp_path))
    assert made.size == size
    shades = [made.getpixel((place % 2 * 32 + 9, place // 2 * 16 + 9))[0] for place in range(len(frames))]
    assert shades == pytest.approx([20 * number for number in frames], abs=3)


def test_a_folder_of_frames_and_a_picture(picture, tmp_path):
    for number in range(7):
        picture(tmp_path / "frames" / f"f_{number}.png", 30 * number)
    made = opened(sheet(Media(kind="frames", path=str(tmp_path / "frames")), tmp_path))
    assert made.size == (16, 16)
    shades = [made.getpixel((place % 2 * 8 + 3, place // 2 * 8 + 3))[0] for place in range(4)]
    assert shades == [0, 60, 120, 180]
    one = Media(kind="image", path=str(tmp_path / "frames" / "f_1.png"))
    assert sheet(one, tmp_path) == thumbnail(one, tmp_path)
    assert sheet(Media(kind="audio", path="a.wav"), tmp_path) is None
