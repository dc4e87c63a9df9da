"""What counts as a word said: lists as they stand, prose by the lexicon, nothing that is denied."""

import time

import pytest

from affectreason.affect import wheel
from affectreason.affect.open_words import MOST_WORDS, parse_words

OWN = wheel.default()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("happy", ["happy"]),
        ("Happy.", ["happy"]),
        ("[happy, sad]", ["happy", "sad"]),
        ("['Happy', \"blorpy\", 'happy']", ["happy", "blorpy"]),
        ("[don't care, sad]", ["don't care", "sad"]),
        ("happy; sad", ["happy", "sad"]),
        ("happy and sad", ["happy", "sad"]),
        ("- joy\n- surprise", ["joy", "surprise"]),
        ("The emotions are: happy, sad", ["happy", "sad"]),
        ("Answer: [relieved]", ["relieved"]),
        ("1. happy\n2. sad", ["happy", "sad"]),
        ("2) sad", ["sad"]),
        ("happy (0.9), sad (0.1)", ["happy", "sad"]),
        ('{"emotion":"happy"}', ["happy"]),
        ('{"emotions": ["happy","sad"]}', ["happy", "sad"]),
        ('{"emotions": []}', []),
        ('{"mood": "sad", "blorpy": 1}', ["sad"]),
        ("[happy: 0.9, blorpy: 0.1]", ["happy"]),
        ("blorpy: 3, sad", ["sad"]),
        ("[1, 2]", None),
        ("[]", []),
        ("<think>sad, sad</think><answer>happy, worried</answer>", ["happy", "worried"]),
        ("<think>She frowns, angry.</think>She is relieved.", ["relieved"]),
        ("She frowns, angry.</think>relieved", ["relieved"]),
        ("<answer>happy</answer><answer>happy</answer>", ["happy"]),
        ("He is not happy but rather sad and slightly worried.", ["sad", "worried"]),
        ("She seems neither angry nor afraid; she is relieved", ["relieved"]),
        ("She smiles happily.", ["happily"]),
        ("unhappy", ["unhappy"]),
        ("He is unhappy.", ["unhappy"]),
        ("The person looks like she is sad.", ["sad"]),
        ("She is sad. She is not sad.", None),
        ("She isn't sad.", None),
        ("no emotion", None),
        ("I cannot tell", None),
        ("<think>happy", None),
        ("", None),
        ("He is on a saddle that the gladiator made.", None),
        ("sad/angry", ["sad", "angry"]),
        ("Curious. Amused.", ["curious", "amused"]),
        # of several lists in brackets the last is the answer, but brackets in a row are one list
        ("[happy] at first glance, in the end [sad, tired]", ["sad", "tired"]),
        ("[happy], [sad]", ["happy", "sad"]),
        ("[happy] and then []", []),
        ("[happy]? No, [sad]", ["sad"]),
        ("not [happy]", None),
        ("[ ] happy\n[x] sad", ["sad"]),
        ("[happy]?", None),
        ("happy, sad (unlikely)", ["happy"]),
        ("happy (0.0), sad (1.0)", ["sad"]),
        ("happy (likely), sad", ["happy", "sad"]),
        ("happy: 0%, sad: 100%", ["sad"]),
        ("Happy? No.", None),
        ("Happy?", None),
        ("less happy", None),
        ("anything but happy", None),
        ("whether he is happy", None),
        ("He is pretending to be happy.", None),
        ("He would be happy if it rained.", None),
        ("Probably frustration.", ["frustration"]),
        ("Is she angry? I would say annoyed.", ["annoyed"]),
        ("She cannot hide her excitement.", ["excitement"]),
    ],
)
def test_words_of_a_text(text, words):
    found = parse_words(text, OWN).said.emotions
    assert (None if found is None else list(found)) == words


def test_why_nothing_was_said():
    assert parse_words("", OWN).problem == "empty text"
    assert (
        parse_words("I cannot tell", OWN).problem == "the text affirms no word of the lexicon, and is no list of words"
    )
    assert parse_words("<answer>sad</answer><answer>joy</answer>", OWN).problem == "the answers contradict each other"


def test_an_answer_that_names_everything_is_none():
    everything = ", ".join(sorted(OWN.surfaces))
    found = parse_words(f"[{everything}]", OWN)
    assert found.said.emotions is None
    assert found.problem.endswith(f"words are named, more than {MOST_WORDS}")
    assert parse_words(f"[{', '.join(sorted(OWN.surfaces)[:MOST_WORDS])}]", OWN).said.emotions is not None


@pytest.mark.parametrize("piece", ["<think>", "<answer>", "[", "[happy, ", "not happy, ", "\x00", "a "])
def test_a_hostile_text_is_read_in_reasonable_time(piece):
    start = time.perf_counter()
    parse_words(piece * (300_000 // len(piece)), OWN)
    assert time.perf_counter() - start < 5
