"""Recomputed activations give the same losses; bfloat16 gives nearly the same."""

import pytest
from trl import SFTConfig

from affectreason.model import load, training
from affectreason.stages import sft


@pytest.fixture
def losses(recipe, qwen, pictures, tmp_path):
    def find(**train):
        train = {"learning_rate": 1e-3, "adam_epsilon": 1e-4, "per_device_train_batch_size": 2, "max_steps": 3,
                 "save_strategy": "no", "logging_steps": 1, "train_sampling_strategy": "sequential",
                 **train}  # fmt: skip
        found = recipe(sft__train=train, sft__hinted=0.0, sft__lora={"r": 4})
        part = found.stage("sft")
        args = training.arguments(SFTConfig, tmp_path, {"max_length": None, **part.train}, "auto")
        model, processor = load.for_stage(found, part, qwen)
        made = sft.make_trainer(found, part, model, processor, pictures[:6], args)
        made.train()
        assert made.model.is_gradient_checkpointing is bool(train.get("gradient_checkpointing"))
        assert made.accelerator.mixed_precision == ("bf16" if train.get("bf16") else "no")
        return [row["loss"] for row in made.state.log_history if "loss" in row]

    return find


def test_recomputed_activations_change_nothing(losses):
    plain = losses()
    assert len(plain) == 3
    assert losses(gradient_checkpointing=True) == pytest.approx(plain, abs=1e-6)


def test_bfloat16_is_near(losses, monkeypatch):
    plain, half = losses(), losses(bf16=True)
    assert half == pytest.approx(plain, rel=0.02)
    assert half != plain
