"""MER2026: emotions, words and preferences; protocol= names the training table, split=candidates the clips to label.

A preference becomes a closed question on one clip: which of two descriptions a1 and a2 people like better, or the same.
"""

from collections.abc import Iterator
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.errors import InputError, nearest
from affectreason.published import clips, mer, tables
from affectreason.published.about import About, Origin

ABOUT = About(
    title="MER2026",
    holds="9,395 clips with one of six emotions, 32,859 with words, 2,670 pairs of descriptions with a preference",
    licence="not stated in the published code (MER2025: CC BY-NC 4.0)",
    gate="EULA on Hugging Face",
    get="huggingface.co/datasets/MERChallenge/MER2026",
    paper="MER 2026 challenge",
    layout="""\
track1_train.csv                                           name,discrete
track2_train_human.csv, track2_train_mercaptionplus.csv    name,openset
track1_track2_candidate.csv                                name
track3_emoprefer.csv, track3_emopreferv2.csv               name,a1,a2,preference
track3_candidate.csv                                       name,a1,a2
subtitle_chieng.csv                                        name,chinese,english
video/NAME.mp4 (or video/video_TABLE/video/NAME.mp4)   audio/NAME.wav   openface_face/NAME/NAME.npy""",
    labels=("mer6",),
    affect="expressed",
    counts={
        "track1:train": 9395, "track1:candidates": 20_000,
        "track2_human:train": 1532, "track2_human:candidates": 20_000,
        "track2_mercaptionplus:train": 31_327, "track2_mercaptionplus:candidates": 20_000,
        "track3_emoprefer:train": 574, "track3_emoprefer:candidates": 10_000,
        "track3_emopreferv2:train": 2096, "track3_emopreferv2:candidates": 10_000,
    },
    label_counts={"track3_emoprefer:train": {"a1": 275, "a2": 288, "same": 11}},
    notes=(
        "track1 trains on the emotion of the person in the clip, and asks for that of the person spoken to",
        "an openset cell is a list literal or words with commas; an empty one is not annotated, or empty=neutral",
        "emoprefer is the majority of three annotators, emopreferv2 one annotator's word",
        "the published score of track3 counts a1 and a2 alone; label_view=reverse swaps the two, for the bias of place",
        "the English of many subtitles is empty; language=chinese has more",
        "clips of earlier editions come again under new names: look for equal media, not for equal names",
    ),
)  # fmt: skip
OPTIONS: dict[str, Any] = {
    "root": ..., "protocol": "track1", "split": None, "label_view": None, "language": "english", "empty": "none",
    "audio": False, "faces": False,
}  # fmt: skip
TRAIN: dict[str, tuple[str, str, Origin]] = {
    "track1": ("track1_train", "discrete", "human"),
    "track2_human": ("track2_train_human", "openset", "human"),
    "track2_mercaptionplus": ("track2_train_mercaptionplus", "openset", "model"),
    "track3_emoprefer": ("track3_emoprefer", "preference", "human"),
    "track3_emopreferv2": ("track3_emopreferv2", "preference", "human"),
}
ANSWERS = ("a1", "a2", "same")
SWAPPED = {"a1": "a2", "a2": "a1", "same": "same"}
LABELLERS = {"track3_emoprefer": "majority of three", "track3_emopreferv2": "one annotator"}


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each row of the table asked for; nothing is opened but the tables."""
    root = tables.root_folder(options["root"])
    protocol = str(clips.chosen("protocol", options["protocol"], TRAIN))
    split = clips.chosen("split", options["split"], ("train", "candidates")) or "train"
    pairs = protocol.startswith("track3")
    reverse = clips.chosen("label_view", options["label_view"], ("reverse",)) is not None
    if reverse and not pairs:
        raise InputError(f"label_view=reverse swaps a pair of descriptions; {protocol} has none, track3_emoprefer has")
    table, column, origin = TRAIN[protocol]
    told = {"split": split, "origin": origin, "labeller": LABELLERS.get(protocol)}
    if split == "candidates":
        table, column = ("track3_candidate", "a1") if pairs else ("track1_track2_candidate", "name")
        told = {"split": split}
    said = mer.transcripts(root, ("subtitle_chieng.csv",), options["language"])
    path = root / f"{table}.csv"
    for line, row in tables.rows(path, ("name", "a1", "a2", column) if pairs else ("name", column)):
        where, name = f"{path}:{line}", row["name"]
        yield Sample(
            id=f"mer2026_{table}_{f'{line}_' if pairs else ''}{name}",
            media=mer.media(root, name, options, ("video", f"video/video_{table}/video"), where),
            transcript=said.get(name),
            gold=mer.gold(row, where, options["empty"]),
            labels="mer6" if protocol == "track1" else None,
            affect=ABOUT.affect,
            provenance=ABOUT.provenance(**told),
            **(_pair(row, reverse, where) if pairs else {}),
        )


def _pair(row: dict[str, str], reverse: bool, where: str) -> dict[str, Any]:
    """The closed question that a pair of descriptions is."""
    answer = row.get("preference")
    if answer is not None and answer not in ANSWERS:
        raise InputError(f"{where}: the preference {answer!r} is none of three; {nearest(answer, ANSWERS)}")
    first, second = (row["a2"], row["a1"]) if reverse else (row["a1"], row["a2"])
    return {
        "question": (
            "Two descriptions of what the person in the clip feels.\n"
            f"a1: {first}\na2: {second}\nWhich of the two describes it better, or are they the same?"
        ),
        "choices": ANSWERS,
        "answer": SWAPPED[answer] if reverse and answer else answer,
        "task": "preference",
        "group": f"mer2026_{row['name']}",
    }
