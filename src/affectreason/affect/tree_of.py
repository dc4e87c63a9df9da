"""The affective tree of a response and of a sample, the two that are compared."""

from functools import lru_cache

from affectreason.affect import labels, tree_json
from affectreason.affect.appearance import WORDS
from affectreason.affect.facs import spelling
from affectreason.affect.feelings import feeling
from affectreason.affect.named import emotions_said
from affectreason.affect.response import Response
from affectreason.affect.sample import Affect, Sample
from affectreason.affect.tree import LEVEL, MOST_CHARACTERS, Tree, TreeReading, build
from affectreason.affect.tree_texts import TAG, from_tagged, too_long
from affectreason.affect.tree_words import said_of


def of_response(response: Response, sample: Sample) -> TreeReading:
    """The tree of a model's text: by its tags, else as JSON, else of what the response says and its words name."""
    said = response.said.model_dump_json()
    return _of_response(response.text, response.reasoning, response.answered, said, sample.labels)


@lru_cache(maxsize=4096)  # a report compares some constant answers with every sample, and every stage's with the same
def _of_response(
    text: str, reasoning: str | None, answered: str | None, affect: str, labels_: str | None
) -> TreeReading:
    response = Response(text, reasoning, Affect.model_validate_json(affect), False, None, answered)
    vocabulary = labels.find(labels_) if labels_ else None
    text = response.text
    if len(text) > MOST_CHARACTERS:
        return too_long(text)
    if TAG.search(text):
        return from_tagged(text, vocabulary)
    body = (response.answered or text).strip().removeprefix("```json").strip("`\n ")
    if body.startswith("{"):
        return tree_json.from_json(body, vocabulary)
    said = _of_affect(response.said)
    if response.answered is None:  # a description: its emotions are read as those of an annotated one are
        said.pop("emotion", None)
    prose = said_of(text if response.answered is None else response.reasoning or "", set(LEVEL) - set(said), vocabulary)
    return build([{**prose, **said}], prose.get("scene", ()))


def of_sample(sample: Sample) -> Tree | None:
    """The tree of what is annotated: the gold affect, the attributes, and what the description names; None without.

    What the description says of units or emotions counts where these are not annotated by themselves. Attributes are
    those that the tables of words know; others (an age, a frame rate) are no part of a tree.
    """
    return _of_sample(sample.to_json())


@lru_cache(maxsize=4096)
def _of_sample(json: str) -> Tree | None:
    sample = Sample.model_validate_json(json)
    vocabulary = labels.find(sample.labels) if sample.labels else None
    text = sample.response or sample.reasoning or ""
    if text and (TAG.search(text) or text.lstrip().startswith("{")):
        read = from_tagged if TAG.search(text) else tree_json.from_json
        return read(text, vocabulary).tree
    said = _of_affect(sample.gold) | _of_attributes(sample)
    described = sample.reasoning or text
    prose = said_of(described, set(LEVEL) - set(said), vocabulary) if len(described) <= MOST_CHARACTERS else {}
    scene = said.get("scene", ()) or prose.get("scene", ())
    return build([{**prose, **said}], scene).tree


def _of_affect(said: Affect) -> dict[str, tuple[str, ...]]:
    """The units and emotions of an affect; of a set or distribution those with a weight above 0."""
    found: dict[str, tuple[str, ...]] = {}
    if said.units is not None:
        found["unit"] = tuple(map(spelling, sorted(said.units)))
    if said.emotions is not None:
        found["emotion"] = tuple(map(feeling, emotions_said(said)))
    elif said.emotion is not None:
        found["emotion"] = (feeling(said.emotion),)
    return found


def _of_attributes(sample: Sample) -> dict[str, tuple[str, ...]]:
    """The attributes that the tables know: `action: nod`, `smile: 1`, `glasses: yes`, `hair: long`, `place: park`."""
    found: dict[str, list[str]] = {}
    for key, value in sample.attributes.items():
        for word in value if isinstance(value, tuple) else (value,):
            for kind, name in _named(key.casefold(), word):
                found.setdefault(kind, []).append(name)
    return {kind: tuple(words) for kind, words in found.items()}


def _named(key: str, value: str | float) -> list[tuple[str, str]]:
    """The one leaf that an attribute names, if it names one."""
    if isinstance(value, float):
        ways = [key] if value > 0 else []
    elif value.casefold() in ("yes", "no"):
        ways = [key if value.casefold() == "yes" else f"no {key}"]
    else:
        ways = [value, f"{value} {key}", f"in a {value}", f"{value} head"]
    kinds = [kind for kind in WORDS if key.startswith(kind)] or [kind for kind in WORDS if kind != "time"]
    return [(kind, name) for kind in kinds for way in ways if (name := WORDS[kind].canonical(way))][:1]
