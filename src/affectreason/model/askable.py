"""Whether a stage can do anything with a sample: whether it can be shown, has something to learn, can be rewarded."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from affectreason.affect import reading
from affectreason.affect.sample import Affect, Sample
from affectreason.affect.samples import check_labels
from affectreason.corpus.finding import SHOWN, Finding, Level, where
from affectreason.recipe import modalities, runs, targets
from affectreason.recipe.parts import GRPO, SFT, Stage, Synthesize
from affectreason.recipe.schema import Recipe
from affectreason.recipe.words import source_and_split
from affectreason.scoring import rewards

READERS = (SFT, GRPO, Synthesize)
SHOWABLE = ("image", "video", "frames", "audio")


@dataclass(frozen=True)
class Row:
    """A sample with its file and line."""

    sample: Sample
    file: Path
    line: int

    @property
    def key(self) -> tuple[Path, int, str]:
        """What tells it from other rows."""
        return self.file, self.line, self.sample.id

    def named(self, *more: object) -> str:
        """The row by its id, file and line, and what is said of it."""
        return where(self.sample.id, str(self.file), self.line, *more)


@dataclass
class Fault:
    """What is wrong with some rows, how many they are, and the first few."""

    level: Level
    kind: str
    text: str
    mend: str
    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, row: Row, *more: object) -> None:
        """Count one row and what is said of it."""
        self.count += 1
        if len(self.examples) < SHOWN:
            self.examples.append(row.named(*more))

    def finding(self) -> list[Finding]:
        """The finding, where there was any row."""
        text = self.text.replace("#", f"{self.count:,}")
        return [Finding(self.level, self.kind, self.count, text, tuple(self.examples), self.mend)] if self.count else []


def in_labels(sample: Sample, recipe: Recipe) -> Sample:
    """The sample with the recipe's label set where it names none; InputError for a label that is not of it."""
    return sample if sample.labels else check_labels([sample.model_copy(update={"labels": recipe.labels})])[0]


def splits_of(stage: Any, file: Path) -> frozenset[str | None]:
    """The splits of a file that a stage's data names, None for all of it; empty where it names other files."""
    items = [source_and_split(item) for item in runs.reads(stage)]
    return frozenset(split for source, split in items if Path(source).resolve() == file.resolve())


class Asked:
    """What one stage cannot do with the samples it was shown so far.

    Where no stage is `named`, that is names one of these files, each is held against all of their samples.
    """

    def __init__(self, recipe: Recipe, stage: Stage, files: Iterable[Path], named: bool) -> None:
        self.recipe = recipe
        self.splits = {file: splits_of(stage, file) if named else frozenset([None]) for file in files}
        self.stage, name, remove = stage, f"{stage.name}: samples", "take them out of its data"
        hold = "with features or an address, which no model is given"
        self.kinds = Fault("error", "cannot_be_shown", f"{name} {hold}: #", remove)
        self.empty = Fault("error", "nothing_to_learn", f"{name} with neither a response nor an emotion: #", remove)
        unseen = f"{name} with clips or sound, which vLLM is not given: #"
        self.clips = Fault("error", "clips_with_vllm", unseen, f"{remove}, or leave train.use_vllm out")
        self.mute = Fault("error", "unscorable", f"{name} that none of its rewards can score: #", remove)
        form = f"{name} that only rewards which look at no annotation can score: #"
        self.form = Fault("warning", "only_form_rewarded", form, f"annotate them, or {remove}")
        quote = f"{name} whose question or turns quote the transcript, which its drop: text takes away: #"
        self.quoted = Fault("error", "quoted_transcript", quote, "take it out: a prompt quotes it by itself")
        self.terms = [(rewards.find(r.use), r.args) for r in stage.rewards] if isinstance(stage, GRPO) else []

    def reads(self, row: Row) -> bool:
        """Whether the stage reads the row."""
        splits = self.splits[row.file]
        return None in splits or row.sample.provenance.split in splits

    def add(self, row: Row) -> None:
        """Look at one sample."""
        kinds = {item.kind for item in row.sample.media}
        if not kinds <= set(SHOWABLE):
            self.kinds.add(row, ", ".join(sorted(kinds - set(SHOWABLE))))
        if isinstance(self.stage, SFT) and not targets.to_learn(self.recipe, self.stage, [row.sample]):
            self.empty.add(row)
        if "text" in getattr(self.stage, "drop", ()) and modalities.is_quoted(row.sample):
            self.quoted.add(row)
        if isinstance(self.stage, GRPO):
            if self.stage.train.get("use_vllm") and kinds & {"video", "frames", "audio"}:
                self.clips.add(row)
            scored = self._scored(row.sample)
            if not scored:
                self.mute.add(row)
            elif not scored - self._scored(Sample(id="bare", labels=row.sample.labels, gold=Affect())):
                self.form.add(row)

    def findings(self) -> list[Finding]:
        """All that was found."""
        return [one for fault in self._faults() for one in fault.finding()]

    def _faults(self) -> tuple[Fault, ...]:
        return self.kinds, self.empty, self.clips, self.quoted, self.mute, self.form

    def _scored(self, sample: Sample) -> set[int]:
        """The numbers of the rewards that give a score to an answer about the sample, of whatever height."""
        response = _silence(str(sample.labels))
        scores = [reward(response, sample, **args) for reward, args in self.terms]
        return {number for number, score in enumerate(scores) if score is not None}


@cache
def _silence(vocabulary: str) -> Any:
    """An answer that says nothing; whether it can be scored depends on the sample alone."""
    return reading.read("", Sample(id="silence", labels=vocabulary))
