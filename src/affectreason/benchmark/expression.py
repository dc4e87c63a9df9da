"""One emotion a sample: WAR, UAR, weighted and macro F1, pooled over folds, with mean and sd of the folds beside.

WAR is accuracy, UAR the mean recall of the classes that occur (Schuller et al. 2009); weighted F1 weighs each class by
its support, as scikit-learn does. All in [0, 1].
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectreason.affect import choices
from affectreason.affect.labels import Labels
from affectreason.affect.response import Response, parse
from affectreason.affect.sample import Affect, Sample
from affectreason.benchmark.protocol import Scores, Setting, Task
from affectreason.errors import InputError
from affectreason.scoring.intervals import Rows
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction, ratio
from affectreason.scoring.trivial import Trivial

_EXACT = ("r1_omni", "emotion_qwen", "facial_r1")


def read(text: str, sample: Sample, setting: Setting) -> Response:
    """The one emotion a text affirms; under a `compat` what that project's evaluation takes for it."""
    if setting.compat in _EXACT:
        found = _answers(text)
        said = (found[-1] if setting.compat == "facial_r1" and found else found[0] if found else text).strip()
        if setting.compat == "facial_r1":
            said = re.split(r"[,; ]", said)[0]
        return given([said], sample, setting)
    return parse(text, vocabulary(setting), choices=choices.of(sample))


def _answers(text: str) -> list[str]:
    """What stands in closed answer blocks of one line, as a lazy regular expression without DOTALL finds them."""
    found = []
    for line in text.split("\n"):
        at = line.find("<answer>")
        while at >= 0 and (end := line.find("</answer>", at)) >= 0:
            found.append(line[at + len("<answer>") : end])
            at = line.find("<answer>", end)
    return found


def given(words: Sequence[str], sample: Sample, setting: Setting) -> Response:
    """The emotion somebody else took out of a text; none where several are named, or one the set does not have."""
    label = None
    if len(words) == 1:
        label = words[0] if setting.compat in _EXACT else vocabulary(setting).canonical(words[0])
    problem = None if label else f"{', '.join(words) or 'nothing'}: not one label of {vocabulary(setting).name}"
    return Response(", ".join(words), None, Affect(emotion=label or None), label is not None, problem)


def said(response: Response, setting: Setting) -> list[str] | None:
    """The emotion an answer names."""
    return None if response.said.emotion is None else [response.said.emotion]


def gold(sample: Sample, setting: Setting) -> list[str] | None:
    """The emotion annotated, by its name in the benchmark's labels."""
    name = sample.gold.emotion
    if name is None:
        return None
    own = vocabulary(setting).canonical(name)
    if own is None:
        raise InputError(
            f"sample {sample.id!r} is annotated {name!r}, which is not in {vocabulary(setting).name!r}, the label set "
            f"of benchmark {setting.benchmark.name}; {vocabulary(setting).nearest(name)}"
        )
    return [own]


def vocabulary(setting: Setting) -> Labels:
    """The label set of the benchmark or of its samples."""
    if setting.labels is None:
        raise InputError(
            f"benchmark {setting.benchmark.name}: the samples name no label set; prepare them with labels="
        )
    return setting.labels


