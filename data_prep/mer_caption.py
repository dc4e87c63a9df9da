"""MER-Caption+ as AffectGPT is trained on it: words and a description of each clip, from two tables of MER2025.

protocol=full with csv= reads a table of MER-Caption, which is larger and was not filtered.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.published import clips, mer, tables
from affectreason.published.about import About, LeftOut

ABOUT = About(
    title="MER-Caption+",
    holds="31,327 clips, 1,972 words for what is felt, descriptions by models; MER-Caption: 115,595 clips",
    licence="CC BY-NC 4.0",
    gate="EULA on Hugging Face",
    get="huggingface.co/datasets/MERChallenge/MER2025",
    paper="Lian et al., AffectGPT (arXiv 2501.16566)",
    layout="""\
track2_train_mercaptionplus.csv    name,openset
track3_train_mercaptionplus.csv    name,reason
subtitle_chieng.csv                name,chinese,english
video/NAME.mp4   audio/NAME.wav   openface_face/NAME/NAME.npy""",
    affect="expressed",
    origin="model",
    counts={"plus:all": 31_327, "plus:train": 31_327, "full:all": 115_595, "full:train": 115_595},
    notes=(
        "no person checked each item: models wrote the texts, classifiers voted which clips to keep",
        "an empty openset is not annotated; AffectGPT reads it as neutral, as empty=neutral does",
        "the English of many subtitles is empty; language=chinese has more",
        "MER-Caption is not in the published package, so csv= names your table of it: name, openset, reason",
    ),
)
OPTIONS: dict[str, Any] = {
    "root": ..., "protocol": "plus", "csv": None, "language": "english", "empty": "none", "audio": False,
    "faces": False,
}  # fmt: skip


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each clip; nothing is opened but the tables."""
    root = tables.root_folder(options["root"])
    full = clips.chosen("protocol", options["protocol"], ("plus", "full")) == "full"
    if full != (options["csv"] is not None):
        raise InputError("protocol=full and csv=TABLE belong together: MER-Caption is in no published package")
    said = mer.transcripts(root, ("subtitle_chieng.csv",), options["language"])
    path = tables.under(root, str(options["csv"])) if full else root / "track2_train_mercaptionplus.csv"
    reasons = None if full else _reasons(root / "track3_train_mercaptionplus.csv")
    for line, row in tables.rows(path, ("name", "openset", "reason") if full else ("name", "openset")):
        name, where = row["name"], f"{path}:{line}"
        if reasons is not None and name not in reasons:
            yield LeftOut(f"mer_caption_{name}", "no description of it in track3_train_mercaptionplus.csv", where)
            continue
        yield Sample(
            id=f"mer_caption_{name}",
            media=mer.media(root, name, options, where=where),
            transcript=said.get(name),
            gold=mer.openset(row["openset"], where, options["empty"]),
            reasoning=(row["reason"] if reasons is None else reasons[name]) or None,
            affect=ABOUT.affect,
            provenance=ABOUT.provenance(split="train"),
        )


def _reasons(path: Path) -> dict[str, str]:
    """The description of each clip, by name."""
    return {row["name"]: row["reason"] for _, row in tables.rows(path, ("name", "reason"))}
