"""Affect, Media, Sample: what an annotator or a model says, of what, and where it came from; JSONL in and out.

Every error of a file names the file, the line and, once it is known, the sample.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from affectreason.affect import jsonl, labels
from affectreason.errors import InputError, nearest

log = logging.getLogger(__name__)
Side = Literal["left", "right", "unilateral"]


class ActionUnit(BaseModel):
    """One facial action unit: its FACS number, intensity 0-5 (A-E = 1-5) and side, where they were said."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: int = Field(ge=1, le=99)
    intensity: float | None = Field(default=None, ge=0, le=5)
    side: Side | None = None


class Affect(BaseModel):
    """What an annotator or a model says of an emotion; None is *not said*, an empty `aus` is *said to be none*.

    `emotions` is a set (every weight 1) or a distribution. Valence, arousal and dominance lie in [-1, 1].
    `score` is a data set's own sentiment number, in that set's range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    emotion: str | None = None
    emotions: dict[str, float] | None = None
    aus: tuple[ActionUnit, ...] | None = None
    valence: float | None = Field(default=None, ge=-1, le=1)
    arousal: float | None = Field(default=None, ge=-1, le=1)
    dominance: float | None = Field(default=None, ge=-1, le=1)
    sentiment: str | None = None
    score: float | None = None

    @property
    def units(self) -> frozenset[int] | None:
        """The numbers of the action units said to be present, None when nothing was said of any.

        A unit annotated with intensity 0 was looked at and found absent.
        """
        return None if self.aus is None else frozenset(au.number for au in self.aus if au.intensity != 0)

    @field_validator("aus", mode="before")
    @classmethod
    def _numbers_are_units(cls, value: object) -> object:
        """Let `[1, 4]` stand for `[{"number": 1}, {"number": 4}]`."""
        if isinstance(value, list | tuple):
            return [{"number": item} if isinstance(item, int) else item for item in value]
        return value


class Media(BaseModel):
    """One file of a sample, or a part of it; `start` and `end` are seconds, `path` is relative to the JSONL file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["image", "video", "frames", "audio", "features", "url"]
    path: str
    start: float | None = Field(default=None, ge=0)
    end: float | None = Field(default=None, ge=0)
    role: Literal["face", "context", "speaker", "listener"] | None = None
    colour: Literal["rgb", "bgr"] = "rgb"


class Turn(BaseModel):
    """An earlier turn of the dialogue a sample's question ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    role: Literal["system", "user", "assistant"]
    text: str


class Provenance(BaseModel):
    """Where a sample came from; licence and gate travel with it.

    `origin` is who or what made the labels: `acted` is what an actor was told to show, `human+model` a model's labels
    that people checked. `labeller` names them more closely.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    dataset: str | None = None
    split: str | None = None
    subject: str | None = None
    dialogue: str | None = None
    film: str | None = None
    fold: str | None = None
    origin: Literal["human", "human+model", "model", "self-report", "acted", "lexicon"] | None = None
    labeller: str | None = None
    licence: str | None = None
    gate: str | None = None


