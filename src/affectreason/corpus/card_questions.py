"""What only people can say of a data set: the questions, the file they are answered in, and what is known beforehand.

The questions follow Scheuerman, Hanna & Denton, "Do Datasets Have Politics?" (CSCW 2021, DOI 10.1145/3476058).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from affectreason.affect import jsonl
from affectreason.corpus.tally import NOT_SAID, Tally
from affectreason.errors import InputError, nearest
from affectreason.published.about import About
from affectreason.recipe.words import read_yaml, write_yaml

UNKNOWN = "unknown"
ANNOTATOR_KINDS = ("crowdsourced", "expert-generated", "found", "other")
Answer = str | list[str]


class Question(NamedTuple):
    """One question: its key in the answers file, the section of the card it stands in, and its text."""

    key: str
    section: str
    text: str


QUESTIONS = tuple(
    Question(*(part.strip() for part in line.split("|")))
    for line in """
    name | About | The name of the data set
    purpose | About | What was it made for, and for which task?
    maintainer | About | Who keeps it, and how can they be reached?
    paper | About | The paper or page that describes it
    source | Source | Where do the media come from: which platform, film, laboratory, people?
    language | Source | Languages spoken or written in it, as ISO 639 codes: en, or a list such as [en, zh]
    context | Source | Which situations, cultures and times does it cover, and which not?
    consent | People | Did the people shown agree to be shown, labelled and learnt from? How were they asked?
    ethics_review | People | Which board reviewed it, and with what result?
    privacy | People | What tells who a person is (face, voice, name), and what was done about it?
    takedown | People | How does a person have themselves taken out, and how do users learn of it?
    annotator_kind | Annotators | Who labelled: crowdsourced, expert-generated, found or other?
    annotator_number | Annotators | How many people labelled, and how many each sample?
    annotator_pay | Annotators | What were they paid?
    annotator_instructions | Annotators | What were they told and shown, and where can it be read?
    annotator_language | Annotators | Which languages do they speak?
    annotator_region | Annotators | Where do they live?
    annotator_positionality | Annotators | Who are they (age, gender, culture, training), and how may it shape labels?
    label_origin | Annotation | Who or what made the labels?
    disagreement | Annotation | Are the single votes kept? How was disagreement settled?
    taxonomy | Annotation | Which labels, by which theory of emotion, and why these?
    taxonomy_critics | Annotation | What is said against them? (That basic emotions are universal is contested.)
    affect_kind | Annotation | Is it what is expressed, evoked, intended, felt, written, or a clinical state?
    licence | Access | The licence of media and labels; a list where there are several
    access | Access | How is access given, and by whom?
    redistribution | Access | What may be passed on: media, labels, features, models trained on it?
    known_failures | Limits | Which errors, gaps and biases are known?
    out_of_scope | Limits | For what must it not be used, by law or by intent?
""".strip().splitlines()
)
HINTS = {
    "out_of_scope": (
        "think of surveillance, hiring, diagnosis; inferring emotions at work and at school is restricted by law "
        "in some jurisdictions"
    ),
}
KEYS = tuple(question.key for question in QUESTIONS)


def beforehand(tally: Tally, about: Mapping[str, About]) -> dict[str, Answer]:
    """What the samples, and what is published of their data sets (by title), already answer."""
    found: dict[str, Answer] = {
        "name": _joined(tally.fields["dataset"]),
        "licence": _several(tally.fields["licence"]),
        "access": _joined(tally.fields["gate"]),
        "label_origin": _joined(tally.fields["origin"], tally.fields["labeller"]),
        "affect_kind": _joined(tally.fields["affect"]),
        "paper": "; ".join(one.paper for one in about.values() if one.paper),
        "taxonomy": _joined(tally.fields["vocabulary"]),
    }
    if about:
        found["access"] = "; ".join(f"{one.gate}: {one.get}" for one in about.values())
    return {key: answer for key, answer in found.items() if answer}


def write_answers(path: Path, known: Mapping[str, Answer]) -> None:
    """Write every question with what is known and `unknown` for the rest; the caller sees that nothing is replaced."""
    lines = [f"# Answers for the data card. `{UNKNOWN}` is allowed and counted; `affectreason card` reads this file."]
    section = ""
    for question in QUESTIONS:
        if question.section != section:
            section = question.section
            lines += ["", f"# ---- {section}"]
        lines.append(f"# {question.text}")
        if question.key in HINTS:
            lines.append(f"# ({HINTS[question.key]})")
        lines.append(write_yaml({question.key: known.get(question.key, UNKNOWN)}).rstrip())
    jsonl.write(path, lines)


def read_answers(path: Path) -> dict[str, Answer]:
    """The answer to every question, `unknown` where the file has none; InputError for other keys and empty values."""
    if not path.is_file():
        raise InputError(f"no such file: {path}; without answers= it is written beside the data, to be filled")
    rows = read_yaml(path.read_text(encoding="utf-8"), str(path))
    if not isinstance(rows, dict):
        raise InputError(f"{path} holds no answers; write one `key: answer` a line, such as purpose: {UNKNOWN}")
    for key, value in rows.items():
        if key not in KEYS:
            raise InputError(f"{path}: there is no question {key!r}; {nearest(key, KEYS)}")
        _check(path, key, value)
    given = {key: rows.get(key, UNKNOWN) for key in KEYS}
    answers: dict[str, Answer] = {
        key: [str(item).strip() for item in value] if isinstance(value, list) else str(value).strip()
        for key, value in given.items()
    }
    kind = answers["annotator_kind"]
    if kind not in (UNKNOWN, *ANNOTATOR_KINDS):
        raise InputError(f"{path}: annotator_kind: {kind!r}; {nearest(kind, (UNKNOWN, *ANNOTATOR_KINDS))}")
    _check_language(path, answers["language"])
    return answers


def unanswered(answers: Mapping[str, Answer]) -> list[str]:
    """The keys whose answer is unknown."""
    return [key for key in KEYS if answers[key] in (UNKNOWN, [UNKNOWN])]


def _check(path: Path, key: str, value: object) -> None:
    items = value if isinstance(value, list) else [value]
    if not items or any(item is None or not str(item).strip() for item in items):
        raise InputError(f"{path}: {key} is empty; write what is known, or {UNKNOWN}")
    if any(isinstance(item, bool | dict | list) for item in items):
        raise InputError(f"{path}: {key}: {value!r} is not text; write it in words, or {UNKNOWN}")


def _check_language(path: Path, answer: Answer) -> None:
    for code in [answer] if isinstance(answer, str) else answer:
        plain = len(code) in (2, 3) and code.isascii() and code.isalpha() and code.islower()
        if not plain and code not in (UNKNOWN, "multilingual"):
            raise InputError(f"{path}: language: {code!r} is no code of ISO 639; write for example en, or [en, zh]")


def _several(counts: Counter[str]) -> Answer:
    names = [name for name, _ in counts.most_common() if name != NOT_SAID]
    return names if len(names) > 1 else "".join(names)


def _joined(*counts: Counter[str]) -> str:
    parts: Sequence[str] = [", ".join(name for name, _ in one.most_common() if name != NOT_SAID) for one in counts]
    return "; ".join(part for part in parts if part)
