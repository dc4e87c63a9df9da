"""Voices of tones alone, one file each: what a random audio tower is warmed up on."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.media import tones
from affectreason.media.draw_faces import check_splits, claim, people, put
from affectreason.media.face_truth import EMOTIONS
from affectreason.media.scene_film import SECONDS
from affectreason.media.tones import Voice

_PAINTER = 1  # grows with every change of the tones


def draw_voices(
    folder: Path, voices: Mapping[str, int], *, seed: int = 0, progress: Callable[[int, int], None] | None = None
) -> list[Sample]:
    """Make `voices[name]` sounds a split, `voices/<split>/<id>.wav`, and return their samples.

    Seven in a row are one person's with the seven emotions; people of the splits are disjoint. A sound that is there
    already is not made again. `progress(done, total)` is called as sounds are done.
    """
    claim(folder, {"seed": seed, "painter": _PAINTER}, "drawn_voices.json")
    check_splits(set(voices))
    planned = [one for split, count in voices.items() for one in _plan(split, count, seed)]
    for split in voices:
        (folder / "voices" / split).mkdir(parents=True, exist_ok=True)
    for done, (sample, voice) in enumerate(planned, start=1):
        path = folder / sample.media[0].path
        if not path.exists():
            sound = tones.tone(voice, SECONDS)
            put(path, lambda place, sound=sound: tones.write_wav(place, sound))  # type: ignore[misc]
        if progress:
            progress(done, len(planned))
    return [sample for sample, _ in planned]


def _plan(split: str, count: int, seed: int) -> Iterator[tuple[Sample, Voice]]:
    crowd = people(split, seed)
    number = 0
    for k in range(count):
        if k % len(EMOTIONS) == 0:
            number = next(crowd)
        name, emotion = f"{split}_{k:05d}_voice", EMOTIONS[k % len(EMOTIONS)]
        rng = Random(f"{seed}/{name}")
        voice = tones.voice(emotion, rng.random() < 0.5, number, rng)
        sample = Sample(
            id=name,
            media=(Media(kind="audio", path=f"voices/{split}/{name}.wav", role="speaker"),),
            gold=Affect(emotion=emotion),
            attributes={"voice_emotion": emotion, **tones.words_of(voice)},
            labels="ekman7",
            affect="expressed",
            provenance=Provenance(
                dataset="drawn_voices", split=split, subject=f"id{number:012d}", labeller="drawn", licence="Apache-2.0"
            ),
        )
        yield sample, voice
