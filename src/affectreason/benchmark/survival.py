"""Whether an answer rests on the reasoning before it: asked again with it removed, and with another sample's.

After Lanham et al. 2023 (arXiv 2307.13702), who cut short and corrupt a chain of thought. The model's turn is made to
begin with the changed reasoning, up to the tag that opens the answer; only the answer is written anew. An answer that
stays the same did not need what was shown as its reasoning. One that changes either rests on it, or the model was
thrown off by a beginning that it would not write; the answers that could not be read are therefore counted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from affectreason.affect import jsonl
from affectreason.affect.sample import Sample
from affectreason.benchmark import predictions
from affectreason.benchmark.protocol import Setting
from affectreason.errors import InputError
from affectreason.scoring import intervals, measures, rewards, texts
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction
from affectreason.scoring.trivial import Trivial

WAYS = ("removed", "swapped")
_OPEN, _CLOSE = re.compile(r"<think>", re.I), re.compile(r"</think>", re.I)
_ANSWER = re.compile(r"\s*<answer>", re.I)


@dataclass(frozen=True)
class Again:
    """What a sample's answer is made to begin with, and what the sample answered whose reasoning that is, if any."""

    begun: str
    theirs: str | None = None


def beginnings(answers: Sequence[Prediction]) -> dict[str, dict[str, Again]]:
    """For each of `WAYS` what to ask again, by the id of the sample: those with reasoning and an answer that is read.

    `removed` leaves the reasoning empty, `swapped` takes that of another sample with another answer, drawn with seed 0.
    A way for which there is none is left out: no reasoning, or all answers the same.
    """
    known = [(p, *apart, answer) for p in answers if (apart := _apart(p.response.text)) and (answer := said(p))]
    found = {"removed": {p.sample.id: Again(head + tail) for p, head, _, tail, _ in known}, "swapped": {}}
    ordered, rng = sorted(known, key=lambda one: one[4]), np.random.default_rng(0)
    sorted_ = [one[4] for one in ordered]
    for p, head, _, tail, answer in known:
        same = range(np.searchsorted(sorted_, answer, "left"), np.searchsorted(sorted_, answer, "right"))
        if len(same) < len(ordered):
            place = int(rng.integers(len(ordered) - len(same)))
            other = ordered[place if place < same.start else place + len(same)]
            found["swapped"][p.sample.id] = Again(head + other[2] + tail, other[4])
    return {way: those for way, those in found.items() if those}


def beside(path: Path, way: str) -> Path:
    """Where the answers of a way of asking again are, beside those of a system."""
    return path.with_name(f"{path.stem}-{way}.jsonl")


def read(path: Path, again: Mapping[str, Again], samples: Sequence[Sample], setting: Setting) -> list[Prediction]:
    """The answers of a file to what was asked again, in the order of the samples.

    InputError where they begin otherwise, or are of other samples.
    """
    texts_ = {row["id"]: row["text"] for _, row in jsonl.rows(path)} if path.is_file() else {}
    wrong = [name for name, one in again.items() if not texts_.get(name, "").startswith(one.begun)]
    if wrong or len(texts_) != len(again):
        raise InputError(f"{path} holds other answers than were asked for again; remove it, and run the command again")
    return [
        Prediction(sample, predictions.response({"text": texts_[sample.id]}, sample, setting))
        for sample in samples
        if sample.id in again
    ]


def survival(
    answers: Sequence[Prediction],
    again: Mapping[str, Mapping[str, Again]],
    answered: Mapping[str, Sequence[Prediction]],
) -> tuple[dict[str, Measure], dict[str, Any]]:
    """The measures of answers that were asked again, and details with a note.

    `survives_removed` and `survives_swapped` are the shares of answers that stay the same; lower means that the answer
    changes with the reasoning. `follows_swapped` is the share that become what the other reasoning had led to. Chance
    is how often two answers of these frequencies are the same by accident. Beside them `accuracy_with_reasoning`,
    `accuracy_removed` and `accuracy_swapped`, of the samples asked so. All in [0, 1]; an answer that cannot be read is
    not the same, and wrong.
    """
    first, found, unread = {p.sample.id: p for p in answers}, {}, {}
    for way, those in answered.items():
        ours, now = [said(first[p.sample.id]) for p in those], [said(p) for p in those]
        samples = tuple(p.sample for p in those)
        found[f"survives_{way}"] = _same(ours, now, samples)
        if way == "swapped":
            theirs = [again[way][p.sample.id].theirs for p in those]
            found["follows_swapped"] = _same(theirs, now, samples)
        unread[way] = sum(one is None for one in now)
    asked = [first[p.sample.id] for p in answered.get("removed", ())]
    for name, those in {"with_reasoning": asked, **answered}.items():
        if (right := _accuracy(those)) is not None:
            found[f"accuracy_{name}"] = right
    details = {
        "asked_again": {way: len(those) for way, those in answered.items()},
        "unread": unread,
        "name_the_answer": sum(_named(p) for p in asked),
        "n": len(answers),
    }
    return found, {"survival": details, "notes": [_note(found, details)]}


