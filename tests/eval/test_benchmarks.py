"""Every benchmark of eval/benchmarks/ over a small set: right answers are right, hostile ones earn nothing."""

import math
import random

import pytest

from affectreason.affect.sample import ActionUnit, Affect, Provenance, Sample
from affectreason.benchmark import gold, known
from affectreason.benchmark.gold import Gold
from affectreason.benchmark.predictions import response
from affectreason.published import scripts
from affectreason.scoring.measures import numbers
from affectreason.scoring.metrics import Prediction

BENCHMARKS = known.benchmarks()
TASKS = {one.task.name: one for one in BENCHMARKS.values()}
TEXT = "The brows are lowered (AU4) and the lids are tight (AU7), so the person looks angry and tense."


def annotated(one, i, rng):
    """Gold of the kind the benchmark's task scores."""
    from affectreason.affect import facs, labels

    task, fields = one.task.name, {}
    if task in ("expression", "hit"):
        names = labels.find(one.labels or "ekman7").names
        fields = {"gold": Affect(emotion=names[i % len(names)]), "labels": one.labels or "ekman7"}
    elif task in ("units", "intensity"):
        units = facs.unit_set(one.units) if one.units else (1, 4, 12)
        levels = (0, 2, 4) if task == "intensity" else (0, None)
        aus = [ActionUnit(number=u, intensity=rng.choice(levels)) for u in units]
        fields = {"gold": Affect(aus=tuple(aus))}
    elif task == "words":
        fields = {"gold": Affect(emotions={rng.choice(["happy", "sad", "angry", "worried"]): 1.0, "calm": 1.0})}
    elif task in ("sentiment", "continuous"):
        fields = {"gold": Affect(score=float(rng.choice([-3, -1, 0, 1, 2]))), "labels": "sentiment3"}
    elif task == "statements":
        fields = {"choices": ("correct", "incorrect"), "answer": rng.choice(["correct", "incorrect"]),
                  "attributes": {"class": "a"}}  # fmt: skip
    elif task == "yes_no":
        fields = {"answer": rng.choice(["yes", "no"]), "question": "Is there a dog?"}
    elif task == "vqa":
        fields = {"answer": "red", "attributes": {"answers": ("red",) * 10, "answer_type": "other"}, "question": "?"}
    elif task == "choice":
        fields = {"choices": ("A. one", "B. two", "C. three"), "answer": "B. two", "question": "Which?"}
    elif task == "reasoning":
        fields = {"reasoning": TEXT, "gold": Affect(emotion="anger", aus=(4, 7)), "labels": "ekman7"}
    else:
        fields = {"answer": "two", "choices": ("one", "two"), "question": "Which?", "task": "QA_Eyes"}
        if task == "caption":
            fields = {"answer": TEXT, "question": "Describe.", "task": "caption"}
        if task == "multi_label":
            fields = {"gold": Affect(emotions={"anger": 1.0, "fear": 1.0}), "labels": "ekman7", "task": "emotion"}
    return fields


def small(one, n=24):
    """A set of the benchmark's kind, with its folds."""
    rng = random.Random(0)
    folds = one.folds or (None,)
    samples = [
        Sample(id=f"s{i}", provenance=Provenance(fold=folds[i % len(folds)]), **annotated(one, i, rng))
        for i in range(n)
    ]
    return Gold(one, tuple(samples), "x.jsonl", "0" * 64, ())


@pytest.mark.parametrize("one", BENCHMARKS.values(), ids=list(BENCHMARKS))
def test_its_script_and_options_exist_and_its_measure_is_computed(one):
    script = scripts.load(one.prep)
    assert set(one.options) <= set(script.OPTIONS)
    held = small(one)
    how = gold.setting(held)
    texts = {s.id: one.task.gold(s, how) for s in held.samples}
    most = 1 if one.task.name == "vqa" else None  # what ten people answered is one answer
    said = [Prediction(s, one.task.given(list(texts[s.id] or [])[:most], s, how)) for s in held.samples]
    scores = one.task.score(said, how)
    assert one.primary in scores.measures, list(scores.measures)
    found = numbers(scores.measures[one.primary])
    if one.primary != "rege":  # labels alone are no reasoning
        assert found["value"] >= found["best_constant"] - 1e-9
    assert all(0 <= value <= 1 for value in one.published.values())


@pytest.mark.parametrize("one", BENCHMARKS.values(), ids=list(BENCHMARKS))
def test_answers_that_say_nothing_earn_nothing(one):
    held = small(one, 8)
    how = gold.setting(held)
    for text in (
        "",
        "   ",
        "\x00\x07",
        "I'm sorry, but I can't help with that.",
        "NaN",
        "<answer></answer>",
        "qqq xyz",
    ):
        said = [Prediction(s, response({"text": text}, s, how)) for s in held.samples]
        value = numbers(one.task.score(said, how).measures[one.primary])["value"]
        assert value <= (0.35 if one.task.name in ("caption", "reasoning", "intensity") else 0), (text, value)


PIECES = (
    "<think>", "</think>", "<answer>", "</answer>", "happy", "sad", "not angry", "AU4", "AU99999999", "no AU12", "[",
    "]",
    '"', "'", ",", "\x00", "\u202e", "💥", "1e309", "NaN", "-inf", "A.", "(B)", "yes", "no", "correct", "incorrect",
    '{"emotion":', "}", "\n", "neutral" * 50, "AU" * 200, "９９", "½", "fear " * 40, "<au>", "</au>", "％", "3/0",
)  # fmt: skip


def test_ten_thousand_hostile_answers_never_raise():
    rng = random.Random(1)
    every = [(one, small(one, 4)) for one in BENCHMARKS.values()]
    ready = [(one, held, gold.setting(held)) for one, held in every]
    for i in range(10_000):
        one, held, how = ready[i % len(ready)]
        text = "".join(rng.choice(PIECES) for _ in range(rng.randrange(12)))
        sample = held.samples[i % 4]
        found = response({"text": text}, sample, how)
        said = one.task.said(found, how)
        assert said is None or all(isinstance(word, str) for word in said)


@pytest.mark.parametrize("one", TASKS.values(), ids=list(TASKS))
def test_a_megabyte_is_read_and_scores_are_numbers(one):
    held = small(one, len(one.folds) or 1)
    how = gold.setting(held)
    read = response({"text": "happy <answer> AU4 no, " * 45_000}, held.samples[0], how)
    said = [Prediction(sample, read) for sample in held.samples]
    for name, measure in one.task.score(said, how).measures.items():
        assert math.isfinite(numbers(measure)["value"]), name
