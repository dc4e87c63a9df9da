import json
import re

import pytest

from affectreason.affect.labels import LABELS, Labels, find
from affectreason.errors import InputError


def test_orders_are_the_data_sets_own():
    assert find("dfew7").names == ("happy", "sad", "neutral", "angry", "surprise", "disgust", "fear")
    assert find("raf_db7").names == ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
    assert find("affectnet8").names == (
        "neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt",
    )  # fmt: skip
    assert find("fer2013").names == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    assert find("emotic26").names[9] == "Doubt/Confusion"
    assert find("artemis9").names[8] == "something else"


@pytest.mark.parametrize("name", sorted(LABELS))
def test_every_set_is_sound(name: str):
    labels = LABELS[name]
    sizes = {"fer2013": 7}
    digits = re.search(r"\d+$", name).group()
    assert labels.name == name
    assert len(labels.names) == len(set(labels.names)) == sizes.get(name, int(digits))
    assert set(labels.aliases.values()) <= set(labels.names)
    assert not {alias.casefold() for alias in labels.aliases} & {one.casefold() for one in labels.names}
    assert set(labels.valence) <= set(labels.names) == set(labels.family)
    assert all(-1 <= value <= 1 for value in labels.valence.values())
    assert [labels.canonical(one) for one in labels.names] == list(labels.names)
    assert all(labels.canonical(alias) == one for alias, one in labels.aliases.items())


def test_no_word_stands_for_two_labels_of_any_set():
    from affectreason.affect.labels import _WORDS

    words = [word for row in _WORDS for word in row[0].split()]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("name", "word", "label"),
    [
        ("mer6", "anger", "angry"),
        ("mer6", " Angry\n", "angry"),
        ("mer6", "ＡＮＧＲＹ", "angry"),
        ("mer6", "joy", "happy"),
        ("mer6", "anxious", "worried"),
        ("mer6", "disgust", None),
        ("mer6", "unhappy", None),
        ("mer6", "danger", None),
        ("mer6", "angry.", None),
        ("mer6", "angry and sad", None),
        ("mer6", "", None),
        ("ekman7", "happy", "happiness"),
        ("ekman7", "scared", "fear"),
        ("ekman7", "surprised", "surprise"),
        ("ekman7", "worried", None),
        ("meld7", "happiness", "joy"),
        ("ravdess8", "fear", "fearful"),
        ("mafw11", "worried", "anxiety"),
        ("emotic26", "doubt / confusion", None),
        ("emotic26", "confused", "Doubt/Confusion"),
        ("artemis9", "something_else", "something else"),
    ],
)
def test_canonical(name: str, word: str, label: str | None):
    assert find(name).canonical(word) == label


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("mer6", "Angry, not danger or unhappy: a sad-looking man", [(0, 5, "angry"), (32, 35, "sad")]),
        ("emotic26", "doubt/confusion", [(0, 15, "Doubt/Confusion")]),
        ("emotic26", "doubt, confusion", [(0, 5, "Doubt/Confusion"), (7, 16, "Doubt/Confusion")]),
        ("artemis9", "it is something  else", [(6, 21, "something else")]),
        ("mer6", "ｓａｄ _happy_", [(0, 3, "sad"), (5, 10, "happy")]),
        ("mer6", "", []),
    ],
)
def test_mentions_are_whole_words(name: str, text: str, found: list[tuple[int, int, str]]):
    assert find(name).mentions(text) == found


def test_valence_and_family():
    labels = find("ekman8")
    assert labels.valence["happiness"] == 0.75
    assert labels.valence["neutral"] == 0.0
    assert "surprise" not in labels.valence
    assert labels.family["contempt"] == labels.family["disgust"] == "disgust"
    assert find("mer6").family["worried"] == "fear"


def test_unknown_names_are_said_in_words():
    with pytest.raises(InputError, match=r"unknown label set 'eckman7'; did you mean 'ekman7'\? known: affectnet7, "):
        find("eckman7")


def test_labels_are_plain_data():
    own = Labels("own2", ("tense", "at ease"), {"relaxed": "at ease"}, {"tense": -0.5}, {})
    assert own.canonical("RELAXED") == "at ease"
    assert own.mentions("she is at ease") == [(7, 14, "at ease")]
    assert json.loads(json.dumps(own.aliases)) == {"relaxed": "at ease"}


def test_the_nearest_form_of_a_name_is_said():
    assert find("ekman7").nearest("hapy").startswith("did you mean 'happy' ('happiness' here)? known: anger, disgust")
    assert find("ekman7").nearest("sadnes").startswith("did you mean 'sadness'? known: anger")
    assert find("ekman6").nearest("xyz") == "known: anger, disgust, fear, happiness, sadness, surprise"
