"""The EW set score and hit rate as tasks: worked values, floors, and what stands beside them."""

import json

import pytest

from affectreason.affect.sample import Affect, Sample
from affectreason.benchmark.protocol import Benchmark, Setting
from affectreason.benchmark.words import HIT, WORDS
from affectreason.scoring import measures
from affectreason.scoring.metrics import Prediction


def setting(task, compat=None):
    return Setting(Benchmark(name="x", title="x", task=task, primary="x", metric="x", prep="x"), compat=compat)


def scored(task, golds, answers, compat=None):
    """Scores of answers to samples with these golds: lists of words, or one word."""
    here = setting(task, compat)
    predictions = []
    for index, (gold, answer) in enumerate(zip(golds, answers, strict=True)):
        affect = (
            Affect(emotion=gold) if isinstance(gold, str) else Affect(emotions=dict.fromkeys(gold or [], 1.0) or None)
        )
        sample = Sample(id=str(index), gold=affect)
        predictions.append(Prediction(sample, task.read(answer, sample, here)))
    return task.score(predictions, here)


def value(scores, name):
    return measures.numbers(scores.measures[name])["value"]


def test_the_set_score_by_hand():
    found = scored(WORDS, [["happy", "sad"], ["furious"], None], ["[joyful]", "[angry, scared]", "[sad]"])
    # every wheel: sample 1 has p 1, r 1/2, sample 2 p 1/2, r 1 (on the quadrants anger and fear are one: p 1)
    assert value(found, "level1_precision") == pytest.approx((4 * 0.75 + 1.0) / 5)
    assert value(found, "level1_recall") == pytest.approx(0.75)
    assert value(found, "level1_f") == pytest.approx((4 * 0.75 + 2 * 0.75 / 1.75) / 5)
    assert found.details["labels_per_answer"] == 1.5
    assert found.details["unannotated"] == 1
    assert found.details["leaderboards"]["unibench"] == pytest.approx(value(found, "level1_f"))
    assert found.details["lexicon"] == {"name": "affectreason", "version": "1"}
    json.dumps(found.details, allow_nan=False)


def test_words_outside_are_counted():
    found = scored(WORDS, [["happy", "blorp"]], ["[happy, grok, zonk]"])
    assert found.details["outside_share_answer"] == pytest.approx(2 / 3)
    assert found.details["outside_share_gold"] == 0.5
    assert found.details["outside_gold"] == ["blorp"]


def test_neutral_is_scored_by_our_own_lexicon_and_skipped_as_published_under_compat():
    golds, answers = ["neutral", "happy", "sad"], ["[neutral]", "[joyful]", "[angry]"]
    ours, theirs = scored(HIT, golds, answers), scored(HIT, golds, answers, "affectgpt")
    assert value(ours, "hit_rate") == pytest.approx(2 / 3)
    assert value(theirs, "hit_rate") == pytest.approx(1 / 2)
    assert theirs.details["wheels"]["W1"]["skipped"] == 1
    assert [len(one.measures["hit_rate"].rows) for one in (ours, theirs)] == [3, 2]
    assert [one.id for one in theirs.measures["hit_rate"].samples] == ["1", "2"]
    told = "1 of 3 samples are left out of N: no word annotated is in the lexicon affectreason (1 without neutral)"
    assert (ours.details["notes"], theirs.details["notes"]) == ([], [told])
    assert theirs.details["outside_gold"] == ["neutral"]
    assert theirs.details["lexicon"]["version"] == "1 without neutral"


def test_unparsed_is_wrong():
    assert value(scored(WORDS, [["happy"], ["sad"]], ["[happy]", "who knows"]), "level1_recall") == 0.5


@pytest.mark.parametrize("compat", [None, "affectgpt"])
def test_nothing_right_is_zero_or_not_a_number(compat):
    found = value(scored(WORDS, [["happy"]], ["sad"], compat), "level1_f")
    assert found == 0 if compat is None else found != found


LABELS = ["happy", "sad", "angry", "worried", "surprise"]


def test_five_words_hit_everything_and_the_floor_shows_it():
    """Facts 2.9: a constant answer of five words reaches 100 % hit rate, so a hit rate alone says little."""
    golds = LABELS * 8
    found = scored(HIT, golds, ["[" + ", ".join(LABELS) + "]"] * len(golds))
    assert value(found, "hit_rate") == 1.0
    assert value(found, "mscore") < 0.35
    trivial = found.measures["hit_rate"].trivial
    assert trivial.best_constant == 1.0
    assert len(trivial.answer.split(", ")) <= 5
    assert found.details["labels_per_answer"] == 5.0
    assert trivial.majority < 0.5
    assert trivial.chance < 0.5


def test_floors_are_what_the_score_gives_the_constant_answer():
    golds = [["happy", "excited"], ["sad"], ["sad", "angry"], ["worried", "afraid", "sad"], ["happy"]]
    first = scored(WORDS, golds, ["[happy]"] * 5)
    for name, measure in first.measures.items():
        again = scored(WORDS, golds, [f"[{measure.trivial.answer}]"] * 5)
        assert value(again, name) == pytest.approx(measure.trivial.best_constant), name
        majority = scored(WORDS, golds, ["[sad]"] * 5)
        assert value(majority, name) == pytest.approx(measure.trivial.majority), name
        assert measure.trivial.best_constant >= measure.trivial.majority


def test_hit_floors_are_what_the_score_gives_the_constant_answer():
    golds = ["happy", "happy", "sad", "angry", "neutral"]
    first = scored(HIT, golds, ["happy"] * 5)
    for name, measure in first.measures.items():
        again = scored(HIT, golds, [f"[{measure.trivial.answer}]"] * 5)
        assert value(again, name) == pytest.approx(measure.trivial.best_constant), name
    assert value(first, "hit_rate") == pytest.approx(first.measures["hit_rate"].trivial.majority) == pytest.approx(0.4)


def test_a_gold_word_outside_is_left_out_of_a_wheel_and_counted():
    found = scored(HIT, ["happy", "blorp"], ["happy", "blorp"])
    assert value(found, "hit_rate") == 1.0
    assert found.details["wheels"]["W1"] == {"used": 1, "skipped": 1, "hit_rate": 1.0, "mscore": 1.0}


def test_labels_taken_by_others_are_read_as_they_are():
    here = setting(WORDS)
    answer = WORDS.given(["Happy ", "sad"], Sample(id="a"), here)
    assert WORDS.said(answer, here) == ["happy", "sad"]
