"""The drawn faces: the same face for the same numbers, every unit seen, and a truth that decides the emotion."""

import random
from math import log

import pytest
from PIL import ImageChops

from affectreason.errors import InputError
from affectreason.media.face_truth import CORE, EMOTIONS, OPPOSING, decode, expression, reasoning
from affectreason.media.faces import UNITS, Pose, draw, identity


def changed(a, b):
    """How many pixels differ by 30 or more levels in some channel."""
    red, green, blue = ImageChops.difference(a, b).split()
    worst = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return sum(worst.histogram()[30:])


def faces(count, seed=0):
    """`count` pairs of an emotion and its units."""
    rng = random.Random(seed)
    return [(EMOTIONS[k % 7], expression(EMOTIONS[k % 7], rng)) for k in range(count)]


def test_a_face_is_its_numbers():
    pose = Pose(shift=(0.02, -0.01), scale=0.97, roll=4, light=0.9)
    first = draw(identity(7), {12: 3.5, 6: 2.0}, 96, pose)
    assert first.mode == "RGB"
    assert first.size == (96, 96)
    assert first.tobytes() == draw(identity(7), {6: 2.0, 12: 3.5}, 96, pose).tobytes()
    assert first.tobytes() != draw(identity(8), {12: 3.5, 6: 2.0}, 96, pose).tobytes()
    assert draw(identity(7), {12: 3}, 64).size == (64, 64)


def test_a_unit_of_intensity_0_is_a_unit_left_out():
    assert draw(identity(3), dict.fromkeys(UNITS, 0.0)).tobytes() == draw(identity(3), {}).tobytes()


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_is_seen_on_everyone(unit):
    for number in range(20):
        who = identity(number)
        rest = draw(who, {})
        slight, marked, most = (changed(rest, draw(who, {unit: level})) for level in (2, 3.5, 5))
        assert slight >= 40, (number, slight)
        assert marked >= 80, (number, marked)
        assert most > slight, (number, slight, most)


@pytest.mark.parametrize("pair", [(1, 4), (5, 7), (6, 7), (15, 17), (25, 26), (20, 25), (9, 10), (4, 9)])
def test_two_units_together_are_neither_alone(pair):
    for number in range(20):
        who = identity(number)
        both = draw(who, dict.fromkeys(pair, 3.5))
        for unit in pair:
            assert changed(both, draw(who, {unit: 3.5})) >= 80, (number, unit)


@pytest.mark.parametrize(("units", "said"), [({43: 2}, "AU43 cannot be drawn"), ({12: 6}, "AU12 has intensity 6")])
def test_what_cannot_be_drawn_is_said(units, said):
    with pytest.raises(InputError, match=said):
        draw(identity(1), units)


def test_expressions_hold_their_core_and_no_opposites():
    for emotion, units in faces(2000):
        assert set(units) <= set(UNITS)
        assert all(1 <= intensity <= 5 and intensity == round(intensity, 1) for intensity in units.values())
        assert all(units[unit] >= 2.5 for unit in CORE[emotion])
        assert not [pair for pair in OPPOSING if set(pair) <= set(units)]
        assert 26 not in units or 25 in units


def test_the_units_decide_the_emotion():
    assert all(decode(units) == emotion for emotion, units in faces(2000))


def test_a_naive_bayes_learns_the_emotion_from_the_units():
    share = {emotion: dict.fromkeys(UNITS, 0.5) for emotion in EMOTIONS}
    for emotion, units in faces(3500, seed=1):
        for unit in units:
            share[emotion][unit] += 1
    share = {emotion: {unit: n / 501 for unit, n in counts.items()} for emotion, counts in share.items()}

    def guess(units):
        return max(EMOTIONS, key=lambda e: sum(log(p if u in units else 1 - p) for u, p in share[e].items()))

    test = faces(2100, seed=2)
    assert sum(guess(units) == emotion for emotion, units in test) / len(test) >= 0.98


def test_neutral_is_mostly_nothing():
    neutral = [units for emotion, units in faces(2100) if emotion == "neutral"]
    assert all(len(units) <= 1 for units in neutral)
    assert 0.8 <= sum(not units for units in neutral) / len(neutral) <= 0.98


def test_an_unknown_emotion_is_said():
    with pytest.raises(InputError, match="no drawn face shows 'angry'; did you mean 'anger'"):
        expression("angry", random.Random(0))


@pytest.mark.parametrize(
    ("units", "emotion", "text"),
    [
        (
            {15: 3.0, 1: 3.0, 4: 2.5},
            "sadness",
            "The inner brows are raised (AU1), the brows are lowered (AU4) and the lip corners are pulled down (AU15). "
            "Together they show sadness.",
        ),
        ({}, "neutral", "No action unit is active. The face is at rest, which is neutral."),
        ({7: 1.5}, "neutral", "The lids are tightened (AU7). Alone it shows no emotion, which is neutral."),
    ],
)
def test_the_reasoning_names_every_unit_in_order(units, emotion, text):
    assert reasoning(units, emotion) == text
