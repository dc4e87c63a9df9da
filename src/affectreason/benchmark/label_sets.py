"""Questions with a set of labels or units, as VidEmo scores them: the F1 of each sample's two sets, averaged."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from affectreason.affect import reading
from affectreason.affect.labels import Labels, find
from affectreason.affect.named import emotions_said
from affectreason.affect.response import Response
from affectreason.affect.sample import Sample
from affectreason.benchmark.columns import by_column, column, table
from affectreason.benchmark.protocol import Scores, Setting, Task
from affectreason.scoring import intervals
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction
from affectreason.scoring.trivial import Trivial, spell

_DRAWS = 5


def read_set(text: str, sample: Sample, setting: Setting) -> Response:
    """The labels or units a text affirms; letters of options only where the answer is nothing but letters."""
    labels = vocabulary_of(sample, setting) or reading.NO_LABELS
    found = reading.read_set(text, sample, labels, setting.units or None)
    said = found.said.emotions is not None or found.said.aus is not None
    return replace(found, well_formed=said, problem=None if said else "the answer names no label and no unit")


def given_set(words: Sequence[str], sample: Sample, setting: Setting) -> Response:
    """The labels somebody else took out of a text."""
    return read_set(f"<answer>{', '.join(words)}</answer>", sample, setting)


def said_set(response: Response, setting: Setting) -> list[str] | None:
    """The units said, as AU12, else the emotions."""
    if response.said.emotions is None and response.said.units is not None:
        return [spell([unit]) for unit in sorted(response.said.units)]
    return list(emotions_said(response.said)) or None


def gold_set(sample: Sample, setting: Setting) -> list[str] | None:
    """The units annotated, as AU12, or the emotions; an empty list says that there are none."""
    if sample.gold.units is not None and sample.gold.emotion is None and sample.gold.emotions is None:
        return [spell([unit]) for unit in sorted(sample.gold.units)]
    words = emotions_said(sample.gold) or ((sample.gold.emotion,) if sample.gold.emotion else ())
    labels = vocabulary_of(sample, setting)
    return [(labels.canonical(word) if labels else None) or word for word in words] or None


def score_set(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """`sample_f1`, the mean over samples of the F1 of the two sets, in [0, 1], and `column_mean` over columns.

    A set read to be empty is right for an empty one; nothing read is wrong. Chance says each name with its base rate,
    five seeded draws a sample; the best constant is the best of the k commonest names for every k.
    """
    known = [(p, set(wanted)) for p in predictions if (wanted := gold_set(p.sample, setting)) is not None]
    details: dict[str, Any] = {"unannotated": len(predictions) - len(known)}
    if not known:
        return Scores({}, details)
    samples, golds = [p.sample for p, _ in known], [wanted for _, wanted in known]
    answers = [said_set(p.response, setting) for p, _ in known]
    values = [_f1(answer, wanted) for answer, wanted in zip(answers, golds, strict=True)]
    rows = np.array([[value, 1.0] for value in values])
    floors = _set_floors(samples, golds)
    details["labels_per_answer"] = float(np.mean([len(answer or ()) for answer in answers]))
    details["unparsed"] = sum(answer is None for answer in answers)
    details["columns"] = table(values, [column(sample) for sample in samples])
    measure = Measure(rows, intervals.mean_value, tuple(samples), floors[0])
    return Scores({"sample_f1": measure, "column_mean": by_column(values, samples, floors[1])}, details)


def _f1(said_: Sequence[str] | None, wanted: set[str]) -> float:
    if said_ is None:
        return 0.0
    ours = set(said_)
    return 2 * len(ours & wanted) / (len(ours) + len(wanted)) if ours or wanted else 1.0


def _set_floors(samples: Sequence[Sample], golds: Sequence[set[str]]) -> tuple[Trivial, Trivial]:
    """The floors of the mean over samples and of the mean over columns."""
    rng = np.random.default_rng(0)
    often = Counter(name for one in golds for name in one)
    order = [name for name, _ in sorted(often.items(), key=lambda item: (-item[1], item[0]))]
    rate = np.array([often[name] / len(golds) for name in order])

    def drawn(wanted: set[str]) -> float:
        picks = rng.random((_DRAWS, len(order))) < rate
        return float(np.mean([_f1([n for n, on in zip(order, row, strict=True) if on], wanted) for row in picks]))

    chance = [drawn(wanted) for wanted in golds]
    constants = {" ".join(order[:k]) or "none": [_f1(order[:k], one) for one in golds] for k in range(len(order) + 1)}

    def by_samples(values: Sequence[float]) -> float:
        return float(np.mean(values))

    def by_columns(values: Sequence[float]) -> float:
        once = by_column(values, samples, Trivial(None, 0.0, ""))
        return float(once.statistic(once.rows.sum(0)[None])[0])

    return _best(by_samples, chance, constants), _best(by_columns, chance, constants)


def _best(
    mean: Callable[[Sequence[float]], float], chance: Sequence[float], constants: dict[str, list[float]]
) -> Trivial:
    words = max(constants, key=lambda one: mean(constants[one]))
    return Trivial(mean(chance), mean(constants[words]), words)


def vocabulary_of(sample: Sample, setting: Setting) -> Labels | None:
    """The label set a sample is scored by: the benchmark's, else its own; None without."""
    return setting.labels or (find(sample.labels) if sample.labels else None)


MULTI_LABEL = Task(
    name="multi_label",
    question="Which of these does this person show?",
    form="all that apply of: {labels}",
    read=read_set,
    given=given_set,
    said=said_set,
    gold=gold_set,
    score=score_set,
)
