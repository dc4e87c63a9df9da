import pytest

from affectreason.affect.named import emotions_said, label_names, words_of
from affectreason.affect.sample import Affect, Sample


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"gold": Affect(emotion="joy", emotions={"joy": 0.6, "awe": 0.4}, sentiment="positive")}, ("joy",)),
        ({"gold": Affect(emotions={"joy": 1.0, "awe": 1.0, "fear": 0.0}, sentiment="positive")}, ("joy", "awe")),
        ({"gold": Affect(emotions={}, sentiment="positive")}, ("positive",)),
        ({"gold": Affect(sentiment="positive"), "answer": "yes", "choices": ("yes", "no")}, ("positive",)),
        ({"answer": "yes", "choices": ("yes", "no")}, ("yes",)),
        ({"answer": "a street"}, ()),
        ({}, ()),
    ],
)
def test_the_names_of_a_sample(more, names):
    assert label_names(Sample(id="a", **more)) == names


def test_a_set_that_was_not_asked_for_has_no_names():
    assert emotions_said(Affect(emotion="joy")) == ()


def test_the_words_of_a_set_in_one_spelling():
    """Of weight 0 is what was asked for and found absent."""
    assert words_of(Affect(emotion=" Sad", emotions={"happy": 0.0})) == ["sad"]
    assert words_of(Affect(emotions={"Happy": 1.0, "happy ": 1.0, "sad": 0.5, "proud": 0.0})) == ["happy", "sad"]
    assert words_of(Affect()) == []


WEIGHED = Affect(emotions={"happiness": 1.0, "sadness": 0.0})
"""Happy, and asked whether also sad: no."""


def test_a_word_of_weight_0_counts_nowhere():
    from affectreason.affect.response import Response
    from affectreason.affect.tree import kinds, nodes
    from affectreason.affect.tree_of import of_sample
    from affectreason.benchmark import label_sets, words
    from affectreason.benchmark.protocol import Benchmark, Setting
    from affectreason.recipe import prompts, targets
    from affectreason.scoring import rewards, witnesses, word_rewards

    def setting(task):
        return Setting(Benchmark(name="x", title="x", task=task, primary="x", metric="x", prep="x"))

    closed = Sample(id="a", gold=WEIGHED, labels="ekman7")
    any_word = closed.model_copy(update={"labels": "open"})
    said = Response("", None, WEIGHED, True, None)
    assert words.gold(any_word, setting(words.WORDS)) == words.said(said, setting(words.WORDS)) == ["happiness"]
    assert label_sets.gold_set(closed, setting(label_sets.MULTI_LABEL)) == ["happiness"]
    assert label_sets.said_set(said, setting(label_sets.MULTI_LABEL)) == ["happiness"]
    assert (
        rewards.emotion_match(said, closed)
        == rewards.wheel_f(said, any_word)
        == rewards.au_spam(said, closed, 8, 1)
        == 1
    )
    assert [node.label for node in nodes(of_sample(closed)) if node.kind == "emotion"] == ["happiness"]
    assert kinds(of_sample(closed)) == {"emotion"}
    assert witnesses.annotated(closed) == set(word_rewards.classes(closed)) == {"happiness"}
    assert targets.target(any_word, "words") == "happiness"
    assert prompts.hint_text(WEIGHED) == "Known to be right: emotions happiness. Explain it from what is visible."


def test_a_set_of_which_nothing_is_there_is_none():
    from affectreason.affect.response import Response
    from affectreason.benchmark import words
    from affectreason.benchmark.protocol import Benchmark, Setting
    from affectreason.scoring import rewards

    none = Affect(emotions={"happiness": 0.0})
    here = Setting(Benchmark(name="x", title="x", task=words.WORDS, primary="x", metric="x", prep="x"))
    assert words.gold(Sample(id="a", gold=none, labels="open"), here) == []
    assert (
        rewards.emotion_match(Response("", None, none, True, None), Sample(id="a", gold=none, labels="ekman7")) is None
    )
