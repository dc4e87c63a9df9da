from contextlib import ExitStack

import pytest

from affectreason.model import needs, sharding
from affectreason.recipe.parts import Filter, Search, Witness


@pytest.fixture
def filtered():
    """A filter with these witnesses."""
    return lambda *those: Filter(
        kind="filter", name="vote", data=["a.jsonl"], witnesses=list(those), batch_size=5, max_new_tokens=32
    )


def test_one_asking_for_models_and_prompts_that_are_alike(recipe):
    (found,) = needs.evaluations(recipe())
    assert (found.name, found.data, found.max_new_tokens, found.batch_size) == ("evaluate", ["faces:test"], 8, 7)
    assert found.tries == 2  # a greedy and a sampled answer
    several = needs.evaluations(recipe(grpo__prompt="facial_r1"))
    assert [one.prompt for one in several] == [None, "facial_r1"]
    assert needs.evaluations(recipe(evaluate=None)) == []


def test_a_search_asks_for_all_candidates_at_once(recipe):
    found = recipe()
    searched = found.model_copy(update={"evaluate": found.evaluate.model_copy(update={"search": Search(candidates=4)})})
    (stage,) = needs.evaluations(searched)
    own = needs.setting((searched, stage, sharding.Sharding("", 1, 1)))
    assert (own.group, own.written) == (4, 7 * 4)


def test_witnesses_that_load_a_model(filtered):
    stage = filtered(Witness(use="text"), Witness(use="model", model="sft", prompt="tiny"), Witness(use="classifier"))
    asked, seen = needs.witnesses(stage)
    assert (asked.init, asked.prompt, asked.batch_size, asked.max_new_tokens) == ("sft", "tiny", 5, 32)
    assert (seen.init, seen.batch_size, seen.max_new_tokens) == (None, 1, 1)
    assert needs.witnesses(filtered(Witness(use="units"))) == []


def test_what_does_not_change_is_counted_once(recipe, qwen, tmp_path, monkeypatch):
    counts = []
    for name in ("step", "writing"):
        own = getattr(needs.memory.counted_steps, name)

        def count(*args, name=name, own=own, **kwargs):
            counts.append(name)
            return own(*args, **kwargs)

        monkeypatch.setattr(needs.memory.counted_steps, name, count)
    found = recipe(model=qwen, grpo__init=qwen)
    one = sharding.Sharding("", 1, 1)
    with ExitStack() as files:
        known = needs.Known(tmp_path, files)
        need, _, _ = needs.needed((found, found.stage("grpo"), one), 0, known)
        assert counts == ["step", "writing"]
        parted, _, _ = needs.needed((found, found.stage("grpo"), sharding.Sharding("", 2, 2, zero=3)), 0, known)
        assert parted.parts["weights"] < need.parts["weights"]
        other = recipe(model=qwen, grpo__init=qwen, **{"grpo.train.learning_rate": 1e-7, "grpo.train.optim": "sgd"})
        plain, _, _ = needs.needed((other, other.stage("grpo"), one), 0, known)
        assert "optimizer" not in plain.parts
        assert counts == ["step", "writing"]
        fewer = recipe(model=qwen, grpo__init=qwen, **{"grpo.train.per_device_train_batch_size": 4,
                       "grpo.train.gradient_accumulation_steps": 2})  # fmt: skip
        needs.needed((fewer, fewer.stage("grpo"), one), 0, known)
        assert counts == ["step", "writing", "step"]  # as many answers are written as before
