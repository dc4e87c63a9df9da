"""Written reasoning against annotators' texts: ROUGE, BLEU, METEOR, REGE, and whether its evidence is there.

REGE (Li et al., EmoLA, ECCV 2024) is a recognition score plus ROUGE-L F1, in [0, 2]. Recognition is the accuracy of the
emotion, or the mean F1 of the fixed units where `variant` says `recognition: au`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from affectreason.affect import choices, facs
from affectreason.affect.labels import Labels
from affectreason.affect.response import Response, parse
from affectreason.affect.sample import ActionUnit, Affect, Sample
from affectreason.benchmark import evidence, expression, likeness, similarity, thin
from affectreason.benchmark.predictions import REFUSAL
from affectreason.benchmark.protocol import Scores, Setting, Task
from affectreason.scoring import metrics, texts, trivial
from affectreason.scoring.intervals import Rows
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction, ratio

_NO_LABELS = Labels("no labels", (), {}, {}, {})
_ANSWER = re.compile(r"<answer>.*?(?:</answer>|\Z)", re.S | re.I)
_TAG = re.compile(r"</?(?:think|answer|aus?)>", re.I)
_FIRST_THINK = re.compile(r"<think>(.*?)</think>", re.S)
_CODE = re.compile(r"AU([1-9][0-9]?)(?![0-9])", re.I)


def read(text: str, sample: Sample, setting: Setting) -> Response:
    """The reasoning, the units it names and the emotion answered; under facial_r1 as that project's evaluation does."""
    if setting.compat == "facial_r1":
        thought = _FIRST_THINK.search(text)
        codes = dict.fromkeys(int(code) for code in _CODE.findall(thought[1] if thought else text))
        emotion = expression.read(text, sample, setting).said.emotion if setting.labels else None
        said = Affect(
            emotion=emotion if emotion in _names(setting) else None,
            aus=tuple(ActionUnit(number=code) for code in codes),
        )
        return Response(text, thought[1] if thought else None, said, thought is not None, None)
    return parse(text, setting.labels or _NO_LABELS, setting.units or None, choices.of(sample))


def given(words: Sequence[str], sample: Sample, setting: Setting) -> Response:
    """The reasoning as somebody else took it out of a text."""
    return read(f"<think>{' '.join(words)}</think>", sample, setting)


def said(response: Response, setting: Setting) -> list[str] | None:
    """The reasoning, or what is written outside the answer where nothing is marked; None of a refusal, and of none."""
    if response.problem == REFUSAL:
        return None
    found = response.text if setting.compat == "facial_r1" else _thought(response)
    return [found] if texts.words(found) else None


def gold(sample: Sample, setting: Setting) -> list[str] | None:
    """The reasoning annotated, or that of the response to learn; under facial_r1 with its tags and answer."""
    if setting.compat == "facial_r1":
        tagged = f"<think>{sample.reasoning}</think><answer>{sample.gold.emotion or ''}</answer>"
        found = sample.response or (tagged if sample.reasoning else "")
    else:
        found = sample.reasoning or (_thought(parse(sample.response, _NO_LABELS)) if sample.response else "")
    return [found] if texts.words(found) else None


