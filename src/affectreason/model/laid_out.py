"""One row as its collator lays it out: which tokens are prompt, which are media, which carry loss."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rich.text import Text

from affectreason.corpus.finding import shown as escaped
from affectreason.model.collate import IGNORED

LOSS, PROMPT = "green", "dim"


@dataclass(frozen=True)
class Piece:
    """A run of tokens: their text, whether they carry loss, how many they are."""

    text: str
    loss: bool
    tokens: int


@dataclass(frozen=True)
class Shown:
    """One row of a stage in pieces; `row` is the sample with its file and line."""

    stage: str
    row: str
    pieces: tuple[Piece, ...]


def marks(processor: Any) -> dict[int, str]:
    """The ids of the tokens that stand for media, and what they stand for."""
    found = {getattr(processor, f"{name}_token_id", None): name for name in ("image", "video", "audio")}
    known = {token: name for token, name in found.items() if token is not None}
    return known | getattr(processor, "media_marks", {})


def pieces(processor: Any, ids: list[int], labels: list[int]) -> tuple[Piece, ...]:
    """The tokens of one row (L,) and their labels in runs; a run of media tokens becomes `<image x 64>`."""
    media = marks(processor)
    found = []
    both = zip(ids, labels, strict=True)
    for (loss, name), run in groupby(both, lambda one: (one[1] != IGNORED, media.get(one[0]))):
        tokens = [token for token, _ in run]
        text = f"<{name} x {len(tokens)}>" if name else processor.tokenizer.decode(tokens)
        found.append(Piece(text, loss, len(tokens)))
    return tuple(found)


def coloured(shown: Shown) -> Text:
    """The row for a terminal: what carries loss is green and between arrows, the rest is dim."""
    learnt = sum(piece.tokens for piece in shown.pieces if piece.loss)
    total = sum(piece.tokens for piece in shown.pieces)
    text = Text(f"{shown.stage}, {shown.row}: {total} tokens, {learnt} carry loss\n", style="bold")
    for piece in shown.pieces:
        said = escaped(piece.text, keep="\n\t")
        text.append(f"▶{said}◀" if piece.loss else said, style=f"not bold {LOSS if piece.loss else PROMPT}")
    return text
