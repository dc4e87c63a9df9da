"""MER2023: one of six emotions and valence; the published tables, or the label file that most code passes on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Affect, Sample
from affectreason.published import clips, mer, tables
from affectreason.published.about import About

ABOUT = About(
    title="MER2023",
    holds="5,030 clips of people who speak Chinese with one of six emotions, 4,196 of them with valence",
    licence="research only, no redistribution",
    gate="EULA on Hugging Face",
    get="huggingface.co/datasets/MERChallenge/MER2023",
    paper="Lian et al., MER 2023 (arXiv 2304.08981)",
    layout="""\
as published: train-label.csv, test1-label.csv, test2-label.csv, test3-label.csv   name,discrete,valence
              train/NAME.avi or .mp4, test1/, test2/, test3/
processed:    label-6way.npz, converted once: affectreason convert npz=label-6way.npz out=label-6way.json
              video/NAME.avi or .mp4   audio/NAME.wav   openface_face/NAME.npy
both:         transcription-engchi-polish.csv   name,chinese,english""",
    labels=("mer6",),
    affect="expressed",
    origin="human",
    counts={"train": 3373, "test1": 411, "test2": 412, "test3": 834, "all": 5030},
    label_counts={
        "train": {"neutral": 871, "angry": 822, "happy": 689, "sad": 383, "worried": 462, "surprise": 146},
        "test1": {"neutral": 88, "angry": 105, "happy": 93, "sad": 50, "worried": 57, "surprise": 18},
        "test2": {"neutral": 123, "angry": 98, "happy": 87, "sad": 40, "worried": 52, "surprise": 12},
        "test3": {"neutral": 166, "angry": 183, "happy": 169, "sad": 257, "worried": 45, "surprise": 14},
    },
    notes=(
        "test1 is MER-MULTI, test2 MER-NOISE (sound and picture made worse), test3 MER-SEMI",
        "valence is kept as a score: its scale is wider than [-1, 1], from -5 to 4.25; -10 says there is none (test3)",
        "label-6way.npz holds pickled Python objects, so it is converted once and never loaded as it is",
        "MER2024 to MER2026 contain these clips, some under new names: look for equal media, not for equal names",
        "who speaks is not published, so people who are in train and test cannot be seen",
    ),
)
OPTIONS: dict[str, Any] = {
    "root": ..., "split": None, "language": "english", "audio": False, "faces": False,
}  # fmt: skip
SPLITS = ("train", "test1", "test2", "test3")


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each clip of the splits asked for; nothing is opened but the tables."""
    root = tables.root_folder(options["root"])
    wanted = clips.chosen("split", options["split"], SPLITS)
    said = mer.transcripts(root, ("transcription-engchi-polish.csv",), options["language"])
    for split in SPLITS if wanted is None else (wanted,):
        for name, gold in _labelled(root, split):
            yield Sample(
                id=f"mer2023_{name}",
                media=mer.media(root, name, options, ("video", split)),
                transcript=said.get(name),
                gold=gold,
                labels="mer6",
                affect=ABOUT.affect,
                provenance=ABOUT.provenance(split=split),
            )


def _labelled(root: Path, split: str) -> Iterator[tuple[str, Affect]]:
    """Names and labels of a split, of its table where it is there, else of the converted label file."""
    path = tables.first(root, f"{split}-label.csv", "label-6way.json", "label-6way.npz")
    if path.suffix != ".csv":
        yield from mer.converted(path, split)
        return
    needed = ("name", "discrete") if split == "test3" else ("name", "discrete", "valence")
    for line, row in tables.rows(path, needed):
        yield row["name"], mer.basic(row["discrete"], row.get("valence"), f"{path}:{line}")
