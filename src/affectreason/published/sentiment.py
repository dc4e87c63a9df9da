"""Corpora of sentiment scores: a label table with a folder of clips, or arrays converted to JSON with transcripts.

Both hold the same samples. The table is what MMSA publishes (`video_id`, `clip_id`, `text`, `label`, `mode`), the JSON
what MERBench does (`train_corpus`, `val_corpus`, `test_corpus`: name -> emo, val), pickled until it is converted.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError
from affectreason.published import clips, tables
from affectreason.published.about import About

SPLITS = {"train": "train", "valid": "val", "val": "val", "test": "test"}
TABLES = ("label.csv", "meta.csv")
CONVERTED = ("label.json", "label.npz")
TRANSCRIPTS = "transcription-engchi-polish.csv"
LAYOUT = """\
label.csv (or meta.csv): video_id,clip_id,text,label,...,mode   Raw/VIDEO_ID/CLIP_ID.mp4
or label.json (from label.npz by `affectreason convert`), transcription-engchi-polish.csv, subvideo/NAME.mp4"""


class Row(NamedTuple):
    """One clip: its name and video, what is said, its scores by view, its split as written and its file."""

    name: str
    video: str
    text: str | None
    scores: dict[str, str]
    split: str
    clip: Path
    where: str


def samples(root: Path, about: About, name: str, split: str | None, views: dict[str, str], limit: float,
            language: str, view: str = "multimodal") -> Iterator[Sample]:  # fmt: skip
    """One sample for each clip: the score of `view` in [-limit, limit], and the sentiment that its sign names.

    `views` are the columns of scores by the view they were given for; those that are there become attributes.
    """
    read = _table if any((root / file).is_file() for file in TABLES) else _converted
    for row in read(root, views, language):
        if row.split not in SPLITS:
            known = ", ".join(SPLITS)
            raise InputError(f"{row.where}: {row.split!r} is no split ({known}); correct the column 'mode'")
        if split in (None, SPLITS[row.split]):
            yield _sample(row, about, name, limit, view, several=len(views) > 1)


def _sample(row: Row, about: About, name: str, limit: float, view: str, several: bool) -> Sample:
    scores = {one: tables.number(cell, row.where, -limit, limit) for one, cell in row.scores.items() if cell}
    score = scores.get(view)
    return Sample(
        id=f"{name}_{row.name}",
        media=(Media(kind="video", path=str(row.clip)),),
        transcript=row.text,
        gold=Affect() if score is None else Affect(score=score, sentiment=sign(score)),
        attributes={f"score_{one}": value for one, value in scores.items()} if several else {},
        labels="sentiment3",
        affect=about.affect,
        provenance=about.provenance(split=SPLITS[row.split], film=row.video),
    )


def sign(score: float) -> str:
    """The sentiment of a score: neutral is exactly 0."""
    return "positive" if score > 0 else "negative" if score < 0 else "neutral"


def _table(root: Path, views: dict[str, str], language: str) -> Iterator[Row]:
    path = tables.first(root, *TABLES)
    raw = clips.folder(root, None, "Raw", "raw", "video")
    for line, cells in tables.rows(path, ("video_id", "clip_id", "text", "mode", *views.values())):
        where, video, clip = f"{path}:{line}", cells["video_id"], cells["clip_id"]
        names = [tables.under(raw, f"{video}/{number}.mp4", where) for number in (clip, clip.zfill(4), clip.zfill(5))]
        scores = {view: cells[column] for view, column in views.items()}
        yield Row(f"{video}_{clip}", video, cells["text"] or None, scores, cells["mode"], clips.either(*names), where)


def _converted(root: Path, views: dict[str, str], language: str) -> Iterator[Row]:
    path = tables.first(root, *CONVERTED, *TABLES)
    if path.suffix == ".npz":
        raise InputError(
            f"{path} holds pickled Python objects, which can run code when loaded, so it was not; convert it once: "
            f"affectreason convert npz={path} out={path.with_suffix('.json')}"
        )
    said = _transcripts(root, language)
    folder = clips.folder(root, None, "subvideo_new", "video_new", "subvideo", "video")
    for split, corpus in corpora(path).items():
        for name, cells in corpus.items():
            where = f"{path}, {name}"
            if not isinstance(cells, dict) or "val" not in cells:
                raise InputError(f"{where}: {str(cells)[:60]} has no score 'val'; was label.npz converted whole?")
            clip = clips.either(*(tables.under(folder, name + ending, where) for ending in (".mp4", ".avi")))
            scores = {"multimodal": str(cells["val"])}
            yield Row(name, name.rpartition("_")[0] or name, said.get(name), scores, split, clip, where)


def corpora(path: Path) -> dict[str, dict[str, Any]]:
    """The corpora of a converted file by split, in the order train, val, test; InputError when it has none."""
    data = tables.read_json(path)
    names = [f"{split}_corpus" for split in ("train", "val", "test")]
    found = {name.removesuffix("_corpus"): data[name] for name in names if isinstance(data, dict) and name in data}
    if not found or not all(isinstance(corpus, dict) for corpus in found.values()):
        raise InputError(f"{path} has no objects train_corpus, val_corpus, test_corpus; was label.npz converted whole?")
    return found


def _transcripts(root: Path, language: str) -> dict[str, str]:
    """What is said in each clip, empty when no transcripts lie there."""
    path = root / TRANSCRIPTS
    if not path.is_file():
        return {}
    return {row["name"]: row[language] for _, row in tables.rows(path, ("name", language)) if row[language]}


def check_view(root: Path, view: str, views: Sequence[str]) -> str:
    """The label_view= asked for; InputError when it is unknown, or the corpus at root has only the joint scores."""
    clips.chosen("label_view", view, views)
    if view != "multimodal" and not any((root / file).is_file() for file in TABLES):
        raise InputError(f"label_view={view}: the converted file has only multimodal scores; put label.csv into {root}")
    return view
