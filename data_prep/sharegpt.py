"""Any file of conversations of from and value, as ShareGPT, LLaVA write it."""

from collections.abc import Iterator
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.published import dialogues
from affectreason.published.about import About

ABOUT = About(
    title="sharegpt",
    holds="your own file of conversations of from and value (ShareGPT, LLaVA)",
    licence="yours",
    gate="open",
    get="you have it",
    layout="""\
JSON lines, or one JSON array, of
conversations: [{from: human, value: '<image>...'}, {from: gpt, value}], image, video""",
    notes=(
        "one mark a file",
        "file=FILE is the file, root=DIR the folder its paths start from, cut=PREFIX what to cut off their beginning",
        "with labels=SET the answers are read by that label set and become the gold labels",
    ),
)
OPTIONS: dict[str, Any] = dialogues.OPTIONS


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each row of the file; no media are opened."""
    yield from dialogues.samples("sharegpt", **options)
