"""DFEW: clips of films, seven emotions by number, five folds.

The lists name clips by number, the files have five digits; a folder of frames may stand for a clip.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from affectreason.affect.labels import find
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.published import clips, tables
from affectreason.published.about import About

ABOUT = About(
    title="DFEW",
    holds="16,372 clips of films, ten raters each; 11,697 of them with one of seven emotions are in the lists",
    licence="research only",
    gate="signed form",
    get="dfew-dataset.github.io: the agreement is signed by a member of staff and sent by e-mail",
    paper="Jiang et al., DFEW (ACM MM 2020)",
    layout="""\
EmoLabel_DataSplit/{train,test}(single-labeled)/set_{1..5}.csv   video_name,label
Clip/original/00001.mp4 ...    or videos/, or folders of frames: Clip/clip_224x224/00001/""",
    labels=("dfew7",),
    affect="expressed",
    origin="human",
    counts={"all": 11_697},
    notes=(
        "labels are numbers from 1: happy, sad, neutral, angry, surprise, disgust, fear",
        "every clip is tested in one of the five folds; each fold tests about 2,341 clips",
        "the films are not published in the lists, so films that straddle folds cannot be seen",
        "the ten raters' votes are in annotation.xlsx, which is not read",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "split": None, "fold": None, "clips": None}
FOLDS = 5
USUAL = ("Clip/original", "videos", "Clip/clip_224x224", "Clip/clip_224x224_16f", "Clip")


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each clip of the lists; nothing is opened but the lists."""
    root = tables.root_folder(options["root"])
    split, fold = clips.parts(options["split"], options["fold"], FOLDS)
    folder = clips.folder(root, options["clips"], *USUAL)
    for row, part, tested in clips.of_folds(partial(_list, root), FOLDS, split, fold):
        path = _clip(folder, row.clip)
        yield Sample(
            id=f"dfew_{row.clip}",
            media=(Media(kind="frames" if path.is_dir() else "video", path=str(path)),),
            gold=Affect(emotion=tables.by_index(row.label, find("dfew7").names, row.where, start=1)),
            labels="dfew7",
            affect=ABOUT.affect,
            provenance=ABOUT.provenance(split=part, fold=tested),
        )


def _list(root: Path, fold: int, part: str) -> Iterator[clips.Listed]:
    """One list; InputError for a missing file, column or name that is no number."""
    path = tables.first(root, f"EmoLabel_DataSplit/{part}(single-labeled)/set_{fold}.csv")
    for line, row in tables.rows(path, ("video_name", "label")):
        where = f"{path}:{line}"
        number = int(tables.number(row["video_name"].removesuffix(".mp4"), where, 1, 99_999))
        yield clips.Listed(f"{number:05d}", row["label"], where)


def _clip(folder: Path, name: str) -> Path:
    return clips.either(folder / f"{name}.mp4", folder / name, folder / f"{int(name)}.mp4", folder / f"{name}.avi")
