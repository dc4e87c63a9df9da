import pytest

from affectreason.errors import InputError
from affectreason.stages import probe


@pytest.mark.parametrize("name", ["sft", "grpo"])
def test_two_steps_are_taken_and_timed_and_nothing_is_left(recipe, qwen, tmp_path, name):
    found = recipe(model=qwen)
    seen = probe.step(found, found.stage(name), tmp_path / "run")
    assert 0 < seen.seconds < 120
    assert seen.batches == 1
    assert seen.peak is None
    assert not (tmp_path / "run").exists()


def test_groups_that_a_micro_batch_cannot_hold_are_timed_too(recipe, qwen, tmp_path):
    train = {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 6, "num_generations": 4}
    found = recipe(model=qwen, grpo__train=train | {"max_completion_length": 8, "steps_per_generation": 12})
    seen = probe.step(found, found.stage("grpo"), tmp_path / "run")
    assert 0 < seen.seconds < 120
    assert seen.batches == 6


@pytest.mark.parametrize(("batch", "group", "each"), [(8, 4, 1), (2, 8, 4), (6, 4, 2), (1, 16, 16)])
def test_the_least_step_of_grpo_holds_whole_groups(recipe, batch, group, each):
    stage = recipe().stage("grpo")
    found = probe._micro(stage, {"per_device_train_batch_size": batch, "num_generations": group})
    assert found["gradient_accumulation_steps"] == each
    assert batch * each % group == 0


def test_a_stage_that_trains_nothing_is_not_probed(recipe, tmp_path):
    found = recipe()
    with pytest.raises(InputError, match="only sft and grpo are probed"):
        probe.step(found, found.stage("grow"), tmp_path)
