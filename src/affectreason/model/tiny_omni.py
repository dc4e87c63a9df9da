"""Tiny random models that see and hear: the language halves ("thinkers") of Qwen2.5-Omni and Qwen3-Omni."""

from typing import Any

from affectreason.model.tiny import QWEN_MARKS, SPECIAL, TEXT, tokenizer

SOUND = ("<|audio_bos|>", "<|AUDIO|>", "<|audio_eos|>")
MELS = 32
LONGEST = 10
"""Seconds of sound that the tiny feature extractor takes; it fills up every sound to them."""
NAMES = {
    "image_token": "<|image_pad|>", "video_token": "<|video_pad|>", "vision_bos_token": "<|vision_start|>",
    "vision_eos_token": "<|vision_end|>", "audio_bos_token": SOUND[0], "audio_token": SOUND[1],
    "audio_eos_token": SOUND[2],
}  # fmt: skip
"""What a Qwen-Omni processor asks its tokenizer for."""


def words() -> Any:
    """The tokenizer of the other tiny models, with slots for sound behind its last token."""
    from transformers import PreTrainedTokenizerFast

    seen = tokenizer(QWEN_MARKS)
    seen.add_tokens(list(SOUND), special_tokens=True)
    slot = "{%- elif part['type'] == 'audio' %}{{- '" + "".join(SOUND) + "' }}"
    text = "{%- elif part['type'] == 'text' %}"
    return PreTrainedTokenizerFast(
        tokenizer_object=seen.backend_tokenizer,
        eos_token=seen.eos_token,
        pad_token=seen.pad_token,
        padding_side="left",
        chat_template=seen.chat_template.replace(text, slot + text),
        extra_special_tokens=NAMES,
    )


def config(kind: str, words_: Any) -> Any:
    """The configuration of a thinker of about a million parameters; Qwen3-Omni's language model has four experts."""
    import transformers as hf

    ids = {mark: words_.convert_tokens_to_ids(mark) for mark in (*SPECIAL, *SOUND)}
    tower = {
        "encoder_layers": 2,
        "encoder_attention_heads": 4,
        "encoder_ffn_dim": 128,
        "d_model": 64,
        "output_dim": 128,
    }
    sound: dict[str, Any] = {**tower, "num_mel_bins": MELS, "initializer_range": 0.1}  # else nothing comes through
    sight: dict[str, Any] = {"depth": 3, "num_heads": 4, "hidden_size": 128, "intermediate_size": 256}
    sight["out_hidden_size"] = 128
    rope: dict[str, Any] = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [8, 4, 4]}
    text = {key: value for key, value in TEXT.items() if key != "head_dim"} | {"vocab_size": len(words_)}
    text |= {"rope_parameters": rope, "pad_token_id": words_.pad_token_id, "eos_token_id": words_.eos_token_id}
    marks = {"audio_start_token_id": ids[SOUND[0]]}
    if kind == "qwen2_5_omni":
        sight |= {"patch_size": 14, "fullatt_block_indexes": [0, 2], "window_size": 56}
        marks |= {"image_token_index": ids["<|image_pad|>"], "video_token_index": ids["<|video_pad|>"]}
        marks |= {"audio_token_index": ids[SOUND[1]], "audio_end_token_id": ids[SOUND[2]]}
    else:
        sight |= {"patch_size": 16, "num_position_embeddings": 36, "deepstack_visual_indexes": [1]}
        sound |= {"downsample_hidden_size": 16}
        rope["mrope_interleaved"] = True
        text |= {"head_dim": 32, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 64}
        text.pop("tie_word_embeddings")
        marks |= {"image_token_id": ids["<|image_pad|>"], "video_token_id": ids["<|video_pad|>"]}
        marks |= {"audio_token_id": ids[SOUND[1]]}
    made = hf.Qwen2_5OmniThinkerConfig if kind == "qwen2_5_omni" else hf.Qwen3OmniMoeThinkerConfig
    found = made(text_config=text, vision_config=sight, audio_config=sound, tie_word_embeddings=True, **marks)
    for name, id_ in (("vision_start_token_id", "<|vision_start|>"), ("vision_end_token_id", "<|vision_end|>")):
        setattr(found, name, ids[id_])  # no field of the class, but its code and real checkpoints have it
    return found


def parts(kind: str) -> tuple[Any, Any]:
    """The model and its processor: 96-pixel pictures as 36 patches, 25 (13 in Qwen3-Omni) tokens a second of sound."""
    import transformers as hf

    words_ = words()
    asked = config(kind, words_)
    older = kind == "qwen2_5_omni"
    model = (
        hf.Qwen2_5OmniThinkerForConditionalGeneration if older else hf.Qwen3OmniMoeThinkerForConditionalGeneration
    )(asked)
    side = asked.vision_config.patch_size * 6
    pixels = {"shortest_edge": side * side, "longest_edge": side * side}
    patch = asked.vision_config.patch_size
    processor = (hf.Qwen2_5OmniProcessor if older else hf.Qwen3OmniMoeProcessor)(
        hf.Qwen2VLImageProcessor(size=pixels, patch_size=patch),
        hf.Qwen2VLVideoProcessor(size=pixels, patch_size=patch),
        hf.WhisperFeatureExtractor(feature_size=MELS, chunk_length=LONGEST),
        words_,
        chat_template=words_.chat_template,
    )
    return model, processor
