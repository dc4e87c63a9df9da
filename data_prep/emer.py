"""EMER: clips of MER2023 and a text of the clues for what is felt in them; protocol=v1 is 100 clips, v2 is 332."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Affect, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import clips, mer, tables
from affectreason.published.about import About

ABOUT = About(
    title="EMER",
    holds="explanations of emotion: 100 clips written by people (v1), 332 by GPT-4V and people (v2)",
    licence="research only (the clips are MER2023's)",
    gate="tables open, clips by signed form",
    get="tables: the AffectGPT repository, EMER/; clips: see mer2023",
    paper="Lian et al., Explainable Multimodal Emotion Recognition (arXiv 2306.15401)",
    layout="""\
dataset-v1/gt-eng.csv, gt-chi.csv        names,emotions,subtitles,reasons
dataset-v2/final-EMER-reason.csv         name,chinese,english
video/sample_00000648.mp4 or .avi        MER2023's clips""",
    labels=("mer6",),
    affect="expressed",
    origin="human+model",
    counts={"v1:all": 100, "v2:all": 332},
    label_counts={"v1:all": {"angry": 36, "happy": 32, "worried": 17, "sad": 11, "surprise": 4}},
    notes=(
        "v1 has no neutral clip, and 7 of its 100 clips have no subtitle",
        "v1's columns are named in the plural; its Chinese table names the emotions in Chinese",
        "v2 gives texts alone; its sets of words are ov_merd, and later papers call it OV-MERD",
        "v1 and OV-MERD share only 39 clips, so scores on EMER from two papers may be of different tests",
    ),
)
OPTIONS: dict[str, Any] = {
    "root": ..., "protocol": "v2", "language": "english", "audio": False, "faces": False,
}  # fmt: skip
CHINESE = {"生气": "angry", "高兴": "happy", "担忧": "worried", "悲伤": "sad", "惊讶": "surprise"}


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each clip; nothing is opened but the tables."""
    root = tables.root_folder(options["root"])
    language = str(clips.chosen("language", options["language"], ("english", "chinese")))
    protocol = str(clips.chosen("protocol", options["protocol"], ("v1", "v2")))
    yield from (_first if protocol == "v1" else _second)(root, language, options)


def _first(root: Path, language: str, options: dict[str, Any]) -> Iterator[Sample]:
    path = tables.first(root, *(f"{folder}gt-{language[:3]}.csv" for folder in ("dataset-v1/", "")))
    for line, row in tables.rows(path, ("names", "emotions", "subtitles", "reasons")):
        where = f"{path}:{line}"
        yield Sample(
            id=f"emer_v1_{row['names']}",
            media=mer.media(root, row["names"], options, where=where),
            transcript=row["subtitles"] or None,
            gold=Affect(emotion=_emotion(row["emotions"], language, where)),
            reasoning=row["reasons"] or None,
            labels="mer6",
            affect=ABOUT.affect,
            provenance=ABOUT.provenance(origin="human"),
        )


def _second(root: Path, language: str, options: dict[str, Any]) -> Iterator[Sample]:
    path = tables.first(root, *(f"{folder}final-EMER-reason.csv" for folder in ("dataset-v2/", "")))
    for line, row in tables.rows(path, ("name", "chinese", "english")):
        yield Sample(
            id=f"emer_v2_{row['name']}",
            media=mer.media(root, row["name"], options, where=f"{path}:{line}"),
            reasoning=row[language] or None,
            affect=ABOUT.affect,
            provenance=ABOUT.provenance(),
        )


def _emotion(word: str, language: str, where: str) -> str:
    if language == "english":
        return tables.label(word, "mer6", where)
    if word not in CHINESE:
        raise InputError(f"{where}: the label {word!r} is not one of the table's five; {nearest(word, CHINESE)}")
    return CHINESE[word]
