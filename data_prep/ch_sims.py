"""CH-SIMS and CH-SIMS v2: Chinese clips with a sentiment score for the whole, the words, the voice and the picture.

label_view= takes the score of one of the four as gold; the others stay in the attributes.
"""

from collections.abc import Iterator
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.published import clips, sentiment, tables
from affectreason.published.about import About

VIEWS = {"multimodal": "label", "text": "label_T", "audio": "label_A", "video": "label_V"}
ABOUT = About(
    title="CH-SIMS",
    holds="2,281 Chinese clips of films and shows (v1), 4,403 with them in v2, sentiment from -1 to 1 by modality",
    licence="for research; exact terms not verified",
    gate="open",
    get="github.com/thuiar/MMSA (v1), github.com/thuiar/ch-sims-v2 (v2), or MERBench (label.npz, to be converted)",
    paper="Yu et al., CH-SIMS (ACL 2020); Liu et al., CH-SIMS v2.0 (ICMI 2022)",
    layout=sentiment.LAYOUT.replace("label,...", "label,label_T,label_A,label_V,annotation").replace(
        "CLIP_ID.mp4", "0001.mp4"
    ),
    labels=("sentiment3",),
    affect="expressed",
    origin="human",
    counts={
        "1:train": 1368, "1:val": 456, "1:test": 457, "1:all": 2281,
        "2:train": 2722, "2:val": 647, "2:test": 1034, "2:all": 4403,
    },
    notes=(
        "neutral is a score of exactly 0: 388 of 457 (v1) and 911 of 1,034 (v2) test clips are not",
        "v2 has every clip of v1 with the same name, score and split: prepare one of the two",
        "the numbers of v2 are those of MERBench's label.npz; its unlabelled clips are not read",
        "annotation, the name of the score's range, is not read: the sign of the score says the sentiment",
        "protocol=1 or 2 says which version of the two lies at root; the ids say it too",
    ),
)  # fmt: skip
OPTIONS: dict[str, Any] = {"root": ..., "split": None, "protocol": 1, "label_view": "multimodal"}


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each clip; nothing is opened but labels and transcripts."""
    root = tables.root_folder(options["root"])
    split = clips.chosen("split", options["split"], ("train", "val", "test"))
    version = clips.chosen("protocol", str(options["protocol"]), (1, 2))
    view = sentiment.check_view(root, str(options["label_view"]), tuple(VIEWS))
    yield from sentiment.samples(root, ABOUT, f"ch_sims{version}", split, VIEWS, 1, "chinese", view)
