import pytest

from affectreason.affect.named import emotions_said, label_names
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
