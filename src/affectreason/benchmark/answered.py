"""What tasks with one right answer a question have in common: the gold, answers that others took out, means."""

from collections.abc import Callable, Sequence

import numpy as np

from affectreason.affect import choices
from affectreason.affect.response import Response
from affectreason.affect.sample import Affect, Sample
from affectreason.benchmark.protocol import Setting
from affectreason.errors import InputError, nearest
from affectreason.scoring import intervals
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction
from affectreason.scoring.trivial import Trivial


def said(response: Response, setting: Setting) -> list[str] | None:
    """The answer that was read."""
    return None if response.answered is None else [response.answered]


def right_one(sample: Sample, known: choices.Choices) -> list[str] | None:
    """The right answer as one of the known ones; None where none is annotated."""
    if sample.answer is None:
        return None
    answer = known.find(sample.answer)
    if answer is None:
        raise InputError(
            f"sample {sample.id!r}: its answer {sample.answer!r} is none of its choices; "
            f"{nearest(sample.answer, known.names)}"
        )
    return [answer]


def taken_out(words: Sequence[str], find: Callable[[str], str | None]) -> Response:
    """What somebody else took out of a text; none where several are given, or what is none of the known answers."""
    text = ", ".join(words)
    answer = find(words[0]) if len(words) == 1 else None
    return Response(
        text, None, Affect(), answer is not None, None if answer else f"{text or 'nothing'}: not one answer", answer
    )


def as_read(text: str, answer: str | None) -> Response:
    """A text whose answer was read by a published rule."""
    return Response(text, None, Affect(), answer is not None, None if answer else "no answer was read", answer)


def mean_of(values: Sequence[float], known: Sequence[Prediction], trivial: Trivial) -> Measure:
    """The mean of one value a sample."""
    rows = np.stack([np.array(values, dtype=np.float64), np.ones(len(values))], axis=1)
    return Measure(rows, intervals.mean_value, tuple(p.sample for p in known), trivial)


def by_name(names: Sequence[str | None], values: Sequence[float]) -> dict[str, dict[str, float]]:
    """Mean and number of each named group, in the order of names."""
    groups: dict[str, list[float]] = {}
    for name, value in zip(names, values, strict=True):
        if name is not None:
            groups.setdefault(name, []).append(value)
    return {name: {"value": sum(one) / len(one), "n": len(one)} for name, one in sorted(groups.items())}