def score(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """Measures `war`, `uar`, `weighted_f1`, `macro_f1`; details: confusion, classes, folds, mean and sd over folds.

    `macro_f1` is over the classes that occur. Unparsed is wrong for its own class and no class of its own, but under
    compat=emotion_qwen, whose recalls are averaged over all that was annotated or answered.
    """
    known = [p for p in predictions if gold(p.sample, setting) is not None]
    names = vocabulary(setting).names
    true, answered = codes(known, setting)
    rows = counts(true, answered, len(names))
    samples = tuple(p.sample for p in known)
    measures = {
        name: Measure(rows, statistic, samples, floors(statistic, rows.sum(0)[2], names))
        for name, statistic in STATISTICS.items()
    }
    if setting.compat == "emotion_qwen":
        measures["uar"] = _over_union(known, {names[place] for place in true}, measures["uar"])
    table = np.zeros((len(names), len(names) + 1), dtype=int)
    np.add.at(table, (true, answered), 1)
    details: dict[str, Any] = {"labels": list(names), "confusion": table.tolist(), "classes": _classes(rows, names)}
    details |= by_fold(rows, samples, STATISTICS)
    return Scores(measures, details)


def codes(predictions: Sequence[Prediction], setting: Setting) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Annotated and answered emotion as places in the label set, K where none was read."""
    place = {name: index for index, name in enumerate(vocabulary(setting).names)}
    true = [place[(gold(p.sample, setting) or [""])[0]] for p in predictions]
    answered = [place.get(p.response.said.emotion or "", len(place)) for p in predictions]
    return np.array(true, dtype=np.int64), np.array(answered, dtype=np.int64)


def counts(true: NDArray[np.int64], answered: NDArray[np.int64], k: int) -> Rows:
    """Counts of shape (N, 3, K): right, answered, annotated."""
    classes = np.eye(k + 1)[:, :k]
    hit = (true == answered)[:, None]
    return np.stack([classes[true] * hit, classes[answered], classes[true]], axis=1)


def war(sums: Rows) -> Rows:
    """Accuracy from sums of shape (..., 3, K)."""
    return ratio(sums[..., 0, :].sum(-1), sums[..., 2, :].sum(-1))


def uar(sums: Rows) -> Rows:
    """Mean recall of the classes that occur, from sums of shape (..., 3, K)."""
    hit, support = sums[..., 0, :], sums[..., 2, :]
    return ratio(ratio(hit, support).sum(-1), (support > 0).sum(-1))


def weighted_f1(sums: Rows) -> Rows:
    """F1 of each class weighted by its support, from sums of shape (..., 3, K)."""
    hit, said_, support = np.moveaxis(sums, -2, 0)
    return ratio((ratio(2 * hit, said_ + support) * support).sum(-1), support.sum(-1))


def macro_f1(sums: Rows) -> Rows:
    """Mean F1 of the classes that occur, from sums of shape (..., 3, K)."""
    hit, said_, support = np.moveaxis(sums, -2, 0)
    return ratio((ratio(2 * hit, said_ + support) * (support > 0)).sum(-1), (support > 0).sum(-1))


STATISTICS: dict[str, Callable[[Rows], Rows]] = {
    "war": war,
    "uar": uar,
    "weighted_f1": weighted_f1,
    "macro_f1": macro_f1,
}


def floors(statistic: Callable[[Rows], Rows], support: Rows, names: Sequence[str]) -> Trivial:
    """What not looking scores, from the support of each class, of shape (K,).

    Chance answers each class equally often and is right in that share of each; the best constant is the best of all K,
    the majority the commonest class.
    """
    k, n = len(names), support.sum()
    chance = np.stack([support / k, np.full(k, n / k), support])
    constants = np.stack([np.stack([support * one, n * one, support]) for one in np.eye(k)])
    values = statistic(constants)
    best = int(values.argmax())
    return Trivial(float(statistic(chance)), float(values[best]), names[best], float(values[int(support.argmax())]))


def by_fold(
    rows: Rows, samples: Sequence[Sample], statistics: Mapping[str, Callable[[Rows], Rows]]
) -> dict[str, dict[str, Any]]:
    """Every measure of each fold, and their mean and sample deviation; empty unless every sample names a fold."""
    folds = [s.provenance.fold for s in samples]
    names = sorted({fold for fold in folds if fold is not None})
    if len(names) < 2 or None in folds:
        return {}
    place = np.array(folds)
    each = {fold: {m: float(f(rows[place == fold].sum(0))) for m, f in statistics.items()} for fold in names}
    over = {m: np.array([one[m] for one in each.values()]) for m in statistics}
    spread = {m: {"mean": float(values.mean()), "sd": float(values.std(ddof=1))} for m, values in over.items()}
    return {"folds": each, "over_folds": spread}


def _classes(rows: Rows, names: Sequence[str]) -> dict[str, dict[str, float]]:
    hit, said_, support = rows.sum(0)
    return {
        name: {
            "recall": float(ratio(hit[i], support[i])),
            "precision": float(ratio(hit[i], said_[i])),
            "f1": float(ratio(2 * hit[i], said_[i] + support[i])),
            "support": float(support[i]),
        }
        for i, name in enumerate(names)
    }


def _over_union(known: Sequence[Prediction], annotated: set[str], strict: Measure) -> Measure:
    """Mean recall over all strings annotated or answered; what nobody annotated has a recall of 0 and counts."""
    others = {p.response.said.emotion or "" for p in known} - annotated
    rows = strict.rows

    def over_union(sums: Rows) -> Rows:
        hit, support = sums[..., 0, :], sums[..., 2, :]
        return ratio(ratio(hit, support).sum(-1), (support > 0).sum(-1) + len(others))

    return Measure(rows, over_union, strict.samples, strict.trivial)


EXPRESSION = Task(
    name="expression",
    question="Which emotion does this person show?",
    form="one of: {labels}",
    read=read,
    given=given,
    said=said,
    gold=gold,
    score=score,
    uses=frozenset({"survival"}),
    compats={
        "r1_omni": "the text of the first answer block, or the whole text, equal to the label letter by letter",
        "emotion_qwen": "as r1_omni; UAR over everything that was annotated or answered, also what is no label",
        "facial_r1": "the first word of the last answer block, equal to the label letter by letter",
    },
)
