"""POPE: is an object in the picture? Yes-or-no questions that show how often a model sees what is not there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect import jsonl
from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import tables
from affectreason.published.about import About, LeftOut

CHOICES = ("yes", "no")
ABOUT = About(
    title="POPE",
    holds="yes-or-no questions on objects that are, or are not, in a picture",
    licence="not known here; pictures: COCO's, Flickr's terms",
    gate="open",
    get="the authors' repository; pictures: COCO 2014",
    layout="""
coco_pope_random.json              JSON lines {question_id, image, text, label}; file= is one such file
val2014/COCO_val2014_....jpg       images=DIR is the folder the names of pictures start from, root= by default
""",
    origin="human",
    notes=(
        "Any file of this form is read, also your own; its name is the task, so that ways of asking stay apart.",
        "A model that always says yes is right in half of a balanced file: read the share of yes beside the accuracy.",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "file": None, "images": None, "split": "test"}


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One closed question for each line of each file."""
    root = tables.root_folder(options["root"])
    images = root if options["images"] is None else tables.root_folder(options["images"])
    if options["file"] is not None:
        files = [tables.under(root, str(options["file"]))]
    else:
        first = tables.first(root, "*pope*.json*")
        files = sorted(first.parent.glob("*pope*.json*"))
    for path in files:
        for line, row in jsonl.rows(path):
            yield _sample(row, path, f"{path}:{line}", images, str(options["split"]))


def _sample(row: dict[str, Any], path: Path, where: str, images: Path, split: str) -> Sample:
    missing = next((key for key in ("question_id", "image", "text", "label") if key not in row), None)
    if missing:
        raise InputError(f"{where}: no {missing!r}; {nearest(missing, row)}")
    answer = str(row["label"]).strip().lower()
    if answer not in CHOICES:
        raise InputError(f"{where}: the label {row['label']!r} is neither yes nor no")
    return Sample(
        id=f"{path.stem}_{row['question_id']}",
        media=(Media(kind="image", path=str(tables.under(images, str(row["image"]), where))),),
        question=str(row["text"]),
        choices=CHOICES,
        answer=answer,
        task=path.stem,
        group=f"pope_{row['image']}",
        provenance=ABOUT.provenance(split=split),
    )
