"""Files of which the end is missing are told, and intact ones are not."""

import logging
import re
from fractions import Fraction

import av
import numpy as np
import pytest

from affectreason.affect.sample import Media
from affectreason.errors import InputError
from affectreason.media.audio import read_audio
from affectreason.media.examine import examine
from affectreason.media.file_ends import missing_bytes

FORMS = {
    "a.mkv": ("libx264", "aac", {}),
    "a.webm": ("libvpx", "libopus", {}),
    "a.flv": ("flv", "aac", {}),
    "a.avi": ("mpeg4", "libmp3lame", {}),
    "pcm.avi": ("mpeg4", "pcm_s16le", {}),
    "a.mp4": ("libx264", "aac", {"movflags": "faststart"}),
    "parts.mp4": ("libx264", "aac", {"movflags": "frag_keyframe"}),
    "live.mp4": ("libx264", "aac", {"movflags": "frag_keyframe+empty_moov"}),
    "a.mov": ("mpeg4", "aac", {}),
}
NO_SECONDS = ("parts.mp4", "live.mp4")
"""Of an MP4 in fragments nothing says how long it was: only that its last fragment is not whole."""


def clip(path, codec, sound, options):
    """Eight seconds of noise, so that bytes are as seconds, beside eight of a tone, in turn as a camera writes them."""
    rng, packets = np.random.default_rng(0), []
    with av.open(str(path), "w", options=options) as container:
        video = container.add_stream(codec, rate=10)
        video.width, video.height, video.pix_fmt, video.gop_size = 48, 32, "yuv420p", 5
        hertz = {"libopus": 48000}.get(sound, 44100 if codec == "flv" else 16000)
        track = container.add_stream(sound, rate=hertz, layout="mono")
        for number in range(80):
            frame = av.VideoFrame.from_ndarray(rng.integers(0, 255, (32, 48, 3), np.uint8), "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            packets += video.encode(frame.reformat(format="yuv420p"))
        track.codec_context.open(strict=False)
        size = track.codec_context.frame_size or 1024
        wave = (0.5 * np.sin(np.arange(8 * hertz) / 9)).astype(np.float32)[None]
        frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
        frame.sample_rate = hertz
        form = av.AudioResampler(track.codec_context.format.name, "mono", hertz, size)
        for number, part in enumerate([*form.resample(frame), *form.resample(None)]):
            part.pts, part.time_base = number * size, Fraction(1, hertz)
            packets += track.encode(part)
        packets = [packet for packet in (*packets, *video.encode(), *track.encode()) if packet.dts is not None]
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            container.mux(packet)
    return path


def heard(path, caplog):
    """What `read_audio` says of a file: the error, the warning, or nothing."""
    caplog.clear()
    try:
        with caplog.at_level(logging.WARNING):
            read_audio(Media(kind="audio", path=str(path)), "s1")
    except InputError as error:
        return str(error)
    return caplog.text


@pytest.mark.parametrize("name", FORMS)
def test_a_clip_with_sound_that_is_cut_is_told(tmp_path, name, caplog):
    path = clip(tmp_path / name, *FORMS[name])
    for kind in ("video", "audio"):
        assert (examine(kind, str(path)).problem, examine(kind, str(path)).warnings) == (None, ())
    assert heard(path, caplog) == ""
    assert missing_bytes(path)[0] == 0
    whole = path.read_bytes()
    for part in (0.9, 0.7, 0.3):
        path.write_bytes(whole[: int(len(whole) * part)])
        for kind in ("video", "audio"):
            found = examine(kind, str(path))
            assert found.problem or found.warnings[0].startswith(("the last", "cut short"))
            if part == 0.3 and name not in NO_SECONDS:
                assert found.problem.startswith(("is damaged: ", "cannot be read: "))
            elif part == 0.7 and name not in (*NO_SECONDS, "a.mov"):
                lost = float(found.warnings[0].removeprefix("the last ").split()[0])
                assert lost == pytest.approx(2.4, abs=0.35)
        assert re.search("is damaged|is cut short|cannot be read", heard(path, caplog))


def test_a_cut_clip_says_how_much(tmp_path, caplog):
    path = clip(tmp_path / "a.avi", *FORMS["a.avi"])
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 10])
    problem = examine("video", str(path)).problem
    assert re.fullmatch(r"is damaged: 1\.[234] of 8\.1 s can be decoded; fetch it again", problem)
    assert re.search(r"a.avi is damaged: 1\.[234]\d of 8\.10 s can be decoded; fetch it again", heard(path, caplog))
    path = clip(tmp_path / "a.webm", *FORMS["a.webm"])
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 7 // 10])
    assert examine("video", str(path)).warnings == ("the last 2.4 s cannot be decoded",)
    assert re.search(r"a.webm is damaged: 5\.[56]\d of 8\.01 s can be decoded", heard(path, caplog))


def test_a_sound_that_ends_before_its_pictures_is_whole(tmp_path, film, tone, caplog):
    for name, codec, sound in (("a.flv", "flv", "pcm_s16le"), ("a.mkv", "libx264", "aac"), ("a.avi", "mpeg4", "aac")):
        path = film(tmp_path / name, frames=60, codec=codec, wave=tone(1.5, 440, 16000)[None], sound=sound)
        for kind in ("video", "audio"):
            assert (examine(kind, str(path)).problem, examine(kind, str(path)).warnings) == (None, ())
        assert heard(path, caplog) == ""


