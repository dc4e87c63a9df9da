"""How like the annotated texts the said ones are: the measures of `scoring.texts`, with what not looking scores."""

from collections.abc import Sequence

import numpy as np

from affectreason.affect.sample import Sample
from affectreason.scoring import intervals, texts
from affectreason.scoring.intervals import Rows
from affectreason.scoring.measures import Measure
from affectreason.scoring.texts import Text
from affectreason.scoring.trivial import Trivial

_TRIED, _RANKED_ON = 50, 60
_JOINED = 8  # texts at most


def measures(
    said: Sequence[str],
    gold: Sequence[str],
    samples: Sequence[Sample],
    stemmed: bool = True,
    names: Sequence[str] = tuple(texts.VARIANTS),
    seed: int = 0,
) -> dict[str, Measure]:
    """The measures `names` of `texts.VARIANTS`, all in [0, 1]; an empty text scores 0.

    Chance answers with the text of another sample, drawn once (None of a single sample). The best constant is the best
    that was found, so the best there is scores at least that: of 50 annotated texts the best, joined with others for as
    long as that raises it, up to 8, ranked on 60 samples and then scored on all. There is no commonest text.
    """
    ours = [texts.text(one, stemmed) for one in said]
    theirs = [texts.text(one, stemmed) for one in gold]
    if not theirs:
        return {}
    rng = np.random.default_rng(seed)
    circle = rng.permutation(len(theirs))
    others = dict(zip(circle.tolist(), np.roll(circle, 1).tolist(), strict=True))
    drawn = [theirs[others[index]] for index in range(len(theirs))]
    tried = dict.fromkeys(gold[index] for index in sorted(set(rng.permutation(len(theirs))[:_TRIED].tolist())))
    spread = theirs[:: -(-len(theirs) // _RANKED_ON)]
    found = {}
    for name in names:
        best = constant(name, list(tried), spread, stemmed)
        floor = Trivial(
            chance=_value(name, drawn, theirs) if len(theirs) > 1 else None,
            best_constant=_value(name, [texts.text(" ".join(best), stemmed)] * len(theirs), theirs),
            answer=_spelled(best),
        )
        found[name] = Measure(rows(name, ours, theirs), statistic(name), tuple(samples), floor, at_least=True)
    return found


def constant(name: str, tried: Sequence[str], spread: Sequence[Text], stemmed: bool = True) -> list[str]:
    """The texts which, joined by blanks, score best for all of `spread`, of those that a greedy search meets."""

    def value(parts: Sequence[str]) -> float:
        return _value(name, [texts.text(" ".join(parts), stemmed)] * len(spread), spread)

    best: list[str] = []
    most = -1.0
    while len(best) < _JOINED:
        top, one = max(((value([*best, one]), one) for one in tried if one not in best), default=(most, ""))
        if top <= most:
            break
        most, best = top, [*best, one]
    return best


def _spelled(best: Sequence[str]) -> str:
    """A constant answer in words."""
    return short(f"{len(best)} texts joined: {' '.join(best)}" if len(best) > 1 else best[0])


def rows(name: str, said: Sequence[Text], gold: Sequence[Text]) -> Rows:
    """The counts of each text, of shape (N, C)."""
    return np.array([texts.row(name, one, other) for one, other in zip(said, gold, strict=True)])


def statistic(name: str) -> texts.Statistic:
    """What makes the measure of the sums of its rows."""
    return texts.bleu if name == "bleu4" else intervals.mean_value


def short(text: str, most: int = 80) -> str:
    """A text on one line, cut to `most` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _value(name: str, said: Sequence[Text], gold: Sequence[Text]) -> float:
    return float(statistic(name)(rows(name, said, gold).sum(0)))
