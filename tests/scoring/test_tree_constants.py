import math

import pytest

from affectreason.affect.labels import OPEN, find
from affectreason.affect.response import parse
from affectreason.affect.sample import Affect, Sample
from affectreason.scoring import rewards, tree_constants, trivial, word_constants
from affectreason.scoring.metrics import Prediction

TREE = rewards.together([{"use": "affective_tree"}])
EKMAN = find("ekman7")


def face(name, emotion, units, **attributes):
    gold = Affect(emotion=emotion, aus=units)
    return Sample(id=name, labels="ekman7", gold=gold, attributes=dict.fromkeys(attributes, 1.0))


FACES = [
    face("a", "sadness", [1, 4], bald=1, smile=1),
    face("b", "sadness", [1, 15], bald=1, nod=1),
    face("c", "happiness", [12], bald=1),
]


def test_trees_grow_by_the_commonest_leaf_and_end_with_all():
    texts = [one.text for one in tree_constants.answers(FACES, EKMAN, ())]
    first = "<think><attribute>bald</attribute><expression>{}</expression></think><answer>{}</answer>"
    assert texts[:3] == [first.format("none", "none"), first.format("none", "sadness"), first.format("AU1", "sadness")]
    last = "<attribute>bald, nod, smile</attribute><expression>AU1, AU12, AU15, AU4</expression>"
    assert texts[-1] == f"<think>{last}</think><answer>sadness, happiness</answer>"
    assert len(texts) == len(set(texts))


def test_the_best_constant_of_the_tree_reward_is_a_tree_with_attributes():
    """Of the first two 2 nodes of 12 are wrong, of the last, whose actions are not annotated, 4 of 8."""
    predictions = [Prediction(one, parse("", EKMAN)) for one in FACES]
    found = trivial.reward(predictions, EKMAN, (1, 4, 12, 15), TREE)
    said = "<attribute>bald, nod, smile</attribute><expression>AU1</expression>"
    assert found.answer == f"<think>{said}</think><answer>sadness</answer>"
    worth = [(math.exp(-share) - math.exp(-1)) / (1 - math.exp(-1)) for share in (2 / 12, 2 / 12, 4 / 8)]
    assert found.best_constant == pytest.approx(sum(worth) / 3)
    flat = [trivial.answer(name, units) for name in EKMAN.names for units in [(), (1,), (1, 4), (1, 15), (12,)]]
    assert max(sum(TREE(one, sample) for sample in FACES) / 3 for one in flat) < found.best_constant - 0.15


def test_a_tree_stands_for_all_that_is_asked():
    """Emotion, units and form of the best tree count in the other rewards too."""
    uses = ("well_formed", "au_f1", "emotion_match", "affective_tree")
    both = rewards.together([{"use": use} for use in uses])
    one = face("a", "sadness", [1, 4], bald=1)
    found = trivial.reward([Prediction(one, parse("", EKMAN))], EKMAN, (1, 4), both)
    assert found.best_constant == pytest.approx(1)
    assert found.answer.startswith("<think><attribute>bald")


def test_units_outside_the_vocabulary_do_not_count():
    said = tree_constants.answers([face("a", "sadness", [1, 4])], EKMAN, (1,))[-1].said
    assert said.units == {1}


def test_of_any_words_and_of_scenes():
    gold = Affect(emotions={"happy": 1.0, "proud": 1.0})
    sample = Sample(id="w", labels="open", gold=gold, attributes={"place": "indoors", "action": "nod"})
    found = word_constants.reward([Prediction(sample, parse("", EKMAN))], (), TREE)
    assert found.best_constant == 1
    assert found.answer == (
        "<think><scene>indoors</scene><attribute>nod</attribute><expression>none</expression></think>"
        "<answer>happiness, proud</answer>"
    )


def test_where_a_question_has_one_answer_there_is_no_tree():
    closed = Sample(id="q", labels="ekman7", choices=("yes", "no"), answer="no", gold=Affect(emotion="sadness"))
    assert tree_constants.answers([closed], EKMAN, ()) == []
    assert tree_constants.answers([Sample(id="n")], OPEN, ()) == []
    assert tree_constants.answers([FACES[0]], EKMAN, (), "no")[0].answered == "no"
