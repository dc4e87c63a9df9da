"""Answers that are written step by step: the blocks of a form, and what a candidate for one of them says."""

import re
from dataclasses import dataclass

_ANY = re.compile(r"</?[a-z_]{1,20}>", re.I)


@dataclass(frozen=True)
class Step:
    """One block of an answer: what it is made to begin with, and what ends it."""

    name: str
    opens: str
    closes: str


@dataclass(frozen=True)
class Piece:
    """What a candidate says for a step; `closed` where the model itself ended the block, with something in it."""

    content: str
    closed: bool


STEPS = {
    "tree": (
        Step("attribute", "<attribute>", "</attribute>"),
        Step("expression", "<expression>", "</expression>"),
        Step("emotion", "<emotion>", "</emotion>"),
    ),
    "reasoned_tree": (
        Step("attribute", "<think><attribute>", "</attribute>"),
        Step("expression", "<expression>", "</expression></think>"),
        Step("emotion", "<answer>", "</answer>"),
    ),
    "reasoned": (Step("reasoning", "<think>", "</think>"), Step("answer", "<answer>", "</answer>")),
}
"""The forms of a searched answer: an affective tree in tags, the same as reasoning, or reasoning as one block."""


def piece(written: str, step: Step) -> Piece:
    """What was written for a step: up to the first tag, which ends the block where it is the right one."""
    tag = _ANY.search(written)
    content = (written if tag is None else written[: tag.start()]).strip()
    return Piece(content, bool(content) and tag is not None and step.closes.startswith(tag[0]))


def joined(before: str, step: Step, said: Piece, last: bool) -> str:
    """The text with one block more; the last one is closed only where the model closed it."""
    return f"{before}{step.opens}{said.content}{step.closes if said.closed or not last else ''}"
