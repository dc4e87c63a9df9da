"""CMU-MOSI: opinions on films in 93 videos, a sentiment score from -3 to 3 for each sentence."""

from collections.abc import Iterator
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.published import clips, sentiment, tables
from affectreason.published.about import About

ABOUT = About(
    title="CMU-MOSI",
    holds="2,199 sentences of 93 opinion videos of one speaker each, sentiment from -3 to 3, five raters",
    licence="for research; exact terms not verified",
    gate="open",
    get="github.com/thuiar/MMSA (label.csv and Raw), or MERBench (label.npz, to be converted)",
    paper="Zadeh et al., MOSI (IEEE Intelligent Systems 2016)",
    layout=sentiment.LAYOUT,
    labels=("sentiment3",),
    affect="expressed",
    origin="human",
    counts={"train": 1284, "val": 229, "test": 686, "all": 2199},
    notes=(
        "neutral is a score of exactly 0; 656 of the 686 test sentences are not, and papers drop the others",
        "the splits keep the sentences of one video together",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "split": None}


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each sentence; nothing is opened but labels and transcripts."""
    root = tables.root_folder(options["root"])
    split = clips.chosen("split", options["split"], ("train", "val", "test"))
    yield from sentiment.samples(root, ABOUT, "cmu_mosi", split, {"multimodal": "label"}, 3, "english")
