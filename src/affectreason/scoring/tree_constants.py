"""Constant answers in the form of an affective tree: of what is commonest in the annotated trees, and of everything."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from affectreason.affect import reading, tree_of
from affectreason.affect.labels import Labels
from affectreason.affect.response import Response, parse
from affectreason.affect.sample import Sample
from affectreason.affect.tree import MOST_NODES, Tree, build, nodes
from affectreason.affect.tree_texts import tagged

_MOST = 24
Leaf = tuple[str, str]


def answers(
    samples: Sequence[Sample], labels: Labels, units: Iterable[int], answered: str | None = None
) -> list[Response]:
    """Trees in tags of the k commonest leaves, for k up to 24 and all of them; none where no tree is annotated.

    Each stands there as it is and, where that names no emotion, with the commonest. They are read as a model's text is,
    so that a form that no model could answer in earns nothing; `answered` stands in where a question has one right
    answer.
    """
    trees = [tree_of.of_sample(sample) for sample in samples if not sample.choices and sample.answer is None]
    counts = Counter(leaf for tree in trees if tree is not None for leaf in _leaves(tree))
    common = sorted(counts, key=lambda leaf: (-counts[leaf], leaf))[: MOST_NODES // 2]
    feeling = [leaf for leaf in common if leaf[0] == "emotion"][:1]
    growing = [common[:k] for k in dict.fromkeys([*range(1, min(_MOST, len(common)) + 1), len(common)]) if k]
    tried = [leaves for those in growing for leaves in (those, list(dict.fromkeys(those + feeling)))]
    texts = dict.fromkeys(map(_text, tried))
    return [_read(text, labels, units, answered) for text in texts]


def _leaves(tree: Tree) -> set[Leaf]:
    """What a tree names, of whomever."""
    return {(node.kind, node.label) for node in nodes(tree) if node.kind not in ("root", "person", "level")}


def _text(leaves: Sequence[Leaf]) -> str:
    """One person of whom all this is said, as reasoning and an answer in tags."""
    kinds = ("appearance", "action", "time", "unit", "emotion", "scene")
    said = {kind: tuple(label for own, label in leaves if own == kind) for kind in kinds}
    tree = build(
        [{kind: words for kind, words in said.items() if kind not in ("emotion", "scene")}], said["scene"]
    ).tree
    feelings = ", ".join(word.replace("_", " ") for word in said["emotion"]) or "none"
    return f"<think>{'' if tree is None else tagged(tree)}</think><answer>{feelings}</answer>"


def _read(text: str, labels: Labels, units: Iterable[int], answered: str | None) -> Response:
    if labels.any_word:
        found = reading.read(text, Sample(id="constant", labels=labels.name), units=units or None)
    else:
        found = parse(text, labels, units or None)
    return found if answered is None else replace(found, answered=answered)
