"""A Whisper, as transformers writes it, of CTranslate2's model.bin."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import (
    PreTrainedTokenizerFast,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)

from affectreason.errors import InputError
from affectreason.model import assets_ctranslate
from affectreason.model.assets_layout import WRONG, why

END, START = "<|endoftext|>", "<|startoftranscript|>"
_OUTSIDE = {
    "encoder/conv1": "encoder.conv1", "encoder/conv2": "encoder.conv2", "encoder/layer_norm": "encoder.layer_norm",
    "decoder/layer_norm": "decoder.layer_norm", "decoder/embeddings": "decoder.embed_tokens",
}  # fmt: skip
_TABLES = {"encoder/position_encodings/encodings": "encoder.embed_positions.weight",
           "decoder/position_encodings/encodings": "decoder.embed_positions.weight"}  # fmt: skip
_INSIDE = {
    "self_attention/linear_0": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "self_attention/linear_1": ("self_attn.out_proj",),
    "self_attention/layer_norm": ("self_attn_layer_norm",),
    "attention/linear_0": ("encoder_attn.q_proj",),
    "attention/linear_1": ("encoder_attn.k_proj", "encoder_attn.v_proj"),
    "attention/linear_2": ("encoder_attn.out_proj",),
    "attention/layer_norm": ("encoder_attn_layer_norm",),
    "ffn/linear_0": ("fc1",),
    "ffn/linear_1": ("fc2",),
    "ffn/layer_norm": ("final_layer_norm",),
}
"""What of a layer a tensor holds, several behind each other on its first axis."""
_ENDS = {"gamma": "weight", "beta": "bias", "weight": "weight", "bias": "bias"}
_LAST = "decoder/projection/weight"
"""Another name of the table of words: a Whisper's last layer is its first."""
_NUMBERS = {
    "encoder/num_heads": None, "decoder/num_heads": None, "decoder/alignment_heads": None,
    "decoder/alignment_layer": None, "decoder/activation": 3, "decoder/alibi": 0, "decoder/pre_norm": 1,
    "decoder/scale_embeddings": 0, "decoder/start_from_zero_embedding": 0,
}  # fmt: skip
"""Numbers about the model, and what they are in a Whisper (3 is GELU); None where any will do."""


def write(path: Path, words: Path, folder: Path) -> None:
    """Write the model in its own precision, its feature extractor and tokenizer (of `words`) to a folder.

    InputError where the file is no Whisper, or `words` no tokenizer of it.
    """
    tensors = assets_ctranslate.read(path)
    starts = starts_of(words)
    try:
        state = state_of(tensors)
        config = config_of(tensors, starts)
        with torch.device("meta"):
            model: Any = WhisperForConditionalGeneration(config)
        state["proj_out.weight"] = state["model.decoder.embed_tokens.weight"]
        model.load_state_dict(state, assign=True)
    except WRONG as error:
        raise InputError(f"{path} holds no Whisper: {why(error)}; fetch it again") from error
    model.tie_weights()
    model.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=config.num_mel_bins).save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_file=str(words), eos_token=END, pad_token=END).save_pretrained(folder)


def starts_of(words: Path) -> tuple[int, int]:
    """The numbers of the tokens that end a text and begin one, in a tokenizer.json."""
    try:
        ids = {one["content"]: one["id"] for one in json.loads(words.read_text(encoding="utf-8"))["added_tokens"]}
        return ids[END], ids[START]
    except WRONG as error:
        raise InputError(f"{words} is no tokenizer of a Whisper: {why(error)}; fetch it again") from error


def config_of(tensors: dict[str, np.ndarray], starts: tuple[int, int]) -> Any:
    """The sizes and the precision of the model, read off its tensors; `starts` as of `starts_of`."""
    vocabulary, width = tensors["decoder/embeddings/weight"].shape
    end, start = starts
    if max(starts) >= vocabulary:
        raise ValueError(f"the tokenizer has a token {max(starts)}, and the table of words ends before it")
    heads = {side: int(tensors[f"{side}/num_heads"]) for side in ("encoder", "decoder")}
    layers = {side: _layers(tensors, side) for side in heads}
    feed = tensors["encoder/layer_0/ffn/linear_0/bias"].shape[0]
    return WhisperConfig(
        vocab_size=vocabulary,
        d_model=width,
        num_mel_bins=tensors["encoder/conv1/weight"].shape[1],
        encoder_layers=layers["encoder"],
        decoder_layers=layers["decoder"],
        encoder_attention_heads=heads["encoder"],
        decoder_attention_heads=heads["decoder"],
        encoder_ffn_dim=feed,
        decoder_ffn_dim=feed,
        max_source_positions=tensors["encoder/position_encodings/encodings"].shape[0],
        max_target_positions=tensors["decoder/position_encodings/encodings"].shape[0],
        pad_token_id=end,
        bos_token_id=end,
        eos_token_id=end,
        decoder_start_token_id=start,
        suppress_tokens=[],
        begin_suppress_tokens=[],
        dtype=str(tensors["decoder/embeddings/weight"].dtype),
    )


def _layers(tensors: dict[str, np.ndarray], side: str) -> int:
    """How many layers the encoder or the decoder has: those that a tensor `SIDE/layer_NUMBER/...` names."""
    found = [name.removeprefix(f"{side}/layer_").partition("/")[0] for name in tensors if name.startswith(f"{side}/l")]
    return len({number for number in found if number.isdigit()})


def state_of(tensors: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """The weights by their names in transformers, all of one precision.

    Keys have no bias there; in the file it is zero.
    """
    state = {}
    for name, found in tensors.items():
        if name == _LAST and found is not tensors.get("decoder/embeddings/weight"):
            raise ValueError("its last layer is not its first")
        for target, one in _parts(name, found):
            if not target.endswith("k_proj.bias"):
                state[f"model.{target}"] = torch.from_numpy(np.array(one))
            elif one.any():
                raise ValueError(f"{name} gives keys a bias")
    kinds = sorted({str(one.dtype).removeprefix("torch.") for one in state.values()})
    if kinds not in (["float16"], ["float32"]):
        raise ValueError(f"its weights are in {' and '.join(kinds) or 'nothing'}; float16 or float32 is known")
    return state


def _parts(name: str, found: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """What a tensor of the file holds, by name; nothing for numbers about the model. ValueError for any other."""
    if name in _TABLES:
        return [(_TABLES[name], found)]
    if name == _LAST or (name in _NUMBERS and _NUMBERS[name] in (None, int(found))):
        return []
    place, _, end = name.rpartition("/")
    side, _, rest = place.partition("/layer_")
    layer, _, what = rest.partition("/")
    if end not in _ENDS or (place not in _OUTSIDE and what not in _INSIDE):
        raise ValueError(f"it has {name}" + (f" = {found}" if found.ndim == 0 else "") + ", and a Whisper has not")
    if place in _OUTSIDE:
        return [(f"{_OUTSIDE[place]}.{_ENDS[end]}", found)]
    names = _INSIDE[what]
    pieces = np.split(found, len(names))
    return [(f"{side}.layers.{layer}.{one}.{_ENDS[end]}", piece) for one, piece in zip(names, pieces, strict=True)]
