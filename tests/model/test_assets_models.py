"""What is made of a package's file is the model that the file was made of."""

import numpy as np
import pytest
import torch
from tests.asset_files import ctranslate, gguf, onnx
from tests.model import assets_made
from transformers import AutoFeatureExtractor, AutoImageProcessor, AutoModel, AutoModelForCausalLM, AutoTokenizer
from transformers import AutoModelForSpeechSeq2Seq as AutoSpeech

from affectreason.errors import InputError
from affectreason.model import (
    assets_ctranslate,
    assets_gguf,
    assets_language,
    assets_layout,
    assets_onnx,
    assets_vision,
    assets_whisper,
)


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


@pytest.mark.parametrize(
    ("facts", "tensors", "said"),
    [
        ({"llama.vocab_size": None}, {}, "it lacks llama.vocab_size"),
        ({"llama.rope.scaling.type": "yarn"}, {}, "llama.rope.scaling.type is not known"),
        ({"llama.rope.dimension_count": 4}, {}, "4 numbers of a head of 8 are rotated"),
        ({"llama.attention.head_count": 3}, {}, r"The hidden size \(32\) is not a multiple of the number of attention"),
        ({"tokenizer.ggml.pre": "qwen2"}, {}, "its tokenizer splits text as 'qwen2' does; smollm is known"),
        ({"tokenizer.ggml.add_bos_token": 1}, {}, "tokenizer.ggml.add_bos_token is set"),
        ({"tokenizer.ggml.tokens": ["<|endoftext|>", "a", "a"]}, {}, "2 tokens of 3, and 314 numbers for them"),
        ({"tokenizer.ggml.merges": ["a bcd"]}, {}, "the merge 'a bcd' makes no token of two"),
        ({"tokenizer.ggml.token_type": [3, 4]}, {}, r"tokens of the kinds \[4\]; 1 and 3 are known"),
        ({"tokenizer.chat_template": None}, {}, "it lacks tokenizer.chat_template"),
        ({}, {"blk.0.attn_q.weight": None}, 'Missing key.* "model.layers.0.self_attn.q_proj.weight"'),
        ({}, {"blk.1.attn_k.weight": np.zeros(32)}, "size mismatch for model.layers.1.self_attn.k_proj.weight"),
        ({}, {"blk.0.attn_norm.bias": np.zeros(32)}, "it has the tensor blk.0.attn_norm.bias, and a Llama whose last"),
        ({}, {"output.weight": np.zeros((314, 32))}, "it has the tensor output.weight, and a Llama whose last layer"),
        ({}, {"rope_freqs.weight": np.zeros(4)}, "it has the tensor rope_freqs.weight"),
    ],
)
def test_a_llama_that_is_not_known_is_refused(facts, tensors, said, tmp_path):
    """Also where every weight has its size: a bias in the place of a weight, positions scaled."""
    path = tmp_path / "a.gguf"
    path.write_bytes(assets_made.llama()[1])
    file = assets_gguf.read(path)
    told = {key: value for key, value in {**file.facts, **facts}.items() if value is not None}
    path.write_bytes(gguf(told, {k: v for k, v in {**file.tensors, **tensors}.items() if v is not None}))
    with pytest.raises(InputError, match=f"a.gguf holds no Llama as SmolLM2 is one: .*{said}.*; fetch it again"):
        assets_language.write(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


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


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"backbone.layernorm.weight": None}, "it lacks layernorm.weight"),
        ({"backbone.layernorm.bias": None}, 'Missing key.* "layernorm.bias"'),
        ({"backbone.more": np.zeros(3)}, 'Unexpected key.* "more"'),
        ({"backbone.layernorm.weight": np.zeros(65)}, "65 numbers a patch are no heads of 64"),
        ({"backbone.layernorm.weight": np.zeros(0)}, "0 numbers a patch are no heads of 64"),
        ({"onnx::Reshape_2": np.zeros((1, 15, 64))}, "16 positions are no square and a class token"),
        ({"onnx::Concat_1": np.zeros((1, 1, 32))}, "must match exactly"),
        ({"onnx::Concat_9": np.zeros((1, 1, 64))}, "it lacks embeddings.position_embeddings"),
    ],
)
def test_another_vision_transformer_is_refused(tensors, said, tmp_path):
    path = tmp_path / "a.onnx"
    path.write_bytes(assets_made.dinov2()[1])
    file = assets_onnx.read(path)
    path.write_bytes(onnx({k: v for k, v in {**file.tensors, **tensors}.items() if v is not None}, file.products))
    with pytest.raises(InputError, match=f"a.onnx holds no vision transformer in the DINOv2 layout: .*{said}"):
        assets_vision.write(path, tmp_path / "out")


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


