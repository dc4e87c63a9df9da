"""A reward is a finite number or None; what else a function says, or raises, is told with the sample."""

import sys
from types import ModuleType

import numpy as np
import pytest

from affectreason.affect.reading import read
from affectreason.affect.sample import Affect, Sample
from affectreason.errors import InputError
from affectreason.recipe.parts import Bar, Reward
from affectreason.scoring import one_reward, rewards, without_gold
from affectreason.stages import grpo, synthesize

SAMPLE = Sample(id="clip_7", labels="ekman7", gold=Affect(emotion="happiness"))
TEXT = "<think>Cheeks raised.</think><answer>happiness</answer>"
RESPONSE = read(TEXT, SAMPLE)
SAID = (
    "reward 'mine.reward' of sample 'clip_7' is 'nan' for the answer "
    "'<think>Cheeks raised.</think><answer>happiness</answer>'; a reward is a finite number, or None where an answer "
    "cannot be scored"
)


@pytest.fixture
def mine(monkeypatch):
    """A module of the user's whose one reward gives what it is told to."""

    def make(found):
        def reward(response, sample):
            if isinstance(found, BaseException):
                raise found
            return found

        module = ModuleType("mine")
        module.reward = reward
        monkeypatch.setitem(sys.modules, "mine", module)
        return "mine.reward"

    return make


@pytest.mark.parametrize(
    ("found", "number"), [(0.25, 0.25), (1, 1.0), (True, 1.0), (np.float32(0.5), 0.5), (-3.0, -3.0), (None, None)]
)
def test_numbers_and_none_are_taken(found, number, mine):
    assert one_reward.score("mine.reward", rewards.find(mine(found)), RESPONSE, SAMPLE) == number


@pytest.mark.parametrize(
    ("found", "shown"), [(float("nan"), "nan"), (float("-inf"), "-inf"), ("0.5", "0.5"), ([0.5], "[0.5]")]
)
def test_what_is_no_number_is_refused_by_name(found, shown, mine):
    with pytest.raises(InputError) as error:
        one_reward.score("mine.reward", rewards.find(mine(found)), RESPONSE, SAMPLE)
    assert str(error.value) == SAID.replace("'nan'", repr(shown))


def test_all_that_asks_for_a_reward_refuses_it(mine):
    """TRL would leave a NaN out of the sum in silence; below no bar, it would pass all of them."""
    use = mine(float("nan"))
    function = grpo.reward_functions([Reward(use="well_formed"), Reward(use=use)])[0]
    askers = [
        lambda: function([TEXT], sample=[SAMPLE.to_json()], log_metric=lambda *_: None),
        lambda: synthesize.shortfalls(TEXT, SAMPLE, "ekman7", [Bar(use=use, at_least=0.5)]),
        lambda: rewards.scores(RESPONSE, SAMPLE, [{"use": use}]),
        lambda: rewards.together([{"use": use}])(RESPONSE, SAMPLE),
        lambda: without_gold.scores([RESPONSE], [], SAMPLE, [{"use": use}]),
    ]
    for ask in askers:
        with pytest.raises(InputError) as error:
            ask()
        assert str(error.value) == SAID


def test_an_error_of_theirs_passes_with_the_sample_beside_it(mine):
    with pytest.raises(ZeroDivisionError) as error:
        synthesize.shortfalls(TEXT, SAMPLE, "ekman7", [Bar(use=mine(ZeroDivisionError("no")), at_least=0.5)])
    assert error.value.__notes__ == [
        "reward 'mine.reward' of sample 'clip_7' raised this for the answer "
        "'<think>Cheeks raised.</think><answer>happiness</answer>'; mend it, and the same command goes on from where "
        "it was stopped. None says that an answer cannot be scored."
    ]
