"""INSETS-462k: statements on the emotion of pictures of EmoSet, made and judged by models; read as MVEI is."""

from collections.abc import Iterator
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.published import scripts, tables
from affectreason.published.about import About, LeftOut

ABOUT = About(
    title="INSETS-462k",
    holds="462,369 statements on the emotion of 17,716 pictures of EmoSet, correct or incorrect as models judged",
    licence="none stated; the pictures are EmoSet's",
    gate="open",
    get="Hugging Face wudq/INSETS-462k; pictures: EmoSet",
    paper="arXiv 2509.21950",
    layout="""
INSETS*.json                     the form of MVEI_metadata.json; give metadata=FILE for another name
images/<image_id>                or images=DIR, for example EmoSet's folder image
""",
    affect="evoked",
    origin="model",
    counts={"train": 462369},
    notes=(
        "Silver labels: models wrote and judged the statements, 90.6 % right by the authors' count; not for testing.",
        "The published file's name and intermediate results are not known here; rows are read as those of MVEI.",
        "Its pictures may be those of MVEI and of EmoSet's test split: check against=FILE before training.",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "metadata": None, "images": None}


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One closed question for each statement; all are of the split train."""
    root = tables.root_folder(options["root"])
    if options["metadata"] is None:
        path = tables.first(root, "INSETS*.json", "*/INSETS*.json")
    else:
        path = tables.under(root, str(options["metadata"]))
    images = path.parent / "images" if options["images"] is None else tables.root_folder(options["images"])
    yield from scripts.load("mvei").statements(path, images, "insets", ABOUT.provenance(split="train"))
