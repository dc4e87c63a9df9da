"""OV-MERD: the sets of words that people checked for 332 clips; protocol=plus is OV-MERD+, 532 clips to test on."""

from collections.abc import Iterator
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.published import clips, mer, tables
from affectreason.published.about import About

ABOUT = About(
    title="OV-MERD",
    holds="332 clips with any words for what is felt, 3.38 of them on average; OV-MERD+ has 532 clips",
    licence="research only",
    gate="OV-MERD open, OV-MERD+ and the clips by request",
    get="MERTools, MER2024/ov_store, or huggingface.co/datasets/MERChallenge/MER2025; OV-MERD+: AffectGPT's README",
    paper="Lian et al., OV-MER (arXiv 2410.01495); AffectGPT (arXiv 2501.16566)",
    layout="""\
check-openset.csv, or ov_store/check-openset.csv, or track2_train_ovmerd.csv    name,openset
ovlabel.csv (plus)                                                              name,openset
subtitle_eng.csv (plus: name,sentence), or subtitle_chieng.csv (name,chinese,english)
video/sample_00000000.mp4""",
    affect="expressed",
    origin="human+model",
    counts={"all": 332, "plus:all": 532, "plus:test": 532},
    notes=(
        "an openset cell holds a Python list; words keep their published spelling",
        "OV-MERD+ is for tests alone: it holds the 332 clips and 200 more, whose names begin with samplenew3_",
        "the 332 clips are in MER2025's training data, so do not train on mer2025 and test on OV-MERD",
        "about 68 of its 248 words are not in the lexicon of the emotion wheels",
    ),
)
OPTIONS: dict[str, Any] = {
    "root": ..., "protocol": None, "language": "english", "empty": "none", "audio": False, "faces": False,
}  # fmt: skip
FILES = {
    None: ("check-openset.csv", "ov_store/check-openset.csv", "track2_train_ovmerd.csv"),
    "plus": ("ovlabel.csv",),
}
SAID = ("subtitle_eng.csv", "subtitle_chieng.csv", "transcription-engchi-polish.csv")


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each clip; nothing is opened but the tables."""
    root = tables.root_folder(options["root"])
    protocol = clips.chosen("protocol", options["protocol"], ("plus",))
    said = mer.transcripts(root, SAID, options["language"])
    path = tables.first(root, *FILES[protocol])
    for line, row in tables.rows(path, ("name", "openset")):
        yield Sample(
            id=f"ov_merd_{row['name']}",
            media=mer.media(root, row["name"], options, where=f"{path}:{line}"),
            transcript=said.get(row["name"]),
            gold=mer.openset(row["openset"], f"{path}:{line}", options["empty"]),
            affect=ABOUT.affect,
            provenance=ABOUT.provenance(split="test" if protocol == "plus" else None),
        )
