"""Rewards by hand: worked values, None exactly where nothing was annotated, ranges, and what tries to cheat."""

import math

import pytest

from affectreason.affect import choices, labels
from affectreason.affect.response import Response, parse
from affectreason.affect.sample import Affect, Sample
from affectreason.errors import InputError
from affectreason.scoring import rewards


def answer(text="", reasoning=None, well_formed=True, **said):
    return Response(text=text, reasoning=reasoning, said=Affect(**said), well_formed=well_formed, problem=None)


def sample(labels="ekman7", **gold):
    return Sample(id="s", gold=Affect(**gold), labels=labels)


def test_well_formed():
    assert rewards.well_formed(answer(), sample()) == 1
    assert rewards.well_formed(answer(well_formed=False), sample()) == 0


@pytest.mark.parametrize(
    ("said", "gold", "labels", "expected"),
    [
        ({"emotion": "happiness"}, {"emotion": "happiness"}, "ekman7", 1),
        ({"emotion": "happy"}, {"emotion": "happiness"}, "ekman7", 1),
        ({"emotion": "joyful"}, {"emotion": "happy"}, "ekman7", 1),
        ({"emotion": " Happiness"}, {"emotion": "happiness"}, None, 1),
        ({"emotion": "joy"}, {"emotion": "happiness"}, None, 0),
        ({"emotion": "fear"}, {"emotion": "anger"}, "ekman7", 0),
        ({}, {"emotion": "anger"}, "ekman7", 0),
        ({"emotion": "anger"}, {}, "ekman7", None),
        ({"emotion": "anger"}, {"emotions": {}}, "ekman7", None),
        # a set: F1 of the two sets
        ({"emotion": "anger"}, {"emotions": {"anger": 1, "fear": 1}}, "ekman7", 2 / 3),
        ({"emotions": {"angry": 1, "fear": 1}}, {"emotions": {"anger": 1, "fear": 1}}, "ekman7", 1),
        ({"emotions": {"anger": 1, "sad": 1}}, {"emotions": {"anger": 1, "fear": 1}}, "ekman7", 0.5),
        # naming every emotion does not pay
        (
            {"emotions": dict.fromkeys(["anger", "disgust", "fear", "happiness", "sadness", "surprise"], 1)},
            {"emotion": "anger"},
            "ekman7",
            2 / 7,
        ),
        # a distribution: share relative to the likeliest, the mean over what was said
        ({"emotion": "anger"}, {"emotions": {"anger": 0.6, "fear": 0.3, "sadness": 0.1}}, "ekman7", 1),
        ({"emotion": "fear"}, {"emotions": {"anger": 0.6, "fear": 0.3, "sadness": 0.1}}, "ekman7", 0.5),
        ({"emotions": {"anger": 1, "joy": 1}}, {"emotions": {"anger": 0.6, "fear": 0.4}}, "ekman7", 0.5),
        # the majority goes before the votes
        ({"emotion": "fear"}, {"emotion": "anger", "emotions": {"anger": 0.6, "fear": 0.4}}, "ekman7", 0),
    ],
)
def test_emotion_match(said, gold, labels, expected):
    score = rewards.emotion_match(answer(**said), sample(labels, **gold))
    assert score == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("said", "gold", "partial", "expected"),
    [
        ("contempt", "disgust", "family", 0.5),
        ("contempt", "anger", "family", 0),
        ("contempt", "anger", "valence", 0.5),
        ("happiness", "anger", "valence", 0),
        ("surprise", "happiness", "valence", 0),  # surprise has no sign
        ("neutral", "happiness", "valence", 0),
        ("anger", "anger", "valence", 1),
        ("contempt", "disgust", "none", 0),
    ],
)
def test_partial_credit(said, gold, partial, expected):
    assert rewards.emotion_match(answer(emotion=said), sample("ekman8", emotion=gold), partial) == expected


def test_partial_credit_needs_a_vocabulary():
    assert rewards.emotion_match(answer(emotion="anger"), sample(None, emotion="disgust"), "valence") == 0


