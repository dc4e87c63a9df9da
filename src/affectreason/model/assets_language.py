"""A Llama and its tokenizer, as transformers writes them, of a GGUF file."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from affectreason.errors import InputError
from affectreason.model import assets_gguf
from affectreason.model.assets_gguf import Gguf
from affectreason.model.assets_layout import WRONG, why

PLAIN, CONTROL = 1, 3
"""The kinds of a token: a piece of text, and one that stands for none."""
PAD = "<|endoftext|>"  # the file names <|im_end|>, which a model must learn to write at the end of a turn
LAYER = {
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}  # fmt: skip
WHOLE = {"token_embd": "embed_tokens", "output_norm": "norm"}
SIZES = {
    "vocab_size", "embedding_length", "feed_forward_length", "block_count", "attention.head_count",
    "attention.head_count_kv", "context_length", "attention.layer_norm_rms_epsilon", "rope.freq_base",
    "rope.dimension_count",
}  # fmt: skip
"""What is read of `llama.`; any other key, of scaled positions for example, is of another model."""
UNSET = ("add_bos_token", "add_eos_token", "add_space_prefix")
"""What a tokenizer of this kind does not do."""


def write(path: Path, folder: Path) -> None:
    """Write the model in float32 and its tokenizer to a folder; InputError for a file of another architecture."""
    file = assets_gguf.read(path)
    kind = file.facts.get("general.architecture")
    if kind != "llama" or file.facts.get("tokenizer.ggml.model") != "gpt2":
        raise InputError(f"{path} holds a {kind}, and a llama with a tokenizer of gpt2's kind is known")
    try:
        model, words = model_of(file), tokenizer_of(file)
    except WRONG as error:
        raise InputError(f"{path} holds no Llama as SmolLM2 is one: {why(error)}; fetch it again") from error
    model.generation_config.eos_token_id = words.eos_token_id
    model.generation_config.pad_token_id = words.pad_token_id
    model.save_pretrained(folder)
    words.save_pretrained(folder)


def config_of(facts: dict[str, Any]) -> LlamaConfig:
    """What the metadata says of the model; its last layer is its first (tied), as the file has no `output`."""
    for key in facts:
        if key.startswith("llama.") and key.removeprefix("llama.") not in SIZES:
            raise ValueError(f"{key} is not known")
    heads = facts["llama.attention.head_count"]
    width = facts["llama.embedding_length"] // heads
    if facts.get("llama.rope.dimension_count", width) != width:
        raise ValueError(f"{facts['llama.rope.dimension_count']} numbers of a head of {width} are rotated")
    return LlamaConfig(
        vocab_size=facts["llama.vocab_size"],
        hidden_size=facts["llama.embedding_length"],
        intermediate_size=facts["llama.feed_forward_length"],
        num_hidden_layers=facts["llama.block_count"],
        num_attention_heads=heads,
        num_key_value_heads=facts["llama.attention.head_count_kv"],
        max_position_embeddings=facts["llama.context_length"],
        rms_norm_eps=round(facts["llama.attention.layer_norm_rms_epsilon"], 9),
        rope_parameters={"rope_type": "default", "rope_theta": facts["llama.rope.freq_base"]},
        tie_word_embeddings=True,
        bos_token_id=facts["tokenizer.ggml.bos_token_id"],
        eos_token_id=facts["tokenizer.ggml.eos_token_id"],
        pad_token_id=facts["tokenizer.ggml.tokens"].index(PAD),
    )


def model_of(file: Gguf) -> Any:
    """The model with the weights of the file, none left over and none made up."""
    config = config_of(file.facts)
    state = {}
    rotated = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    for name, found in file.tensors.items():
        target, heads = _named(name), rotated.get(name.split(".")[-2])
        state[target] = torch.from_numpy(found if heads is None or found.ndim != 2 else _halves(found, heads))
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
    state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state, assign=True)
    model.tie_weights()
    model.model.rotary_emb = type(model.model.rotary_emb)(config)  # it has no weights, and numbers off the meta device
    return model


def _named(name: str) -> str:
    """The name in transformers of a tensor: `blk.0.attn_q.weight` is `model.layers.0.self_attn.q_proj.weight`."""
    parts = name.split(".")
    if parts[1:] == ["weight"] and parts[0] in WHOLE:
        return f"model.{WHOLE[parts[0]]}.weight"
    if len(parts) == 4 and parts[0] == "blk" and parts[2] in LAYER and parts[3] == "weight":
        return f"model.layers.{parts[1]}.{LAYER[parts[2]]}.weight"
    raise ValueError(f"it has the tensor {name}, and a Llama whose last layer is its first has none such")


def _halves(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows as transformers rotates them, the first half of a head with the second; llama.cpp has each pair adjacent."""
    pairs = weight.reshape(heads, -1, 2, weight.shape[1])
    return np.ascontiguousarray(pairs.swapaxes(1, 2)).reshape(weight.shape)


def tokenizer_of(file: Gguf) -> Any:
    """SmolLM's byte-level BPE, which takes every digit alone, with the chat template of the file."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    facts = file.facts
    if facts.get("tokenizer.ggml.pre") != "smollm":
        raise ValueError(f"its tokenizer splits text as {facts.get('tokenizer.ggml.pre')!r} does; smollm is known")
    for key in UNSET:
        if facts.get(f"tokenizer.ggml.{key}"):
            raise ValueError(f"tokenizer.ggml.{key} is set")
    names = facts["tokenizer.ggml.tokens"]
    merges = [tuple(one.split(" ")) for one in facts["tokenizer.ggml.merges"]]
    _whole(names, merges, facts)
    inner = Tokenizer(models.BPE({name: at for at, name in enumerate(names)}, merges))
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    inner.decoder = decoders.ByteLevel()
    kinds = zip(names, facts["tokenizer.ggml.token_type"], strict=True)
    inner.add_special_tokens([AddedToken(name, special=True, normalized=False) for name, of in kinds if of == CONTROL])
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token=names[facts["tokenizer.ggml.bos_token_id"]],
        eos_token=names[facts["tokenizer.ggml.eos_token_id"]],
        unk_token=names[facts["tokenizer.ggml.unknown_token_id"]],
        pad_token=PAD,
        model_max_length=facts["llama.context_length"],
        clean_up_tokenization_spaces=False,
        chat_template=facts["tokenizer.chat_template"],
    )


def _whole(names: list[str], merges: list[tuple[str, ...]], facts: dict[str, Any]) -> None:
    """ValueError unless each number of the vocabulary is one token, and each merge makes one token of two."""
    known = set(names)
    if not len(known) == len(names) == facts["llama.vocab_size"]:
        raise ValueError(f"{len(known)} tokens of {len(names)}, and {facts['llama.vocab_size']} numbers for them")
    for merge in merges:
        if len(merge) != 2 or not known.issuperset({*merge, "".join(merge)}):
            raise ValueError(f"the merge {' '.join(merge)!r} makes no token of two")
    if odd := set(facts["tokenizer.ggml.token_type"]) - {PLAIN, CONTROL}:
        raise ValueError(f"tokens of the kinds {sorted(odd)}; {PLAIN} and {CONTROL} are known")
