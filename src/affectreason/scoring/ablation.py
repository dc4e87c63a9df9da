"""What each modality is worth to a model: its numbers with some taken away, beside those with all."""

from collections.abc import Mapping, Sequence
from typing import Any

from affectreason.affect.labels import Labels
from affectreason.scoring.ceiling import ceiling
from affectreason.scoring.measures import Floors, Measure, compare, measures, numbers
from affectreason.scoring.metrics import Prediction
from affectreason.scoring.trivial import Reward

NOT_COMPARED = ("parse_rate",)
_FLOORS = ("n", "chance", "best_constant")


def table(
    whole: Sequence[Prediction],
    without: Mapping[str, Sequence[Prediction]],
    labels: Labels,
    units: Sequence[int],
    reward: Reward | None = None,
    floors: Floors | None = None,
) -> dict[str, Any]:
    """For each metric its floors, its numbers with everything, and those without some modalities.

    `without` maps names of modalities, joined by +, to the answers of the same model without them; all answers are
    greedy, those behind the mean reward too. Each row has value, low and high; those of `without` also the paired
    `difference` to the whole with its 95 % interval (`difference_low`, `difference_high`) and a `verdict`. A row of
    emotion accuracy has the `ceiling` of the evidence left, where the samples say what each modality shows.
    """
    floors = {} if floors is None else floors
    full = measures(whole, labels, units, reward, floors=floors)
    less = {gone: measures(answered, labels, units, reward, floors=floors) for gone, answered in without.items()}
    found: dict[str, Any] = {}
    for metric, measure in full.items():
        if metric in NOT_COMPARED:
            continue
        told = numbers(measure)
        found[metric] = {
            **{key: told[key] for key in _FLOORS},
            "all": _row(metric, measure, ()),
            "without": {
                gone: _row(metric, one[metric], gone.split("+")) | _difference(measure, one[metric])
                for gone, one in less.items()
                if metric in one
            },
        }
    return found


def _row(metric: str, measure: Measure, gone: Sequence[str]) -> dict[str, Any]:
    told = numbers(measure)
    best = ceiling(measure.samples, gone) if metric == "emotion_accuracy" else None
    return {key: told[key] for key in ("value", "low", "high")} | ({} if best is None else {"ceiling": best})


def _difference(whole: Measure, less: Measure) -> dict[str, Any]:
    told = compare(whole, less)
    return {
        "difference": told["difference"],
        "difference_low": told["low"],
        "difference_high": told["high"],
        "verdict": told["verdict"],
    }
