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


def test_a_stage_that_trains_nothing_is_not_probed(recipe, tmp_path):
    found = recipe()
    with pytest.raises(InputError, match="only sft and grpo are probed"):
        probe.step(found, found.stage("grow"), tmp_path)
