import logging
import subprocess
import sys

import av
import numpy as np
import pytest

from affectreason.affect.sample import Media
from affectreason.errors import InputError
from affectreason.media.audio import read_audio

EXACT = [("a.wav", "pcm_s16le", 44100), ("a.flac", "flac", 44100), ("a.mp3", "libmp3lame", 44100),
         ("a.mkv", "pcm_s16le", 44100), ("a.opus", "libopus", 48000)]  # fmt: skip
PADDED = [("a.m4a", "aac", 44100), ("a.mp4", "aac", 44100), ("b.mkv", "aac", 44100), ("a.avi", "libmp3lame", 44100),
          ("a.ts", "aac", 44100), ("a.aac", "aac", 44100)]  # fmt: skip


def sound(path, kind="audio", **more):
    return Media(kind=kind, path=str(path), **more)


def pitch(wave, hertz=16000):
    """The loudest frequency of a wave."""
    return np.abs(np.fft.rfft(wave * np.hanning(len(wave)))).argmax() * hertz / len(wave)


@pytest.mark.parametrize(("name", "codec", "rate"), EXACT + PADDED)
def test_any_container_gives_the_same_tone(tmp_path, play, tone, name, codec, rate):
    wave = read_audio(sound(play(tmp_path / name, tone(2.0, 440, rate)[None], rate, codec)), "s1")
    assert (wave.dtype, wave.ndim) == (np.float32, 1)
    assert pitch(wave[8000:24000]) == 440
    assert np.abs(wave[8000:24000]).max() == pytest.approx(0.5, abs=0.04)
    if (name, codec, rate) in EXACT:
        assert len(wave) == 32000
    else:  # a codec that writes whole frames pads the end
        assert 32000 <= len(wave) <= 32000 + 2 * 1152


@pytest.mark.parametrize("hertz", [8000, 16000, 22050, 48000])
def test_the_wave_is_the_one_that_was_written(tmp_path, play, tone, hertz):
    path = play(tmp_path / "a.wav", tone()[None])
    wave = read_audio(sound(path), "s1", hertz)
    assert len(wave) == hertz
    assert np.abs(wave - tone(rate=hertz))[200:-200].max() < 1e-4


def test_a_sound_too_short_for_the_rate_is_named(tmp_path, play):
    path = play(tmp_path / "a.wav", np.full((1, 1), 0.5), 48000)
    assert len(read_audio(sound(path), "s1", 48000)) == 1
    with pytest.raises(InputError, match=r"a.wav ends at 0.00 s, before 0 s"):
        read_audio(sound(path), "s1", 16000)


def test_samples_of_the_same_rate_are_kept_bit_for_bit(tmp_path, play):
    values = np.random.default_rng(0).integers(-(2**15), 2**15, 4000).astype(np.float32) / 2**15
    assert np.array_equal(read_audio(sound(play(tmp_path / "a.wav", values[None], 16000)), "s1"), values)


def test_channels_are_mixed_and_never_louder(tmp_path, play):
    flat = np.ones(1600)
    both = play(tmp_path / "both.wav", np.stack([flat * 0.5, flat * -0.25]), 16000)
    assert read_audio(sound(both), "s1")[800] == pytest.approx(0.125, abs=1e-4)
    same = play(tmp_path / "same.wav", np.stack([flat * 0.9] * 2), 16000)
    assert read_audio(sound(same), "s1")[800] == pytest.approx(0.9, abs=1e-4)
    room = play(tmp_path / "room.wav", np.stack([flat * 0.9] * 6), 16000)
    assert read_audio(sound(room), "s1")[800] == pytest.approx(0.9, abs=1e-4)
    middle = play(
        tmp_path / "middle.wav", np.stack([flat * 0, flat * 0, flat * 0.9, flat * 0, flat * 0, flat * 0]), 16000
    )
    assert read_audio(sound(middle), "s1")[800] == pytest.approx(0.264, abs=1e-3)  # the centre, where speech is


@pytest.mark.parametrize(("name", "codec", "rate"), EXACT + PADDED)
@pytest.mark.parametrize(("start", "end"), [(None, 0.5), (0.12345, 0.9), (5.4321, 6.0), (7.5, None), (3.0, 3.0001)])
def test_a_part_is_that_part_of_the_whole(tmp_path, play, name, codec, rate, start, end):
    time = np.arange(8 * rate) / rate
    rising = 0.5 * np.sin(2 * np.pi * (200 + 150 * time) * time)  # no two places are alike
    path = play(tmp_path / name, rising[None], rate, codec)
    whole = read_audio(sound(path), "s1")
    part = read_audio(sound(path, start=start, end=end), "s1")
    first, last = round((start or 0) * 16000), len(whole) if end is None else round(end * 16000)
    assert len(part) == last - first
    tolerance = 0.01 if name in ("a.m4a", "a.mp4") else 1e-5  # AAC draws noise of its own; one sample off is above 0.1
    assert np.abs(part - whole[first:last]).max() < tolerance


