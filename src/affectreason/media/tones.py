"""A voice made of tones: syllables of a harmonic sound whose rate, pitch, slope and volume are known exactly.

It says no words. The prosody of an emotion follows the findings on vocal expression that Juslin and Laukka (2003,
Psychological Bulletin 129) put together: anger fast and loud, fear fast and soft, happiness loud and rising, sadness
slow, soft and falling; that of disgust and surprise is less sure. The regions do not overlap: slope and rate decide.
"""

import wave
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from affectreason.media.audio import HERTZ

START, STOP = 0.1, 0.1  # seconds of silence before the first syllable and after the last
_SOUNDING = 0.7  # of a syllable's time; the rest is silent
_HIGHEST = 4_000.0  # Hz; no harmonic above it


@dataclass(frozen=True)
class Region:
    """The prosody of one emotion: syllables a second, volume (RMS of the syllables, 1 = full scale), way of the pitch.

    `slope` is -1 where the pitch falls, 1 where it rises, 0 where it stays.
    """

    rate: tuple[float, float]
    volume: tuple[float, float]
    slope: int


REGIONS: dict[str, Region] = {
    "anger": Region((6.0, 7.5), (0.20, 0.30), -1),
    "disgust": Region((3.6, 4.6), (0.07, 0.12), -1),
    "fear": Region((6.5, 8.0), (0.02, 0.04), 1),
    "happiness": Region((4.6, 5.6), (0.20, 0.30), 1),
    "neutral": Region((3.6, 5.0), (0.07, 0.12), 0),
    "sadness": Region((2.0, 2.8), (0.02, 0.04), -1),
    "surprise": Region((2.2, 3.2), (0.20, 0.30), 1),
}
FLAT, MILD, STRONG = (0.0, 0.5), (3.0, 4.0), (6.0, 7.0)
"""How steep the pitch moves, in semitones a second: not at all, for a mild emotion, for a strong one."""
PITCHES = (100.0, 240.0)
"""The pitches of the voices of people in the middle of what they say, in Hz."""
_RATES, _VOLUMES, _HEIGHTS = (3.4, 5.8), (0.05, 0.15), (140.0, 190.0)


@dataclass(frozen=True)
class Voice:
    """One utterance: syllables a second, pitch in its middle (Hz), semitones a second, RMS of the syllables.

    `dullness` is how fast the harmonics fall off (amplitude of the n-th is n ** -dullness): the person's timbre.
    """

    rate: float
    pitch: float
    slope: float
    volume: float
    dullness: float


def voice(emotion: str, strong: bool, number: int, rng: Random) -> Voice:
    """Choose the prosody of an emotion for the person of that number, whose pitch and timbre stay the same."""
    own, region = Random(f"affectreason voice {number}"), REGIONS[emotion]
    steep = FLAT if region.slope == 0 else STRONG if strong else MILD
    way = region.slope or rng.choice((-1, 1))
    return Voice(
        rate=round(rng.uniform(*region.rate), 2),
        pitch=round(own.uniform(*PITCHES), 1),
        slope=way * round(rng.uniform(*steep), 2),
        volume=round(rng.uniform(*region.volume), 3),
        dullness=round(own.uniform(0.8, 1.6), 2),
    )


def words_of(one: Voice) -> dict[str, str]:
    """The rate, pitch, volume and melody of a voice in a word each."""
    return {
        "voice_rate": _word(one.rate, _RATES, ("slow", "medium", "fast")),
        "voice_pitch": _word(one.pitch, _HEIGHTS, ("low", "middle", "high")),
        "voice_volume": _word(one.volume, _VOLUMES, ("quiet", "medium", "loud")),
        "voice_melody": _word(one.slope, (-FLAT[1] - 0.01, FLAT[1]), ("falling", "level", "rising")),
    }


def tone(one: Voice, seconds: float) -> NDArray[np.float32]:
    """The sound of an utterance, float32 [seconds * 16,000] in -1..1, as many whole syllables as fit."""
    time = np.arange(round(seconds * HERTZ)) / HERTZ
    octaves = one.slope * (time - seconds / 2) / 12
    pitch = one.pitch * 2.0**octaves
    first = np.exp(2j * np.pi * np.cumsum(pitch) / HERTZ)
    sound, wave_ = np.zeros_like(time), np.ones_like(first)
    for harmonic in range(1, int(_HIGHEST / pitch.max()) + 1):
        wave_ *= first  # its imaginary part is the sine of the harmonic; multiplying is cheaper than another sine
        sound += wave_.imag * harmonic**-one.dullness
    syllables, within = np.divmod((time - START) * one.rate, 1.0)
    whole = int((seconds - START - STOP) * one.rate)
    open_ = (syllables >= 0) & (syllables < whole) & (within < _SOUNDING)
    sound *= np.where(open_, np.sin(np.pi * within / _SOUNDING), 0.0)
    sounding = np.sqrt(np.mean(np.square(sound[open_])))
    return np.clip(sound * (one.volume / sounding), -1.0, 1.0).astype(np.float32)


def write_wav(path: str | Path, sound: NDArray[np.float32]) -> None:
    """Write a sound as 16-bit WAV of one channel, 16,000 samples a second."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(HERTZ)
        file.writeframes(np.round(sound * 32767).astype("<i2").tobytes())


def _word(value: float, ends: tuple[float, float], words: tuple[str, str, str]) -> str:
    return words[0] if value < ends[0] else words[1] if value <= ends[1] else words[2]
