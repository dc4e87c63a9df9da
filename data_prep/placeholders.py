"""Any file of rows of messages with <image>, <video>, <audio> in the text, as ms-swift, LLaMA-Factory write it."""

from collections.abc import Iterator
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.published import dialogues
from affectreason.published.about import About

ABOUT = About(
    title="placeholders",
    holds="your own file of rows of messages with <image>, <video>, <audio> in the text (ms-swift, LLaMA-Factory)",
    licence="yours",
    gate="open",
    get="you have it",
    layout="""\
JSON lines, or one JSON array, of
messages: [{role, content: '<image>...'}], images, videos, audios: [path]""",
    notes=(
        "one mark a file, or files and no mark at all",
        "file=FILE is the file, root=DIR the folder its paths start from, cut=PREFIX what to cut off their beginning",
        "with labels=SET the answers are read by that label set and become the gold labels",
    ),
)
OPTIONS: dict[str, Any] = dialogues.OPTIONS


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each row of the file; no media are opened."""
    yield from dialogues.samples("placeholders", **options)
