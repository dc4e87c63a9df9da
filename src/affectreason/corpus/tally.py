"""What a stream of samples holds, in counters: a card of a million rows needs the memory of one of a thousand.

Only distinct files and people cost memory: 8 to 16 bytes for each time one is named.
"""

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from affectreason.affect.hashes import short
from affectreason.affect.named import emotions_said
from affectreason.affect.sample import Sample
from affectreason.corpus.agreement import SCALES, Votes
from affectreason.corpus.sizes import Files

NOT_SAID = "not said"
FIELDS: dict[str, Callable[[Sample], str | None]] = {
    "split": lambda sample: sample.provenance.split,
    "fold": lambda sample: sample.provenance.fold,
    "dataset": lambda sample: sample.provenance.dataset,
    "vocabulary": lambda sample: sample.labels,
    "affect": lambda sample: sample.affect,
    "origin": lambda sample: sample.provenance.origin,
    "labeller": lambda sample: sample.provenance.labeller,
    "licence": lambda sample: sample.provenance.licence,
    "gate": lambda sample: sample.provenance.gate,
    "task": lambda sample: sample.task,
    "media": lambda sample: "+".join(sorted({media.kind for media in sample.media})) or "text alone",
}
HAS: dict[str, Callable[[Sample], bool]] = {
    "transcript": lambda sample: sample.transcript is not None,
    "question": lambda sample: sample.question is not None,
    "answer": lambda sample: sample.answer is not None,
    "choices": lambda sample: sample.choices is not None,
    "reasoning": lambda sample: sample.reasoning is not None,
    "response": lambda sample: sample.response is not None,
    "attributes": lambda sample: bool(sample.attributes),
    "group": lambda sample: sample.group is not None,
    "subject": lambda sample: sample.provenance.subject is not None,
    "emotion": lambda sample: sample.gold.emotion is not None,
    "emotions": lambda sample: sample.gold.emotions is not None,
    "sentiment": lambda sample: sample.gold.sentiment is not None,
    "units": lambda sample: sample.gold.aus is not None,
    "single_votes": lambda sample: len(sample.annotators) > 1,
}


@dataclass
class Range:
    """The numbers of one scale: how many, the least, the most, and their sum."""

    count: int = 0
    least: float = math.inf
    most: float = -math.inf
    total: float = 0.0

    def add(self, value: float) -> None:
        """Take in one number."""
        self.count += 1
        self.total += value
        self.least, self.most = min(self.least, value), max(self.most, value)


@dataclass
class Units:
    """The action units of one data set: `said` samples say something of units, and each unit is coded or present."""

    said: int = 0
    coded: Counter[int] = field(default_factory=Counter)
    present: Counter[int] = field(default_factory=Counter)

    @property
    def absence_is_coded(self) -> bool:
        """Whether a unit is ever said to be absent; a list of the present ones does not tell absent from not coded."""
        return self.coded != self.present

    def rows(self) -> list[dict[str, Any]]:
        """Unit, samples in which it was looked at, in which it is present, and the share of the two."""
        explicit = self.absence_is_coded
        return [
            {"unit": unit, "coded": of, "present": self.present[unit], "rate": self.present[unit] / of}
            for unit in sorted(self.coded)
            for of in (self.coded[unit] if explicit else self.said,)
        ]


@dataclass
class Tally:
    """Counters of a file of samples; `labels` and `several` (samples with a set of emotions) are by split."""

    samples: int = 0
    unlabelled: int = 0
    media_missing: int = 0
    fields: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in FIELDS})
    has: Counter[str] = field(default_factory=Counter)
    labels: dict[str, Counter[str]] = field(default_factory=dict)
    several: dict[str, Counter[str]] = field(default_factory=dict)
    sentiments: dict[str, Counter[str]] = field(default_factory=dict)
    scales: dict[str, Range] = field(default_factory=dict)
    units: dict[str, Units] = field(default_factory=dict)
    votes: Votes = field(default_factory=Votes)
    people: "array[int]" = field(default_factory=lambda: array("Q"))
    files: Files = field(default_factory=Files)


def tally(samples: Iterable[Sample]) -> Tally:
    """Count samples as they come; every media file is asked for its size, none is opened."""
    done = Tally()
    for sample in samples:
        done.samples += 1
        for name, said in FIELDS.items():
            done.fields[name][said(sample) or NOT_SAID] += 1
        done.has.update(name for name, told in HAS.items() if told(sample))
        done.unlabelled += not sample.annotated
        if sample.provenance.subject is not None:
            done.people.append(short(f"{sample.provenance.dataset}\n{sample.provenance.subject}"))
        _gold(done, sample)
        done.votes.add(sample.annotators)
        done.media_missing += not done.files.add(sample.media)
    return done


def imbalance(counts: Mapping[str, int]) -> dict[str, Any]:
    """How uneven labels are: entropy over that of even classes, the largest class over the smallest, the majority.

    `majority_share` in (0, 1] is the accuracy of a guesser that always says the majority. A ratio is None for one class
    alone; raises ValueError for no count at all.
    """
    total = sum(counts.values())
    if not total:
        raise ValueError("no label was counted")
    shares = [count / total for count in counts.values() if count]
    most = min(counts, key=lambda name: (-counts[name], name))
    entropy = -sum(share * math.log(share) for share in shares)
    even = math.log(len(shares)) if len(shares) > 1 else None
    return {
        "classes": len(shares),
        "entropy_ratio": entropy / even if even else None,
        "largest_to_smallest": max(shares) / min(shares),
        "majority": most,
        "majority_share": counts[most] / total,
    }


def _gold(done: Tally, sample: Sample) -> None:
    gold, split = sample.gold, sample.provenance.split or NOT_SAID
    if gold.emotion is not None:
        done.labels.setdefault(split, Counter())[gold.emotion] += 1
    if gold.emotions is not None:
        done.several.setdefault(split, Counter()).update(emotions_said(gold))
    if gold.sentiment is not None:
        done.sentiments.setdefault(split, Counter())[gold.sentiment] += 1
    for name in SCALES:
        if (value := getattr(gold, name)) is not None:
            done.scales.setdefault(name, Range()).add(value)
    if gold.aus is not None:
        units = done.units.setdefault(sample.provenance.dataset or NOT_SAID, Units())
        units.said += 1
        units.coded.update({unit.number for unit in gold.aus})
        units.present.update(gold.units or ())
