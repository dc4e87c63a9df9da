"""Any file of rows of messages whose content is a list of parts, as OpenAI, Hugging Face, TRL write it."""

from collections.abc import Iterator
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.published import dialogues
from affectreason.published.about import About

ABOUT = About(
    title="messages",
    holds="your own file of rows of messages whose content is a list of parts (OpenAI, Hugging Face, TRL)",
    licence="yours",
    gate="open",
    get="you have it",
    layout="""\
JSON lines, or one JSON array, of
messages: [{role, content: [{type: image}, {type: text, text}]}], images: [path]""",
    notes=(
        "a part may name its own file",
        "file=FILE is the file, root=DIR the folder its paths start from, cut=PREFIX what to cut off their beginning",
        "with labels=SET the answers are read by that label set and become the gold labels",
    ),
)
OPTIONS: dict[str, Any] = dialogues.OPTIONS


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each row of the file; no media are opened."""
    yield from dialogues.samples("messages", **options)
