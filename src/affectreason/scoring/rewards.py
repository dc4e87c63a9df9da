"""Rewards: `(Response, Sample, **args) -> float | None` in [0, 1]; None = not annotated, so it cannot be scored.

GRPO maximises a weighted mean of them, synthesis keeps what passes their bars, evaluation reports that same mean. A
reward never catches an exception. What a model leaves unsaid scores 0, for a None leaves the term out of the mean;
only `au_emotion_consistency`, which has no annotation to go by, is None where there is nothing to compare.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial as bound
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from affectreason.affect import choices, facs, labels
from affectreason.affect.named import emotions_said
from affectreason.errors import InputError, nearest
from affectreason.scoring import one_reward
from affectreason.scoring.published_rewards import caption_match as caption_match
from affectreason.scoring.published_rewards import r1_omni_accuracy as r1_omni_accuracy
from affectreason.scoring.published_rewards import r1_omni_format as r1_omni_format
from affectreason.scoring.tree import affective_tree as affective_tree
from affectreason.scoring.word_rewards import alignment as alignment
from affectreason.scoring.word_rewards import dual as dual
from affectreason.scoring.word_rewards import wheel_f as wheel_f

if TYPE_CHECKING:  # checking a recipe needs the names of rewards, not the parser
    from affectreason.affect.response import Response
    from affectreason.affect.sample import Affect, Sample

Reward = Callable[..., float | None]


def well_formed(response: Response, sample: Sample) -> float:
    """1 if the response has the asked form, else 0."""
    return float(response.well_formed)


def emotion_match(
    response: Response, sample: Sample, partial: Literal["none", "family", "valence"] = "none"
) -> float | None:
    """How well the said emotion meets the gold one, aliases counted equal through the sample's vocabulary.

    One or a set of gold emotions: F1 of the two sets, so 1 or 0 for one against one. A gold distribution: the mean
    share, relative to the likeliest emotion, of what was said. `partial` gives 0.5 to a wrong single answer of the same
    family, or of the same sign of valence. None without a gold emotion, 0 where none was said.
    """
    vocabulary = labels.find(sample.labels) if sample.labels else None
    gold, said = _emotions(sample.gold, True, vocabulary), _emotions(response.said, False, vocabulary)
    if not gold:
        return None
    if not said:
        return 0.0
    if any(weight != 1 for weight in gold.values()):
        return sum(gold.get(name, 0.0) for name in said) / max(gold.values()) / len(said)
    score = _f_beta(set(said), set(gold))
    if score == 0 and len(said) == len(gold) == 1 and vocabulary is not None and partial != "none":
        return 0.5 * _related(vocabulary, next(iter(said)), next(iter(gold)), partial)
    return score


def answer_match(response: Response, sample: Sample) -> float | None:
    """1 if the answer block is the sample's `answer` as a whole, else 0; None without an `answer`.

    Of a closed question it is the same choice, in its words or by the letter the question gives it; of an open one the
    same text. Case, width, spacing and a full stop at the end do not count. Raises InputError when the sample's answer
    is none of its choices.
    """
    if sample.answer is None:
        return None
    allowed = choices.of(sample) or choices.Choices()
    right = allowed.find(sample.answer)
    if right is None:
        raise InputError(
            f"sample {sample.id!r}: its answer {sample.answer!r} is none of its choices; "
            f"{nearest(sample.answer, allowed.names)}"
        )
    return float(response.answered is not None and allowed.find(response.answered) == right)


def valence_closeness(response: Response, sample: Sample) -> float | None:
    """1 - |said - gold| / 2 of valence in [-1, 1]; None without gold valence, 0 where none was said."""
    if sample.gold.valence is None:
        return None
    return 0.0 if response.said.valence is None else 1 - abs(response.said.valence - sample.gold.valence) / 2


def au_f1(
    response: Response, sample: Sample, beta: float = 1.0, units: Collection[int] | str | None = None
) -> float | None:
    """F-beta of the said against the gold action units, over `units` only: numbers, or a name of `facs.SETS`.

    None without gold units; 1 if gold and answer both say there are none; 0 where nothing was said of units.
    Unlike Facial-R1's code (2 F1 - 1, and -1 for silence) it stays in [0, 1].
    """
    said, gold = _units(response, sample, units)
    if gold is None:
        return None
    return 0.0 if said is None else _f_beta(said, gold, beta)


def au_jaccard(response: Response, sample: Sample, units: Collection[int] | str | None = None) -> float | None:
    """Shared units over all units, of said and gold; None, 1 and 0 as in `au_f1`."""
    said, gold = _units(response, sample, units)
    if gold is None:
        return None
    if said is None:
        return 0.0
    return len(said & gold) / len(said | gold) if said | gold else 1.0


def au_emotion_consistency(response: Response, sample: Sample, source: str = "du2014") -> float | None:
    """Whether the cited units support the said emotion, by the prototypes of `source`; it looks at no annotation.

    The harmonic mean of two shares: of the prototype's required units that were cited, and of the cited units that
    the prototype requires or allows. A prototype without units (neutral) is met only by citing none; citing nothing of
    units at all scores 0, and so does saying no emotion: silence must not pay. None if the emotion has no prototype.
    Prototypes are conventions of posed faces (Barrett et al. 2019): weigh this lightly.
    """
    if response.said.emotion is None:
        return 0.0
    prototype = facs.prototype(response.said.emotion, source)
    if prototype is None:
        return None
    cited = response.said.units
    if cited is None:
        return 0.0
    required = prototype.required
    if not required or not cited:
        return float(not required and not cited)
    recall, precision = len(cited & required) / len(required), len(cited & (required | prototype.allowed)) / len(cited)
    return 2 * recall * precision / (recall + precision) if recall + precision else 0.0


def length(response: Response, sample: Sample, at_most: int = 150, soft: int = 50) -> float:
    """1 up to `at_most` words of reasoning, falling straight to 0 at `at_most + soft`.

    Where no reasoning could be taken out the whole text counts, so an unclosed tag is no way around.
    """
    over = len(_words(response)) - at_most
    return 1.0 if over <= 0 else max(0.0, 1 - over / soft) if soft else 0.0


def repetition(response: Response, sample: Sample, n: int = 3) -> float:
    """The share of distinct runs of `n` words in the reasoning: 1 if none repeats, towards 0 for a loop."""
    words = _words(response)
    runs = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
    return len(set(runs)) / len(runs) if runs else 1.0


def au_spam(response: Response, sample: Sample, at_most: int = 8, emotions: int = 3) -> float:
    """1 up to `at_most` listed units and `emotions` named emotions; beyond either, what is allowed over what was."""
    units_named, emotions_named = len(response.said.aus or ()), len(emotions_said(response.said))
    return min(1.0, at_most / max(units_named, 1), emotions / max(emotions_named, 1))


def names() -> list[str]:
    """The rewards of this module and of those it takes in, by name: public functions of a response and a sample."""
    functions = [name for name, thing in globals().items() if inspect.isfunction(thing) and not name.startswith("_")]
    return sorted(name for name in functions if _needed(globals()[name]) == ["response", "sample"])


def _needed(function: Callable[..., Any]) -> list[str]:
    """The parameters that have no default."""
    return [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty]


def find(use: str) -> Reward:
    """The reward of that name here, or the function at a dotted path; InputError with the nearest known otherwise."""
    if "." not in use:
        if use not in names():
            raise InputError(f"unknown reward {use!r}; {nearest(use, names())}; or give package.module.function")
        return globals()[use]
    place, _, name = use.rpartition(".")
    try:
        module = import_module(place)
    except ModuleNotFoundError as error:
        raise InputError(f"reward {use!r}: cannot import {place!r} ({error}); is its folder on PYTHONPATH?") from error
    if not callable(getattr(module, name, None)):
        known = [key for key, thing in vars(module).items() if inspect.isfunction(thing)]
        raise InputError(f"reward {use!r}: {place} has no function {name!r}; {nearest(name, known)}")
    return getattr(module, name)


def check_args(use: str, args: Mapping[str, Any]) -> None:
    """InputError when the reward is no function of a response and a sample, or does not take one of these arguments."""
    check_call(f"reward {use!r}", find(use), ("response", "sample"), args)


def check_call(what: str, function: Callable[..., Any], given: Sequence[str], args: Mapping[str, Any]) -> None:
    """InputError where `what` cannot be called with the things `given`, in their order, and these keyword arguments."""
    takes = f"{what} must be a function of {' and '.join(given)}"
    try:
        signature = inspect.signature(function)
        signature.bind_partial(*given)
    except ValueError as error:
        raise InputError(f"{takes}; Python does not say what this one takes") from error
    except TypeError as error:
        raise InputError(f"{takes}; this one takes {signature}") from error
    parameters = list(signature.parameters.values())
    known = [one.name for one in parameters[len(given) :]]
    for key in args if all(one.kind is not one.VAR_KEYWORD for one in parameters) else ():
        if key not in known:
            raise InputError(f"{what} takes no argument {key!r}; {nearest(key, known)}")
    try:
        signature.bind(*given, **args)
    except TypeError as error:
        raise InputError(f"{what}: {error}; give it in args") from error


def scores(response: Response, sample: Sample, terms: Iterable[Mapping[str, Any]]) -> dict[str, float | None]:
    """Each term's score by its `use`, which may appear once; a term has `use` and may have `args`."""
    return {term["use"]: _part(term)(response, sample) for term in terms}


