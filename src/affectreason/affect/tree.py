"""Affective trees: what a text or an annotation says of people, in three levels, attribute, expression, emotion.

A tree is root -> person -> level -> leaf; what is said of the scene stands below the root. Attributes are appearances,
actions and times, expressions are action units. VidEmo (arXiv 2511.02712) compares such trees and published no code:
this form is ours. `affect.tree_texts` and `affect.tree_json` read trees, `affect.tree_of` makes those of samples.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["root", "person", "level", "scene", "appearance", "action", "time", "unit", "emotion"]
Said = Mapping[str, tuple[str, ...]]
"""What is said of one person by kind of leaf: an empty tuple is *said to be none*, a missing kind *not said*."""

LEVELS: dict[str, tuple[Kind, ...]] = {
    "attribute": ("appearance", "action", "time"),
    "expression": ("unit",),
    "emotion": ("emotion",),
}
LEVEL: dict[str, str] = {"scene": "attribute"} | {kind: level for level, own in LEVELS.items() for kind in own}
MOST_NODES = 256
MOST_PEOPLE = 4
MOST_CHARACTERS = 20_000


@dataclass(frozen=True)
class Tree:
    """A node and what is below it; leaves are labelled by one spelling for all ways to say the same."""

    label: str
    kind: Kind
    children: tuple["Tree", ...] = ()


@dataclass(frozen=True)
class TreeReading:
    """The tree of a text, None where none could be read; `problem` says what was wrong, ignored or refused."""

    tree: Tree | None
    problem: str | None = None


def build(people: Sequence[Said], scene: Sequence[str] = (), problems: Sequence[str] = ()) -> TreeReading:
    """The tree of what is said of each person, each leaf once; refused beyond `MOST_NODES` nodes or `MOST_PEOPLE`.

    A person of whom nothing is said is left out. A level that is said to hold nothing is a node without children.
    """
    those = [person for one in people if (person := _person(one)).children]
    below = tuple(Tree(word, "scene") for word in dict.fromkeys(scene))
    tree = Tree("root", "root", (*below, *those))
    count = sum(1 for _ in nodes(tree))
    refused = [f"{len(those)} people: at most {MOST_PEOPLE} are compared"] if len(those) > MOST_PEOPLE else []
    refused += [f"{count} nodes: a tree has at most {MOST_NODES}"] if count > MOST_NODES else []
    refused += [] if tree.children else ["nothing is said"]
    problem = "; ".join(dict.fromkeys([*problems, *refused])) or None
    return TreeReading(None if refused else tree, problem)


def nodes(tree: Tree) -> Iterator[Tree]:
    """Every node, a parent before its children."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += reversed(one.children)


def kinds(tree: Tree) -> frozenset[str]:
    """The kinds of leaf the tree says something of; all kinds of a level that is said to hold nothing."""
    every = list(nodes(tree))
    found: set[str] = {str(one.kind) for one in every} - {"root", "person", "level"}
    return frozenset(found.union(*(LEVELS[one.label] for one in every if one.kind == "level" and not one.children)))


def only(tree: Tree, kept: Collection[str]) -> Tree | None:
    """The tree of the leaves of these kinds, None where it says nothing of any."""
    people = [_only(person, kept) for person in tree.children if person.kind == "person"]
    scene = [one.label for one in tree.children if one.kind == "scene" and "scene" in kept]
    return build(people, scene).tree


def _person(said: Said) -> Tree:
    levels = []
    for level, own in LEVELS.items():
        if any(kind in said for kind in own):
            leaves = tuple(Tree(word, kind) for kind in own for word in dict.fromkeys(said.get(kind, ())))
            levels.append(Tree(level, "level", leaves))
    return Tree("person", "person", tuple(levels))


def _only(person: Tree, kept: Collection[str]) -> Said:
    """What is said of a person, of these kinds of leaf."""
    found: dict[str, tuple[str, ...]] = {}
    for level in person.children:
        for kind in LEVELS[level.label]:
            words = tuple(leaf.label for leaf in level.children if leaf.kind == kind)
            if kind in kept and (words or not level.children):
                found[kind] = words
    return found
