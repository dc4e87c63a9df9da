"""What may not be written, and TRL's way to vLLM, with a plain engine in vLLM's place."""

import re

import pytest
from tests.model import plain_vllm
from tests.model.test_group_trainer import make, same, trained
from trl import GRPOTrainer

from affectreason.errors import InputError
from affectreason.model import rollout
from affectreason.model.group_trainer import GroupTrainer


def test_tokens_that_are_never_written():
    assert rollout.never([7, 5], None, vllm=False) == {"suppress_tokens": [5, 7]}
    given = {"suppress_tokens": [9, 5], "top_p": 0.9}
    assert rollout.never([7, 5], given, vllm=False) == {"suppress_tokens": [5, 7, 9], "top_p": 0.9}
    assert given == {"suppress_tokens": [9, 5], "top_p": 0.9}
    assert rollout.never([7, 5], None, vllm=True) == {"logit_bias": {5: -100.0, 7: -100.0}}
    given = {"logit_bias": {"3": 1.5, 5: 100.0}, "seed": 1}
    expected = {"logit_bias": {3: 1.5, 5: -100.0, 7: -100.0}, "seed": 1}
    assert rollout.never([7, 5], given, vllm=True) == expected
    assert all(type(token) is int for token in rollout.never([7, 5], given, vllm=True)["logit_bias"])


@pytest.mark.parametrize("bias", [{"anger": 2.0}, [3, 4], {-1: 2.0}])
def test_a_bias_of_what_is_no_token(bias):
    said = (
        f"train.generation_kwargs.logit_bias: {bias!r} does not give numbers to token ids; write it as {{1234: -5.0}}"
    )
    with pytest.raises(InputError, match=re.escape(said)):
        rollout.never([7], {"logit_bias": bias}, vllm=True)


def test_vllm_is_asked_as_trl_asks_it(qwen, pictures, tmp_path, monkeypatch):
    """TRL's trainer and ours send the same prompts, pictures and options, and learn the same of what comes back."""
    engines = plain_vllm.put(monkeypatch)
    how = {"use_vllm": True, "vllm_mode": "colocate"}
    how |= {"per_device_train_batch_size": 8, "gradient_accumulation_steps": 1}
    theirs = trained(make(GRPOTrainer, qwen, pictures[:4], tmp_path / "a", **how))
    same(trained(make(GroupTrainer, qwen, pictures[:4], tmp_path / "b", **how)), theirs)
    assert any(row[0] for row in theirs[0])
    one, other = engines
    assert len(one.got) == len(other.got) == 3
    assert one.weights == other.weights
    for (here, params), (there, others) in zip(other.got, one.got, strict=True):
        assert params == others
        assert params.max_tokens == 6
        assert params.logit_bias == {5: -100.0, 6: -100.0}
        assert not hasattr(params, "suppress_tokens")
        assert len(here) == len(there) == 8
        for asked, expected in zip(here, there, strict=True):
            assert asked["prompt_token_ids"] == expected["prompt_token_ids"]
            assert asked["multi_modal_data"]["image"].tobytes() == expected["multi_modal_data"]["image"].tobytes()