def test_a_length_that_is_only_guessed_promises_nothing(tmp_path, play, tone, caplog):
    clip(tmp_path / "a.mkv", "mpeg4", "pcm_s16le", {"live": "1"})  # who streams does not know when it will end
    play(tmp_path / "b.mkv", tone(8.0, 440, 16000)[None], 16000, live="1")
    with av.open(str(tmp_path / "a.mkv")) as container:
        assert container.duration > 8.5e6  # what FFmpeg guesses
    for path in (tmp_path / "a.mkv", tmp_path / "b.mkv"):
        for kind in ("video", "audio") if path.stem == "a" else ("audio",):
            assert (examine(kind, str(path)).problem, examine(kind, str(path)).warnings) == (None, ())
        assert heard(path, caplog) == ""


def test_a_sound_lost_behind_its_pictures_is_told(tmp_path, film, tone):
    path = film(tmp_path / "a.mp4", wave=tone(2.0, 440, 16000)[None], frames=20, size=(32, 32), movflags="faststart")
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(audio=0) if packet.size]
    for at, size in places[len(places) // 2 :]:
        data[at : at + size] = b"\xff" * size
    path.write_bytes(data)
    found = examine("video", str(path))
    assert (found.problem, found.frames) == (None, 20)
    assert found.warnings[0] == "1.0 s of the sound cannot be decoded"


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp3", "libmp3lame"), ("a.opus", "libopus"), ("a.ogg", "flac"), ("a.flac", "flac"), ("a.m4a", "aac"),
     ("a.wav", "pcm_s16le")],
)  # fmt: skip
def test_a_sound_that_is_cut_is_told(tmp_path, play, tone, name, codec, caplog):
    path = play(tmp_path / name, tone(4.0, 440, 48000)[None], 48000, codec)
    assert (examine("audio", str(path)).problem, examine("audio", str(path)).warnings) == (None, ())
    assert (missing_bytes(path)[0], heard(path, caplog)) == (0, "")
    whole = path.read_bytes()
    for part in (0.9, 0.7, 0.3):
        path.write_bytes(whole[: int(len(whole) * part)])
        found = examine("audio", str(path))
        assert found.problem or found.warnings[0].startswith(("the last", "cut short"))
        assert re.search("is damaged|is cut short|cannot be read", heard(path, caplog))


def riff(size, told):
    return b"RIFF" + told.to_bytes(4, "little") + b"WAVE" + bytes(size - 12)


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        (riff(100, 92), 0),
        (riff(100, 100), 0),  # a writer that counts the eight bytes before the size
        (riff(100, 192), 100),
        (riff(100, 2**32 - 1), 0),  # into a pipe
        (riff(100, 0x7FFFF000), 0),  # into a pipe, by another program
        (b"\0\0\0\x10ftyp" + bytes(8) + b"\0\0\0\x20mdat" + bytes(20), 4),
        (b"\0\0\0\x10ftyp" + bytes(8) + b"\0\0\0\0mdat" + bytes(20), 0),  # up to the end
        (b"\0\0\0\x10ftyp" + bytes(8) + b"\0\0\0\x01mdat" + (100).to_bytes(8, "big"), 84),
        (b"\0\0\0\x10ftyp" + bytes(8) + bytes(40), 0),  # zeros behind the last box
        (b"\x1aE\xdf\xa3\x81\0\x18S\x80g\x8a" + bytes(4), 6),
        (b"\x1aE\xdf\xa3\x81\0\x18S\x80g\xff" + bytes(4), 0),  # live: its writer did not know
        (b"\x1aE\xdf\xa3\x81\0\x18S\x80g\x01" + (70).to_bytes(7, "big") + bytes(4), 66),
        (b"OggS\0\x04" + bytes(20) + b"\x01\x05" + bytes(5), 0),
        (b"OggS\0\x04" + bytes(20) + b"\x01\x05" + bytes(2), 3),
        (b"OggS\0\0" + bytes(20) + b"\x01\x05" + bytes(5), 28),  # not marked as the last page
        (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x02IDAT" + bytes(6) + b"\0\0\0\0IEND" + bytes(4) + b"more", 0),
        (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x02IDAT" + bytes(6), 12),
        (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x02IDAT" + bytes(3), 15),
        (b"ID3\4\0\0\0\0\0\3abc\xff\xfb" + bytes(34) + b"Info\0\0\0\3" + bytes(7) + b"\x64" + bytes(20), 28),
        (b"\xff\xfb" + bytes(34) + b"Xing\0\0\0\1" + bytes(24), 0),  # it counts frames alone
        (b"\xff\xfb" + bytes(40), 0),
        (b"plain words", 0),
        (b"", 0),
    ],
)  # fmt: skip
def test_missing_bytes_are_counted_by_the_format(tmp_path, data, missing):
    (tmp_path / "a").write_bytes(data)
    assert missing_bytes(tmp_path / "a")[0] == missing
    for size in range(len(data)):  # a head that is cut is no error
        (tmp_path / "a").write_bytes(data[:size])
        missing_bytes(tmp_path / "a")
