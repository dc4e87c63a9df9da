"""What decides a scene's emotion, and how much of it is left when evidence is taken away."""

from collections import Counter

import pytest

from affectreason.media.face_truth import EMOTIONS
from affectreason.media.scene_truth import DECK, KINDS, Shown, decided, kind_of, open_set, shown


def test_a_deck_holds_every_kind_with_every_emotion():
    deck = Counter(kind_of(place) for place in range(DECK))
    assert DECK == 70
    assert deck == Counter((kind, emotion) for kind in KINDS for emotion in EMOTIONS)
    assert all({kind_of(7 * row + k)[1] for k in range(7)} == set(EMOTIONS) for row in range(10))


@pytest.mark.parametrize("emotion", EMOTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_rule_gives_the_emotion_of_the_scene(kind, emotion):
    assert decided(shown(kind, emotion, True)) == emotion


def test_the_voice_beats_the_face_and_the_face_the_words():
    assert decided(Shown("happiness", "sadness", "anger", False)) == "sadness"
    assert decided(Shown("happiness", "neutral", "anger", False)) == "happiness"
    assert decided(Shown("hidden", "neutral", "anger", False)) == "anger"
    assert decided(Shown("hidden", "neutral", "neutral", False)) == "neutral"


def test_the_open_set_names_strength_and_contradiction():
    assert open_set(shown("agree", "anger", True)) == ("angry", "furious")
    assert open_set(shown("words", "anger", False)) == ("angry", "annoyed")
    assert open_set(shown("face against words", "anger", False)) == ("angry", "annoyed", "sarcastic")
    assert open_set(shown("face against words", "happiness", True)) == ("happy", "delighted", "amused")
    assert open_set(shown("voice against face", "sadness", True)) == ("sad", "miserable", "melancholy")
    assert open_set(shown("voice against face", "neutral", True)) == ("neutral",)
