import pytest
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from affectreason.benchmark import asked_prompts
from affectreason.benchmark.asked_model import answer, report
from affectreason.errors import InputError
from affectreason.model import local_judge, tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A causal language model of random weights with a tokenizer."""
    folder = tmp_path_factory.mktemp("models") / "tiny_judge"
    tokenizer = tiny.tokenizer(tiny.QWEN_MARKS)
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    Qwen3ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_folder_answers_alike_each_time_and_once(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(local_judge, "_ends", lambda model: set(range(100_000)))  # as if each answer ended by itself
    one = local_judge.judge(folder, tmp_path / "a.sqlite", max_new_tokens=8)
    other = local_judge.judge(folder, tmp_path / "b.sqlite", max_new_tokens=8)
    torch.manual_seed(1)
    said = answer(one, "Say {text}", text="x")
    torch.manual_seed(2)
    assert said
    assert answer(other, "Say {text}", text="x") == said
    assert answer(one, "Say {text}", text="x") == said
    block = report(one, "Say {text}")
    assert (block["name"], block["calls"], block["cached"]) == ("tiny_judge", 1, 1)
    assert block["version"] == f"{local_judge.version(folder)}, at most 8 tokens"


def test_nothing_is_read_of_an_answer_that_was_cut_off(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(local_judge, "_ends", lambda model: set())
    judge = local_judge.judge(folder, tmp_path / "a.sqlite", max_new_tokens=4)
    assert asked_prompts.extract_words(judge, "glad").said.emotions is None
    assert report(judge, asked_prompts.EXTRACT)["unread"] == 1


def test_other_weights_are_another_version(folder, tmp_path):
    before = local_judge.version(folder)
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert local_judge.version(tmp_path) == before
    weights = tmp_path / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert local_judge.version(tmp_path) != before


def test_a_folder_without_a_model_is_said(tmp_path):
    with pytest.raises(InputError, match=r"holds no config\.json; give the folder of a causal language model"):
        local_judge.judge(tmp_path, tmp_path / "a.sqlite")
    (tmp_path / "config.json").write_text('{"model_type": "no_such"}')
    with pytest.raises(InputError, match="holds no causal language model that transformers can read"):
        local_judge.judge(tmp_path, tmp_path / "a.sqlite")
