"""What is published of a data set: the constant `ABOUT` of every script in data_prep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from affectreason.affect.sample import Provenance

AffectKind = Literal["expressed", "evoked", "intended", "felt", "written", "clinical"]
Origin = Literal["human", "human+model", "model", "self-report", "acted", "lexicon"]


@dataclass(frozen=True, kw_only=True)
class About:
    """One data set as its authors describe it; what is not published stays empty.

    `counts` are published numbers of samples by split (`all` is the whole), `label_counts` the same by split and
    label; where a protocol changes them the key is `PROTOCOL:SPLIT`. `broken` are ids known to be unusable and why.
    `layout` is the tree of files below `root`, `notes` are traps the script takes care of, one sentence each.
    """

    title: str
    holds: str
    licence: str
    gate: str
    get: str
    layout: str
    paper: str = ""
    labels: tuple[str, ...] = ()
    units: tuple[int, ...] = ()
    affect: AffectKind | None = None
    origin: Origin | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    label_counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def provenance(self, **fields: Any) -> Provenance:
        """Where a sample of this set came from; `fields` are the sample's own: split, subject, fold, ..."""
        known = {"dataset": self.title, "licence": self.licence, "gate": self.gate, "origin": self.origin}
        return Provenance(**{**known, **fields})

    def published(self, split: str, protocol: str | None = None) -> int | None:
        """The published number of samples of a split under a protocol, None where none is known."""
        return self.counts.get(f"{protocol}:{split}", self.counts.get(split))

    def published_labels(self, split: str, protocol: str | None = None) -> Mapping[str, int]:
        """The published number of samples of each label of a split, empty where none is known."""
        return self.label_counts.get(f"{protocol}:{split}", self.label_counts.get(split, {}))


@dataclass(frozen=True)
class LeftOut:
    """A row that a script gives instead of a sample: its id, why it cannot be used, and where it stands."""

    id: str
    why: str
    where: str
