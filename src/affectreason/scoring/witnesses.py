"""Witnesses of a sample's emotion that have not seen its label, and what their votes come to.

AffectGPT keeps a clip where independent classifiers agree with the label that its description gives (arXiv 2501.16566,
section 3.2): of all its ablations the one that bought most. A witness says emotions, or nothing; it agrees where the
F1 of what it says against what was annotated is at least `AGREES`: of two sets of labels, or of clusters on the wheels
where any word will do.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

from affectreason.affect import labels
from affectreason.affect.denial import affirmed
from affectreason.affect.named import words_of
from affectreason.affect.open_words import parse_words
from affectreason.affect.response import Response, parts
from affectreason.affect.sample import Affect, Sample
from affectreason.affect.wheel import default
from affectreason.errors import InputError, nearest
from affectreason.scoring import rewards, word_rewards

AGREES = 0.5
OPEN = labels.OPEN.name
WITH_MODELS = ("classifier", "model")
"""Witnesses that see the media, and need a model to."""
_POINTS = 0.5  # the least support by which units point to an emotion
_PAIRS = 2000  # of statements and labels of other samples, for what agrees by chance

Said = Sequence[str]
Witness = Callable[..., Said | None]


def units(sample: Sample, source: str = "du2014") -> list[str] | None:
    """The emotion whose prototype the annotated units support best; None without units, for weak or equal support.

    Support is `rewards.au_emotion_consistency`, in [0, 1]; the emotions are those of the sample's labels.
    """
    if sample.gold.units is None:
        return None
    names = labels.find("ekman8" if sample.labels in (None, OPEN) else str(sample.labels)).names
    said = {name: Affect(emotion=name, aus=sample.gold.aus) for name in names}
    support = {
        name: rewards.au_emotion_consistency(_response(one), sample, source) or 0.0 for name, one in said.items()
    }
    best = max(support.values())
    found = [name for name in names if support[name] == best]
    return found if best >= _POINTS and len(found) == 1 else None


def text(sample: Sample) -> list[str] | None:
    """The emotions that the sample's description affirms: its reasoning, else what stands before the answer to learn.

    None where it has no description, or names none.
    """
    told = description(sample)
    if told is None:
        return None
    if sample.labels in (None, OPEN):
        return list(parse_words(told, default()).said.emotions or ()) or None
    return affirmed(told, labels.find(str(sample.labels))) or None


def one_class(sample: Sample) -> str | None:
    """What a classifier learns of a sample: its emotion, or the one cluster of the first wheel that its words are of.

    Of a closed label set it is the one label. None where its words are of several, or of none.
    """
    if sample.labels not in (None, OPEN):
        labels_ = annotated(sample)
        return labels_.pop() if len(labels_) == 1 else None
    if sample.gold.emotion is not None:
        return sample.gold.emotion
    found = set(word_rewards.classes(sample)) if words_of(sample.gold) else set()
    found.discard(word_rewards.ON_NO_WHEEL)
    return found.pop() if len(found) == 1 else None


def find(use: str) -> Witness:
    """The witness of that name that needs no model, or the function at a dotted path; InputError for neither."""
    plain: dict[str, Witness] = {"units": units, "text": text}
    if use in plain:
        return plain[use]
    if "." not in use:
        known = (*plain, *WITH_MODELS)
        raise InputError(f"unknown witness {use!r}; {nearest(use, known)}; or give package.module.function")
    found: Any = rewards.find(use)  # a dotted path, told in the same words where it is wrong
    return found


def check(use: str, args: Mapping[str, Any]) -> None:
    """InputError for a witness that does not exist, or does not take one of these keyword arguments."""
    if use not in WITH_MODELS:
        rewards.check_call(f"witness {use!r}", find(use), ("sample",), args)
    elif args:
        raise InputError(f"witness {use!r} takes no argument {next(iter(args))!r}")


def description(sample: Sample) -> str | None:
    """What a sample says of the evidence, without its answer."""
    if sample.reasoning is not None:
        return sample.reasoning
    return None if sample.response is None else parts(sample.response).reasoning


def agrees(said: Said | None, sample: Sample) -> bool | None:
    """Whether what a witness says meets the annotation; None where it says nothing, or nothing was annotated."""
    if said is None:
        return None
    if sample.labels in (None, OPEN):
        score = word_rewards.wheel_f(_response(Affect(emotions=dict.fromkeys(said, 1.0))), sample)
        return None if score is None else score >= AGREES
    gold, ours = annotated(sample), _names(said, sample)
    return 2 * len(gold & ours) / (len(gold) + len(ours)) >= AGREES if gold else None


def annotated(sample: Sample) -> set[str]:
    """The labels of a closed set that a sample is annotated with: the emotion, else all of the set.

    Of a distribution those at least half as likely as the likeliest.
    """
    if sample.gold.emotion is not None:
        return _names([sample.gold.emotion], sample)
    weights = sample.gold.emotions or {}
    most = max(weights.values(), default=0.0)
    return _names([word for word, weight in weights.items() if 0 < most <= 2 * weight], sample)


def refused(votes: Mapping[str, bool | None], agree: int, against: int | None) -> str | None:
    """Why a sample is dropped by its votes; None where at least `agree` agree and at most `against` contradict."""
    spoke = [vote for vote in votes.values() if vote is not None]
    if len(spoke) < agree:
        return f"only {len(spoke)} of {len(votes)} witnesses say anything" if spoke else "no witness says anything"
    if sum(spoke) < agree:
        return "contradicted by " + ", ".join(name for name, vote in votes.items() if vote is False)
    if against is not None and len(spoke) - sum(spoke) > against:
        return f"more than {against} contradict: " + ", ".join(name for name, vote in votes.items() if vote is False)
    return None


def summary(
    samples: Sequence[Sample], said: Mapping[str, Sequence[Said | None]], votes: Mapping[str, Sequence[bool | None]]
) -> dict[str, Any]:
    """Of each witness: how many samples it speaks of, its agreement with the labels, and the agreement by chance.

    Chance is the agreement of its statements with the labels of other samples. `pairs` is how often two witnesses who
    both speak vote alike: two that always do are one.
    """
    found: dict[str, Any] = {"witnesses": {}, "pairs": {}}
    for name, each in votes.items():
        spoke = [vote for vote in each if vote is not None]
        found["witnesses"][name] = {
            "spoke": len(spoke),
            "agreed": sum(spoke),
            "rate": sum(spoke) / len(spoke) if spoke else None,
            "by_chance": _by_chance(samples, said[name]),
        }
    for one, other in combinations(votes, 2):
        both = [(a, b) for a, b in zip(votes[one], votes[other], strict=True) if a is not None and b is not None]
        alike = sum(a == b for a, b in both) / len(both) if both else None
        found["pairs"][f"{one}, {other}"] = {"both": len(both), "alike": alike}
    return found


def _by_chance(samples: Sequence[Sample], said: Sequence[Said | None]) -> float | None:
    """How often statements meet the labels of samples drawn at random."""
    spoken, draw = [one for one in said if one is not None], random.Random(0)
    if not spoken:
        return None
    pairs = [agrees(draw.choice(spoken), draw.choice(samples)) for _ in range(_PAIRS)]
    there = [vote for vote in pairs if vote is not None]
    return sum(there) / len(there) if there else None


def _names(words: Sequence[str], sample: Sample) -> set[str]:
    """Words by the name that the sample's label set has for them."""
    known = labels.find(str(sample.labels))
    return {known.canonical(word) or word.strip().casefold() for word in words}


def _response(said: Affect) -> Response:
    return Response("", None, said, False, None)
