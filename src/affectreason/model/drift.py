"""Watch what an answer grows to while it is rewarded: more labels, more units, more words, all alike.

AffectGPT-R1 (arXiv 2508.01318) reports how this ends: lists that name everything. The last 20 steps are held against
the first 20 of the same training.
"""

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev
from typing import Any

from transformers import TrainerCallback

from affectreason.affect import labels
from affectreason.affect.named import words_of
from affectreason.affect.response import Response
from affectreason.affect.sample import Sample
from affectreason.scoring import word_rewards

LABELS, WORDS, OUTSIDE = "labels_per_answer", "words_per_answer", "out_of_lexicon"
UNITS = "units_per_answer"
STEPS = 20
FACTOR, FACTOR_PAID = 1.5, 1.25
"""The growth that is told; the second where the reward rises with it."""
LEAST = {LABELS: 1.0, UNITS: 2.0, WORDS: 20.0}
"""The growth below which nothing is told, half of it where the reward rises too."""
_MEND = {
    LABELS: "add penalty: ratio to the args of wheel_f, or au_spam to the rewards",
    UNITS: "add au_spam to the rewards, or take au_f1 where a reward counts only what was found",
    WORDS: "add length to the rewards, or lower max_completion_length",
}
DEAD, MOST_DEAD = "frac_reward_zero_std", 0.8
"""TRL's share of groups whose answers all score alike, and how much of it is told."""
Row = Mapping[str, Any]


def facts(read: Sequence[tuple[Response, Sample]]) -> dict[str, float]:
    """Means over answers of the emotions named and of the words written, and the share of emotions on no wheel.

    The share is of open vocabularies alone, and absent where nothing was named. Of samples with annotated action units
    the units named are counted too.
    """
    if not read:
        return {}
    said = [words_of(response.said) for response, _ in read]
    open_ = [words for words, (_, sample) in zip(said, read, strict=True) if sample.labels == labels.OPEN.name]
    named = [word for words in open_ for word in words]
    found = {
        LABELS: sum(map(len, said)) / len(read),
        WORDS: sum(len(response.text.split()) for response, _ in read) / len(read),
    }
    coded = [len(response.said.units or ()) for response, sample in read if sample.gold.units is not None]
    found |= {UNITS: sum(coded) / len(coded)} if coded else {}
    return found | ({OUTSIDE: sum(map(word_rewards.outside, named)) / len(named)} if named else {})


def alarms(rows: Sequence[Row]) -> list[str]:
    """What a whole log would have told, in its order."""
    found: dict[str, str] = {}
    for end in range(1, len(rows) + 1):
        found |= {name: text for name, text in _told(rows, end) if name not in found}
    return list(found.values())


def fell(rows: Sequence[Row], before: Sequence[float], after: Sequence[float]) -> str | None:
    """What is told where the reward of a training rose and that of held-out samples fell; None where it did not.

    `before` and `after` are rewards of the same samples, of the model it began with and of the one it left. A fall is
    one whose paired 95 % interval (normal) lies below 0.
    """
    first, last = _first(rows, "reward"), _last(rows, "reward", len(rows))
    if first is None or last is None or last.mean <= first.mean or len(after) < 2:
        return None
    falls = [b - a for a, b in zip(before, after, strict=True)]
    if fmean(falls) + 1.96 * stdev(falls) / math.sqrt(len(falls)) >= 0:
        return None
    return (
        f"the reward rose from {first.mean:.3f} to {last.mean:.3f} in training, and fell from {fmean(before):.3f} to "
        f"{fmean(after):.3f} on {len(after)} held-out samples; train fewer steps, raise train.beta, or add the rewards "
        "of evaluate to the stage"
    )


def _told(rows: Sequence[Row], end: int) -> Iterator[tuple[str, str]]:
    """The metrics that have grown too much by the last of `end` rows, each with what is told of it."""
    dead = _last(rows, DEAD, end)
    if dead is not None and dead.end >= STEPS and dead.mean >= MOST_DEAD:
        yield (
            DEAD,
            (
                f"in {dead.mean:.0%} of the groups of steps {dead.begin} to {dead.end} all answers scored alike, "
                "and such a group teaches nothing; raise num_generations or temperature, add a reward that has grades, "
                "such as au_f1, or ask rare classes as often with balance: emotion"
            ),
        )
    for name, least in LEAST.items():
        before, after = _first(rows, name), _last(rows, name, end)
        if before is None or after is None or after.begin <= before.end:
            continue
        reward, paid = _first(rows, "reward"), _last(rows, "reward", end)
        factor, rise, with_it = FACTOR, least, ""
        if reward is not None and paid is not None and paid.mean > reward.mean:
            factor, rise = FACTOR_PAID, least / 2
            with_it = f", and the reward with it from {reward.mean:.3f} to {paid.mean:.3f}"
        if after.mean < factor * before.mean or after.mean - before.mean < rise:
            continue
        yield (
            name,
            (
                f"{name.replace('_', ' ')} rose from {before.mean:.1f} (to step {before.end}) to {after.mean:.1f} "
                f"(steps {after.begin} to {after.end}){with_it}; {_MEND[name]}"
            ),
        )


@dataclass(frozen=True)
class _Window:
    """The mean of a metric over the rows of some steps."""

    begin: int
    end: int
    mean: float


def _first(rows: Sequence[Row], name: str) -> _Window | None:
    """The rows of the first steps; the first row where it stands for more of them."""
    values: list[float] = []
    end = 0
    for row in rows:
        if name in row and (not values or row["step"] <= STEPS):
            values.append(row[name])
            end = row["step"]
        elif values and row["step"] > STEPS:
            break
    return _Window(1, end, sum(values) / len(values)) if values else None


def _last(rows: Sequence[Row], name: str, end: int) -> _Window | None:
    """The rows of the last steps before row `end`; the last row where it stands for more of them."""
    values: list[float] = []
    last = 0
    for row in reversed(rows[max(0, end - 2 * STEPS) : end]):
        if name in row and (not values or row["step"] > last - STEPS):
            last = last or row["step"]
            values.append(row[name])
    return _Window(max(1, last - STEPS + 1), last, sum(values) / len(values)) if values else None


@dataclass
class Watch(TrainerCallback):
    """Tell on stderr, once for each metric, that answers have grown; `label` names the stage."""

    label: str
    told: set[str] = field(default_factory=set)

    def on_log(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Look at the log as far as it goes."""
        for name, text in _told(state.log_history, len(state.log_history)):
            if name not in self.told and state.is_world_process_zero:
                print(f"{self.label}: {text}", file=sys.stderr)
            self.told.add(name)
