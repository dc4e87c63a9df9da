"""The files that lie beside `FILE.jsonl`."""

from pathlib import Path


def record_of(data: Path) -> Path:
    """What was done to make the file: `FILE.prep.json`."""
    return data.with_suffix(".prep.json")


def journal_of(data: Path) -> Path:
    """What was seen in its media: `FILE.media.sqlite`."""
    return data.with_suffix(".media.sqlite")


def answers_of(data: Path) -> Path:
    """What people answered to the questions of its card: `FILE.card.yaml`."""
    return data.with_suffix(".card.yaml")
