"""CMU-MOSEI: monologues of 1,000 speakers, a sentiment score from -3 to 3 for each sentence."""

from collections.abc import Iterator
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.published import clips, sentiment, tables
from affectreason.published.about import About

ABOUT = About(
    title="CMU-MOSEI",
    holds="22,856 sentences of YouTube monologues of about 1,000 speakers, sentiment from -3 to 3",
    licence="for research; exact terms not verified",
    gate="open",
    get="github.com/thuiar/MMSA (label.csv and Raw), or MERBench (label.npz, to be converted)",
    paper="Zadeh et al., CMU-MOSEI (ACL 2018)",
    layout=sentiment.LAYOUT.replace("subvideo/", "subvideo_new/"),
    labels=("sentiment3",),
    affect="expressed",
    origin="human",
    counts={"train": 16_326, "val": 1871, "test": 4659, "all": 22_856},
    notes=(
        "neutral is a score of exactly 0; 3,634 of the 4,659 test sentences are not, and papers drop the others",
        "the six emotions of the set are not in these files",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "split": None}


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each sentence; nothing is opened but labels and transcripts."""
    root = tables.root_folder(options["root"])
    split = clips.chosen("split", options["split"], ("train", "val", "test"))
    yield from sentiment.samples(root, ABOUT, "cmu_mosei", split, {"multimodal": "label"}, 3, "english")
