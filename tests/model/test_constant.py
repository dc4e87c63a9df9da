from math import log

import pytest

from affectreason.model import constant


def test_the_loss_of_one_answer_for_every_sample():
    assert constant.entropy("aab") == pytest.approx(-(2 / 3 * log(2 / 3) + 1 / 3 * log(1 / 3)))
    assert constant.entropy("aaa") == constant.entropy("") == 0
    # AU6 with two of the four faces somebody looked at, AU12 with one, AU1 with none
    said = [(6, 12), (6,), (), None, ()]
    quarter = -(0.25 * log(0.25) + 0.75 * log(0.75))
    assert constant.loss_of_units(said, [1, 6, 12]) == pytest.approx((0 + log(2) + quarter) / 3)
    assert constant.loss_of_units([None], [6]) == constant.loss_of_units(said, []) == 0


def test_the_share_of_batches_that_hold_one():
    assert constant.met(2, 4, 1) == pytest.approx(1 / 2)
    assert constant.met(2, 4, 2) == pytest.approx(1 - 1 / 6)  # one of the six pairs has neither
    assert constant.met(1, 4, 8) == constant.met(3, 4, 2) == constant.met(4, 4, 1) == 1
    assert constant.met(0, 4, 2) == 0


def test_a_training_that_learned_nothing_is_told():
    rows = [{"loss": 2.0}] * 18 + [{"loss": 1.0}, {"loss": 0.94}, {"train_loss": 1.9}]
    told = constant.learned_nothing(rows, 1.0)  # the mean of the last two is 0.97
    assert told is not None
    assert told.startswith("its loss ended at 0.970, and one answer for every sample loses 1.000: its towers learned")
    assert told.endswith("lower train.learning_rate, or raise train.num_train_epochs")
    assert constant.learned_nothing(rows, 1.03) is None
    assert constant.learned_nothing([], 1.0) is None
    assert constant.learned_nothing(rows, 0.0) is None  # every sample is alike: there is nothing to learn
