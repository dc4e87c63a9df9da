"""RAVDESS: 24 actors say or sing two sentences in eight emotions; everything is in the names of the files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.labels import find
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError
from affectreason.published import clips, tables
from affectreason.published.about import About

ABOUT = About(
    title="RAVDESS",
    holds="24 professional actors, two sentences, eight emotions in two intensities, spoken and sung",
    licence="CC BY-NC-SA 4.0",
    gate="open",
    get="zenodo.org/record/1188976",
    paper="Livingstone and Russo, RAVDESS (PLoS ONE 2018)",
    layout="""\
**/Actor_01/03-01-06-01-02-01-01.wav   in any folders
modality (01 both, 02 video, 03 audio) - channel (01 speech, 02 song) - emotion - intensity - statement - repetition
- actor""",
    labels=("ravdess8",),
    affect="expressed",
    origin="acted",
    counts={"speech:all": 1440, "speech:test": 240, "speech:train": 1200, "song:all": 1012},
    label_counts={
        "speech:all": {"neutral": 96}
        | dict.fromkeys(("calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"), 192)
    },
    notes=(
        "the same take is published with sound, without picture and without sound: choose one by modality=",
        "fold=1 to fold=6 tests actors 1-4, 5-8, ... 21-24, as HiCMAE does; the set itself has no split",
        "neutral has no strong intensity; songs have neither disgust nor surprise, and actor 18 did not sing",
        "actors of odd number are men, of even number women",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "split": None, "protocol": "speech", "modality": "both", "fold": None}
FOLDS, ACTORS = 6, 24
MODALITIES = ("both", "video", "audio")
CHANNELS = ("speech", "song")
SAID = ("Kids are talking by the door", "Dogs are sitting by the door")
NAME = re.compile(r"(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)")


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each file of the modality and channel asked for; no file is opened."""
    root = tables.root_folder(options["root"])
    split, fold = clips.parts(options["split"], options["fold"], FOLDS)
    modality = clips.chosen("modality", options["modality"], MODALITIES)
    channel = clips.chosen("protocol", options["protocol"], CHANNELS)
    for path in tables.files(root, (".mp4", ".wav")):
        match = NAME.fullmatch(path.stem)
        if not match:
            raise InputError(f"{path}: the name is not seven numbers such as 03-01-06-01-02-01-12; move it elsewhere")
        fields = match.groups()
        kinds = tables.by_index(fields[0], MODALITIES, str(path), 1), tables.by_index(fields[1], CHANNELS, str(path), 1)
        if kinds == (modality, channel):
            sample = _sample(path, fields, fold)
            if split in (None, sample.provenance.split):
                yield sample


def _sample(path: Path, fields: tuple[str, ...], fold: str | None) -> Sample:
    _, _, emotion, intensity, statement, repetition, actor = fields
    where = str(path)
    number = int(tables.number(actor, f"{where}, the actor", 1, ACTORS))
    tested = (number - 1) // (ACTORS // FOLDS) + 1
    name = tables.by_index(emotion, find("ravdess8").names, f"{where}, the emotion", 1)
    level = tables.by_index(intensity, ("normal", "strong"), f"{where}, the intensity", 1)
    if (name, level) == ("neutral", "strong"):
        raise InputError(f"{where}: neutral was not recorded in strong intensity (02); was the file renamed?")
    return Sample(
        id=f"ravdess_{path.stem}",
        media=(Media(kind="audio" if path.suffix.lower() == ".wav" else "video", path=where),),
        transcript=tables.by_index(statement, SAID, f"{where}, the statement", 1),
        gold=Affect(emotion=name),
        attributes={
            "intensity": level,
            "repetition": tables.number(repetition, f"{where}, the repetition", 1, 2),
            "gender": "male" if number % 2 else "female",
        },
        group="ravdess_" + path.stem.split("-", 1)[1],
        labels="ravdess8",
        affect=ABOUT.affect,
        provenance=ABOUT.provenance(split=clips.part_of(tested, fold), subject=f"Actor_{number:02d}", fold=str(tested)),
    )
