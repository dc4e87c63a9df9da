"""What is made of a package's file is the model that the file was made of."""

import pytest
import torch
from tests.asset_files import ctranslate, gguf, onnx
from tests.model import assets_made
from transformers import AutoFeatureExtractor, AutoImageProcessor, AutoModel, AutoModelForCausalLM, AutoTokenizer
from transformers import AutoModelForSpeechSeq2Seq as AutoSpeech

from affectreason.errors import InputError
from affectreason.model import assets_language, assets_vision, assets_whisper


def test_the_language_model_is_that_of_the_file(tmp_path):
    model, raw = assets_made.llama()
    (tmp_path / "a.gguf").write_bytes(raw)
    assets_language.write(tmp_path / "a.gguf", tmp_path / "out")
    found = AutoModelForCausalLM.from_pretrained(tmp_path / "out").eval()
    ids = torch.tensor([[5, 60, 200, 7, 130]])
    with torch.no_grad():
        torch.testing.assert_close(found(ids).logits, model(ids).logits, atol=1e-5, rtol=0)
    assert found.lm_head.weight.data_ptr() == found.model.embed_tokens.weight.data_ptr()


def test_the_tokenizer_is_that_of_the_file(tmp_path):
    _, raw = assets_made.llama()
    (tmp_path / "a.gguf").write_bytes(raw)
    assets_language.write(tmp_path / "a.gguf", tmp_path / "out")
    found, own = AutoTokenizer.from_pretrained(tmp_path / "out"), assets_made.words()
    for text in ("The cheeks are raised", "AU12 1234 5e-6", "  naïve\n\n\tétat 😀 <|im_start|>user"):
        ids = found(text)["input_ids"]
        assert ids == own.encode(text).ids
        assert found.decode(ids) == text
    assert found("12")["input_ids"] == [found.convert_tokens_to_ids("1"), found.convert_tokens_to_ids("2")]
    assert (found.eos_token, found.pad_token) == ("<|im_end|>", "<|endoftext|>")
    assert found.decode(found("a<|im_end|>")["input_ids"], skip_special_tokens=True) == "a"
    assert found.apply_chat_template([{"role": "user", "content": "hi"}], tokenize=False) == "hi"


def test_another_architecture_is_refused(tmp_path):
    (tmp_path / "a.gguf").write_bytes(gguf({"general.architecture": "bert"}, {}))
    with pytest.raises(InputError, match="holds a bert, and a llama with a tokenizer of gpt2's kind is known"):
        assets_language.write(tmp_path / "a.gguf", tmp_path / "out")


def test_the_vision_transformer_is_that_of_the_file(tmp_path):
    model, raw = assets_made.dinov2()
    (tmp_path / "a.onnx").write_bytes(raw)
    assets_vision.write(tmp_path / "a.onnx", tmp_path / "out")
    found = AutoModel.from_pretrained(tmp_path / "out").eval()
    pixels = torch.randn(2, 3, 112, 112, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(found(pixels).last_hidden_state, model(pixels).last_hidden_state, atol=1e-5, rtol=0)
    assert found.config.image_size == 56
    made = AutoImageProcessor.from_pretrained(tmp_path / "out")
    seen = made([torch.full((3, 40, 60), 255, dtype=torch.uint8)], return_tensors="pt")["pixel_values"]
    assert seen.shape == (1, 3, 112, 112)
    torch.testing.assert_close(seen[0, :, 50, 50], torch.tensor([0.515 / 0.229, 0.544 / 0.224, 0.594 / 0.225]))


def test_a_file_without_a_backbone_is_refused(tmp_path):
    (tmp_path / "a.onnx").write_bytes(onnx({"decoder.bias": torch.zeros(3).numpy()}, {}))
    with pytest.raises(InputError, match="holds no vision transformer in the DINOv2 layout"):
        assets_vision.write(tmp_path / "a.onnx", tmp_path / "out")


def test_the_whisper_is_that_of_the_file(tmp_path):
    model, raw, words = assets_made.whisper()
    (tmp_path / "model.bin").write_bytes(raw)
    (tmp_path / "tokenizer.json").write_text(words)
    assets_whisper.write(tmp_path / "model.bin", tmp_path / "tokenizer.json", tmp_path / "out")
    assert AutoSpeech.from_pretrained(tmp_path / "out").dtype == torch.float16
    found = AutoSpeech.from_pretrained(tmp_path / "out", dtype=torch.float32).eval()
    heard = torch.randn(1, 8, 100, generator=torch.Generator().manual_seed(0))
    ids = torch.tensor([[3, 4, 5]])
    with torch.no_grad():
        mine = found(input_features=heard, decoder_input_ids=ids).logits
        torch.testing.assert_close(mine, model(input_features=heard, decoder_input_ids=ids).logits, atol=2e-5, rtol=0)
    assert AutoFeatureExtractor.from_pretrained(tmp_path / "out").feature_size == 8
    start = AutoTokenizer.from_pretrained(tmp_path / "out").convert_tokens_to_ids("<|startoftranscript|>")
    assert found.config.decoder_start_token_id == start


def test_a_file_of_something_else_is_refused(tmp_path):
    (tmp_path / "model.bin").write_bytes(ctranslate({}))
    (tmp_path / "tokenizer.json").write_text('{"added_tokens": []}')
    with pytest.raises(InputError, match=r"model\.bin holds no Whisper"):
        assets_whisper.write(tmp_path / "model.bin", tmp_path / "tokenizer.json", tmp_path / "out")