@pytest.mark.parametrize(
    ("said", "gold", "f1", "f2", "jaccard"),
    [
        ([6, 12], [6, 12], 1, 1, 1),
        ([6, 12, 25], [6, 12], 4 / 5, 10 / 11, 2 / 3),
        ([6], [6, 12], 2 / 3, 5 / 9, 1 / 2),
        ([1], [6, 12], 0, 0, 0),
        ([], [6, 12], 0, 0, 0),
        ([6], [], 0, 0, 0),
        ([], [], 1, 1, 1),
        (None, [6], 0, 0, 0),
        (None, [], 0, 0, 0),
        ([6], None, None, None, None),
        (None, None, None, None, None),
    ],
)
def test_action_units(said, gold, f1, f2, jaccard):
    response, one = answer(aus=said), sample(aus=gold)
    for score, expected in (
        (rewards.au_f1(response, one), f1),
        (rewards.au_f1(response, one, beta=2), f2),
        (rewards.au_jaccard(response, one), jaccard),
    ):
        assert score == (None if expected is None else pytest.approx(expected))


def test_units_annotated_absent_and_units_outside_the_set():
    absent = {"number": 4, "intensity": 0}
    assert rewards.au_f1(answer(aus=[6]), sample(aus=[6, absent])) == 1
    assert rewards.au_f1(answer(aus=[6, 43]), sample(aus=[6])) == pytest.approx(2 / 3)
    assert rewards.au_f1(answer(aus=[6, 43]), sample(aus=[6]), units=[6, 12]) == 1
    assert rewards.au_f1(answer(aus=[6, 43]), sample(aus=[6]), units="disfa8") == 1
    assert rewards.au_jaccard(answer(aus=[6, 43]), sample(aus=[6]), units="disfa8") == 1
    with pytest.raises(InputError, match="unknown set of units 'disfa9'; did you mean 'disfa8'"):
        rewards.au_f1(answer(aus=[6]), sample(aus=[6]), units="disfa9")


def test_naming_every_unit_does_not_pay():
    everything = list(range(1, 29))
    assert rewards.au_f1(answer(aus=everything), sample(aus=[6, 12])) < 0.14
    assert rewards.au_spam(answer(aus=everything), sample()) == pytest.approx(8 / 28)


@pytest.mark.parametrize(
    ("emotion", "aus", "expected"),
    [
        ("happiness", [12, 25], 1),  # du2014 requires 12 and 25, allows 6
        ("happy", [6, 12, 25], 1),
        ("happiness", [6, 12], 2 * 0.5 * 1 / 1.5),
        ("happiness", [12, 25, 4, 15], 2 * 1 * 0.5 / 1.5),
        ("happiness", [1, 4], 0),
        ("happiness", [], 0),
        ("happiness", None, 0),
        ("neutral", [], 1),
        ("neutral", [25], 0),
        ("contempt", [14], None),
        (None, [12], 0),
    ],
)
def test_consistency(emotion, aus, expected):
    score = rewards.au_emotion_consistency(answer(emotion=emotion, aus=aus), sample("ekman8"))
    assert score == (None if expected is None else pytest.approx(expected))


def test_consistency_by_another_source():
    assert rewards.au_emotion_consistency(answer(emotion="happiness", aus=[6, 12]), sample(), source="emfacs") == 1
    with pytest.raises(InputError, match="unknown source of prototypes 'ekman'"):
        rewards.au_emotion_consistency(answer(emotion="happiness", aus=[6]), sample(), source="ekman")


@pytest.mark.parametrize(("words", "expected"), [(0, 1), (10, 1), (12, 0.6), (15, 0), (99, 0)])
def test_length(words, expected):
    response = answer(reasoning=" ".join(["word"] * words))
    assert rewards.length(response, sample(), at_most=10, soft=5) == pytest.approx(expected)
    assert rewards.length(answer(text="a " * 99), sample(), at_most=10, soft=5) == 0  # an unclosed tag is no way around
    assert rewards.length(answer(reasoning="a b c"), sample(), at_most=2, soft=0) == 0


