"""MELD: utterances of the series Friends with the dialogues they stand in; context=N gives those before."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError
from affectreason.published import clips, tables
from affectreason.published.about import About, LeftOut

ABOUT = About(
    title="MELD",
    holds="13,708 utterances of 1,432 dialogues of the series Friends: seven emotions, three sentiments, speakers",
    licence="GPL-3.0 for the annotations; the clips are those of the broadcaster",
    gate="open",
    get="github.com/declare-lab/MELD: the tables are in data/MELD, the clips in MELD.Raw.tar.gz",
    paper="Poria et al., MELD (ACL 2019)",
    layout="""\
{train,dev,test}_sent_emo.csv   or in data/MELD/
train_splits/dia0_utt0.mp4   dev_splits_complete/   output_repeated_splits_test/   or one folder deeper""",
    labels=("meld7",),
    affect="expressed",
    origin="human",
    counts={"train": 9989, "dev": 1109, "test": 2610, "all": 13_708},
    label_counts={
        "train": {"neutral": 4710, "joy": 1743, "anger": 1109, "surprise": 1205, "sadness": 683, "disgust": 271,
                  "fear": 268},
        "dev": {"neutral": 470, "joy": 163, "anger": 153, "surprise": 150, "sadness": 111, "disgust": 22, "fear": 40},
        "test": {"neutral": 1256, "joy": 402, "anger": 345, "surprise": 281, "sadness": 208, "disgust": 68, "fear": 50},
    },
    broken={
        "meld_train_dia125_utt3": "the published clip is corrupt",
        "meld_dev_dia110_utt7": "the clip was never published",
    },
    notes=(
        "13,706 utterances can be used; the README counts 1,039 dialogues of the training set, its table 1,038",
        "the numbers of dialogues start again in every split",
        "speakers and episodes straddle the splits: 142 of the 143 episodes of the test set are in the training set",
        "StartTime and EndTime are of the episode, not of the clip, and are not kept",
        "the text keeps its curly quotes",
    ),
)  # fmt: skip
OPTIONS: dict[str, Any] = {"root": ..., "split": None, "context": 0}
FOLDERS = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}
COLUMNS = ("Utterance", "Speaker", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID", "Season", "Episode")


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each utterance, in the order of the tables; nothing is opened but the tables."""
    root = tables.root_folder(options["root"])
    split = clips.chosen("split", options["split"], FOLDERS)
    context = clips.count("context", options["context"])
    for part in FOLDERS if split is None else (split,):
        yield from _part(root, part, context)


def _part(root: Path, split: str, context: int) -> Iterator[Sample | LeftOut]:
    """The utterances of one split; the last `context` of the same dialogue are kept, none of what follows."""
    path = tables.first(root, f"{split}_sent_emo.csv", f"data/MELD/{split}_sent_emo.csv", f"*/{split}_sent_emo.csv")
    folder = clips.folder(root, None, FOLDERS[split], f"{split}/{FOLDERS[split]}")
    earlier: deque[str] = deque(maxlen=context)
    dialogue, last = -1, -1
    for line, row in tables.rows(path, COLUMNS):
        where = f"{path}:{line}"
        at = int(tables.number(row["Dialogue_ID"], f"{where}, Dialogue_ID", 0, 9999))
        number = int(tables.number(row["Utterance_ID"], f"{where}, Utterance_ID", 0, 9999))
        if at != dialogue:
            earlier.clear()
        elif number <= last:
            raise InputError(
                f"{where}: utterance {number} comes after {last} of dialogue {at}; take the published order"
            )
        dialogue, last = at, number
        sample = _sample(row, where, split, folder / f"dia{at}_utt{number}.mp4", tuple(earlier))
        earlier.append(f"{row['Speaker']}: {row['Utterance']}")
        known = ABOUT.broken.get(sample.id)
        yield sample if known is None else LeftOut(sample.id, known, where)


def _sample(row: dict[str, str], where: str, split: str, clip: Path, context: tuple[str, ...]) -> Sample:
    season, episode = (int(tables.number(row[key], f"{where}, {key}", 1, 99)) for key in ("Season", "Episode"))
    return Sample(
        id=f"meld_{split}_{clip.stem}",
        media=(Media(kind="video", path=str(clip)),),
        transcript=row["Utterance"] or None,
        context=context,
        gold=Affect(
            emotion=tables.label(row["Emotion"], "meld7", where),
            sentiment=tables.label(row["Sentiment"], "sentiment3", where),
        ),
        labels="meld7",
        affect=ABOUT.affect,
        provenance=ABOUT.provenance(
            split=split,
            subject=row["Speaker"] or None,
            dialogue=f"{split}_dia{row['Dialogue_ID']}",
            film=f"s{season:02d}e{episode:02d}",
        ),
    )
