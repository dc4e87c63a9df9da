"""CK+: posed expressions from neutral to their peak; the last frame of a sequence is coded with FACS.

The names of the label files name the peak frame, so no picture is looked for.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.labels import find
from affectreason.affect.sample import ActionUnit, Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import tables
from affectreason.published.about import About, LeftOut

MEDIA = ("peak", "sequence")
ABOUT = About(
    title="CK+",
    holds="593 posed sequences of 123 people, all with FACS units at the peak, 327 with one of 7 emotions",
    licence="non-commercial research, no redistribution; few people may be shown",
    gate="signed form",
    get="jeffcohn.net/resources, Cohn-Kanade",
    paper="Lucey et al., CVPR Workshops 2010",
    layout="""
cohn-kanade-images/S005/001/S005_001_00000001.png ... S005_001_00000011.png
Emotion/S005/001/S005_001_00000011_emotion.txt     "   3.0000000e+00"; an empty folder: not labelled
FACS/S005/001/S005_001_00000011_facs.txt           "   9.0000000e+00   5.0000000e+00", one unit a line
""",
    labels=("ck7",),
    units=(
        1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 23, 24, 25, 26, 27, 28, 29, 31, 34, 38, 39, 43,
    ),
    affect="expressed",
    origin="human",
    counts={"all": 593},
    label_counts={
        "all": {"anger": 45, "contempt": 18, "disgust": 59, "fear": 25, "happy": 69, "sadness": 28, "surprise": 83},
    },
    notes=(
        "An intensity of 0 says that the unit is there and its intensity is not known; it becomes presence alone.",
        "Units that a file does not name were looked for and not seen.",
        "There is no official split: papers make folds by subject, which each sample carries.",
        "Neutral is the first frame of a sequence; it is not labelled and not taken for a label here.",
        "Emotions are numbered 1 anger, 2 contempt, 3 disgust, 4 fear, 5 happy, 6 sadness, 7 surprise.",
    ),
)  # fmt: skip
OPTIONS: dict[str, Any] = {"root": ..., "media": "peak"}


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each sequence: its peak frame, or with media=sequence the folder of its frames."""
    root, media = tables.root_folder(options["root"]), options["media"]
    if media not in MEDIA:
        raise InputError(f"media={media}: {nearest(str(media), MEDIA)}")
    images = tables.first(root, "cohn-kanade-images", "*/cohn-kanade-images")
    facs = _files(tables.first(root, "FACS", "FACS_labels/FACS", "*/FACS"))
    emotions = _files(tables.first(root, "Emotion", "Emotion_labels/Emotion", "*/Emotion"))
    for key in sorted(facs | emotions):
        subject, take, _ = key.split("_")
        folder = images / subject / take
        path = folder if media == "sequence" else folder / f"{key}.png"
        yield Sample(
            id=f"ck_plus_{key}",
            media=(Media(kind="frames" if media == "sequence" else "image", path=str(path), role="face"),),
            gold=Affect(
                emotion=_emotion(emotions[key]) if key in emotions else None,
                aus=_units(facs[key]) if key in facs else None,
            ),
            labels="ck7",
            affect="expressed",
            provenance=ABOUT.provenance(subject=subject),
        )


def _files(folder: Path) -> dict[str, Path]:
    """The label files by the name of the frame they label, `S005_001_00000011`."""
    found = {}
    for path in tables.files(folder, (".txt",)):
        key = path.stem.rpartition("_")[0]
        if len(key.split("_")) != 3:
            raise InputError(f"{path} is not named as S005_001_00000011_{path.parents[2].name.lower()}.txt")
        found[key] = path
    return found


def _emotion(path: Path) -> str:
    rows = list(tables.lines(path, may_be_empty=True))
    if len(rows) != 1:
        raise InputError(f"{path} has {len(rows)} lines and not one number from 1 (anger) to 7 (surprise)")
    line, (number, *_) = rows[0]
    return tables.by_index(number, find("ck7").names, f"{path}:{line}", start=1)


def _units(path: Path) -> tuple[ActionUnit, ...]:
    """The units that are present; an empty file says that there are none."""
    found: dict[int, float] = {}
    for line, (unit, level, *_) in tables.lines(path, least=2, may_be_empty=True):
        where = f"{path}:{line}"
        number = tables.number(unit, where, 1, 99)
        if number != int(number) or int(number) in found:
            raise InputError(f"{where}: {unit!r} is not the number of one more unit; take the file as published")
        found[int(number)] = tables.number(level, where, 0, 5)
    return tuple(ActionUnit(number=number, intensity=level or None) for number, level in found.items())