def test_repetition():
    assert rewards.repetition(answer(reasoning="the brows are low and the lids are tight"), sample()) == 1
    assert rewards.repetition(answer(reasoning="so so so so so so"), sample()) == pytest.approx(1 / 4)
    assert rewards.repetition(answer(reasoning="two words"), sample()) == 1
    assert rewards.repetition(answer(reasoning="a b a b"), sample(), n=2) == pytest.approx(2 / 3)


def test_spam():
    assert rewards.au_spam(answer(aus=[1, 2, 4]), sample()) == 1
    assert rewards.au_spam(answer(aus=[6] * 16), sample()) == 0.5  # one unit said over and over
    assert rewards.au_spam(answer(emotions=dict.fromkeys("abcdef", 1)), sample()) == 0.5
    assert rewards.au_spam(answer(), sample()) == 1


def test_valence_and_sentiment():
    assert rewards.valence_closeness(answer(valence=0.5), sample(valence=-0.5)) == 0.5
    assert rewards.valence_closeness(answer(valence=-1), sample(valence=1)) == 0
    assert rewards.valence_closeness(answer(), sample(valence=1)) == 0
    assert rewards.valence_closeness(answer(valence=1), sample()) is None


def test_every_reward_is_in_range_and_does_not_depend_on_order():
    said = [
        {"emotion": "happiness", "aus": [6, 12], "valence": 0.3},
        {"emotion": "happiness", "aus": [12, 6], "valence": 0.3},
        {"emotions": {"anger": 1, "fear": 1}, "aus": []},
        {},
    ]
    gold = [{"emotion": "happiness", "aus": [12, 25, 6]}, {"emotion": "happiness", "aus": [25, 6, 12]}, {"aus": []}, {}]
    for name in rewards.names():
        reward = rewards.find(name)
        table = [[reward(answer(**one), sample(**other)) for other in gold] for one in said]
        assert all(score is None or (0 <= score <= 1 and math.isfinite(score)) for row in table for score in row)
        assert table[0] == table[1]
        assert all(row[0] == row[1] for row in table)


@pytest.mark.parametrize(
    ("asked", "right", "answered", "expected"),
    [
        ({"choices": ("correct", "incorrect")}, "correct", "correct", 1),
        ({"choices": ("correct", "incorrect")}, "correct", " Ｃorrect. ", 1),
        ({"choices": ("correct", "incorrect")}, "correct", "incorrect", 0),  # never a substring
        ({"choices": ("correct", "incorrect")}, "incorrect", "it is incorrect", 0),
        ({"choices": ("correct", "incorrect")}, "incorrect", None, 0),
        ({"choices": ("correct", "incorrect")}, "correct", "A", 0),  # the question gives no letters
        ({"choices": ("sad", "glad"), "question": "Which? A) sad B) glad"}, "glad", "b", 1),
        ({"choices": ("sad", "glad"), "question": "Which? A) sad B) glad"}, "glad", "(B) glad", 1),
        ({"choices": ("sad", "glad"), "question": "Which? A) sad B) glad"}, "B", "glad", 1),
        ({"choices": ("sad", "glad"), "question": "Which? A) sad B) glad"}, "glad", "A", 0),
        ({}, "a street", "A  street.", 1),
        ({}, "a street", "street", 0),
        ({"choices": ("yes", "no")}, None, "yes", None),
    ],
)
def test_answer_match(asked, right, answered, expected):
    response = Response(text="", reasoning=None, said=Affect(), well_formed=True, problem=None, answered=answered)
    assert rewards.answer_match(response, Sample(id="s", answer=right, **asked)) == expected


def test_an_answer_that_is_none_of_its_choices_stops():
    one = Sample(id="s", answer="corect", choices=("correct", "incorrect"))
    with pytest.raises(InputError, match="sample 's': its answer 'corect' is none of its choices; did you mean 'corr"):
        rewards.answer_match(answer(), one)