def weighted(scores: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """The weighted mean in [0, 1] of the scores that are there; None when none is, or none has a weight above 0."""
    there = {name: score for name, score in scores.items() if score is not None}
    total = sum(weights[name] for name in there)
    return sum(weights[name] * score for name, score in there.items()) / total if total else None


def together(terms: Iterable[Mapping[str, Any]]) -> Callable[[Response, Sample], float | None]:
    """One reward out of a recipe's terms (`use`, `weight`, `args`): the weighted mean of those that can be scored."""
    given = list(terms)
    doubled = [use for use, count in Counter(term["use"] for term in given).items() if count > 1]
    if doubled:
        raise InputError(f"reward {doubled[0]!r} is listed twice; give it once, with the sum of the weights")
    parts = {term["use"]: _part(term) for term in given}
    weights = {term["use"]: float(term.get("weight", 1.0)) for term in given}
    return lambda response, sample: weighted({use: part(response, sample) for use, part in parts.items()}, weights)


def _part(term: Mapping[str, Any]) -> Callable[[Response, Sample], float | None]:
    """One term, its function looked up once."""
    return bound(one_reward.score, term["use"], find(term["use"]), args=term.get("args", {}))


def _plain(word: str) -> str:
    return word.strip().casefold()


def _words(response: Response) -> list[str]:
    return (response.text if response.reasoning is None else response.reasoning).casefold().split()


def _emotions(affect: Affect, one_first: bool, vocabulary: labels.Labels | None) -> dict[str, float]:
    """Emotions with a weight above 0 by their canonical name; empty when none was said.

    `one_first`: a single emotion goes before a set of them. Annotators' majority does; of a model all it lists counts.
    """
    one = {affect.emotion: 1.0} if affect.emotion else {}
    many = {word: (affect.emotions or {})[word] for word in emotions_said(affect)}
    words = (one or many) if one_first else (many or one)
    return {_name(word, vocabulary): weight for word, weight in words.items()}


def _name(word: str, vocabulary: labels.Labels | None) -> str:
    return (vocabulary.canonical(word) if vocabulary is not None else None) or _plain(word)


def _related(vocabulary: labels.Labels, one: str, other: str, by: Literal["family", "valence"]) -> bool:
    """Whether both emotions are of one family, or of one sign of valence; False where the vocabulary does not say."""
    if by == "family":
        return vocabulary.family.get(one) is not None and vocabulary.family.get(one) == vocabulary.family.get(other)
    if one not in vocabulary.valence or other not in vocabulary.valence:
        return False
    a, b = vocabulary.valence[one], vocabulary.valence[other]
    return (a > 0, a < 0) == (b > 0, b < 0)


def _units(
    response: Response, sample: Sample, units: Collection[int] | str | None
) -> tuple[frozenset[int] | None, frozenset[int] | None]:
    """Said and gold units, cut to `units`."""
    said, gold = response.said.units, sample.gold.units
    if units is None:
        return said, gold
    if isinstance(units, str) and units not in facs.SETS:
        raise InputError(f"unknown set of units {units!r}; {nearest(units, facs.SETS)}")
    kept = set(facs.SETS[units] if isinstance(units, str) else units)
    return None if said is None else said & kept, None if gold is None else gold & kept


def _f_beta(said: Collection[Any], gold: Collection[Any], beta: float = 1.0) -> float:
    """F-beta of two sets, 1 for two empty ones."""
    if not said or not gold:
        return float(not said and not gold)
    return (1 + beta**2) * len(set(said) & set(gold)) / (beta**2 * len(gold) + len(said))
