"""The random Qwen3-VL that the other scripts time: the real classes, a size of choice, the words of the tiny one."""

from typing import Any

PATCH = 16


def made(width: int, layers: int, size: dict[str, int] | None = None, **vision: Any) -> tuple[Any, Any]:
    """A model in float32 with seed 0, and its processor, `size` its bounds of a picture in pixels.

    `vision` are settings of the tower, which else is as wide and half as deep as the language model.
    """
    import transformers as hf

    from affectreason.model import tiny

    words = tiny.tokenizer(tiny.QWEN_MARKS)
    ids = {mark: words.convert_tokens_to_ids(mark) for mark in tiny.SPECIAL}
    heads = width // 64
    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [16, 8, 8], "mrope_interleaved": True}
    text = {
        "hidden_size": width, "intermediate_size": width * 3, "num_hidden_layers": layers, "head_dim": 64,
        "num_attention_heads": heads, "num_key_value_heads": max(1, heads // 2), "max_position_embeddings": 8192,
        "vocab_size": len(words), "rope_parameters": rope, "pad_token_id": words.pad_token_id,
        "eos_token_id": words.eos_token_id, "bos_token_id": None, "tie_word_embeddings": True,
    }  # fmt: skip
    tower = {
        "depth": max(2, layers // 2), "hidden_size": width, "intermediate_size": width * 3, "num_heads": heads,
        "patch_size": PATCH, "out_hidden_size": width, "num_position_embeddings": 576, "deepstack_visual_indexes": [1],
        **vision,
    }  # fmt: skip
    config = hf.Qwen3VLConfig(
        text_config=text, vision_config=tower, tie_word_embeddings=True, image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"], vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )  # fmt: skip
    hf.set_seed(0)
    model = hf.Qwen3VLForConditionalGeneration(config)
    pictures = hf.Qwen2VLImageProcessor(patch_size=PATCH, **({} if size is None else {"size": size}))
    videos = hf.Qwen3VLVideoProcessor(patch_size=PATCH)
    return model, hf.Qwen3VLProcessor(pictures, words, videos, words.chat_template)
