"""Rewards of sets of words, by hand: clusters, words of no wheel, neutral, penalties; what growing lists earn."""

import math

import numpy as np
import pytest

from affectreason.affect import wheel
from affectreason.affect.reading import read
from affectreason.affect.response import Response
from affectreason.affect.sample import Affect, Sample
from affectreason.errors import InputError
from affectreason.scoring import rewards, word_sets
from affectreason.scoring.word_rewards import classes, outside, overlap, shortened

# Level 1 of our own wheels: happy, joyful: joy, joy, enjoyment, excited, enjoyment; sad: sadness, sadness, sadness,
# depressed, sadness; worried, anxious: fear, fear, fear, distressed, fear; calm: joy, joy, enjoyment, contented, -


def said(*words, reasoning=None):
    return Response("", reasoning, Affect(emotions=dict.fromkeys(words, 1.0) or None), True, None)


def gold(*words):
    return Sample(id="s", labels="open", gold=Affect(emotions=dict.fromkeys(words, 1.0)))


@pytest.mark.parametrize(
    ("words", "right", "score"),
    [
        (["happy"], ["happy"], 1),
        (["joyful"], ["happy"], 1),
        (["happy", "joyful"], ["happy"], 1),  # one cluster
        (["sad"], ["happy"], 0),
        (["happy", "sad"], ["happy"], 2 / 3),
        (["happy"], ["happy", "sad"], 2 / 3),
        (["happy", "worried"], ["happy", "sad"], 1 / 2),
        (["worried", "sad"], ["anxious", "sad"], 1),
        (["calm"], ["happy"], 3 / 5),  # right on three wheels, wrong on the fourth, on no place of the fifth
        (["happy"], ["calm"], 3 / 4),  # the fifth wheel has nothing annotated and is left out
        (["happy", "blorpy"], ["happy"], 2 / 3),  # junk is not free
        (["happy", "blorpy", "blarpy"], ["happy"], 2 / 4),
        (["blorpy"], ["happy"], 0),
        (["happy", "blorpy"], ["happy", "blorpy"], 1),  # what was annotated is no junk
        (["neutral"], ["neutral"], 1),
        (["neutral"], ["happy"], 0),
        (["happy", "neutral"], ["happy"], 2 / 3),
        ([], ["happy"], 0),
        (["happy"], [], None),
        (["happy"], ["blorpy"], None),  # no wheel can score it
    ],
)
def test_wheel_f(words, right, score):
    found = rewards.wheel_f(said(*words), gold(*right))
    assert found == (None if score is None else pytest.approx(score))


def test_the_outer_ring_tells_apart_what_the_inner_one_does_not():
    assert rewards.wheel_f(said("annoyed"), gold("furious")) == 1
    assert rewards.wheel_f(said("annoyed"), gold("furious"), level=2) < 1
    with pytest.raises(InputError, match=r"level 3 is no ring of an emotion wheel; write 1 \(the innermost\) or 2"):
        rewards.wheel_f(said("happy"), gold("happy"), level=3)


@pytest.mark.parametrize(
    ("penalty", "said_", "gold_", "factor"),
    [
        (None, 9, 1, 1),
        ("inverse", 3, 1, 1 / 3),
        ("inverse", 5, 3, 1 / 3),
        ("ratio", 3, 1, 1 / 3),
        ("ratio", 5, 3, 3 / 5),
        ("log", 3, 1, 1 / 2),  # log 2 / log 4; as published it is log 1 / log 3 = 0
        ("log", 7, 3, 2 / 3),  # log 4 / log 8; as published log 3 / log 7 = 0.565
        ("inverse", 2, 2, 1),
        ("ratio", 1, 2, 1),
        ("log", 0, 2, 1),
    ],
)
def test_penalties(penalty, said_, gold_, factor):
    assert shortened(penalty, said_, gold_) == pytest.approx(factor)


def test_a_penalty_counts_words_not_clusters():
    """Forms of one cluster cost nothing in F, so that a list of them would grow without end."""
    words = said("happy", "joyful", "glad")
    assert rewards.wheel_f(words, gold("happy")) == 1
    assert rewards.wheel_f(words, gold("happy"), penalty="ratio") == pytest.approx(1 / 3)
    assert rewards.wheel_f(said("happy", "sad"), gold("happy"), penalty="inverse") == pytest.approx(1 / 3)
    assert rewards.wheel_f(said("happy"), gold("happy", "sad"), penalty="log") == pytest.approx(2 / 3)
    with pytest.raises(InputError, match="unknown penalty 'log2'; did you mean 'log'"):
        rewards.wheel_f(words, gold("happy"), penalty="log2")


