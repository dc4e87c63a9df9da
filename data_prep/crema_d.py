"""CREMA-D: 91 actors say twelve sentences in six emotions; everything is in the names of the files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import clips, tables
from affectreason.published.about import About, LeftOut

BROKEN = ("1076_MTI_NEU_XX", "1076_MTI_SAD_XX", "1064_TIE_SAD_XX", "1064_IEO_DIS_MD")
ABOUT = About(
    title="CREMA-D",
    holds="91 actors of 20 to 74 years, twelve sentences, six emotions in up to three intensities, 7,442 clips",
    licence="Open Database License (ODbL) 1.0",
    gate="open",
    get="github.com/CheyneyComputerScience/CREMA-D (Git LFS)",
    paper="Cao et al., CREMA-D (IEEE Transactions on Affective Computing 2014)",
    layout="VideoFlash/1001_DFA_ANG_XX.flv   AudioWAV/1001_DFA_ANG_XX.wav   or .mp4 in any folder",
    labels=("crema_d6",),
    affect="expressed",
    origin="acted",
    counts={"all": 7442},
    label_counts={"all": {"neutral": 1087} | dict.fromkeys(("anger", "disgust", "fear", "happy", "sad"), 1271)},
    broken={f"crema_d_{name}": "broken as published" for name in BROKEN},
    notes=(
        "papers use 7,437, 7,438 or 7,442 clips: the four broken ones are left out here, which leaves 7,438",
        "fold=1 to fold=5 tests 18, 18, 18, 18 and 19 actors in the order of their numbers, as HiCMAE does",
        "an intensity of XX is none that was asked for, so it is no attribute",
        "the label is the emotion acted; the raters' votes are published in other files, which are not read",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "split": None, "modality": "video", "fold": None}
FOLDS, FIRST, LAST = 5, 1001, 1091
EMOTIONS = {"ANG": "anger", "DIS": "disgust", "FEA": "fear", "HAP": "happy", "NEU": "neutral", "SAD": "sad"}
INTENSITIES = {"LO": "low", "MD": "medium", "HI": "high", "XX": None, "X": None}
SAID = {
    "IEO": "It's eleven o'clock",
    "TIE": "That is exactly what happened",
    "IOM": "I'm on my way to the meeting",
    "IWW": "I wonder what this is about",
    "TAI": "The airplane is almost full",
    "MTI": "Maybe tomorrow it will be cold",
    "IWL": "I would like a new alarm clock",
    "ITH": "I think I have a doctor's appointment",
    "DFA": "Don't forget a jacket",
    "ITS": "I think I've seen this before",
    "TSI": "The surface is slick",
    "WSI": "We'll stop in a couple of minutes",
}
ENDINGS = {"video": (".flv", ".mp4"), "audio": (".wav", ".mp3")}


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each take; a take in two formats is given once, and no file is opened."""
    root = tables.root_folder(options["root"])
    split, fold = clips.parts(options["split"], options["fold"], FOLDS)
    modality = clips.chosen("modality", options["modality"], ENDINGS)
    seen: set[str] = set()
    for path in tables.files(root, ENDINGS[modality or "video"]):
        if path.stem in seen:
            continue
        seen.add(path.stem)
        if path.stem in BROKEN:
            yield LeftOut(f"crema_d_{path.stem}", ABOUT.broken[f"crema_d_{path.stem}"], str(path))
            continue
        sample = _sample(path, fold)
        if split in (None, sample.provenance.split):
            yield sample


def _sample(path: Path, fold: str | None) -> Sample:
    match = re.fullmatch(r"(\d{4})_([A-Z]{3})_([A-Z]{3})_([A-Z]{1,2})", path.stem)
    if not match:
        raise InputError(f"{path}: the name is not written as 1001_DFA_ANG_XX; move it elsewhere")
    actor, sentence, emotion, intensity = match.groups()
    for word, known in ((sentence, SAID), (emotion, EMOTIONS), (intensity, INTENSITIES)):
        if word not in known:
            raise InputError(f"{path}: {word!r} is not one of the set's codes; {nearest(word, known)}")
    number = int(tables.number(actor, f"{path}, the actor", FIRST, LAST))
    tested = min((number - FIRST) // 18 + 1, FOLDS)
    level = INTENSITIES[intensity]
    return Sample(
        id=f"crema_d_{path.stem}",
        media=(Media(kind="audio" if path.suffix.lower() in ENDINGS["audio"] else "video", path=str(path)),),
        transcript=SAID[sentence],
        gold=Affect(emotion=EMOTIONS[emotion]),
        attributes={} if level is None else {"intensity": level},
        labels="crema_d6",
        affect=ABOUT.affect,
        provenance=ABOUT.provenance(split=clips.part_of(tested, fold), subject=actor, fold=str(tested)),
    )