def score(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """Measures of `texts.VARIANTS`, `rege` in [0, 2], those of `evidence`, and `au_f1_present` under facial_r1.

    With an encoder also those of `similarity`.

    Left out and counted are samples without an annotated text. `variant` takes `stemmed` (true) and `recognition`
    (`emotion` or `au`; without it the emotion where one is annotated).
    """
    known = [p for p in predictions if gold(p.sample, setting) is not None]
    ours = ["".join(said(p.response, setting) or ()) for p in known]
    theirs = ["".join(gold(p.sample, setting) or ()) for p in known]
    stemmed = bool(setting.benchmark.variant.get("stemmed", True))
    found = likeness.measures(ours, theirs, [p.sample for p in known], stemmed)
    details: dict[str, Any] = {
        "variants": dict(texts.named(stemmed)),
        "without_text": len(predictions) - len(known),
        "words_per_answer": metrics.mean(np.array([len(texts.words(one)) for one in ours], dtype=float)),
        "words_per_gold": metrics.mean(np.array([len(texts.words(one)) for one in theirs], dtype=float)),
    }
    refused = sum(p.response.problem == REFUSAL for p in known)
    details |= thin.counted(ours, setting.labels, refused)
    if found and setting.encoder is not None:
        found |= similarity.measures(setting.encoder, ours, theirs, [p.sample for p in known])
        details["encoder"] = similarity.described(setting.encoder)
        details["notes"].append(similarity.note(setting.encoder))
    if found:
        found |= _rege(known, found["rougeL"], setting, details)
    if setting.compat == "facial_r1":
        found |= _present(predictions)
    else:
        found |= _evidence(predictions, setting)
    return Scores(found, details)


def _names(setting: Setting) -> tuple[str, ...]:
    return setting.labels.names if setting.labels else ()


def _thought(response: Response) -> str:
    if response.reasoning is not None:
        return response.reasoning
    return _TAG.sub(" ", _ANSWER.sub(" ", response.text)).strip()


def _evidence(predictions: Sequence[Prediction], setting: Setting) -> dict[str, Measure]:
    """The measures of `evidence`, where units are annotated or named at all."""
    units = setting.units or tuple(facs.UNITS)
    cited = [evidence.named(_thought(p.response), units) for p in predictions]
    found = evidence.faithfulness([p.sample for p in predictions], cited, units)
    if (found or any(cited)) and setting.labels is not None:
        agreement = evidence.agreement(predictions, cited, setting.labels, units)
        found |= {} if agreement is None else {"answer_follows_evidence": agreement}
    return found


def _rege(
    known: Sequence[Prediction], rouge: Measure, setting: Setting, details: dict[str, Any]
) -> Mapping[str, Measure]:
    """Recognition plus ROUGE-L of the samples that have a text and are annotated with what is recognised."""
    by_emotion = [i for i, p in enumerate(known) if p.sample.gold.emotion is not None]
    by_units = [i for i, p in enumerate(known) if p.sample.gold.units is not None]
    kind = setting.benchmark.variant.get("recognition", "emotion" if by_emotion else "au")
    if kind == "emotion" and by_emotion and setting.labels is not None:
        chosen = [known[i] for i in by_emotion]
        true, answered = metrics.emotion_codes(chosen, setting.labels)
        hits, floor = (true == answered)[:, None].astype(float), trivial.emotion_accuracy(chosen, setting.labels)
        rows = np.concatenate([hits, np.ones_like(hits), rouge.rows[by_emotion]], axis=1)
        samples, function, name = chosen, _accuracy_and_rouge, "accuracy of the emotion"
    elif kind == "au" and by_units and setting.units:
        chosen = [known[i] for i in by_units]
        counts = metrics.unit_counts(chosen, setting.units)
        floor = trivial.units_macro(counts, setting.units)
        rows = np.concatenate([counts.reshape(len(chosen), -1), rouge.rows[by_units]], axis=1)
        samples, function, name = chosen, _f1_and_rouge, f"mean F1 of {len(setting.units)} units"
    else:
        return {}
    details["rege"] = f"{name} + ROUGE-L F1, in [0, 2]"
    both = trivial.summed(floor, rouge.trivial)
    return {"rege": Measure(rows, function, tuple(p.sample for p in samples), both, at_least=rouge.at_least)}


def _accuracy_and_rouge(sums: Rows) -> Rows:
    """From sums of shape (..., 4): hits, emotions, ROUGE-L, texts."""
    return ratio(sums[..., 0], sums[..., 1]) + ratio(sums[..., 2], sums[..., 3])


def _f1_and_rouge(sums: Rows) -> Rows:
    """From sums of shape (..., 3 U + 2): counts of units as (3, U), ROUGE-L, texts."""
    counts = sums[..., :-2].reshape(*sums.shape[:-1], 3, -1)
    return metrics.macro_f1(counts) + ratio(sums[..., -2], sums[..., -1])


def _present(predictions: Sequence[Prediction]) -> dict[str, Measure]:
    """Mean F1 of the units that some sample of the file has; others are not counted."""
    known = [p for p in predictions if p.sample.gold.units is not None]
    units = sorted(frozenset[int]().union(*(p.sample.gold.units or () for p in known)))
    if not units:
        return {}
    rows = metrics.unit_counts(known, units)
    floor = trivial.units_macro(rows, units)
    return {"au_f1_present": Measure(rows, metrics.macro_f1, tuple(p.sample for p in known), floor)}


REASONING = Task(
    name="reasoning",
    question="Which emotion does this person show, and how can it be seen in the face?",
    form="reasoning that names action units, then one of: {labels}",
    read=read,
    given=given,
    said=said,
    gold=gold,
    score=score,
    uses=frozenset({"encoder", "survival"}),
    compats={
        "facial_r1": "ROUGE of the whole tagged text; every AU code in the first think block, or anywhere without one, "
        "also a denied one; the emotion letter by letter; mean F1 over the units that occur in the file",
    },
)
