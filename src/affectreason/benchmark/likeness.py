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


def measures(
    said: Sequence[str],
    gold: Sequence[str],
    samples: Sequence[Sample],
    stemmed: bool = True,
    names: Sequence[str] = tuple(texts.VARIANTS),
    seed: int = 0,
) -> dict[str, Measure]:
    """The measures `names` of `texts.VARIANTS`, all in [0, 1]; an empty text scores 0.

    Chance answers with the text of another sample, drawn once (None of a single sample); the best constant is the best
    of 50 annotated texts, ranked on 60 samples and then scored on all. There is no commonest text.
    """
    ours = [texts.text(one, stemmed) for one in said]
    theirs = [texts.text(one, stemmed) for one in gold]
    if not theirs:
        return {}
    rng = np.random.default_rng(seed)
    circle = rng.permutation(len(theirs))
    others = dict(zip(circle.tolist(), np.roll(circle, 1).tolist(), strict=True))
    drawn = [theirs[others[index]] for index in range(len(theirs))]
    tried = sorted(set(rng.permutation(len(theirs))[:_TRIED].tolist()))
    spread = theirs[:: -(-len(theirs) // _RANKED_ON)]
    found = {}
    for name in names:
        best = max(tried, key=lambda index: _value(name, [theirs[index]] * len(spread), spread))
        floor = Trivial(
            chance=_value(name, drawn, theirs) if len(theirs) > 1 else None,
            best_constant=_value(name, [theirs[best]] * len(theirs), theirs),
            answer=short(gold[best]),
        )
        found[name] = Measure(rows(name, ours, theirs), statistic(name), tuple(samples), floor)
    return found


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
