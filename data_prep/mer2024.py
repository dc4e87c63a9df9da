"""MER2024: MER2023's labelled clips as training data, and the keys of two tests once they are published."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Affect, Sample
from affectreason.published import clips, mer, tables
from affectreason.published.about import About

ABOUT = About(
    title="MER2024",
    holds="labelled clips with one of six emotions and valence, and MER-SEMI, a test of 1,169 clips",
    licence="research only, no redistribution",
    gate="EULA on Hugging Face",
    get="huggingface.co/datasets/MERChallenge/MER2024",
    paper="Lian et al., MER 2024 (arXiv 2404.17113)",
    layout="""\
as published: label-disdim.csv   name,discrete,valence      video-labeled/NAME.mp4
              reference-semi.csv, reference-noise.csv   name,discrete      video-unlabeled-with-test2noise/NAME.mp4
processed:    label-6way.npz, converted once: affectreason convert npz=label-6way.npz out=label-6way.json
              video/NAME.mp4   audio/NAME.wav   openface_face/NAME.npy
both:         transcription_merge.csv (name,chinese,...), or Emotion-LLaMA's transcription_all_new.csv (sentence_en)""",
    labels=("mer6",),
    affect="expressed",
    origin="human",
    counts={"test1": 1169},
    notes=(
        "test1 is MER-SEMI, test2 MER-NOISE; without split= they are given where their keys are there",
        "the published processing writes neutral for every clip of test1 when it has no key: such labels are no labels",
        "valence is kept as a score, its scale is wider than [-1, 1]; -10 says there is none",
        "clips were renamed between editions (samplenew3_ in the key, samplenew_ and sample_ in MER-UniBench): look "
        "for equal media, not for equal names",
        "the number of labelled clips is not in the published code",
    ),
)
OPTIONS: dict[str, Any] = {
    "root": ..., "split": None, "language": "english", "audio": False, "faces": False,
}  # fmt: skip
TABLES = {"train": "label-disdim.csv", "test1": "reference-semi.csv", "test2": "reference-noise.csv"}
FOLDERS = ("video", "video-labeled", "video-unlabeled-with-test2noise")
SAID = ("transcription_merge.csv", "transcription_all_new.csv")


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each clip of the splits asked for; nothing is opened but the tables."""
    root = tables.root_folder(options["root"])
    wanted = clips.chosen("split", options["split"], TABLES)
    said = mer.transcripts(root, SAID, options["language"])
    for split in _there(root) if wanted is None else (wanted,):
        for name, gold in _labelled(root, split):
            yield Sample(
                id=f"mer2024_{split}_{name}",
                media=mer.media(root, name, options, FOLDERS),
                transcript=said.get(name),
                gold=gold,
                labels="mer6",
                affect=ABOUT.affect,
                provenance=ABOUT.provenance(split=split),
            )


def _there(root: Path) -> list[str]:
    """The splits whose keys are there; the training data always, so that what is missing is named."""
    processed = any((root / f"label-6way{end}").is_file() for end in (".json", ".npz"))
    return [s for s in TABLES if s == "train" or (root / TABLES[s]).is_file() or (processed and s == "test1")]


def _labelled(root: Path, split: str) -> Iterator[tuple[str, Affect]]:
    path = tables.first(root, TABLES[split], *(() if split == "test2" else ("label-6way.json", "label-6way.npz")))
    if path.suffix == ".csv":
        for line, row in tables.rows(path, ("name", "discrete", *(("valence",) if split == "train" else ()))):
            yield row["name"], mer.basic(row["discrete"], row.get("valence"), f"{path}:{line}")
        return
    rows = list(mer.converted(path, split))
    keyless = split == "test1" and {gold.emotion for _, gold in rows} == {"neutral"}
    yield from ((name, Affect() if keyless else gold) for name, gold in rows)
