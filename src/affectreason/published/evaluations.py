"""The files of evaluations and transcripts that a dialogue of IEMOCAP has (Busso et al. 2008)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from affectreason.errors import InputError
from affectreason.published import tables

_HEAD = re.compile(r"\[([\d.]+) - ([\d.]+)\]\s+((Ses\d\d)[FM]_\w+_([FM])\d+)\s+([a-z]{3})\s+\[([^]]*)\]")
_VOTE = re.compile(r"([CA])-(E\d+):\s*(.*?);?\s*\(")
_SAID = re.compile(r"((Ses\d\d)[FM]_\w+_([FM])\w*\d+) \[([\d.]+)-([\d.]+)\]: ?(.*)")


@dataclass(frozen=True)
class Utterance:
    """One evaluated utterance: seconds in the dialogue, the voted label's three letters, mean ratings as written.

    `votes` are what outside annotators said (E1, E2, ...): words for the emotion, ratings such as `val 3`. The actors'
    own ratings are not among them. `where` is the file and line of its heading.
    """

    name: str
    speaker: str
    start: float
    end: float
    code: str
    means: str
    where: str
    votes: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Spoken:
    """What a speaker says from `start` on, in seconds."""

    start: float
    speaker: str
    text: str


def utterances(path: Path) -> Iterator[Utterance]:
    """The utterances of an evaluation file, with their votes; InputError for a line of another form and for none."""
    current: Utterance | None = None
    for number, (line,) in tables.lines(path, delimiter="\n"):
        if line.startswith("["):
            if current:
                yield current
            match = _HEAD.fullmatch(line)
            if not match:
                raise InputError(f"{path}:{number}: {line[:60]!r} is not '[start - end] turn label [v, a, d]'")
            start, end, name, session, speaker, code, means = match.groups()
            current = Utterance(name, session + speaker, float(start), float(end), code, means, f"{path}:{number}")
        elif current and (vote := _VOTE.match(line)):
            said, rated = current.votes.setdefault(vote[2], ([], []))
            words = [word.strip() for word in vote[3].split(";") if word.strip()]
            (said if vote[1] == "C" else rated).extend(words)
        elif not line.startswith(("%", "C-", "A-")):
            raise InputError(f"{path}:{number}: {line[:60]!r} is neither an utterance nor a vote (C-E1: or A-E1:)")
    if current is None:
        raise InputError(f"{path} has no utterances '[start - end] turn label [v, a, d]'; was it cut short?")
    yield current


def spoken(path: Path) -> dict[str, Spoken]:
    """What is said in a dialogue by the names of utterances, in the order they begin, also what was not evaluated.

    Lines of other forms are no utterances.
    """
    found: dict[str, Spoken] = {}
    for _, (line,) in tables.lines(path, delimiter="\n"):
        if match := _SAID.fullmatch(line):
            name, session, speaker, start, _, text = match.groups()
            found[name] = Spoken(float(start), session + speaker, text)
    return dict(sorted(found.items(), key=lambda item: item[1].start))