def test_a_statement_is_scored_through_the_parser():
    one = Sample(id="s", labels="ekman7", question="True?", answer="incorrect", choices=("correct", "incorrect"))
    total = rewards.together([{"use": "well_formed"}, {"use": "answer_match", "weight": 3.0}, {"use": "emotion_match"}])
    for text, score in (
        ("<think>The brows are lowered.</think><answer>incorrect</answer>", 1),
        ("<think>The brows are lowered.</think><answer>correct</answer>", 1 / 4),
        ("<answer>incorrect</answer>", 3 / 4),
        ("<think>It is incorrect.</think>", 0),
    ):
        assert total(parse(text, labels.find("ekman7"), choices=choices.of(one)), one) == score


def test_find():
    assert rewards.names() == [
        "affective_tree",
        "alignment",
        "answer_match",
        "au_emotion_consistency",
        "au_f1",
        "au_jaccard",
        "au_spam",
        "caption_match",
        "dual",
        "emotion_match",
        "length",
        "r1_omni_accuracy",
        "r1_omni_format",
        "repetition",
        "valence_closeness",
        "well_formed",
        "wheel_f",
    ]
    assert rewards.find("au_f1") is rewards.au_f1
    assert rewards.find("affectreason.scoring.rewards.length") is rewards.length
    for use, told in (
        ("au_fl", "unknown reward 'au_fl'; did you mean 'au_f1'"),
        ("weighted", "unknown reward 'weighted'"),
        ("no_such_place.mine", "cannot import 'no_such_place'"),
        ("affectreason.scoring.rewards.lenght", "has no function 'lenght'; did you mean 'length'"),
    ):
        with pytest.raises(InputError, match=told):
            rewards.find(use)


def test_a_broken_module_of_the_user_is_not_hidden(tmp_path, monkeypatch):
    (tmp_path / "my_broken_rewards.py").write_text("import math\nmath.no_such_thing\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(AttributeError, match="no_such_thing"):
        rewards.find("my_broken_rewards.mine")


def test_check_args():
    rewards.check_args("au_f1", {"beta": 2})
    with pytest.raises(InputError, match="reward 'au_f1' takes no argument 'betta'; did you mean 'beta'"):
        rewards.check_args("au_f1", {"betta": 2})


def test_weighted():
    assert rewards.weighted({"a": 1, "b": 0}, {"a": 1, "b": 3}) == 0.25
    assert rewards.weighted({"a": 1, "b": None}, {"a": 1, "b": 3}) == 1
    assert rewards.weighted({"a": None, "b": None}, {"a": 1, "b": 3}) is None
    assert rewards.weighted({"a": 1, "b": None}, {"a": 0, "b": 3}) is None
    assert rewards.weighted({}, {}) is None


def test_together():
    terms = [{"use": "well_formed"}, {"use": "emotion_match"}, {"use": "au_f1", "weight": 2.0, "args": {"beta": 1}}]
    total = rewards.together(terms)
    response = answer(emotion="happy", aus=[6])
    assert total(response, sample(emotion="happiness", aus=[6, 12])) == pytest.approx((1 + 1 + 2 * 2 / 3) / 4)
    assert total(response, sample(aus=[6, 12])) == pytest.approx(
        (1 + 2 * 2 / 3) / 3
    )  # no emotion annotated: renormalised
    assert rewards.scores(response, sample(aus=[6]), terms) == {"well_formed": 1, "emotion_match": None, "au_f1": 1}
    with pytest.raises(InputError, match="'au_f1' is listed twice"):
        rewards.together([*terms, {"use": "au_f1"}])


def three(response, sample, bar):
    """A reward of a user's own that cannot do without an argument."""
    return bar


@pytest.mark.parametrize(
    ("use", "args", "problem"),
    [
        ("os.getcwd", {}, r"reward 'os\.getcwd' must be a function of response and sample; this one takes \(\)"),
        ("builtins.dict", {}, r"must be a function of response and sample; Python does not say what this one takes"),
        (f"{__name__}.three", {}, r"three': missing a required argument: 'bar'; give it in args"),
        (f"{__name__}.three", {"bat": 1}, r"takes no argument 'bat'; did you mean 'bar'"),
    ],
)
def test_functions_that_cannot_be_called_as_rewards(use, args, problem):
    with pytest.raises(InputError, match=problem):
        rewards.check_args(use, args)
    rewards.check_args(f"{__name__}.three", {"bar": 0.5})
