"""Metrics against scikit-learn and by hand, what is counted as missing, intervals, and trivial answers."""

import numpy as np
import pytest
from sklearn import metrics as sk

from affectreason.affect import labels
from affectreason.affect.response import Response, parse
from affectreason.affect.sample import Affect, Sample
from affectreason.errors import InputError
from affectreason.scoring import intervals, measures, metrics, rewards, trivial
from affectreason.scoring.metrics import Prediction

EKMAN = labels.find("ekman7")
UNITS = (1, 2, 4, 6, 12, 15)


def one(gold=None, said=None, gold_aus=None, said_aus=None, name="s", well_formed=True):
    sample = Sample(id=name, gold=Affect(emotion=gold, aus=gold_aus), labels="ekman7")
    affect = Affect(emotion=said, aus=said_aus)
    return Prediction(sample, Response(text="", reasoning=None, said=affect, well_formed=well_formed, problem=None))


def random_emotions(n=400, seed=0):
    """Gold never shows `surprise`; some answers are unparsed."""
    draw = np.random.default_rng(seed)
    gold = draw.choice(EKMAN.names[:-1], n)
    wrong = draw.choice([*EKMAN.names, ""], n)
    said = np.where(draw.random(n) < 0.5, gold, wrong)
    return list(gold), [word or None for word in said.tolist()]


def random_units(n=300, seed=1):
    """AU15 is never in the gold and never said; AU12 is never said."""
    draw = np.random.default_rng(seed)
    gold = draw.random((n, 6)) < [0.3, 0.2, 0.5, 0.1, 0.4, 0.0]
    said = (gold ^ (draw.random((n, 6)) < 0.25)) & [True, True, True, True, False, False]
    return gold, said


def as_units(row):
    return [unit for unit, on in zip(UNITS, row, strict=True) if on]


def test_emotion_equals_scikit_learn():
    gold, said = random_emotions()
    ours = metrics.emotion([one(g, s) for g, s in zip(gold, said, strict=True)], EKMAN)
    theirs = [word or "unparsed" for word in said]
    present = sorted(set(gold))
    assert ours["accuracy"] == pytest.approx(sk.accuracy_score(gold, theirs))
    assert ours["uar"] == pytest.approx(sk.recall_score(gold, theirs, labels=present, average="macro"))
    with pytest.warns(UserWarning, match="not in y_true"):
        assert ours["uar"] == pytest.approx(sk.balanced_accuracy_score(gold, theirs))
    assert ours["macro_f1"] == pytest.approx(sk.f1_score(gold, theirs, labels=present, average="macro"))
    fixed = sk.f1_score(gold, theirs, labels=list(EKMAN.names), average="macro", zero_division=0)
    assert ours["macro_f1_fixed"] == pytest.approx(fixed)
    assert ours["weighted_f1"] == pytest.approx(sk.f1_score(gold, theirs, average="weighted", zero_division=0))
    table = sk.precision_recall_fscore_support(gold, theirs, labels=list(EKMAN.names), zero_division=0)
    for key, row in zip(("precision", "recall", "f1", "support"), table, strict=True):
        assert [ours[f"{key}/{name}"] for name in EKMAN.names] == pytest.approx(list(row))
    assert ours["unparsed"] == said.count(None)


def test_confusion_equals_scikit_learn():
    gold, said = random_emotions()
    ours = metrics.confusion([one(g, s) for g, s in zip(gold, said, strict=True)], EKMAN)
    heads = [*EKMAN.names, "unparsed"]
    theirs = sk.confusion_matrix(gold, [word or "unparsed" for word in said], labels=heads)
    assert ours.tolist() == theirs[:-1].tolist()


