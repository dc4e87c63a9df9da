"""MER2025: the training tables of its three tracks; protocol= names the table, split=candidates the clips to label."""

from collections.abc import Iterator
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.published import clips, mer, tables
from affectreason.published.about import About, Origin

ABOUT = About(
    title="MER2025",
    holds="132,171 clips; 7,369 with one of six emotions and valence, 31,659 with words and a description",
    licence="CC BY-NC 4.0",
    gate="EULA on Hugging Face",
    get="huggingface.co/datasets/MERChallenge/MER2025",
    paper="Lian et al., MER 2025 (arXiv 2504.19423)",
    layout="""\
track1_train_disdim.csv                                    name,discrete,valence
track2_train_mercaptionplus.csv, track2_train_ovmerd.csv   name,openset
track3_train_mercaptionplus.csv, track3_train_ovmerd.csv   name,reason
track_all_candidates.csv                                   name
track1_test_dis.csv, track2_test.csv                       the keys, which are not published
subtitle_chieng.csv                                        name,chinese,english
video/NAME.mp4   audio/NAME.wav   openface_face/NAME/NAME.npy""",
    labels=("mer6",),
    affect="expressed",
    counts={
        "track1:train": 7369, "track1:test": 2026, "candidates": 20_000,
        "track2_mercaptionplus:train": 31_327, "track2_mercaptionplus:test": 1200,
        "track2_ovmerd:train": 332, "track2_ovmerd:test": 1200,
        "track3_mercaptionplus:train": 31_327, "track3_ovmerd:train": 332,
    },
    notes=(
        "track1 is one emotion, track2 sets of words, track3 descriptions; mer_caption gives both of track2 and track3",
        "without split= the training table is read; split=test needs the key, split=candidates has no labels",
        "an empty openset is not annotated; the published code reads it as neutral, as empty=neutral does",
        "valence is kept as a score, its scale is wider than [-1, 1]; -10 says there is none",
        "the English of many subtitles is empty; language=chinese has more",
        "clips of earlier editions come again under new names: look for equal media, not for equal names",
    ),
)  # fmt: skip
OPTIONS: dict[str, Any] = {
    "root": ..., "protocol": "track1", "split": None, "language": "english", "empty": "none", "audio": False,
    "faces": False,
}  # fmt: skip
TRAIN: dict[str, tuple[str, Origin]] = {
    "track1": ("track1_train_disdim.csv", "human"),
    "track2_mercaptionplus": ("track2_train_mercaptionplus.csv", "model"),
    "track2_ovmerd": ("track2_train_ovmerd.csv", "human+model"),
    "track3_mercaptionplus": ("track3_train_mercaptionplus.csv", "model"),
    "track3_ovmerd": ("track3_train_ovmerd.csv", "human+model"),
}
KEYS = {"track1": "track1_test_dis.csv"} | dict.fromkeys(("track2_mercaptionplus", "track2_ovmerd"), "track2_test.csv")


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each row of the table asked for; nothing is opened but the tables."""
    root = tables.root_folder(options["root"])
    protocol = str(clips.chosen("protocol", options["protocol"], TRAIN))
    splits = ("train", *(("test",) if protocol in KEYS else ()), "candidates")
    split = clips.chosen("split", options["split"], splits) or "train"
    table, origin = TRAIN[protocol]
    name = {"train": table, "test": KEYS.get(protocol, ""), "candidates": "track_all_candidates.csv"}[split]
    column = {"1": "discrete", "2": "openset", "3": "reason"}[protocol[5]]
    said = mer.transcripts(root, ("subtitle_chieng.csv",), options["language"])
    needed = ["name"] if split == "candidates" else ["name", column]
    needed += ["valence"] if (protocol, split) == ("track1", "train") else []
    for line, row in tables.rows(root / name, needed):
        yield Sample(
            id=f"mer2025_{'candidates' if split == 'candidates' else f'{protocol}_{split}'}_{row['name']}",
            media=mer.media(root, row["name"], options, where=f"{root / name}:{line}"),
            transcript=said.get(row["name"]),
            gold=mer.gold(row, f"{root / name}:{line}", options["empty"]),
            reasoning=row.get("reason") or None,
            labels="mer6" if column == "discrete" else None,
            affect=ABOUT.affect,
            provenance=ABOUT.provenance(
                split=split, origin={"train": origin, "test": "human", "candidates": None}[split]
            ),
        )
