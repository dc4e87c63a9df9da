"""A data set of drawn scenes on disk: a face in motion, the scene round it, a voice of tones, and a subtitle.

What is shown and why it is the right answer: `scene_truth`; the pictures: `scene_film`; the voice: `tones`; what is
asked: `scene_questions`. People of the splits are disjoint, as those of `draw_faces`, and seven scenes in a row are of
one person.
"""

import functools
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.media import scene_film, tones
from affectreason.media.draw_faces import check_splits, claim, people, put
from affectreason.media.face_truth import CORE, EMOTIONS, expression
from affectreason.media.faces import PAINTER, Pose, identity, lit
from affectreason.media.scene_film import ACTIONS, ONSETS, PLACES, SECONDS, Actor, Stage
from affectreason.media.scene_questions import QUESTIONS, Scene, samples
from affectreason.media.scene_truth import kind_of, mute, shown
from affectreason.media.scene_words import PLAIN, SAID
from affectreason.media.tones import Voice

SCENE_PAINTER = 1  # grows with every change of the scenes beyond their faces
_ENDS = {"face": "face.mov", "whole": "whole.mov", "voice": "voice.wav"}


@dataclass(frozen=True)
class _Job:
    """The files of one scene to be made; `place` is their common beginning."""

    place: str
    speaker: Actor
    stage: Stage | None
    voice: Voice | None


def draw_scenes(
    folder: Path,
    scenes: Mapping[str, int],
    *,
    questions: Sequence[str] = ("emotion",),
    size: int = 64,
    seed: int = 0,
    context: bool = True,
    sound: bool = True,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Sample]:
    """Make `scenes[name]` scenes a split in `folder`, and return their samples, one or more a scene.

    Each has `scenes/<split>/<id>-face.mov` (8 frames in 2 s, role face), `-whole.mov` (role context, only with
    `context`), both `size` x `size` pixels, and `-voice.wav` (16 kHz, 2 s; without `sound` nobody is heard, and face or
    words decide). The result depends on the seed and the names of the splits only; a scene that is there already is
    not made again. `progress(done, total)` is called as scenes are done. An unknown kind of question, and a folder that
    holds other scenes, is an InputError.
    """
    for kind in questions or ("",):
        if kind not in QUESTIONS:
            raise InputError(f"drawn scenes answer no question of kind {kind!r}; {nearest(kind, QUESTIONS)}")
    if size < 32 or size % 4:
        raise InputError(f"size={size}: scenes are drawn 32 or more pixels wide, a multiple of 4")
    asked = {"seed": seed, "size": size, "sound": sound, "painter": PAINTER, "scene_painter": SCENE_PAINTER}
    claim(folder, asked, "drawn_scenes.json")
    check_splits(set(scenes))
    made: list[Sample] = []
    jobs: list[_Job] = []
    for split, count in scenes.items():
        (folder / "scenes" / split).mkdir(parents=True, exist_ok=True)
        for scene, job in _plan(split, count, seed, context, sound):
            made += samples(scene, tuple(questions), Random(f"{seed}/{scene.id}/questions"))
            jobs.append(job)
    missing = [job for job in jobs if not all((folder / path).exists() for path in _files(job))]
    there = len(jobs) - len(missing)
    if progress:
        progress(there, len(jobs))
    for done, _ in enumerate(_run(missing, folder, size, workers or os.cpu_count() or 1), start=1):
        if progress:
            progress(there + done, len(jobs))
    return made


def _plan(split: str, count: int, seed: int, context: bool, sound: bool) -> Iterator[tuple[Scene, _Job]]:
    """Decide everything of each scene of a split before any is made."""
    crowd = people(split, seed)
    number = other = 0
    for k in range(count):
        if k % len(EMOTIONS) == 0:
            number, other = next(crowd), next(crowd)
        name = f"{split}_{k:05d}_scene"
        rng = Random(f"{seed}/{name}")
        kind, emotion = kind_of(k)
        evidence = (shown if sound else mute)(kind, emotion, strong=rng.random() < 0.5)
        units = None if evidence.face == "hidden" else _units(evidence.face, evidence.strong, rng)
        onset, two = rng.choice(tuple(ONSETS)), rng.random() < 0.5
        action = rng.choice(ACTIONS) if units is not None else "none"
        said = rng.choice(PLAIN if evidence.words == "neutral" else SAID[evidence.words][evidence.strong])
        place, side = rng.choice(PLACES), rng.choice(("left", "right")) if two else "middle"
        voice = tones.voice(evidence.voice, evidence.strong, number, rng) if sound else None
        speaker = Actor(number, units, _pose(rng), ONSETS[onset], action)
        beside = Actor(other, expression(rng.choice(EMOTIONS), rng), Pose(), ONSETS[rng.choice(tuple(ONSETS))])
        job = _Job(f"scenes/{split}/{name}", speaker, Stage(place, side, beside if two else None), voice)
        job = job if context else _Job(job.place, speaker, None, voice)
        yield (
            Scene(
                id=name, split=split, media=_media(job), number=number, who=identity(number), shown=evidence,
                units=units, voice=voice, said=said, action=action, onset=onset, place=place, side=side,
                people=2 if two else 1,
            ),
            job,
        )  # fmt: skip


def _pose(rng: Random) -> Pose:
    shift = (rng.uniform(-0.02, 0.02), rng.uniform(-0.02, 0.01))
    return Pose(shift, rng.uniform(0.92, 0.98), rng.uniform(-4, 4), rng.uniform(0.85, 1.04))


def _units(emotion: str, strong: bool, rng: Random) -> dict[int, float]:
    """The units of an expression, its core at 2.2 to 3.2 where it is mild and at 4 to 5 where it is strong."""
    found = expression(emotion, rng)
    ends = (4.0, 5.0) if strong else (2.2, 3.2)
    return {unit: round(rng.uniform(*ends), 1) if unit in CORE[emotion] else value for unit, value in found.items()}


def _files(job: _Job) -> list[str]:
    made = {"face": True, "whole": job.stage is not None, "voice": job.voice is not None}
    return [f"{job.place}-{_ENDS[name]}" for name, there in made.items() if there]


def _media(job: _Job) -> tuple[Media, ...]:
    face, *others = (Media(kind="video", path=path, role="context") for path in _files(job))
    if job.voice is not None:
        others[-1] = Media(kind="audio", path=others[-1].path, role="speaker")
    return (face.model_copy(update={"role": "face"}), *others)


def _run(jobs: list[_Job], folder: Path, size: int, workers: int) -> Iterator[None]:
    task = functools.partial(_make, folder=str(folder), size=size)
    if workers == 1 or len(jobs) < 16:  # starting processes takes longer than a few scenes
        yield from map(task, jobs)
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap_unordered(task, jobs, chunksize=8)


def _make(job: _Job, folder: str, size: int) -> None:
    """Make the files of one scene, each under a temporary name until it is whole."""
    place = Path(folder, job.place)
    faces = scene_film.portrait(job.speaker, size)
    put(place.with_name(f"{place.name}-{_ENDS['face']}"), lambda path: scene_film.film(path, faces, size))
    if job.stage is not None:
        wall = lit(identity(job.speaker.number).background, job.speaker.pose.light)
        frames = scene_film.whole(job.stage, faces, wall, size)
        put(place.with_name(f"{place.name}-{_ENDS['whole']}"), lambda path: scene_film.film(path, frames, size))
    if job.voice is not None:
        sound = tones.tone(job.voice, SECONDS)
        put(place.with_name(f"{place.name}-{_ENDS['voice']}"), lambda path: tones.write_wav(path, sound))