def into(
    block: Mapping[str, Any], found: Mapping[str, tuple[Mapping[str, Measure], Mapping[str, Any]]]
) -> dict[str, Any]:
    """A benchmark's block of the report, with these measures and details of its systems."""
    systems = {}
    for name, system in block["systems"].items():
        own, details = found.get(name, ({}, {}))
        notes = [*system["details"].get("notes", []), *details.get("notes", [])]
        systems[name] = system | {
            "measures": {**system["measures"], **measures.all_numbers(dict(own))},
            "details": {**system["details"], **details, "notes": notes},
        }
    return {**block, "systems": systems}


def said(prediction: Prediction) -> str | None:
    """The emotion of a question with an annotated one, else the answer; None where none could be read."""
    response = prediction.response
    name = response.said.emotion if prediction.sample.gold.emotion is not None else response.answered
    return name.casefold().strip() or None if name else None


def _apart(text: str) -> tuple[str, str, str] | None:
    """What stands before the reasoning, the reasoning, and what leads to the answer; None where nothing is reasoned.

    A chat template may have written the opening tag, so the closing one decides.
    """
    close = _CLOSE.search(text)
    if close is None:
        return None
    opened = _OPEN.search(text, 0, close.start())
    start = opened.end() if opened else 0
    reasoning = text[start : close.start()]
    answer = _ANSWER.match(text, close.end())
    return (text[:start], reasoning, close[0] + (answer[0] if answer else "")) if texts.words(reasoning) else None


def _named(prediction: Prediction) -> bool:
    """Whether a reasoning has its answer in it, word for word."""
    reasoning, answer = _apart(prediction.response.text), said(prediction)
    return bool(reasoning and answer and re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", reasoning[1].casefold()))


def _same(ours: Sequence[str | None], now: Sequence[str | None], samples: tuple[Sample, ...]) -> Measure:
    """The share of pairs that are equal and read; no value is better than another."""
    rows = np.array(
        [[one is not None and one == other, 1.0] for one, other in zip(ours, now, strict=True)], dtype=float
    )
    names = {*ours, *now} - {None}
    chance = sum(ours.count(name) * now.count(name) for name in names) / max(len(ours), 1) ** 2
    return Measure(rows, intervals.mean_value, samples, Trivial(chance, None, None))


def _accuracy(those: Sequence[Prediction]) -> Measure | None:
    """The share of right answers; chance draws from the annotated ones, the best constant is the commonest of them."""
    scored = [(p.sample, right) for p in those if (right := _right(p)) is not None]
    if not scored:
        return None
    golds = [sample.gold.emotion or sample.answer or "" for sample, _ in scored]
    names = sorted(set(golds))
    shares = np.array([golds.count(name) / len(golds) for name in names])
    best = int(shares.argmax())
    floor = Trivial(float((shares**2).sum()), float(shares[best]), names[best], float(shares[best]))
    rows = np.array([[right, 1.0] for _, right in scored])
    return Measure(rows, intervals.mean_value, tuple(sample for sample, _ in scored), floor)


def _right(prediction: Prediction) -> float | None:
    if prediction.sample.gold.emotion is not None:
        return float((rewards.emotion_match(prediction.response, prediction.sample) or 0.0) == 1)
    return rewards.answer_match(prediction.response, prediction.sample)


def _note(found: Mapping[str, Measure], details: Mapping[str, Any]) -> str:
    """What was found, in a sentence."""
    asked = details["asked_again"]
    if not asked:
        return f"survival: none of {details['n']:,} answers has both reasoning and an answer that can be read"
    told = []
    for way, words in (("removed", "without the reasoning"), ("swapped", "after reasoning that led to another answer")):
        if way in asked:
            m = found[f"survives_{way}"]
            told.append(
                f"{float(m.statistic(m.rows.sum(0))):.2f} stay the same {words} (by accident {m.trivial.chance:.2f}; "
                f"{details['unread'][way]:,} could not be read)"
            )
    told += [] if "swapped" in asked else ["all answers are the same, so none was asked with another's reasoning"]
    return (
        f"survival, of the {asked['removed']:,} of {details['n']:,} answers with reasoning: {'; '.join(told)}. High "
        "means that the answer does not rest on the reasoning shown; low that it changes with it, or that the model "
        f"was thrown off. {details['name_the_answer']:,} reasonings have their answer in them, which can be copied"
    )
