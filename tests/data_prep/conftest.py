import wave

import av
import numpy as np
import pytest
from PIL import Image

from affectreason.commands import prep


@pytest.fixture
def given():
    """The samples (and rows left out) of a script: given("meld", root=tmp_path, split="test")."""

    def run(name, **options):
        script = prep.load(name)
        unknown = set(options) - set(script.OPTIONS)
        assert not unknown, f"{name} has no option {unknown}"
        return list(script.samples(**{**{key: v for key, v in script.OPTIONS.items() if v is not ...}, **options}))

    return run


@pytest.fixture
def picture():
    """Write a small picture, its folders too."""

    def write(path, shade=0):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (shade % 256, 90, 60)).save(path)
        return path

    return write


@pytest.fixture
def clip():
    """Write a clip of ten small frames at 10 a second, its folders too."""

    def write(path, shade=0):
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=10)
            stream.width = stream.height = 16
            stream.pix_fmt = "yuv420p"
            for number in range(10):
                pixels = np.full((16, 16, 3), (shade + number * 9) % 256, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(stream.encode())
        return path

    return write


@pytest.fixture
def sound():
    """Write a tenth of a second of a tone at 16 kHz, its folders too."""

    def write(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        tone = (np.sin(np.arange(1600) / 6) * 9000).astype("<i2")
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16000)
            file.writeframes(tone.tobytes())
        return path

    return write
