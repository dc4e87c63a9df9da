"""Affect, Media, Sample: what an annotator or a model says, of what, and where it came from."""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from affectreason.errors import InputError, nearest

Side = Literal["left", "right", "unilateral"]


class ActionUnit(BaseModel):
    """One facial action unit: its FACS number, intensity 0-5 (A-E = 1-5) and side, where they were said."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    number: int = Field(ge=1, le=99)
    intensity: float | None = Field(default=None, ge=0, le=5)
    side: Side | None = None


class Affect(BaseModel):
    """What an annotator or a model says of an emotion; None is *not said*, an empty `aus` is *said to be none*.

    `emotions` is a set (every weight 1) or a distribution. Valence, arousal and dominance lie in [-1, 1].
    `score` is a data set's own sentiment number, in that set's range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
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
            return [{"number": item} if type(item) is int else item for item in value]
        return value


class Media(BaseModel):
    """One file of a sample, or a part of it; `start` and `end` are seconds, `path` is relative to the JSONL file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    kind: Literal["image", "video", "frames", "audio", "features", "url"]
    path: str
    start: float | None = Field(default=None, ge=0)
    end: float | None = Field(default=None, ge=0)
    role: Literal["face", "context", "speaker", "listener"] | None = None
    colour: Literal["rgb", "bgr"] = "rgb"


class Turn(BaseModel):
    """An earlier turn of the dialogue a sample's question ends."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    role: Literal["system", "user", "assistant"]
    text: str


class Provenance(BaseModel):
    """Where a sample came from; licence and gate travel with it.

    `origin` is who or what made the labels: `acted` is what an actor was told to show, `human+model` a model's labels
    that people checked. `labeller` names them more closely.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
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

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
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

    @property
    def annotated(self) -> bool:
        """Whether anything was annotated: of the affect, an answer, a response, reasoning or other attributes."""
        texts = (self.answer, self.response, self.reasoning)
        return self.gold != Affect() or any(texts) or bool(self.attributes)

    def to_json(self) -> str:
        """One line of JSON without the fields that were not said; an empty list of units stays."""
        return self.model_dump_json(exclude_defaults=True)


_TYPES: dict[str, type[BaseModel]] = {
    "gold": Affect, "annotators": Affect, "aus": ActionUnit, "media": Media, "turns": Turn, "provenance": Provenance,
}  # fmt: skip


def from_row(row: dict[str, Any]) -> Sample:
    """Make one sample of a row in our own form; InputError names the sample and says in words what is wrong."""
    try:
        return Sample.model_validate(row)
    except ValidationError as error:
        problems = "; ".join(_in_words(problem) for problem in error.errors(include_url=False))
        raise InputError(f"sample {row['id']!r}: {problems}" if "id" in row else problems) from error


def _in_words(problem: Any) -> str:
    """One of pydantic's findings as `gold.valence: Input should be ..., not 3.0`."""
    where = [str(part) for part in problem["loc"]]
    if problem["type"] == "extra_forbidden":
        owner = next((_TYPES[part] for part in reversed(where[:-1]) if part in _TYPES), Sample)
        return f"unknown key {'.'.join(where)!r}; {nearest(where[-1], owner.model_fields)}"
    if problem["type"] == "missing":
        return f"missing {'.'.join(where)!r}"
    return f"{'.'.join(where) or 'the row'}: {problem['msg']}, not {json.dumps(problem['input'], default=str)[:80]}"
