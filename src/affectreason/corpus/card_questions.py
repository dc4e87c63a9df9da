"""What only people can say of a data set: the questions, and the file they are answered in.

The questions follow Scheuerman, Hanna & Denton, "Do Datasets Have Politics?" (CSCW 2021, DOI 10.1145/3476058).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from affectreason.affect import jsonl
from affectreason.errors import InputError, nearest
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


def is_unknown(answer: Answer) -> bool:
    """Whether an answer, or a part of it, is `unknown` in any case of letters."""
    return any(part.strip().casefold() == UNKNOWN for part in ([answer] if isinstance(answer, str) else answer))


def write_answers(path: Path, known: Mapping[str, Answer], part: Mapping[str, str]) -> None:
    """Write every question with what is known and `unknown` for the rest; the caller sees that nothing is replaced.

    What is known in `part` only stands in a comment.
    """
    lines = [f"# Answers for the data card. `{UNKNOWN}` is allowed and counted; `affectreason card` reads this file."]
    section = ""
    for question in QUESTIONS:
        if question.section != section:
            section = question.section
            lines += ["", f"# ---- {section}"]
        lines.append(f"# {question.text}")
        if question.key in HINTS:
            lines.append(f"# ({HINTS[question.key]})")
        if question.key in part:
            lines.append(f"# The samples say: {part[question.key]}")
        lines.append(write_yaml({question.key: known.get(question.key, UNKNOWN)}).rstrip())
    jsonl.write(path, lines)


def read_answers(path: Path) -> dict[str, Answer]:
    """The answer to every question, `unknown` where the file has none; InputError for other keys and empty values."""
    if not path.is_file():
        raise InputError(f"no such file: {path}; without answers= it is written beside the data, to be filled")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        wrong = f"{path}: not UTF-8 text (byte {error.object[error.start]:#04x})"
        raise InputError(f"{wrong}; give the file with the answers, saved as UTF-8, as answers=") from error
    rows = read_yaml(text, str(path))
    if not isinstance(rows, dict):
        raise InputError(f"{path} holds no answers; write one `key: answer` a line, such as purpose: {UNKNOWN}")
    for key, value in rows.items():
        if key not in KEYS:
            raise InputError(f"{path}: there is no question {key!r}; {nearest(key, KEYS)}")
        _check(path, key, value)
    given = {key: rows.get(key, UNKNOWN) for key in KEYS}
    answers: dict[str, Answer] = {
        key: [_plain(item) for item in value] if isinstance(value, list) else _plain(value)
        for key, value in given.items()
    }
    kinds = answers["annotator_kind"]
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if kind not in (UNKNOWN, *ANNOTATOR_KINDS):
            raise InputError(f"{path}: annotator_kind: {kind!r}; {nearest(kind, (UNKNOWN, *ANNOTATOR_KINDS))}")
    _check_language(path, answers["language"])
    return answers


def unanswered(answers: Mapping[str, Answer]) -> list[str]:
    """The keys whose answer, or a part of it, is unknown."""
    return [key for key in KEYS if is_unknown(answers[key])]


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


def _plain(value: object) -> str:
    text = str(value).strip()
    return UNKNOWN if is_unknown(text) else text
