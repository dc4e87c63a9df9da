"""Response and `parse`: the only code of the project that takes a model's text apart.

The form asked for is `<think>reasoning with units like "the brows are lowered (AU4)"</think><answer>label</answer>`,
with an `<au>AU1, AU4</au>` block beside it if one likes. Much else is understood, but not called well formed.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from affectreason.affect.choices import Choices
from affectreason.affect.denial import affirmed
from affectreason.affect.labels import Labels
from affectreason.affect.mentions import Units, read_units
from affectreason.affect.said_json import Record, read_json
from affectreason.affect.sample import Affect

_TAG = re.compile(r"<(/?)(think|answer|aus|au)>", re.I)
_UNIT_BLOCK = re.compile(r"<aus?>([^<]*)(?:</aus?>)?", re.I)
_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # full-width forms, one character for one


@dataclass(frozen=True)
class Response:
    """A model's text and what it says, as the same type as an annotation.

    `well_formed`: exactly one non-empty think block, then exactly one answer block that is one known label (or one of
    the choices of a closed question), at most one block of units, and nothing else but white space. `problem` says what
    was wrong, ignored or unsure, also where the form is right (an unknown unit), and is None when there is nothing to
    say.
    `answered` is the text of the answer block, None where there is none, or several that differ.
    """

    text: str
    reasoning: str | None
    said: Affect
    well_formed: bool
    problem: str | None
    answered: str | None = None


@dataclass(frozen=True)
class _Block:
    """What stands between an opening tag and its closing tag, or the next tag where it is not closed."""

    tag: str
    start: int
    end: int
    closed: bool


@dataclass(frozen=True)
class Parts:
    """A text by its blocks: the reasoning, what each answer block holds (None: there is none), and what is outside."""

    reasoning: str | None
    answers: tuple[str, ...] | None
    outside: str


@dataclass
class _Reading:
    """What was found so far; `problems` that break the form, and `notes` that do not."""

    said: Record = field(default_factory=Record)
    aus: Units = field(default_factory=lambda: Units(None))
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def parse(text: str, labels: Labels, units: Iterable[int] | None = None, choices: Choices | None = None) -> Response:
    """Take a model's text apart; never raises, and leaves None where the text does not say one thing.

    `units` are the action units that count (all of FACS when None). Units are taken from a block of units, else from
    JSON in the answer, else from the reasoning, else from the text around the answer. `choices` are what the answer may
    be where the question asks for no label (`choices.of(sample)`); units in an open answer count as those in JSON do.
    """
    known = None if units is None else frozenset(units)
    plain = text.translate(_WIDTH)
    blocks, outside, form = _take_apart(text, plain)
    thought = next((block for block in blocks if block.tag == "think"), None)
    reasoning = None if thought is None else text[thought.start : thought.end].strip()
    found = _Reading(problems=form)
    answers = [block for block in blocks if block.tag == "answer"]
    contents = _contents(text, answers)
    answered = contents[0][0] if len({_normal(content) for content, _ in contents}) == 1 else None
    if choices is not None:
        _choice(found, contents, labels, choices)
    elif answers:
        _answer(found, contents, labels)
    else:
        _bare(found, plain, outside, thought is not None, labels)
    if thought is not None and not reasoning:
        found.problems.append("the reasoning is empty")
    _units(found, plain, outside if thought is None else plain[thought.start : thought.end], known)
    emotion, emotions = found.said.emotion()
    valence, arousal, dominance = map(found.said.numbers.get, ("valence", "arousal", "dominance"))
    said = Affect(
        emotion=emotion, emotions=emotions, aus=found.aus.aus, valence=valence, arousal=arousal, dominance=dominance
    )
    problem = "; ".join(dict.fromkeys(found.problems + found.notes)) or None
    return Response(text, reasoning, said, not found.problems, problem, answered or None)


def parts(text: str) -> Parts:
    """The blocks of a text, for answers that are no labels; units in blocks of their own are left out."""
    blocks, outside, _ = _take_apart(text, text.translate(_WIDTH))
    thought = next((text[block.start : block.end].strip() for block in blocks if block.tag == "think"), None)
    answers = [block for block in blocks if block.tag == "answer"]
    contents = tuple(content for content, _ in _contents(text, answers)) if answers else None
    return Parts(thought, contents, outside.strip())


def _take_apart(text: str, plain: str) -> tuple[list[_Block], str, list[str]]:
    """The think and answer blocks, the text outside of all blocks, and what is wrong with the tags."""
    tags = list(_TAG.finditer(plain))
    blocks: list[_Block] = []
    outside, at = [], 0
    opened: re.Match[str] | None = None
    for tag in tags:
        closes, name = bool(tag[1]), tag[2].lower()
        if name not in ("think", "answer"):
            continue
        if opened is not None:
            blocks.append(_Block(opened[2].lower(), opened.end(), tag.start(), closes and name == opened[2].lower()))
        elif closes and name == "think" and not blocks:
            blocks.append(_Block("think", 0, tag.start(), False))  # a chat template may have written the opening tag
        else:
            outside.append(plain[at : tag.start()])
        opened, at = (None if closes else tag), tag.end()
    if opened is not None:
        blocks.append(_Block(opened[2].lower(), opened.end(), len(plain), False))
    else:
        outside.append(plain[at:])
    rest = _UNIT_BLOCK.sub("\n", "\n".join(outside))
    return blocks, rest, _form([text[tag.start() : tag.end()] for tag in tags], rest)


def _form(tags: list[str], outside: str) -> list[str]:
    """What keeps the tags from being one think block, then one answer block, with at most one block of units beside."""
    problems = []
    for name in ("think", "answer"):
        opens, closes = tags.count(f"<{name}>"), tags.count(f"</{name}>")
        if (opens, closes) != (1, 1):
            problems.append(f"{opens} <{name}> and {closes} </{name}>, not one of each")
    order = "".join(tags).replace("aus>", "au>")
    form, block = "<think></think><answer></answer>", "<au></au>"
    allowed = (form, block + form, form + block, form.replace("k><a", f"k>{block}<a"))
    if not problems and order not in allowed:
        problems.append("the blocks are out of order")
    if outside.strip():
        problems.append("text outside the tags")
    return problems


def _contents(text: str, answers: list[_Block]) -> list[tuple[str, bool]]:
    """What stands in each answer block, and whether it is closed."""
    found = [(text[block.start : block.end].strip(), block.closed) for block in answers]
    # `<answer>happy<answer>` is an opening tag written for the closing one
    return [(content, closed) for content, closed in found if content or closed or len(found) == 1]


def _answer(found: _Reading, contents: list[tuple[str, bool]], labels: Labels) -> None:
    """Read the answer blocks; they must agree."""
    readings = [_one_answer(found, _normal(content), closed, labels) for content, closed in contents]
    names = [reading.names for reading in readings]
    if any(one != names[0] for one in names):
        found.problems.append("the answers contradict each other")
    elif readings:
        found.said = readings[0]


def _choice(found: _Reading, contents: list[tuple[str, bool]], labels: Labels, choices: Choices) -> None:
    """Read the answer to a question with choices; a choice that is a label too says that emotion."""
    chosen = {choices.find(content) for content, _ in contents}
    if any(not content for content, _ in contents):
        found.problems.append("the answer is empty")
    elif len(chosen) > 1:
        found.problems.append("the answers contradict each other")
    elif chosen == {None}:
        found.problems.append(f"the answer {_short(contents[0][0])} is none of the choices: {'; '.join(choices.names)}")
    elif chosen and choices.names:
        label = labels.canonical(str(chosen.pop()))
        found.said = Record(names={label: 1.0} if label else {})
    elif chosen:
        content = _normal(contents[0][0])
        record = read_json(content, labels)
        if record is not None and record.units is not None:
            found.said = Record(units=record.units)
        elif read_units(content).aus is not None:
            found.said = Record(units=content)


def _one_answer(found: _Reading, content: str, closed: bool, labels: Labels) -> Record:
    """Read one answer: a label, JSON, or a sentence that affirms labels."""
    name = labels.canonical(content)
    if name is not None:
        return Record(names={name: 1.0})
    if not content:
        found.problems.append("the answer is empty")
        return Record()
    if not closed:
        found.problems.append("the answer is not closed and not one label")
        return Record()
    record = read_json(content, labels)
    if record is not None:
        found.problems += ["the answer is JSON, not one label", *record.problems]
        return record
    names = affirmed(content, labels)
    found.problems.append(_why(names, f"the answer {_short(content)}", labels))
    return Record(names=dict.fromkeys(names, 1.0))


def _bare(found: _Reading, text: str, outside: str, thought: bool, labels: Labels) -> None:
    """Read a text without an answer block: JSON, or the one label it affirms, outside the reasoning if there is any."""
    content = _normal(outside).strip()
    if not content:
        found.problems.append("there is no answer" if thought or text.strip() else "the text is empty")
        return
    record = read_json(content, labels)
    if record is not None:
        found.said = record
        found.problems += record.problems
        return
    names = affirmed(content, labels)
    if len(names) == 1:
        found.said = Record(names={names[0]: 1.0})
    else:
        found.problems.append(_why(names, "the text", labels))


def _why(names: list[str], what: str, labels: Labels) -> str:
    """Why a text is not one label."""
    if not names:
        return f"{what} affirms no label of {labels.name}"
    return (
        f"{what} affirms {len(names)} labels: {', '.join(names)}" if len(names) > 1 else f"{what} is more than a label"
    )


def _units(found: _Reading, text: str, evidence: str, known: frozenset[int] | None) -> None:
    """Read the units from the blocks of units, else from JSON, else from the evidence."""
    contents = dict.fromkeys(block[1] for block in _UNIT_BLOCK.finditer(text))
    listed = [read_units(_normal(block), known, True) for block in contents]
    if any(block.aus is None for block in listed):
        found.problems.append("the block of units says nothing of a known unit")
    listed = [block for block in listed if block.aus is not None or block.notes]
    if listed:
        found.aus = listed[0]
        if any(block.aus != listed[0].aus for block in listed):
            found.problems.append("the blocks of units contradict each other")
            found.aus = Units(None)
    elif found.said.units is not None:
        found.aus = read_units(_normal(found.said.units), known, True)
    else:
        found.aus = read_units(_normal(evidence), known)
    found.notes += found.aus.notes


def _normal(text: str) -> str:
    """Compatibility forms (full-width and styled letters and digits, special spaces) in their plain form."""
    return unicodedata.normalize("NFKC", text)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