def test_units_equal_scikit_learn():
    gold, said = random_units()
    predictions = [one(gold_aus=as_units(g), said_aus=as_units(s)) for g, s in zip(gold, said, strict=True)]
    ours = metrics.action_units(predictions, UNITS)
    assert ours["au_f1_micro"] == pytest.approx(sk.f1_score(gold, said, average="micro"))
    assert ours["au_f1_macro_fixed"] == pytest.approx(sk.f1_score(gold, said, average="macro", zero_division=0))
    present = [index for index in range(6) if gold[:, index].any()]
    theirs = sk.f1_score(gold, said, labels=present, average="macro", zero_division=0)
    assert ours["au_f1_macro_present"] == pytest.approx(theirs)
    precision, recall, f1, _ = sk.precision_recall_fscore_support(gold, said, zero_division=0)
    for key, row in (("precision", precision), ("recall", recall), ("f1", f1), ("base_rate", gold.mean(0))):
        assert [ours[f"{key}/AU{unit}"] for unit in UNITS] == pytest.approx(list(row))
    assert ours["au_precision_micro"] == pytest.approx(sk.precision_score(gold, said, average="micro"))
    assert ours["au_recall_micro"] == pytest.approx(sk.recall_score(gold, said, average="micro"))


def test_emotion_by_hand():
    predictions = [
        one("happiness", "happy"),  # an alias is right
        one("happiness", "anger"),
        one("anger", None),  # unparsed is wrong
        one("anger", "anger"),
        one(None, "anger"),  # unannotated is left out
        one("sadness", "bored"),  # no label of the vocabulary: unparsed
    ]
    scores = metrics.emotion(predictions, EKMAN)
    assert scores["n"] == 5
    assert scores["unparsed"] == 2
    assert scores["unannotated"] == 1
    assert scores["accuracy"] == pytest.approx(2 / 5)
    assert scores["uar"] == pytest.approx((1 / 2 + 1 / 2 + 0) / 3)
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert scores["support/surprise"] == 0
    assert scores["recall/surprise"] == 0
    assert metrics.emotion(predictions[::-1], EKMAN) == scores


def test_gold_outside_the_vocabulary_is_an_error():
    with pytest.raises(InputError, match="sample 's': gold emotion 'hapiness' is not in the vocabulary 'ekman7'"):
        metrics.emotion([one("hapiness", "anger")], EKMAN)


def test_units_by_hand():
    predictions = [
        one(gold_aus=[6, 12], said_aus=[6]),
        one(gold_aus=[4], said_aus=None),  # silent counts as none
        one(gold_aus=[], said_aus=[4, 43]),  # 43 is outside
        one(gold_aus=None, said_aus=[1]),  # unannotated is left out
    ]
    scores = metrics.action_units(predictions, UNITS)
    counts = {key: scores[key] for key in ("n", "unannotated", "silent", "outside")}
    assert counts == {"n": 3, "unannotated": 1, "silent": 1, "outside": 1}
    assert scores["au_f1_micro"] == pytest.approx(2 * 1 / (2 * 1 + 1 + 2))
    assert scores["au_f1_macro_fixed"] == pytest.approx(1 / 6)  # AU6 1, the rest 0
    assert scores["au_f1_macro_present"] == pytest.approx(1 / 3)  # over 4, 6, 12
    assert scores["units_per_answer"] == pytest.approx(2 / 3)
    assert scores["base_rate/AU12"] == pytest.approx(1 / 3)
    assert metrics.action_units(predictions[::-1], UNITS) == scores


def test_nothing_to_score_is_zero_of_none():
    assert metrics.emotion([], EKMAN)["n"] == 0
    assert metrics.action_units([], UNITS)["n"] == 0


def test_what_parse_says_is_what_is_scored():
    sample = Sample(id="s", gold=Affect(emotion="happiness", aus=[6, 12]), labels="ekman7")
    text = "<think>The lip corners are pulled up (AU12), the cheeks are raised (AU6).</think><answer>joy</answer>"
    prediction = Prediction(sample, parse(text, EKMAN))
    assert metrics.emotion([prediction], EKMAN)["accuracy"] == 1
    assert metrics.action_units([prediction], UNITS)["au_f1_micro"] == 1


