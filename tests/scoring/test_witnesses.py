import pytest

from affectreason.affect.sample import ActionUnit, Affect, Sample
from affectreason.errors import InputError
from affectreason.scoring import witnesses


def sample(emotion="happiness", aus=(6, 12), **more):
    units = None if aus is None else tuple(ActionUnit(number=n) for n in aus)
    return Sample(id="a", gold=Affect(emotion=emotion, aus=units), labels="ekman7", **more)


@pytest.mark.parametrize(
    ("aus", "said"),
    [
        ((12, 25), ["happiness"]),  # Du et al. 2014: what more than 70 % of happy faces show
        ((4, 15), ["sadness"]),
        ((1, 2, 25, 26), ["surprise"]),
        ((), ["neutral"]),  # said to be none
        (None, None),  # not said
        ((38,), None),  # points nowhere
    ],
)
def test_what_units_point_to(aus, said):
    assert witnesses.units(sample(aus=aus)) == said


def test_what_a_description_says():
    assert witnesses.text(sample(reasoning="He smiles, not angry; he looks happy.")) == ["happiness"]
    assert witnesses.text(sample(reasoning="The brows are raised (AU1).")) is None
    assert witnesses.text(sample()) is None
    told = sample(response="<think>She seems sad.</think><answer>happiness</answer>")
    assert witnesses.text(told) == ["sadness"]  # the answer itself is no witness of itself


@pytest.mark.parametrize(
    ("said", "vote"),
    [
        (["happiness"], True), (["joy"], True), (["sadness"], False), (None, None),
        (["happiness", "sadness"], True),  # F1 2/3
        (["happiness", "sadness", "anger", "fear"], False),  # F1 2/5
    ],
)  # fmt: skip
def test_a_vote_is_the_f1_of_what_is_said(said, vote):
    assert witnesses.agrees(said, sample()) is vote


@pytest.mark.parametrize(
    ("annotated", "said", "vote"),
    [
        ({"happiness": 1.0, "surprise": 1.0}, ["surprise"], True),  # F1 2/3
        ({"happiness": 1.0, "surprise": 1.0}, ["joy", "surprised"], True),  # the same set in other words
        ({"happiness": 1.0, "surprise": 1.0}, ["anger", "surprise", "fear"], False),  # F1 2/5
        ({"happiness": 0.6, "sadness": 0.1, "fear": 0.3}, ["sadness"], False),  # {happiness, fear} is meant
        ({"happiness": 0.6, "sadness": 0.1, "fear": 0.3}, ["fear"], True),
        ({"happiness": 0.6, "sadness": 0.1, "fear": 0.3}, ["happiness", "sadness"], True),  # F1 1/2
        ({"happiness": 1.0, "surprise": 0.0}, ["surprise"], False),  # asked for, and not there
        ({"happiness": 0.0}, ["happiness"], None),  # none was annotated
    ],
)
def test_an_annotated_set_of_labels_is_compared_as_a_set(annotated, said, vote):
    both = Sample(id="a", gold=Affect(emotions=annotated), labels="ekman7")
    assert witnesses.agrees(said, both) is vote


def test_the_majority_goes_before_the_set_of_all_votes():
    voted = Affect(emotion="happiness", emotions={"happiness": 0.6, "fear": 0.4})
    assert witnesses.agrees(["fear"], Sample(id="a", gold=voted, labels="ekman7")) is False


def test_what_a_classifier_learns_of_labels():
    def closed(**weights):
        return Sample(id="a", gold=Affect(emotions=weights), labels="ekman7")

    assert witnesses.one_class(closed(happiness=1.0)) == "happiness"  # a label, not a cluster of a wheel
    assert witnesses.one_class(closed(happiness=0.9, fear=0.1)) == "happiness"
    assert witnesses.one_class(closed(happiness=1.0, fear=1.0)) is None
    assert witnesses.agrees([witnesses.one_class(closed(joy=1.0))], closed(happiness=1.0)) is True


def test_a_sample_without_a_label_has_no_votes():
    assert witnesses.agrees(["happiness"], sample(emotion=None)) is None


@pytest.mark.parametrize(
    ("votes", "agree", "against", "why"),
    [
        ({"units": True, "text": None}, 1, None, None),
        ({"units": True, "text": False}, 1, None, None),
        ({"units": True, "text": False}, 1, 0, "more than 0 contradict: text"),
        ({"units": True, "text": False}, 2, None, "contradicted by text"),
        ({"units": True, "text": None}, 2, None, "only 1 of 2 witnesses say anything"),
        ({"units": None, "text": None}, 1, None, "no witness says anything"),
    ],
)
def test_why_a_sample_is_dropped(votes, agree, against, why):
    assert witnesses.refused(votes, agree, against) == why


def test_a_summary_beside_chance():
    samples = [sample("happiness")] * 5 + [sample("sadness")] * 5
    said = {"one": [["happiness"]] * 10, "none": [None] * 10}
    votes = {
        name: [witnesses.agrees(one, s) for one, s in zip(each, samples, strict=True)] for name, each in said.items()
    }
    found = witnesses.summary(samples, said, votes)
    assert found["witnesses"]["one"] == {
        "spoke": 10,
        "agreed": 5,
        "rate": 0.5,
        "by_chance": pytest.approx(0.5, abs=0.05),
    }
    assert found["witnesses"]["none"] == {"spoke": 0, "agreed": 0, "rate": None, "by_chance": None}
    assert found["pairs"] == {"one, none": {"both": 0, "alike": None}}


def test_what_a_classifier_learns_of_words():
    def open_(*words):
        return Sample(id="a", gold=Affect(emotions=dict.fromkeys(words, 1.0)), labels="open")

    assert witnesses.one_class(sample("anger")) == "anger"
    assert witnesses.one_class(open_("joyful", "happy")) == witnesses.one_class(open_("happy")) is not None
    assert witnesses.one_class(open_("happy", "sad")) is None
    assert witnesses.one_class(open_("qwertz")) is None
    assert witnesses.one_class(Sample(id="a")) is None


def test_unknown_witnesses_and_arguments_are_told():
    with pytest.raises(InputError, match=r"unknown witness 'unit'; did you mean 'units'\?.*package.module.function"):
        witnesses.check("unit", {})
    with pytest.raises(InputError, match="witness 'units' takes no argument 'sauce'; did you mean 'source'"):
        witnesses.check("units", {"sauce": "du2014"})
    witnesses.check("units", {"source": "emfacs"})
    witnesses.check("model", {})
