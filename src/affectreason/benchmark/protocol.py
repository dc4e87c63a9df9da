"""Benchmark, Task, Setting, Scores: what is asked, how answers are read, and what is computed of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from affectreason.affect import facs, labels
from affectreason.affect.response import Response
from affectreason.affect.sample import Sample
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction

if TYPE_CHECKING:
    from affectreason.affect.wheel import Lexicon


@dataclass(frozen=True)
class Scores:
    """The measures of a set of predictions by name, and what else there is to show, ready for JSON."""

    measures: Mapping[str, Measure]
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Task:
    """A kind of question: how to ask it, how an answer is read, what is computed.

    `read` takes a model's text apart, `given` takes labels that somebody else took out of one; neither raises for
    anything a model may write. `said` and `gold` are the labels of an answer and of a sample in words; None: none could
    be read, or none was annotated. `question` is asked where a sample asks nothing itself, `form` says how the answer
    is to be written; both may hold `{labels}`. `uses` are those of the keys lexicon, judge, encoder, extractor and
    survival that change what is scored. `compats` are the names of public scorers that `setting.compat` can ask for,
    each with what it does.
    """

    name: str
    question: str
    form: str
    read: Callable[[str, Sample, Setting], Response]
    given: Callable[[Sequence[str], Sample, Setting], Response]
    said: Callable[[Response, Setting], Sequence[str] | None]
    gold: Callable[[Sample, Setting], Sequence[str] | None]
    score: Callable[[Sequence[Prediction], Setting], Scores]
    uses: frozenset[str] = frozenset()
    compats: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One published test: its samples, their number, what is computed, and the numbers that were published.

    Its samples are what `affectreason prep PREP root=FOLDER OPTIONS out=data/NAME.jsonl` writes, of `split` where one
    is named. `n` is their number, which must be met; None where any file will do. `primary` is the measure that papers
    print, `metric` its definition with the variant named, `published` numbers printed by papers, in that measure's
    unit, [0, 1]. `folds` are the names of folds in the order they are published; `variant` is what its task's `score`
    lets a protocol choose.
    """

    name: str
    title: str
    task: Task
    primary: str
    metric: str
    prep: str
    options: Mapping[str, Any] = field(default_factory=dict)
    split: str | None = None
    n: int | None = None
    labels: str | None = None
    units: str | None = None
    folds: tuple[str, ...] = ()
    variant: Mapping[str, Any] = field(default_factory=dict)
    paper: str = ""
    published: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setting:
    """What a score depends on beside the predictions; `own_labels` is the samples' set where the benchmark has none."""

    benchmark: Benchmark
    lexicon: Lexicon | None = None
    compat: str | None = None
    judge: Any = None
    encoder: Any = None
    extractor: Any = None
    own_labels: str | None = None
    own_units: tuple[int, ...] = ()

    @cached_property
    def labels(self) -> labels.Labels | None:
        """The label set that answers are read and scored with."""
        name = self.benchmark.labels or self.own_labels
        return None if name is None else labels.find(name)

    @cached_property
    def units(self) -> tuple[int, ...]:
        """The fixed vocabulary of action units."""
        return self.own_units if self.benchmark.units is None else facs.unit_set(self.benchmark.units)
