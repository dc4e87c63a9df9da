"""What the sets of the MER challenges have in common: clips by name, what is said in two languages, sets of words."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Affect, Media
from affectreason.errors import InputError
from affectreason.published import clips, tables

SPOKEN = {"english": ("english", "sentence_en", "sentence"), "chinese": ("chinese",)}
"""The columns of each language; `sentence` and `sentence_en` are those of Emotion-LLaMA's files."""
NO_VALENCE = -10.0
WIDEST = 5.0
"""Valence lies in [-5, 5]: the public labels of MER2023 go from -5 to 4.25."""


def transcripts(root: Path, files: Sequence[str], language: object) -> dict[str, str]:
    """What is said in each clip, by name, from the first of these tables that is there; empty with language=none.

    A clip whose cell is empty is left out: nobody wrote down what is said in it. InputError when no table is there.
    """
    wanted = str(clips.chosen("language", language, (*SPOKEN, "none")))
    if wanted == "none":
        return {}
    path = next((root / name for name in files if (root / name).is_file()), None)
    if path is None:
        raise InputError(f"{root} has none of {', '.join(files)}, which say what is spoken; or give language=none")
    columns = tables.header(path)
    column = next((name for name in SPOKEN[wanted] if name in columns), None)
    if column is None:
        raise InputError(f"{path} has no {wanted} column, only {', '.join(columns)}; give another language=, or none")
    return {row["name"]: row[column] for _, row in tables.rows(path, ("name",)) if row[column]}


def media(
    root: Path, name: str, options: dict[str, Any], folders: Sequence[str] = ("video",), where: str = ""
) -> tuple[Media, ...]:
    """The clip in the first of the folders that has it as .mp4 or .avi; its sound and faces too where asked for.

    Faces are uint8 [T, H, W, 3] as OpenCV reads them, blue first, in a folder of the clip's name or beside the others.
    They are named whether they are there or not, so that preparation lists the missing ones.
    """
    paths = [tables.under(root, f"{folder}/{name}{end}", where) for folder in folders for end in (".mp4", ".avi")]
    found = [Media(kind="video", path=str(clips.either(*paths)))]
    if _asked("audio", options):
        found.append(Media(kind="audio", path=str(tables.under(root, f"audio/{name}.wav", where))))
    if _asked("faces", options):
        path = clips.either(*(tables.under(root, f"openface_face/{at}{name}.npy", where) for at in (f"{name}/", "")))
        found.append(Media(kind="frames", path=str(path), role="face", colour="bgr"))
    return tuple(found)


def openset(cell: str, where: str, empty: object) -> Affect:
    """The words of a cell, each with weight 1, as published; an empty cell is not annotated, or `neutral` if asked."""
    found = tables.words(cell, where)
    neutral = clips.chosen("empty", empty, ("none", "neutral")) == "neutral"
    if not found and neutral:
        found = ["neutral"]
    return Affect(emotions=dict.fromkeys(found, 1.0)) if found else Affect()


def score(valence: object, where: str) -> float | None:
    """Valence in its own scale, [-5, 5]; None for nothing and for -10, which say that there is none."""
    if valence in (None, "") or tables.number(str(valence), where, NO_VALENCE, WIDEST) == NO_VALENCE:
        return None
    return tables.number(str(valence), where, -WIDEST, WIDEST)


def basic(word: str, valence: object, where: str) -> Affect:
    """One of the six emotions, and valence as a score."""
    return Affect(emotion=tables.label(word, "mer6", where), score=score(valence, where))


def gold(row: dict[str, str], where: str, empty: object) -> Affect:
    """What a row of a track's table says: one emotion, or a set of words, or nothing where it has neither column."""
    if "discrete" in row:
        return basic(row["discrete"], row.get("valence"), where)
    return openset(row["openset"], where, empty) if "openset" in row else Affect()


def converted(path: Path, split: str) -> Iterator[tuple[str, Affect]]:
    """Names and labels of a split in a `label-6way.json`; InputError for the NPZ file it is to be converted from."""
    for name, row, where in corpus(path, split):
        yield name, basic(str(row["emo"]), row.get("val"), where)


def corpus(path: Path, part: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The rows of `PART_corpus` in a file converted from MERBench's NPZ: name, its fields (`emo`, `val`), and place.

    InputError for the NPZ file itself, and for a file or row of another form.
    """
    take = f"take {path.stem}.npz as published"
    if path.suffix == ".npz":
        tables.read_arrays(path)
        raise InputError(f"{path} holds no dictionaries of labels; {take}")
    whole = tables.read_json(path)
    found = whole.get(f"{part}_corpus") if isinstance(whole, dict) else None
    if not isinstance(found, dict):
        raise InputError(f"{path} has no {part}_corpus; {take} and convert it again")
    for name, row in found.items():
        where = f"{path}, {part}_corpus, {name}"
        if not isinstance(row, dict) or "emo" not in row:
            raise InputError(f"{where}: {str(row)[:40]!r} has no emo; {take}")
        yield name, row, where


def _asked(key: str, options: dict[str, Any]) -> bool:
    return clips.chosen(key, str(options.get(key, False)).lower(), ("true", "false")) == "true"
