"""Advice for a stage whose need is a formula, so that every count is known by hand."""

import pytest

from affectreason.model import advice, sharding, smaller
from affectreason.model.memory import Need
from affectreason.model.smaller import Change


@pytest.fixture
def setup(recipe):
    found = recipe(grpo__train={"per_device_train_batch_size": 8, "num_generations": 8, "max_completion_length": 512})
    return found, found.stage("grpo"), sharding.Sharding("", 1, 1)


def option(*values):
    return [Change(f"media.max_pixels={one}", media={"max_pixels": one}) for one in values]


CLIPS = [Change(f"media.max_frames={one}", media={"max_frames": one}) for one in (8, 4, 2)]
LORA = [Change("grpo.lora={r: 16}", stage={"lora": {"r": 16}})]


class Asked(list):
    """Setups that were counted: 100 of weights, 10 with an adapter, and pixels by frames."""

    def __call__(self, setup):
        recipe, stage, _ = setup
        self.append(setup)
        weights = 100 if stage.lora is None else 10
        return Need({}, {"all": weights + (recipe.media.max_pixels or 1600) * recipe.media.max_frames // 16})


def test_the_mildest_value_that_fits_by_itself_comes_first(setup):
    asked = Asked()
    found = advice.keys(setup, [LORA, option(800, 400, 200, 100), CLIPS], asked, 520)
    assert found == (
        advice.Key("media.max_pixels=400", 500),
        advice.Key("media.max_frames=4", 500),
        advice.Key("grpo.lora={r: 16}", 1610),
    )
    assert len(asked) == 1 + 1 + 2 + 2  # as it is, the adapter; of two lines the least and the right one


def test_a_key_that_is_not_enough_is_told_at_its_least(setup):
    found = advice.keys(setup, [option(800, 400, 200, 100)], Asked(), 150)
    assert found == (advice.Key("media.max_pixels=100", 200),)


def test_a_key_that_saves_nothing_is_not_told(setup):
    assert advice.keys(setup, [[Change("dtype=bfloat16", {"dtype": "bfloat16"})]], Asked(), 1) == ()


def test_keys_are_combined_until_it_fits_and_let_go_where_they_need_not(setup):
    changes, made = advice.together(setup, [option(800, 400, 200, 100), CLIPS, LORA], Asked(), 60)
    # 10 + 100 x 8 / 16 = 60: the adapter is needed, pixels and frames only as far.
    assert [one.words for one in changes] == ["media.max_pixels=100", "media.max_frames=8", "grpo.lora={r: 16}"]
    assert Asked()(made).most == 60


def test_one_key_is_enough_where_it_is(setup):
    changes, _ = advice.together(setup, [option(800, 400), CLIPS, LORA], Asked(), 900)
    assert [one.words for one in changes] == ["media.max_pixels=800"]


def test_nothing_is_told_where_all_keys_are_not_enough(setup):
    assert advice.together(setup, [option(800), LORA], Asked(), 100) == ((), setup)
    assert advice.together(setup, [], Asked(), 10_000) == ((), setup)


def test_what_a_run_would_refuse_is_not_told(setup):
    groups = [Change("grpo.train.per_device_train_batch_size=4", train={"per_device_train_batch_size": 4})]
    assert not smaller.possible(smaller.applied(setup, groups[0]))  # 4 answers are no group of 8
    assert advice.keys(setup, [groups], Asked(), 1) == ()
