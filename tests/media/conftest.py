"""Clips and sounds whose pixels and waves are known."""

from fractions import Fraction
from random import Random

import av
import numpy as np
import pytest
from PIL import Image


def _play(container, stream, wave, late):
    """Encode a wave of float32 [channels, samples], its first sample `late` seconds after the file's beginning."""
    context = stream.codec_context
    context.open(strict=False)
    size = context.frame_size or 1024
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(wave, np.float32), format="fltp", layout=context.layout.name
    )
    frame.sample_rate = context.sample_rate
    form = av.AudioResampler(context.format.name, context.layout, context.sample_rate, size)
    for number, part in enumerate([*form.resample(frame), *form.resample(None)]):
        part.pts = round(late * context.sample_rate) + number * size
        part.time_base = Fraction(1, context.sample_rate)
        container.mux(stream.encode(part))
    container.mux(stream.encode())


@pytest.fixture
def play():
    """Write a sound file: play(path, wave [channels, samples], rate, codec)."""

    def write(path, wave, rate=44100, codec="pcm_s16le", late=0.0, **options):
        layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(wave)]
        with av.open(str(path), "w", options=options) as container:
            _play(container, container.add_stream(codec, rate=rate, layout=layout), wave, late)
        return path

    return write


@pytest.fixture
def film():
    """Write a clip of which frame i is grey 5 * i on the left, a colour on the right; with a sound if one is given."""

    def write(
        path, frames=20, rate=10, size=(48, 32), codec="libx264", right=(200, 40, 40), wave=None, stamps=None, late=0.0,
        sound="aac", **options,
    ):  # fmt: skip
        with av.open(str(path), "w", options=options) as container:
            stream = container.add_stream(codec, rate=rate)
            stream.width, stream.height = size
            stream.pix_fmt = {"gif": "rgb8", "mjpeg": "yuvj420p"}.get(codec, "yuv420p")
            stream.codec_context.time_base = Fraction(1, 1000) if stamps else Fraction(1, rate)
            if codec != "gif":
                stream.gop_size = 5
            track = None if wave is None else container.add_stream(sound, rate=16000, layout="mono")
            for index in range(frames):
                pixels = np.full((size[1], size[0], 3), index * 5 % 256, np.uint8)
                pixels[:, size[0] // 2 :] = right
                frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
                frame.pts = round(stamps[index] * 1000) if stamps else index
                frame.time_base = stream.codec_context.time_base
                container.mux(stream.encode(frame.reformat(format=stream.pix_fmt)))
            container.mux(stream.encode())
            if track is not None:
                _play(container, track, wave, late)
        return path

    return write


@pytest.fixture
def tone():
    """A tone as float32 [samples]: tone(seconds, pitch in hertz, rate)."""
    return lambda seconds=1.0, pitch=440.0, rate=44100, loud=0.5: (
        loud * np.sin(2 * np.pi * pitch * np.arange(round(seconds * rate)) / rate)
    ).astype(np.float32)


@pytest.fixture
def face():
    """A picture of 40 x 56 pixels that has a colour and a slope."""
    pixels = np.zeros((56, 40, 3), np.uint8)
    pixels[..., 0], pixels[..., 2] = 200, 60
    pixels[..., 1] = np.linspace(0, 255, 40, dtype=np.uint8)
    return Image.fromarray(pixels)


def _mutations(data, rng):
    """Twenty-six ways to spoil a file."""
    yield from (data[: len(data) * part // 10] for part in range(10))
    yield from (data[:size] for size in (1, 4, 13, 40, len(data) - 1))
    for count in (1, 3, 10, 40, 200):
        flipped = bytearray(data)
        for _ in range(count):
            flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        yield bytes(flipped)
    head = bytearray(data)
    for _ in range(6):
        head[rng.randrange(min(len(data), 100))] = rng.choice([0, 127, 128, 255])
    yield bytes(head)
    for start, stop in ((0, 0.1), (0.3, 0.6), (0.5, 1)):
        zeroed = bytearray(data)
        first, last = int(start * len(data)), int(stop * len(data))
        zeroed[first:last] = bytes(last - first)
        yield bytes(zeroed)
    yield data[: len(data) // 3] + data[len(data) // 2 :]
    yield data + data[: len(data) // 2]


@pytest.fixture
def spoiled(tmp_path, face, film, play, tone):
    """Ten whole files, and each spoiled in 26 ways and under a wrong ending; kind and path of each."""
    whole = []
    for ending in ("png", "jpg", "webp"):
        face.save(tmp_path / f"a.{ending}")
        whole.append(("image", tmp_path / f"a.{ending}"))
    face.save(tmp_path / "a.gif", save_all=True, append_images=[face.rotate(90)])
    whole.append(("image", tmp_path / "a.gif"))
    wave = tone(2.0, 440, 16000)[None]
    for name, codec, sound in (("a.mp4", "libx264", "aac"), ("b.mp4", "mpeg4", "aac"), ("a.avi", "mpeg4", "libmp3lame"),
                               ("a.mkv", "libx264", "aac")):  # fmt: skip
        faststart = {"movflags": "faststart"} if name == "b.mp4" else {}
        whole.append(("video", film(tmp_path / name, codec=codec, wave=wave, sound=sound, **faststart)))
    whole.append(("audio", play(tmp_path / "a.wav", wave, 16000)))
    whole.append(("audio", play(tmp_path / "a.mp3", wave, 16000, "libmp3lame")))
    rng, bad = Random(20), []
    for kind, path in whole:
        for number, data in enumerate(_mutations(path.read_bytes(), rng)):
            bad.append((kind, tmp_path / f"{path.stem}_{number}{path.suffix}"))
            bad[-1][1].write_bytes(data)
        other = {"image": "mp4", "video": "png", "audio": "jpg"}[kind]
        bad.append(("video" if kind == "image" else "image", path.with_suffix(f"{path.suffix}.{other}")))
        bad[-1][1].write_bytes(path.read_bytes())
    return whole, bad