def heard(tmp_path, tensors, also=()):
    """The random Whisper's file with other tensors; None takes one out."""
    path = tmp_path / "model.bin"
    _, raw, words = assets_made.whisper()
    path.write_bytes(raw)
    found = {name: one for name, one in assets_ctranslate.read(path).items() if name != assets_whisper._LAST}
    path.write_bytes(ctranslate({k: v for k, v in {**found, **tensors(found)}.items() if v is not None}, also=also))
    (tmp_path / "tokenizer.json").write_text(words)
    assets_whisper.write(path, tmp_path / "tokenizer.json", tmp_path / "out")


def test_weights_keep_the_precision_they_have(tmp_path):
    def wide(found):
        return {k: v.astype(np.float32) + 2.0**-20 for k, v in found.items() if v.ndim and "linear" not in k} | {
            k: v.astype(np.float32) for k, v in found.items() if "linear" in k
        }

    heard(tmp_path, wide)
    found = AutoSpeech.from_pretrained(tmp_path / "out")
    table = assets_ctranslate.read(tmp_path / "model.bin")["decoder/embeddings/weight"]
    assert found.dtype == torch.float32
    assert torch.equal(found.proj_out.weight, torch.from_numpy(np.array(table)))


KEYS = "encoder/layer_0/self_attention/linear_0/bias"


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"encoder/conv1/bias": None}, 'Missing key.* "model.encoder.conv1.bias"'),
        ({"encoder/layer_0/new/weight": np.zeros(4, np.float16)}, "it has encoder/layer_0/new/weight, and a Whisper"),
        ({"encoder/conv1/weight_scale": np.zeros(4, np.float16)}, "it has encoder/conv1/weight_scale, and a Whisper"),
        ({"decoder/activation": np.int16(0)}, "it has decoder/activation = 0, and a Whisper has not"),
        ({KEYS: np.ones(48, np.float16)}, f"{KEYS} gives keys a bias"),
        ({KEYS: np.zeros(47, np.float16)}, "array split does not result in an equal division"),
        (
            {"encoder/conv1/bias": np.zeros(16, np.float32)},
            "its weights are in float16 and float32; float16 or float32",
        ),
        ({"encoder/num_heads": np.int16(3)}, "embed_dim must be divisible by num_heads"),
        ({"encoder/num_heads": np.int16(0)}, "division or modulo by zero"),
        ({"encoder/num_heads": np.float32("inf")}, "cannot convert float infinity to integer"),
        (
            {"decoder/embeddings/weight": np.zeros((3, 16), np.float16)},
            "a token 314, and the table of words ends before",
        ),
        ({assets_whisper._LAST: np.zeros((321, 16), np.float16)}, "its last layer is not its first"),
    ],
)
def test_a_file_of_something_else_is_refused(tensors, said, tmp_path):
    with pytest.raises(InputError, match=rf"model\.bin holds no Whisper: .*{said}.*; fetch it again"):
        heard(tmp_path, lambda found: tensors)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('{"added_tokens": []}', r"it lacks <\|endoftext\|>"),
        ("{", "Expecting property name"),
        ("[]", "list indices must be integers"),
    ],
)
def test_another_tokenizer_is_refused(words, said, tmp_path):
    (tmp_path / "tokenizer.json").write_text(words)
    with pytest.raises(InputError, match=f"tokenizer.json is no tokenizer of a Whisper: {said}.*; fetch it again"):
        assets_whisper.starts_of(tmp_path / "tokenizer.json")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("a"), "it lacks a"),
        (RuntimeError("Error(s):\n\tfirst.\n\tsecond."), "first"),
        (RuntimeError("one."), "one"),
        (ValueError("head:\n    the line that tells."), "the line that tells"),
        (ValueError(), "ValueError"),
    ],
)
def test_the_line_that_tells(error, said):
    assert assets_layout.why(error) == said
