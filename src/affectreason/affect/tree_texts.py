"""Affective trees of texts in tags, as a curriculum answer is written.

The tags, in any order, all but one optional, `<person>` only where there are several:

    <scene>indoors</scene>
    <person><attribute>black hair, smiling</attribute><expression>AU6, AU12</expression><emotion>joy</emotion></person>

What stands in them is a list or prose. Nothing here raises; what is malformed is told in `problem`.
"""

import re
from dataclasses import dataclass, field

from affectreason.affect.labels import Labels
from affectreason.affect.response import parts
from affectreason.affect.tree import LEVELS, MOST_CHARACTERS, Said, Tree, TreeReading, build
from affectreason.affect.tree_words import emotions, said_of

TAG = re.compile(r"<(/?)(person|attribute|expression|emotion|scene)>", re.I)
_ANSWER = re.compile(r"<answer>", re.I)
_MOST_TAGS = 64
_FORM = re.compile(r"</?(?:think|answer)>", re.I)
_WHOLE = re.compile(
    r"\s*<attribute>([^<>]*)</attribute>\s*<expression>([^<>]*)</expression>\s*<emotion>([^<>]*)</emotion>\s*", re.I
)


@dataclass
class _Person:
    """The contents of the levels of one person, as they are met."""

    levels: dict[str, str] = field(default_factory=dict)


def from_tagged(text: str, vocabulary: Labels | None = None) -> TreeReading:
    """The tree of a text in tags; an `<answer>` stands for the emotion of one person where no tag gives it.

    A level that a person has twice with different contents, or an answer other than the emotion, refuses the tree.
    """
    if len(text) > MOST_CHARACTERS:
        return too_long(text)
    tags = list(TAG.finditer(text))
    if not tags or len(tags) > _MOST_TAGS:
        return TreeReading(None, f"{len(tags)} tags of a tree: at least 1 and at most {_MOST_TAGS}")
    people, scene, problems, refused = _blocks(text, tags)
    answers = {" ".join(one.split()).casefold() for one in parts(text).answers or () if one.strip()}
    if len(people) == 1 and len(answers) == 1:
        refused += _answered(people[0], answers.pop(), vocabulary)
    elif len(answers) > 1:
        refused.append("the answers contradict each other")
    if refused:
        return TreeReading(None, "; ".join(dict.fromkeys([*refused, *problems])))
    said = [_said(person, vocabulary) for person in people]
    found = said_of(scene, ("scene",), vocabulary).get("scene", ()) if scene else ()
    return build(said, found, problems)


def as_reasoned(text: str) -> str:
    """A tree in tags as reasoning and an answer, so that a tree is scored as any answer; other texts as they are.

    It is one of a text whose every block is there once, closed, and of one person, the emotion last: the other blocks
    are the reasoning.
    """
    whole = _WHOLE.fullmatch(text) if len(text) <= MOST_CHARACTERS and not _FORM.search(text) else None
    return text if whole is None else f"<think>{whole[1]}\n{whole[2]}</think><answer>{whole[3]}</answer>"


def tagged(tree: Tree) -> str:
    """The text in tags that `from_tagged` reads as this tree; of attributes it knows the words of the tables."""
    scene = ", ".join(_words(node) for node in tree.children if node.kind == "scene")
    people = [person for person in tree.children if person.kind == "person"]
    texts = [
        "".join(_block(level.label, ", ".join(map(_words, level.children)) or "none") for level in one.children)
        for one in people
    ]
    if len(texts) > 1:
        texts = [f"<person>{one}</person>" for one in texts]
    return (_block("scene", scene) if scene else "") + "".join(texts)


def _blocks(text: str, tags: list[re.Match[str]]) -> tuple[list[_Person], str, list[str], list[str]]:
    """People, the scene, what is wrong but readable, and what cannot be read, of a text's tags in order."""
    people, scene = list[_Person](), list[str]()
    problems, refused = list[str](), list[str]()
    ends = [tag.start() for tag in tags[1:]] + [len(text)]
    inside: str | None = None
    person: _Person | None = None
    for tag, end in zip(tags, ends, strict=True):
        closes, name = tag[1] == "/", tag[2].lower()
        if inside is not None and not (closes and name == inside):
            problems.append(f"<{inside}> is not closed")
        if closes:
            if inside != name and name != "person":
                problems.append(f"</{name}> closes nothing")
            inside, person = None, None if name == "person" else person
            continue
        if name == "person":
            person, inside = _Person(), None
            people.append(person)
            continue
        inside, content = name, text[tag.end() : end].strip()
        if name == "scene":
            scene.append(content)
            continue
        if person is None:
            person = _Person()
            people.append(person)
        if person.levels.get(name, content) != content:
            refused.append(f"<{name}> is given twice for one person")
        person.levels[name] = content
    if inside is not None:
        problems.append(f"<{inside}> is not closed")
    return people, "\n".join(scene), problems, refused


def _answered(person: _Person, answer: str, vocabulary: Labels | None) -> list[str]:
    """Take an answer as the emotion of the person; what is wrong with it where they contradict each other."""
    if "emotion" not in person.levels:
        person.levels["emotion"] = answer
        return []
    said = set(emotions(person.levels["emotion"], vocabulary, True))
    return [] if said == set(emotions(answer, vocabulary, True)) else ["the answer is not the emotion of the tree"]


def _said(person: _Person, vocabulary: Labels | None) -> Said:
    found: dict[str, tuple[str, ...]] = {}
    for level, content in person.levels.items():
        found |= said_of(content, LEVELS[level], vocabulary, listed=True)
    return found


def _block(tag: str, content: str) -> str:
    return f"<{tag}>{content}</{tag}>"


def _words(leaf: Tree) -> str:
    return leaf.label.replace("_", " ")


def too_long(text: str) -> TreeReading:
    """The refusal of a text of more than `MOST_CHARACTERS`."""
    return TreeReading(None, f"{len(text)} characters: a tree is read from at most {MOST_CHARACTERS}")
