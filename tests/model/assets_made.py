"""Tiny random models as the files that assets are read of."""

import json

import numpy as np
import torch
from tests.asset_files import ctranslate, gguf, onnx
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Dinov2Config, Dinov2Model, LlamaConfig, LlamaForCausalLM, WhisperConfig
from transformers import WhisperForConditionalGeneration as Whisper

from affectreason.model import assets_language, assets_vision, assets_whisper

CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<filename>"]
TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"


def words():
    """A byte-level BPE like SmolLM's, with its four control tokens first."""
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    inner.decoder = decoders.ByteLevel()
    texts = ["The lip corners are pulled up and the cheeks are raised, which shows happiness."] * 8
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=CONTROL, initial_alphabet=alphabet, show_progress=False
    )
    inner.train_from_iterator(texts, trainer)
    return inner


def llama():
    """A random Llama of two layers, and the GGUF file of it."""
    inner = json.loads(words().to_str())["model"]
    names = sorted(inner["vocab"], key=inner["vocab"].get)
    config = LlamaConfig(
        vocab_size=len(names), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=512, rms_norm_eps=1e-5, tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
    )  # fmt: skip
    torch.manual_seed(0)
    model = LlamaForCausalLM(config).eval()
    for one in model.parameters():
        torch.nn.init.normal_(one, mean=float(one.ndim == 1), std=0.3)
    back = {new: old for old, new in assets_language.LAYER.items()}
    whole = {new: old for old, new in assets_language.WHOLE.items()}
    tensors = {}
    for name, one in model.state_dict().items():
        parts = name.removeprefix("model.").removesuffix(".weight").split(".")
        if parts[0] != "layers":
            if parts[0] != "lm_head":
                tensors[f"{whole['.'.join(parts)]}.weight"] = one.numpy()
            continue
        kind = back[".".join(parts[2:])]
        found = one.numpy()
        if kind in ("attn_q", "attn_k"):  # the other way round than our reader: halves of a head to adjacent pairs
            heads = 4 if kind == "attn_q" else 2
            found = found.reshape(heads, 2, -1, 32).transpose(0, 2, 1, 3).reshape(found.shape)
        tensors[f"blk.{parts[1]}.{kind}.weight"] = found
    facts = {
        "general.architecture": "llama", "llama.vocab_size": len(names), "llama.embedding_length": 32,
        "llama.feed_forward_length": 64, "llama.block_count": 2, "llama.attention.head_count": 4,
        "llama.attention.head_count_kv": 2, "llama.context_length": 512,
        "llama.attention.layer_norm_rms_epsilon": 1e-5, "llama.rope.freq_base": 10000.0,
        "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "smollm", "tokenizer.ggml.tokens": names,
        "tokenizer.ggml.token_type": [3 if name in CONTROL else 1 for name in names],
        "tokenizer.ggml.merges": [" ".join(one) for one in inner["merges"]], "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2, "tokenizer.ggml.unknown_token_id": 0, "tokenizer.chat_template": TEMPLATE,
    }  # fmt: skip
    return model, gguf(facts, tensors)


def dinov2():
    """A random DINOv2 of two layers and 4 x 4 patches, and the ONNX file of it."""
    config = Dinov2Config(
        hidden_size=64, num_attention_heads=1, num_hidden_layers=2, image_size=56, patch_size=14, use_mask_token=False
    )
    torch.manual_seed(0)
    model = Dinov2Model(config).eval()
    for one in model.parameters():
        torch.nn.init.normal_(one, std=0.2)
    back = {new: old for old, new in assets_vision._RENAMED.items()}
    tensors, products = {}, {}
    for name, one in model.state_dict().items():
        for new, old in back.items():
            name = name.replace(new, old)
        found, place = one.numpy(), name.removesuffix(".weight")
        if name == "embeddings.position_embeddings":
            tensors |= {"onnx::Concat_1": found[:, :1], "onnx::Reshape_2": found[:, 1:]}
        elif name.endswith(".weight") and found.ndim == 2:
            source = f"onnx::MatMul_{len(tensors)}"
            tensors[source] = found.T
            products[f"backbone/{place.replace('.', '/').replace('layer/', 'layer.')}"] = source
        else:
            tensors[f"backbone.{name}"] = found
    return model, onnx({**tensors, "decoder.bias": np.zeros(3)}, products)


def whisper():
    """A random Whisper of two layers in float16, the model.bin of it and its tokenizer.json as text."""
    inner = words()
    inner.add_special_tokens(["<|startoftranscript|>"])
    config = WhisperConfig(
        vocab_size=inner.get_vocab_size(), d_model=16, num_mel_bins=8, encoder_layers=2, decoder_layers=2,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32,
        max_source_positions=50, max_target_positions=20, suppress_tokens=[], begin_suppress_tokens=[],
        **{f"{name}_token_id": 0 for name in ("pad", "bos", "eos", "decoder_start")},
    )  # fmt: skip
    torch.manual_seed(0)
    model = Whisper(config).eval()
    for one in model.parameters():
        torch.nn.init.normal_(one, std=0.2)
    state = {name.removeprefix("model."): one for name, one in model.half().state_dict().items()}
    tensors = {f"{side}/num_heads": np.int16(2) for side in ("encoder", "decoder")}
    for place, target in assets_whisper._TABLES.items():
        tensors[place] = state[target].numpy()
    for place, target in assets_whisper._OUTSIDE.items():
        for old, new in assets_whisper._ENDS.items():
            norm = "norm" in place
            if f"{target}.{new}" in state and (old in ("gamma", "beta")) == norm:
                tensors[f"{place}/{old}"] = state[f"{target}.{new}"].numpy()
    for side in ("encoder", "decoder"):
        for layer in range(2):
            for place, targets in assets_whisper._INSIDE.items():
                for old, new in assets_whisper._ENDS.items():
                    inside = f"{side}.layers.{layer}"
                    there = any(f"{inside}.{one}.{new}" in state for one in targets)
                    if (old in ("gamma", "beta")) != ("norm" in place) or not there:
                        continue
                    parts = [state.get(f"{inside}.{one}.{new}", torch.zeros(16).half()).numpy() for one in targets]
                    tensors[f"{side}/layer_{layer}/{place}/{old}"] = np.concatenate(parts)
    also = [("decoder/projection/weight", "decoder/embeddings/weight")]
    return model.float(), ctranslate(tensors, also=also), inner.to_str()
