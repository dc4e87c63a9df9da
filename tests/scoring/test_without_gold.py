import pytest

from affectreason.affect.labels import find
from affectreason.affect.response import parse
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.affect.steps import Piece
from affectreason.errors import InputError
from affectreason.scoring import rewards, without_gold

SAMPLE = Sample(
    id="a",
    media=(Media(kind="image", path="a.png"),),
    question="Which?",
    labels="ekman7",
    gold=Affect(emotion="sadness", aus=[1, 4]),
    attributes={"age": "old"},
    reasoning="AU4",
    answer="x",
)


def peeks(response, sample):
    """A scorer of a user's own, which looks for what is annotated."""
    return 1.0 if sample.gold.emotion == response.said.emotion else 0.0


def longer(response, sample, most=10):
    return min(1.0, len(response.text) / most)


def read(*texts):
    return [parse(text, find("ekman7")) for text in texts]


@pytest.mark.parametrize("use", ["emotion_match", "au_f1", "au_jaccard", "affective_tree", "answer_match"])
def test_rewards_that_read_the_annotation_are_refused(use):
    with pytest.raises(InputError, match=f"'{use}' reads the annotation: a search that chooses by it would copy the"):
        without_gold.check(use, {})


@pytest.mark.parametrize("use", sorted(set(rewards.names()) - set(without_gold.FREE)))
def test_what_is_not_known_to_be_free_of_annotation_is_refused(use):
    with pytest.raises(InputError, match="reads the annotation"):
        without_gold.check(use, {})


@pytest.mark.parametrize("use", sorted(set(without_gold.FREE) - set(without_gold.OWN)))
def test_free_scorers_score_the_same_without_annotation(use):
    without_gold.check(use, {})
    (response,) = read("<think>The brows are lowered (AU4).</think><answer>anger</answer>")
    score = rewards.find(use)
    assert score(response, SAMPLE) == score(response, without_gold.bare(SAMPLE))


@pytest.mark.parametrize(
    ("use", "args", "problem"),
    [
        ("agreemnt", {}, "unknown scorer 'agreemnt'; did you mean 'agreement'"),
        ("agreement", {"k": 1}, "'agreement' takes no argument 'k' here"),
        ("length", {"atmost": 1}, "reward 'length' takes no argument 'atmost'; did you mean 'at_most'"),
        ("nowhere.at_all", {}, "cannot import 'nowhere'"),
    ],
)
def test_other_mistakes(use, args, problem):
    with pytest.raises(InputError, match=problem):
        without_gold.check(use, args)


def test_a_scorer_sees_no_annotation():
    bare = without_gold.bare(SAMPLE)
    assert bare.annotated is False
    assert (bare.media, bare.question, bare.labels) == (SAMPLE.media, SAMPLE.question, SAMPLE.labels)
    pieces = [Piece("sadness", True), Piece("anger", True)]
    terms = [{"use": f"{__name__}.peeks"}]
    found = without_gold.scores(read("<answer>sadness</answer>", "<answer>anger</answer>"), pieces, SAMPLE, terms)
    assert found == [0, 0]  # the right one gets nothing for being right


def test_agreement_by_hand():
    """Trees {AU1, AU4}, {AU1}, and none that can be read: 5 nodes and one edit between the first two."""
    texts = ("<expression>AU1, AU4</expression>", "<expression>AU1</expression>", "what?")
    found = without_gold.scores(read(*texts), [Piece("", True)] * 3, SAMPLE, [{"use": "agreement"}])
    one = 2.718281828459045 ** (-1 / 5) / 2
    assert found == pytest.approx([one, one, 0])


def test_terms_are_weighted():
    responses = read("<answer>anger</answer>", "<think>AU4, AU7, AU24</think><answer>anger</answer>")
    pieces = [Piece("anger", True), Piece("anger", False)]
    terms = [{"use": "well_formed", "weight": 3.0}, {"use": "au_emotion_consistency"}]
    assert without_gold.scores(responses, pieces, SAMPLE, terms) == [3 / 4, 1 / 4]
    args = [{"use": f"{__name__}.longer", "args": {"most": 44}}]
    assert without_gold.scores(responses[:1], pieces[:1], SAMPLE, args) == [0.5]
