import pytest
import torch
from safetensors.torch import load_file
from tests.conftest import KINDS
from transformers.distributed import mixin

from affectreason.errors import InputError
from affectreason.model import collate, generate, load, tiny
from affectreason.recipe import prompts


def test_every_kind_is_tested():
    # The two that hear are in test_omni; videmo is qwen2_5_vl with other words.
    assert {*KINDS, "qwen2_5_omni", "qwen3_omni", "videmo"} == set(tiny.KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_each_class_learns_and_answers(kind, models, pictures):
    model, processor = load.load(models[kind])
    rows = [{"sample": sample.to_json()} for sample in pictures[:2]]
    batch = collate.Collator(processor, prompts.TINY, 2.0, 4)(rows)
    loss = model(**batch).loss
    assert 6.0 < loss.item() < 8.0  # about the logarithm of a thousand words: nothing is known yet
    loss.backward()
    parts = {load.part_of(name) for name, p in model.named_parameters() if p.grad is not None and p.grad.abs().sum()}
    assert parts == {"vision", "projector", "language"}
    asked = [generate.Asked(sample, prompts.messages(sample, prompts.TINY)) for sample in pictures[:2]]
    texts = generate.answer(model, processor, asked, max_new_tokens=4)
    assert len(texts) == 2
    assert all(isinstance(text, str) for text in texts)


@pytest.mark.parametrize(
    "text", ["AU12 (lip corner puller)", "<think>ein Lächeln</think>", "微笑 😀\n\t tab", "  two  spaces "]
)
def test_the_tokenizer_knows_every_byte(text):
    words = tiny.tokenizer(tiny.QWEN_MARKS)
    ids = words(text, add_special_tokens=False)["input_ids"]
    assert words.decode(ids, clean_up_tokenization_spaces=False) == text
    assert words.unk_token_id is None or words.unk_token_id not in ids


def test_a_seed_decides_the_weights(tmp_path, qwen):
    before = torch.get_rng_state()
    tiny.write("qwen3_vl", tmp_path / "same", seed=0)
    tiny.write("qwen3_vl", tmp_path / "other", seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    first, same, other = (
        load_file(f"{folder}/model.safetensors") for folder in (qwen, tmp_path / "same", tmp_path / "other")
    )
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_every_process_of_several_has_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(mixin, "_is_torch_distributed_initialized", lambda: True)
    monkeypatch.setattr(mixin, "_get_torch_distributed_rank", lambda: 1)
    tiny.write("qwen3_vl", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} >= {"config.json", "generation_config.json", "model.safetensors"}


def test_an_unknown_kind_is_named(tmp_path):
    with pytest.raises(InputError, match=r"unknown tiny model 'qwen3vl'; did you mean 'qwen3_vl'\?"):
        tiny.write("qwen3vl", tmp_path)


def test_videmo_reads_trees_and_subtitles_in_few_pieces(tmp_path):
    tiny.write("videmo", tmp_path / "videmo")
    tiny.write("qwen2_5_vl", tmp_path / "qwen")
    model, processor = load.load(str(tmp_path / "videmo"))
    assert model.config.model_type == tiny.MODEL_TYPES["videmo"] == "qwen2_5_vl"
    text = (
        "What is said: “I would rather not touch it.”\n<attribute>curly hair, shake head</attribute>"
        "<expression>AU4, AU23</expression><emotion>disgust</emotion>"
    )
    plain = load.load(str(tmp_path / "qwen"))[1].tokenizer(text)["input_ids"]
    few = processor.tokenizer(text)["input_ids"]
    assert processor.tokenizer.decode(few) == text
    assert len(few) * 2 < len(plain)
