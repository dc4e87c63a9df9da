"""The best accuracy that evidence allows, against sums done by hand."""

from affectreason.affect.sample import Affect, Sample
from affectreason.scoring.ceiling import ceiling


def sample(number, emotion, **evidence):
    return Sample(
        id=str(number),
        gold=Affect(emotion=emotion),
        attributes={f"evidence_{name}": value for name, value in evidence.items()},
    )


SAMPLES = [
    sample(0, "anger", audio="anger", text="neutral"),
    sample(1, "anger", audio="anger", text="anger"),
    sample(2, "fear", audio="neutral", text="fear"),
    sample(3, "anger", audio="neutral", text="anger"),
    sample(4, "fear", audio="neutral", text="fear"),
]


def test_by_hand():
    assert ceiling(SAMPLES) == 1.0
    assert ceiling(SAMPLES, ["audio"]) == 1.0  # 1 + 2 + 2 of 5: the words alone tell these apart
    assert ceiling(SAMPLES, ["text"]) == 4 / 5  # two angers heard, and of three without a voice two are fear
    assert ceiling(SAMPLES, ["audio", "text"]) == 3 / 5


def test_questions_are_told_apart():
    loud = Sample(id="a", question="How loud?", answer="loud", attributes={"evidence_audio": "loud"})
    fast = Sample(id="b", question="How fast?", answer="fast", attributes={"evidence_audio": "fast"})
    assert ceiling([loud, fast], ["audio"]) == 1.0
    quiet = loud.model_copy(update={"id": "c", "answer": "quiet", "attributes": {"evidence_audio": "quiet"}})
    assert ceiling([loud, fast, quiet], ["audio"]) == 2 / 3


def test_nothing_known_is_none():
    assert ceiling([]) is None
    assert ceiling([Sample(id="a", gold=Affect(emotion="anger"))]) is None
    assert ceiling([Sample(id="a", attributes={"evidence_text": "x"})]) is None