def test_at_most():
    assert rewards.wheel_f(said("happy", "joyful"), gold("happy"), at_most=2) == 1
    assert rewards.wheel_f(said("happy", "joyful", "glad"), gold("happy"), at_most=2) == 0
    assert rewards.wheel_f(said("happy", "joyful", "glad"), gold(), at_most=2) is None


def test_one_emotion_counts_as_a_set_of_one():
    one = Sample(id="s", labels="mer6", gold=Affect(emotion="Happy"))
    assert rewards.wheel_f(Response("", None, Affect(emotion="joyful"), True, None), one) == 1


def test_without_junk_it_is_the_set_score_of_one_sample():
    draw = np.random.default_rng(0)
    words = sorted(word for word in wheel.default().surfaces if not outside(word))
    value = word_sets.mean_over(word_sets.LEVEL1, "f", "zero")
    for _ in range(20):
        ours, theirs = ([str(w) for w in draw.choice(words, size)] for size in draw.integers(1, 5, 2))
        codes: dict[str, int] = {}
        sets = [word_sets.coded([one], codes) for one in (theirs, ours)]
        sums = word_sets.set_rows(*sets, word_sets.cluster_table(list(codes), wheel.default())).sum(0)
        used = sums[list(word_sets.LEVEL1), 0].sum()  # wheels without an annotated word are 0 there, left out here
        found = overlap(dict.fromkeys(ours), dict.fromkeys(theirs), 1, wheel.default())
        assert found == pytest.approx(float(value(sums[None])[0]) * 5 / used)


def test_a_published_lexicon_without_neutral():
    bare = wheel.without_neutral()
    assert overlap(["neutral"], ["neutral"], 1, bare) == 1
    assert overlap(["neutral"], ["happy"], 1, bare) == 0
    with pytest.raises(InputError, match=r"wheel1\.xlsx"):
        rewards.wheel_f(said("happy"), gold("happy"), lexicon="nowhere")


def test_naming_more_and_more_does_not_pay():
    """The five words that score 100 % of hits earn less than the one right word, with a penalty far less."""
    many = said("happy", "sad", "angry", "worried", "surprised")
    assert rewards.wheel_f(many, gold("happy")) < 0.5
    assert rewards.wheel_f(many, gold("happy"), penalty="ratio") < 0.1
    assert rewards.wheel_f(said(*sorted(wheel.default().surfaces)), gold("happy")) == 0


TEXT = "<think>The smile and the voice say he is happy, not sad.</think><answer>{}</answer>"


@pytest.mark.parametrize(
    ("text", "dual", "alignment"),
    [
        (TEXT.format("happy"), 1, 1),
        (TEXT.format("sad"), 1, 0),
        (TEXT.format("happy, worried"), 1, 2 / 3),
        (TEXT.format("blorpy"), 1, 0),
        ("<think>The brows are lowered.</think><answer>happy</answer>", 0, 0),
        ("<answer>happy</answer>", 0, 0),
        ("happy", 0, 0),
        ("<think>He is happy.</think>", 1, 0),
    ],
)
def test_the_words_of_the_reasoning(text, dual, alignment):
    found, one = read(text, gold("happy")), gold("happy")
    assert rewards.dual(found, one) == pytest.approx(dual)
    assert rewards.alignment(found, one) == pytest.approx(alignment)
    assert rewards.dual(found, Sample(id="s", labels="open")) is None


def test_what_a_sample_is_counted_under():
    assert classes(gold("happy", "joyful", "sad")) == ["joy", "sadness"]
    assert classes(gold("blorpy")) == ["on no wheel"]
    assert classes(Sample(id="s")) == ["no emotion"]
    assert classes(Sample(id="s", gold=Affect(emotion="fear"))) == ["fear"]


def test_the_published_log_is_mended_only_where_it_must_be():
    assert shortened("log", 3, 1) > 0
    assert shortened("log", 31, 15) == pytest.approx(math.log(16) / math.log(32))
