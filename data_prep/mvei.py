"""MVEI: statements on the emotion of pictures of EmoSet, judged correct or incorrect by people."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect import jsonl
from affectreason.affect.sample import Media, Provenance, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import tables
from affectreason.published.about import About, LeftOut

CHOICES = ("correct", "incorrect")
ASK = "Is this statement about the emotion of the picture correct or incorrect?\n{}"
ABOUT = About(
    title="MVEI",
    holds="3,086 pictures of EmoSet, each with a statement on its emotion that is correct or incorrect",
    licence="none stated; the pictures are EmoSet's",
    gate="open",
    get="Hugging Face wudq/MVEI",
    paper="arXiv 2509.21950",
    layout="""
MVEI_metadata.json     [{image_id, ov_emotion: [...], statement_list: [{statement, label, class, subclass}]}, ...]
images/contentment/contentment_14236.jpg
""",
    affect="evoked",
    origin="human+model",
    counts={"test": 3086},
    notes=(
        "It is made to test: every sample is of the split test, and its pictures are EmoSet's.",
        "54.1 % are correct: report the share answered so beside the accuracy.",
        "Emotions are words of an open vocabulary; class and subclass of a statement are attributes.",
    ),
)
OPTIONS: dict[str, Any] = {"root": ...}


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One closed question for each statement; statements on one picture are of one group."""
    root = tables.root_folder(options["root"])
    path = tables.first(root, "MVEI_metadata.json", "MVEI/MVEI_metadata.json")
    yield from statements(path, path.parent / "images", "mvei", ABOUT.provenance(split="test"))


def statements(path: Path, images: Path, name: str, provenance: Provenance) -> Iterator[Sample]:
    """The statements of a metadata file of this form; ids begin with `name`."""
    for line, row in jsonl.rows(path):
        try:
            found = list(_of_picture(row, images, name, provenance))
        except InputError as error:
            raise InputError(f"{path}:{line}: {error}") from error
        yield from found


def _of_picture(row: dict[str, Any], images: Path, name: str, provenance: Provenance) -> Iterator[Sample]:
    _has(row, "image_id", "statement_list")
    image = str(row["image_id"])
    media = (Media(kind="image", path=str(tables.under(images, image))),)
    key = f"{name}_{Path(image).with_suffix('')}"
    for part in ("ov_emotion", "statement_list"):
        if not isinstance(row.get(part) or [], list):
            raise InputError(f"{image}: {part} is {str(row[part])[:40]!r}, not a list; take the file as published")
    words = tuple(map(str, row.get("ov_emotion") or ()))
    for number, said in enumerate(row["statement_list"] or [], start=1):
        if not isinstance(said, dict):
            raise InputError(f"{image}: statement {number} is {str(said)[:40]!r}, not an object; take it as published")
        _has(said, "statement", "label")
        answer = str(said["label"]).strip().lower()
        if answer not in CHOICES:
            raise InputError(f"{image}: the label {said['label']!r} is neither correct nor incorrect")
        known: dict[str, str | float | tuple[str, ...]] = {"emotions": words} if words else {}
        known |= {part: str(said[part]) for part in ("class", "subclass") if said.get(part)}
        yield Sample(
            id=f"{key}_{number}",
            media=media,
            question=ASK.format(str(said["statement"]).strip()),
            choices=CHOICES,
            answer=answer,
            task="statement",
            group=key,
            attributes=known,
            affect="evoked",
            provenance=provenance,
        )


def _has(row: dict[str, Any], *keys: str) -> None:
    missing = next((key for key in keys if key not in row), None)
    if missing:
        raise InputError(f"no {missing!r}; {nearest(missing, row)}")
