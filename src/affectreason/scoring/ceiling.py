"""The best accuracy that some of the evidence allows, for samples that say what each of their modalities shows."""

from collections import Counter
from collections.abc import Collection, Sequence

from affectreason.affect.sample import Sample

EVIDENCE = "evidence_"
"""Attributes of this beginning and a modality's name hold what that modality shows, as one word."""


def ceiling(samples: Sequence[Sample], gone: Collection[str] = ()) -> float | None:
    """The share of `samples` that the best rule can answer from the evidence left when the modalities `gone` are.

    Of samples that ask the same and show the same, one answer must do: the commonest (the Bayes-optimal rule of these
    samples). Samples without evidence or without one right answer do not count; None where none is left.
    """
    alike: dict[tuple[object, ...], Counter[str]] = {}
    for sample in samples:
        shown = {name: value for name, value in sample.attributes.items() if name.startswith(EVIDENCE)}
        right = sample.answer if sample.answer is not None else sample.gold.emotion
        if shown and right is not None:
            left = {name: value for name, value in shown.items() if name.removeprefix(EVIDENCE) not in gone}
            alike.setdefault((sample.question, *sorted(left.items())), Counter())[right] += 1
    total = sum(counts.total() for counts in alike.values())
    return sum(max(counts.values()) for counts in alike.values()) / total if total else None
