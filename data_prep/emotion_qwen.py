"""Emotion-Qwen's conversations: role and content, with <image> and <video> in the text."""

from collections.abc import Iterator
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.published import dialogues
from affectreason.published.about import About

ABOUT = About(
    title="Emotion-Qwen conversations",
    holds="questions on images and clips with the answers to learn, in the form Emotion-Qwen trains on",
    licence="that of the files; the code is Apache-2.0",
    gate="not released",
    get="your own files: the data of VER were not in the repository (24DavidHuang/Emotion-Qwen)",
    paper="Emotion-Qwen (arXiv 2505.06685)",
    layout="""\
FILE.json: [{id, image | video, conversations: [{role: user, content: '<image>...'}, {role: assistant, content}]}]""",
    notes=(
        "one mark a file",
        "cut=PREFIX is what to cut off the beginning of the authors' paths",
        "with labels=SET the answers are read by that label set and become the gold labels",
    ),
)
OPTIONS: dict[str, Any] = dialogues.OPTIONS | {"dataset": "Emotion-Qwen"}


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each row of the file; no media are opened."""
    yield from dialogues.samples("emotion_qwen", **options)
