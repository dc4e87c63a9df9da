"""Voices of tones: what is measured in the sound is what was asked for."""

from itertools import combinations
from random import Random

import numpy as np
import pytest

from affectreason.affect.sample import Media
from affectreason.media import tones
from affectreason.media.audio import read_audio
from affectreason.media.face_truth import EMOTIONS


def syllables(sound):
    """Where the sound is on: the first and one past the last sample of each stretch without silence of 5 ms."""
    loud = np.flatnonzero(np.abs(sound) > 1e-4)
    cuts = np.flatnonzero(np.diff(loud) > 80)
    return list(zip(loud[np.r_[0, cuts + 1]], loud[np.r_[cuts, -1]] + 1, strict=True))


def pitch_at(sound, middle, width=1600):
    """The pitch in Hz round a sample by the highest peak of the autocorrelation between 60 and 600 Hz."""
    part = sound[max(0, middle - width // 2) : middle + width // 2].astype(np.float64)
    found = np.correlate(part, part, "full")[len(part) - 1 :]
    low, high = tones.HERTZ // 600, tones.HERTZ // 60
    return tones.HERTZ / (low + int(np.argmax(found[low:high])))


@pytest.mark.parametrize("emotion", EMOTIONS)
@pytest.mark.parametrize("number", [1, 2])
def test_rate_pitch_slope_and_volume_are_as_said(emotion, number):
    one = tones.voice(emotion, True, number, Random(number))
    sound = tones.tone(one, 2.0)
    assert (len(sound), sound.dtype) == (32000, np.float32)
    on = syllables(sound)
    assert len(on) == int(1.8 * one.rate)
    middles = [(a + b) / 2 / tones.HERTZ for a, b in on]
    assert np.diff(middles).mean() == pytest.approx(1 / one.rate, rel=0.02)
    heights = [12 * np.log2(pitch_at(sound, round(m * tones.HERTZ)) / one.pitch) for m in middles]
    slope, height = np.polyfit(np.array(middles) - 1.0, heights, 1)
    assert slope == pytest.approx(one.slope, abs=0.5)
    assert height == pytest.approx(0.0, abs=0.5)
    sounding = np.concatenate([sound[a:b] for a, b in on])
    assert np.sqrt(np.mean(sounding**2)) == pytest.approx(one.volume, rel=0.05)


def test_the_regions_of_two_emotions_differ_in_slope_or_rate():
    for one, other in combinations(tones.REGIONS.values(), 2):
        apart = one.rate[0] > other.rate[1] or other.rate[0] > one.rate[1]
        assert one.slope != other.slope or apart


def test_loud_voices_are_not_clipped():
    for emotion in ("anger", "happiness", "surprise"):
        for number in range(20):
            sound = tones.tone(tones.voice(emotion, True, number, Random(number)), 2.0)
            assert np.mean(np.abs(sound) >= 1.0) < 0.002


def test_a_person_keeps_pitch_and_timbre():
    voices = [tones.voice(emotion, False, 7, Random(emotion)) for emotion in EMOTIONS]
    assert len({(v.pitch, v.dullness) for v in voices}) == 1


def test_words_for_a_voice():
    quick = tones.Voice(rate=7.0, pitch=120.0, slope=-6.0, volume=0.25, dullness=1.0)
    assert tones.words_of(quick) == {
        "voice_rate": "fast", "voice_pitch": "low", "voice_volume": "loud", "voice_melody": "falling",
    }  # fmt: skip
    still = tones.Voice(rate=2.5, pitch=200.0, slope=0.5, volume=0.03, dullness=1.0)
    assert list(tones.words_of(still).values()) == ["slow", "high", "quiet", "level"]


def test_what_is_written_is_read_back(tmp_path):
    sound = tones.tone(tones.voice("fear", False, 3, Random(0)), 1.5)
    tones.write_wav(tmp_path / "a.wav", sound)
    read = read_audio(Media(kind="audio", path=str(tmp_path / "a.wav")), "a")
    assert len(read) == 24000
    assert np.abs(read - sound).max() < 1 / 32000
