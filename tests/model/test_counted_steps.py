"""Counts of whole steps on a tiny model, against what is known of them otherwise."""

import pytest
import torch

from affectreason.model import counted_steps, fitting, load, on_meta, worst_row


@pytest.fixture
def counts(recipe, qwen, tmp_path):
    """Count the micro recipe's stage with changes."""

    def count(name, write=0, checkpointing=False, batch=4, answer=8, **changes):
        found = recipe(model=qwen, **changes)
        stage = found.stage(name)
        processor, _ = fitting.processor_of(qwen, found)
        model = on_meta.for_stage(found, stage, on_meta.config_of(qwen))
        with worst_row.worst(found, stage, tmp_path, processor) as row:
            if write:
                return counted_steps.writing(
                    found, stage, model, processor, row, device="cpu", answers=write, group=4, length=answer
                )
            return counted_steps.step(
                found, stage, model, processor, row, device="cpu", half=False, checkpointing=checkpointing,
                batch=batch, group=4, answer=answer,
            )  # fmt: skip

    return count


def test_weights_and_gradients_are_those_of_the_model(counts, qwen):
    model = load.load(qwen, dtype="float32")[0]
    numbers = sum(one.numel() for one in model.parameters())
    found = counts("sft")
    assert (found.trained, found.gradients) == (numbers, numbers * 4)
    assert found.weights == numbers * 4 + sum(one.numel() * one.element_size() for one in model.buffers())
    assert found.most > found.gradients
    assert 0 < found.logits < found.activations


def test_an_adapter_and_frozen_parts_have_fewer_gradients(counts):
    whole, frozen, lora = counts("sft"), counts("sft", sft__freeze=["vision"]), counts("sft", sft__lora={"r": 2})
    assert lora.trained < frozen.trained < whole.trained
    assert lora.weights > whole.weights
    assert lora.gradients == lora.trained * 4


def test_checkpointing_keeps_less_and_computes_more(counts):
    plain, again = counts("sft", batch=8), counts("sft", batch=8, checkpointing=True)
    assert again.activations < plain.activations
    assert again.flops > plain.flops


def test_a_shared_prompt_keeps_less_than_a_repeated_one(counts):
    shared = counts("grpo", batch=4)
    repeated = counts("grpo", batch=4, grpo__share_prompt=False)
    assert shared.activations - shared.logits < repeated.activations - repeated.logits


def test_keys_and_values_of_every_answer_by_hand(counts, qwen):
    config = on_meta.config_of(qwen).get_text_config()
    found = counts("grpo", write=8, answer=16)
    prompt = 34  # the tokens of a drawn face and its question, of tests/model/test_fitting.py
    each = config.num_hidden_layers * 2 * config.num_key_value_heads * config.head_dim * 4
    assert found.cache == 8 * (prompt - 1 + 16 - 1) * each
    assert found.writing > found.cache


def test_a_warm_up_trains_what_a_gradient_reaches(recipe, qwen, tmp_path):
    found = recipe(model=qwen)
    stage = found.stage("base")
    processor, _ = fitting.processor_of(qwen, found)
    model = on_meta.for_stage(found, stage, on_meta.config_of(qwen))
    with worst_row.worst(found, stage, tmp_path, processor) as row:
        one, two = (
            counted_steps.sensing(found, stage, model, processor, row, device="cpu", half=False, batch=batch)
            for batch in (1, 2)
        )
    # What is given to deeper layers of the language model is no part of the mean that a warm-up learns from.
    seen = (p.numel() for name, p in model.named_parameters() if "visual" in name and "deepstack" not in name)
    towers = sum(seen)
    assert one.trained == towers
    assert one.gradients == towers * 4
    assert 0 < one.activations < two.activations < 2.5 * one.activations
    assert one.weights == sum(p.numel() * 4 for p in model.parameters()) + sum(b.nbytes for b in model.buffers())


@pytest.mark.parametrize("kind", ["llava", "qwen2_5_vl"])
def test_other_families(recipe, tmp_path, kind):
    found = recipe(model=f"tiny:{kind}")
    stage = found.stage("grpo")
    processor, _ = fitting.processor_of(f"tiny:{kind}", found)
    model = on_meta.for_stage(found, stage, on_meta.config_of(f"tiny:{kind}"))
    with worst_row.worst(found, stage, tmp_path, processor) as row:
        step = counted_steps.step(
            found, stage, model, processor, row, device="cuda", half=True, checkpointing=True, batch=4, group=4,
            answer=8,
        )  # fmt: skip
        assert step.most > 0
        wrote = counted_steps.writing(found, stage, model, processor, row, device="cuda", answers=4, group=4, length=8)
        assert wrote.cache > 0
    assert all(one.device == torch.device("meta") for one in model.parameters())