def test_bootstrap_covers():
    """About 95 of 100 intervals of a known mean hold it."""
    draw = np.random.default_rng(3)
    held = 0
    for seed in range(100):
        low, high = intervals.bootstrap((draw.random(150) < 0.3).astype(float), n=400, seed=seed)
        held += low <= 0.3 <= high
    assert 88 <= held <= 100


def test_bootstrap_of_a_mean_is_as_wide_as_theory_says():
    values = np.random.default_rng(0).normal(size=2000)
    low, high = intervals.bootstrap(values, n=2000)
    error = values.std() / np.sqrt(len(values))
    assert (low, high) == pytest.approx((values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=0.15 * error)
    assert intervals.bootstrap(values, n=2000) == (low, high)  # seeded
    assert intervals.bootstrap(np.ones(5)) == (1, 1)
    assert np.isnan(intervals.bootstrap(np.zeros(0))).all()


def test_bootstrap_of_micro_f1_equals_a_plain_loop():
    gold, said = random_units(60)
    rows = np.stack([gold & said, ~gold & said, gold & ~said], axis=1)
    picks = np.random.default_rng(0).integers(0, 60, size=(200, 60))
    plain = [sk.f1_score(gold[draw], said[draw], average="micro") for draw in picks]
    ours = intervals.bootstrap(rows, metrics.micro_f1, n=200, seed=0)
    assert ours == pytest.approx(tuple(np.quantile(plain, [0.025, 0.975])))


def test_a_draw_that_lost_a_unit_leaves_it_out_of_the_macro_f1():
    """AU6 is there twice; AU15 never, so it counts 0 in every draw as in the value."""
    gold, said = random_units(40)
    gold[:, 3] = said[:, 3] = np.arange(40) < 2
    made = [one(gold_aus=as_units(g), said_aus=as_units(s), name=str(i)) for i, (g, s) in enumerate(zip(gold, said, strict=True))]  # fmt: skip # noqa: E501
    found = measures.numbers(measures.measures(made, EKMAN, UNITS)["au_f1_macro"])
    picks = np.random.default_rng(0).integers(0, 40, size=(1000, 40))
    hit, spoken, there = ((which[picks].sum(1)).astype(float) for which in (gold & said, said, gold))
    each = 2 * hit / np.maximum(spoken + there, 1)
    plain = np.nanmean(np.where((there == 0) & gold.any(0), np.nan, each), axis=1)
    assert found["value"] == pytest.approx(sk.f1_score(gold, said, average="macro", zero_division=0))
    assert (found["low"], found["high"]) == pytest.approx(tuple(np.quantile(plain, [0.025, 0.975])))


def test_bootstrap_by_group_is_wider_where_groups_agree():
    values = np.repeat((np.random.default_rng(0).random(20) < 0.5).astype(float), 30)
    names = np.repeat([f"person {i}" for i in range(20)], 30)
    alone, grouped = intervals.bootstrap(values), intervals.bootstrap(values, groups=names)
    assert grouped[1] - grouped[0] > 3 * (alone[1] - alone[0])


def test_trivial_emotion_by_hand():
    predictions = [one("anger"), one("anger"), one("fear"), one("neutral")]
    assert trivial.emotion_accuracy(predictions, EKMAN)[:3] == (1 / 7, 0.5, "anger")
    assert trivial.emotion_uar(predictions, EKMAN)[:3] == (1 / 7, pytest.approx(1 / 3), "anger")
    for word in ("anger", "fear"):  # any constant has the same balanced accuracy
        constant = [Prediction(p.sample, trivial.answer(word, [])) for p in predictions]
        assert metrics.emotion(constant, EKMAN)["uar"] == pytest.approx(1 / 3)


def test_best_constant_units_are_the_best_of_all_sets():
    gold, _ = random_units(40)
    rows = metrics.unit_counts([one(gold_aus=as_units(g), said_aus=[]) for g in gold], UNITS)
    sets = [[bool(number >> bit & 1) for bit in range(6)] for number in range(64)]
    micro = max(sk.f1_score(gold, np.tile(s, (40, 1)), average="micro", zero_division=0) for s in sets)
    macro = max(sk.f1_score(gold, np.tile(s, (40, 1)), average="macro", zero_division=0) for s in sets)
    assert trivial.units_micro(rows, UNITS).best_constant == pytest.approx(micro)
    assert trivial.units_macro(rows, UNITS).best_constant == pytest.approx(macro)


def test_trivial_units_by_hand():
    """Base rates 1 and 1/2: both said gives 2 * 3 / (4 + 3), the commoner alone 2 * 2 / (2 + 3)."""
    rows = metrics.unit_counts([one(gold_aus=[1, 4]), one(gold_aus=[1])], (1, 4, 9))
    micro = trivial.units_micro(rows, (1, 4, 9))
    assert micro[:3] == (pytest.approx(1.25 / 1.5), pytest.approx(6 / 7), "AU1 AU4")
    macro = trivial.units_macro(rows, (1, 4, 9))
    assert macro[:3] == (pytest.approx(0.5), pytest.approx((1 + 2 / 3) / 3), "AU1 AU4")


def test_chance_of_units_is_what_random_answers_get():
    gold, _ = random_units(4000)
    draw = np.random.default_rng(5)
    said = draw.random(gold.shape) < gold.mean(0)
    rows = metrics.unit_counts([one(gold_aus=as_units(g), said_aus=[]) for g in gold], UNITS)
    assert trivial.units_micro(rows, UNITS).chance == pytest.approx(sk.f1_score(gold, said, average="micro"), abs=0.01)
    macro = sk.f1_score(gold, said, average="macro", zero_division=0)
    assert trivial.units_macro(rows, UNITS).chance == pytest.approx(macro, abs=0.01)


def test_best_constant_reward_by_hand():
    """Always `happiness` with AU4 and AU12: emotion 2 of 3, F1 2/3, 1/2 and 2/3; AU12 alone has 1, 2/3 and 0."""
    predictions = [
        one("happiness", gold_aus=[12], name="a"),
        one("happiness", gold_aus=[6, 12], name="b"),
        one("anger", gold_aus=[4], name="c"),
    ]
    score = rewards.together([{"use": "emotion_match"}, {"use": "au_f1"}])
    found = trivial.reward(predictions, EKMAN, UNITS, score)
    assert found.best_constant == pytest.approx(((1 + 2 / 3) / 2 + (1 + 1 / 2) / 2 + (0 + 2 / 3) / 2) / 3)
    assert found.answer == "AU4 AU12: happiness"
    assert 0 < found.chance < found.best_constant
    assert trivial.reward(predictions, EKMAN, UNITS, score) == found  # seeded


def test_constant_answer_without_any_emotion():
    found = trivial.reward([one(gold_aus=[4])], EKMAN, UNITS, rewards.together([{"use": "au_f1"}]))
    assert found.best_constant == 1
    assert found.answer == "AU4: none"


def test_trivial_answers_to_statements():
    """Of four statements three are incorrect: always saying so is right three times, a random choice twice."""
    right = ["incorrect", "correct", "incorrect", "incorrect"]
    choices = ("correct", "incorrect")
    samples = [Sample(id=str(n), labels="ekman7", answer=a, choices=choices) for n, a in enumerate(right * 50)]
    predictions = [Prediction(sample, parse("", EKMAN)) for sample in samples]
    found = trivial.reward(predictions, EKMAN, (), rewards.together([{"use": "answer_match"}]))
    assert found.best_constant == 0.75
    assert found.chance == pytest.approx(0.5, abs=0.05)
    assert found.answer == "no units: none, incorrect"