def test_an_end_behind_the_end_gives_what_is_there(tmp_path, play, tone):
    path = play(tmp_path / "a.wav", tone()[None])
    assert len(read_audio(sound(path, start=0.75, end=9), "s1")) == 4000


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi"])
def test_the_sound_track_of_a_clip_is_read(tmp_path, film, tone, ending):
    path = film(
        tmp_path / f"a.{ending}", wave=tone(2.0, 500, 16000)[None], sound="libmp3lame" if ending == "avi" else "aac"
    )
    assert pitch(read_audio(sound(path, kind="video"), "s1")[8000:24000]) == 500
    assert len(read_audio(sound(path, kind="audio", start=0.5, end=1.25), "s1")) == 12000


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_track_that_begins_late_stays_beside_its_pictures(tmp_path, film, tone, ending):
    path = film(tmp_path / f"a.{ending}", wave=tone(1.5, 500, 16000)[None], late=0.5)
    wave = read_audio(sound(path), "s1")
    assert np.abs(wave[:6900]).max() == 0  # the encoder begins a frame early
    assert pitch(wave[9600:17600]) == 500
    assert np.array_equal(read_audio(sound(path, start=0.6, end=1.1), "s1"), wave[9600:17600])


def test_what_is_lost_is_silent_and_said(tmp_path, play, tone, caplog):
    path = play(tmp_path / "a.mkv", tone(4.0, 440, 16000)[None], 16000)
    with av.open(str(path)) as whole, av.open(str(tmp_path / "hole.mkv"), "w") as holed:
        stream = holed.add_stream_from_template(whole.streams.audio[0])
        for packet in whole.demux(whole.streams.audio[0]):
            if packet.pts is not None and not 1000 <= packet.pts < 2000:
                packet.stream = stream
                holed.mux(packet)
    before, after = read_audio(sound(path), "s1"), read_audio(sound(tmp_path / "hole.mkv"), "s1")
    assert len(after) == len(before) == 64000
    assert np.abs(after[18000:30000]).max() == 0
    assert np.abs(after[34000:] - before[34000:]).max() < 0.2  # Matroska's clock has steps of a millisecond
    with caplog.at_level(logging.WARNING):
        read_audio(sound(tmp_path / "hole.mkv"), "s1")
    assert "is damaged: 2.98 of 4.00 s can be decoded" in caplog.text


def test_pieces_of_another_rate_in_one_file_are_read(tmp_path, play, tone):
    first = play(tmp_path / "a.mp3", tone(1.0, 440, 44100)[None], 44100, "libmp3lame")
    second = play(tmp_path / "b.mp3", np.stack([tone(1.0, 440, 32000)] * 2), 32000, "libmp3lame")
    both = tmp_path / "both.mp3"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    wave = read_audio(sound(both), "s1")
    assert len(wave) == pytest.approx(32000, abs=4000)
    assert pitch(wave[4000:12000]) == pitch(wave[20000:28000]) == 440


def test_what_cannot_be_read_is_named(tmp_path, play, film, tone):
    path = play(tmp_path / "a.m4a", tone(4.0)[None], codec="aac", movflags="faststart")
    cut = tmp_path / "cut.m4a"
    cut.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 5])
    (tmp_path / "text.wav").write_text("not a sound at all")
    mute = film(tmp_path / "mute.mp4")
    for media, words in (
        (sound(tmp_path / "no.wav"), "sample 's1': no such file: .*no.wav; put the file there"),
        (sound(tmp_path), "cannot be read: this is 'audio', not a file"),
        (sound(path, kind="image"), "this is 'image', not a file of kind 'audio' or 'video'"),
        (
            sound(tmp_path / "text.wav"),
            "text.wav cannot be read: Invalid data found when processing input; fetch it again",
        ),
        (sound(mute), "mute.mp4 cannot be read: the file has no sound track; take the sample out"),
        (sound(cut), r"cut.m4a is damaged: 1\.\d\d of 4.0\d s can be decoded; fetch it again"),
        (sound(path, start=2, end=1), "from 2 s to 1 s is empty; mend `start` and `end`"),
        (sound(path, start=9), r"a.m4a ends at \d\.\d\d s, before 9 s; mend `start`"),
    ):
        with pytest.raises(InputError, match=words):
            read_audio(media, "s1")


def test_a_damaged_end_is_read_as_far_as_it_goes(tmp_path, play, tone, caplog):
    path = play(tmp_path / "a.m4a", tone(4.0)[None], codec="aac", movflags="faststart")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    with caplog.at_level(logging.WARNING):
        wave = read_audio(sound(path), "s1")
    assert 40000 < len(wave) < 56000
    assert pitch(wave[8000:24000]) == 440
    assert "a.m4a is damaged" in caplog.text


def test_no_torch_is_loaded():
    code = "import sys, affectreason.media.audio, affectreason.media.survey; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