class Sample(BaseModel):
    """Media, a question, and what annotators said of it.

    `response` is the verbatim text to learn when the data set gives one; otherwise the text is composed from
    `reasoning` and `gold`. `labels` names the vocabulary (`affectreason.affect.labels`); the names of labels are
    stored, never indices. `transcript` is what is said in the media, `context` what was
    said before it, as `Speaker: text`. `answer` is the right answer to a question whose
    answer is not one label, one of `choices` where it is closed. `attributes` are other things annotated of the
    media (scene, age, brightness); one that was not annotated is absent. `task` is the data set's own tag of the kind
    of question, `group` marks questions put to the same media, which are kept together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str = Field(min_length=1)
    media: tuple[Media, ...] = ()
    transcript: str | None = None
    context: tuple[str, ...] = ()
    question: str | None = None
    choices: tuple[str, ...] | None = None
    answer: str | None = None
    task: str | None = None
    group: str | None = None
    turns: tuple[Turn, ...] = ()
    gold: Affect = Affect()
    attributes: dict[str, str | float | tuple[str, ...]] = Field(default_factory=dict)
    reasoning: str | None = None
    response: str | None = None
    labels: str | None = None
    affect: Literal["expressed", "evoked", "intended", "felt", "written", "clinical"] | None = None
    provenance: Provenance = Provenance()
    annotators: tuple[Affect, ...] = ()

    def to_json(self) -> str:
        """One line of JSON without the fields that were not said; an empty list of units stays."""
        return self.model_dump_json(exclude_defaults=True)


_TYPES: dict[str, type[BaseModel]] = {
    "gold": Affect, "annotators": Affect, "aus": ActionUnit, "media": Media, "turns": Turn, "provenance": Provenance,
}  # fmt: skip


def read(path: str | Path, split: str | None = None) -> list[Sample]:
    """Read a JSONL file of our samples, or of rows as other toolkits write them (`foreign.py`), also mixed.

    Media paths are made absolute, labels take the vocabulary's own spelling, and `split` keeps one split. Raises
    InputError with file, line and sample for what cannot be read, for two equal ids and for a file without samples.
    """
    path = Path(path)
    found: dict[str, Sample] = {}
    lines: dict[str, int] = {}
    left_out = 0
    for line, _, sample in each(path):
        if isinstance(sample, InputError):
            raise InputError(f"{path}:{line}: {sample}") from sample
        if sample is None:
            left_out += 1
            continue
        if sample.id in found:
            first = lines[sample.id]
            raise InputError(f"{path}:{line}: sample {sample.id!r}: line {first} has the same id; give each its own")
        found[sample.id], lines[sample.id] = sample, line
    if left_out:
        log.warning("%s: %d rows left out, which the data set itself marks as not valid", path, left_out)
    return _of_split(list(found.values()), split, path)


def each(path: Path) -> Iterator[tuple[int, int, Sample | InputError | None]]:
    """Each row of a file as `read` reads it, one at a time, with its line and first byte; ids are not compared.

    What is wrong with a row stands in its place, None for a row that its data set marks as not valid. Raises
    InputError for a missing file alone.
    """
    for line, at, row in jsonl.each(path):
        yield line, at, row if isinstance(row, InputError) else sample_or_error(row, path, line)


def readable(path: Path) -> Iterator[Sample]:
    """The samples of a file as they come, in flat memory; InputError at the first row that is none."""
    for line, _, found in each(path):
        if isinstance(found, InputError):
            raise InputError(f"{path}:{line}: {found}; affectreason check data={path} lists all such rows") from found
        if found is not None:
            yield found


def sample_or_error(row: dict[str, Any], path: Path, line: int) -> Sample | InputError | None:
    """The sample of one row of a file, in our form or another; what is wrong with it; None if marked as not valid."""
    from affectreason.affect import foreign  # here, because it is written in terms of Sample

    try:
        sample = foreign.to_sample(row, f"{path.stem}_{line}") if foreign.form(row) else from_row(row)
        return None if sample is None else _canonical(_moved(sample, lambda media: jsonl.absolute(media, path.parent)))
    except InputError as error:
        return error


def write(path: str | Path, samples: Iterable[Sample]) -> None:
    """Write samples as JSONL, as they come, whole or not at all; media inside the file's folder are named relative.

    Raises InputError when two samples have one id, and when the disk is full or the folder cannot be written to.
    """
    folder = Path(path).parent.absolute()
    ids: set[str] = set()

    def lines() -> Iterator[str]:
        for sample in samples:
            if sample.id in ids:
                raise InputError(f"{path}: two samples have the id {sample.id!r}; nothing was written")
            ids.add(sample.id)
            yield line_of(sample, folder)

    jsonl.write(Path(path), lines())


def line_of(sample: Sample, folder: Path) -> str:
    """The line of JSON for a file in this (absolute) folder."""
    return _moved(sample, lambda media: jsonl.relative(media, folder)).to_json()


def from_row(row: dict[str, Any]) -> Sample:
    """Make one sample of a row in our own form; InputError names the sample and says in words what is wrong."""
    try:
        return Sample.model_validate(row)
    except ValidationError as error:
        problems = "; ".join(_in_words(problem) for problem in error.errors(include_url=False))
        raise InputError(f"sample {row['id']!r}: {problems}" if "id" in row else problems) from error


def check_labels(samples: Iterable[Sample]) -> list[Sample]:
    """Spell every gold label as the sample's vocabulary does.

    InputError for a label outside it, with the nearest, and for an answer that is none of the sample's choices.
    """
    return [_canonical(sample) for sample in samples]


def _canonical(sample: Sample) -> Sample:
    if sample.choices and sample.answer is not None:
        from affectreason.affect import choices  # here, because it is written in terms of Sample

        allowed = choices.of(sample)
        if allowed is not None and allowed.find(sample.answer) is None:
            said = f"the answer {sample.answer!r} is none of the choices"
            raise InputError(f"sample {sample.id!r}: {said}; {nearest(sample.answer, sample.choices)}")
    if sample.labels is None:
        return sample
    try:
        vocabulary = labels.find(sample.labels)
        gold = _spelled(sample.gold, vocabulary)
        annotators = tuple(_spelled(affect, vocabulary) for affect in sample.annotators)
    except InputError as error:
        raise InputError(f"sample {sample.id!r}: {error}") from error
    if gold is sample.gold and not annotators:
        return sample
    return sample.model_copy(update={"gold": gold, "annotators": annotators})


def _spelled(affect: Affect, vocabulary: labels.Labels) -> Affect:
    def name(word: str) -> str:
        own = vocabulary.canonical(word)
        if own is None:
            raise InputError(
                f"the label {word!r} is not in the vocabulary {vocabulary.name!r}; {vocabulary.nearest(word)}"
            )
        return own

    update: dict[str, object] = {}
    if affect.emotion is not None:
        update["emotion"] = name(affect.emotion)
    if affect.emotions is not None:
        weights: dict[str, float] = {}
        for word, weight in affect.emotions.items():
            weights[name(word)] = weights.get(name(word), 0.0) + weight
        update["emotions"] = weights
    same = all(getattr(affect, key) == value for key, value in update.items())
    return affect if same else affect.model_copy(update=update)


def _moved(sample: Sample, place: Callable[[str], str]) -> Sample:
    """Put every media path through `place`."""
    media = [m if m.kind == "url" else m.model_copy(update={"path": place(m.path)}) for m in sample.media]
    if media == [*sample.media]:
        return sample
    return sample.model_copy(update={"media": tuple(media)})


def _of_split(samples: list[Sample], split: str | None, path: Path) -> list[Sample]:
    if not samples:
        raise InputError(
            f"{path} holds no samples; write one JSON object a line, or `affectreason prep` makes such files"
        )
    kept = [sample for sample in samples if split is None or sample.provenance.split == split]
    if not kept:
        counts = Counter(sample.provenance.split for sample in samples)
        none = f" ({counts.pop(None)} samples name no split)" if None in counts else ""
        names = [name for name in counts if name is not None]
        raise InputError(f"{path}: no sample of split {split!r}; {nearest(str(split), names)}{none}")
    return kept


def _in_words(problem: Any) -> str:
    """One of pydantic's findings as `gold.valence: Input should be ..., not 3.0`."""
    where = [str(part) for part in problem["loc"]]
    if problem["type"] == "extra_forbidden":
        owner = next((_TYPES[part] for part in reversed(where[:-1]) if part in _TYPES), Sample)
        return f"unknown key {'.'.join(where)!r}; {nearest(where[-1], owner.model_fields)}"
    if problem["type"] == "missing":
        return f"missing {'.'.join(where)!r}"
    return f"{'.'.join(where) or 'the row'}: {problem['msg']}, not {json.dumps(problem['input'], default=str)[:80]}"
