"""Tiny models made on the spot: the real classes, a million random parameters, a tokenizer of about a thousand pieces.

`tiny:qwen3_vl` and its siblings are what a recipe names as `model` to run the whole chain on a CPU, and what the
tests train. Nothing is downloaded: the tokenizer is learned from the project's own words.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from affectreason.affect import facs, labels
from affectreason.errors import InputError, nearest
from affectreason.media import face_truth
from affectreason.recipe import prompts

CHATML = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message['role'] + '\n' }}"
    "{%- if message['content'] is string %}{{- message['content'] }}"
    "{%- else %}{%- for part in message['content'] %}"
    "{%- if part['type'] == 'image' %}{{- IMAGE }}"
    "{%- elif part['type'] == 'video' %}{{- VIDEO }}"
    "{%- elif part['type'] == 'text' %}{{- part['text'] }}{%- endif %}"
    "{%- endfor %}{%- endif %}"
    "{{- '<|im_end|>\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}"
)
QWEN_MARKS = ("<|vision_start|><|image_pad|><|vision_end|>", "<|vision_start|><|video_pad|><|vision_end|>")
LLAVA_MARKS = ("<image>\n", "<video>\n")
SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>",
    "<|video_pad|>", "<image>", "<video>",
)  # fmt: skip
TAGS = ("<think>", "</think>", "<answer>", "</answer>")
TEXT: dict[str, Any] = {
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": True,
}


# Named, and not all there are: a new prompt or label set must not change the tiny model that runs are compared by.
LEARNED_PROMPTS = ("tiny", "facial_r1", "plain")
LEARNED_LABELS = (
    "ekman6", "ekman7", "ekman8", "mikels8", "artemis9", "plutchik8", "mer6", "dfew7", "mafw11", "meld7", "iemocap4",
    "iemocap6", "emotiontalk7", "raf_db7", "affectnet7", "affectnet8", "fer2013", "ck7", "crema_d6", "ravdess8",
    "emotic26", "sentiment3", "sentiment2",
)  # fmt: skip


def words() -> Iterable[str]:
    """The texts the tiny tokenizer is learned from: prompts, names of action units, labels."""
    for name in LEARNED_PROMPTS:
        yield prompts.find(name).text
    for _ in range(20):
        for number in facs.UNITS:
            yield f" {facs.phrase(number)} ({facs.spelling(number)}), ({facs.spelling(number)})."
        for known in LEARNED_LABELS:
            yield from (f" {name}" for name in labels.find(known).names)
        yield from face_truth.PHRASES.values()
        yield "The face is at rest. Together they show. No action unit is active, which is neutral. The and are is."


def tokenizer(marks: tuple[str, str]) -> Any:
    """A byte-level BPE tokenizer (nothing is unknown to it) with a ChatML template; `marks` are the media slots."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    pieces = Regex(r" ?\(AU\d+\)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+")
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(pieces, "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    raw.decoder = decoders.ByteLevel()
    raw.train_from_iterator(
        words(),
        trainers.BpeTrainer(
            vocab_size=1024,
            special_tokens=list(SPECIAL),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    raw.add_tokens(list(TAGS))
    template = CHATML.replace("IMAGE", repr(marks[0])).replace("VIDEO", repr(marks[1]))
    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        padding_side="left",
        chat_template=template,
    )


def qwen(kind: str, folder: Path) -> None:
    """Write a random Qwen2.5-VL or Qwen3-VL: 96-pixel pictures as 36 patches, 9 tokens after merging."""
    import transformers as hf

    words_ = tokenizer(QWEN_MARKS)
    ids = {mark: words_.convert_tokens_to_ids(mark) for mark in SPECIAL}
    patch = 16 if kind == "qwen3_vl" else 14
    side = patch * 6
    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [8, 4, 4]}
    text = {**TEXT, "vocab_size": len(words_), "rope_parameters": rope, "pad_token_id": words_.pad_token_id}
    text |= {"eos_token_id": words_.eos_token_id, "bos_token_id": None}
    vision: dict[str, Any] = {"depth": 3, "hidden_size": 128, "intermediate_size": 256, "num_heads": 4}
    vision |= {"patch_size": patch, "out_hidden_size": 128}
    marks = {
        "image_token_id": ids["<|image_pad|>"],
        "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"],
        "vision_end_token_id": ids["<|vision_end|>"],
    }
    if kind == "qwen3_vl":
        vision |= {"num_position_embeddings": 36, "deepstack_visual_indexes": [1]}
        text["rope_parameters"]["mrope_interleaved"] = True
        config: Any = hf.Qwen3VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=True, **marks)
        model: Any = hf.Qwen3VLForConditionalGeneration(config)
    else:
        vision |= {"fullatt_block_indexes": [0, 2], "window_size": patch * 4}
        config = hf.Qwen2_5_VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=True, **marks)
        model = hf.Qwen2_5_VLForConditionalGeneration(config)
    pixels: dict[str, Any] = {"size": {"shortest_edge": side * side, "longest_edge": side * side}, "patch_size": patch}
    video_pixels: dict[str, Any] = {
        "size": {"shortest_edge": side * side, "longest_edge": side * side * 16},
        "patch_size": patch,
    }
    if kind == "qwen3_vl":
        processor: Any = hf.Qwen3VLProcessor(
            hf.Qwen2VLImageProcessor(**pixels), words_, hf.Qwen3VLVideoProcessor(**video_pixels), words_.chat_template
        )
    else:
        processor = hf.Qwen2_5_VLProcessor(
            hf.Qwen2VLImageProcessor(**pixels), words_, hf.Qwen2VLVideoProcessor(**video_pixels), words_.chat_template
        )
    _save(model, processor, folder)


def llava(kind: str, folder: Path) -> None:
    """Write a random LLaVA (CLIP tower) or LLaVA-OneVision (SigLIP tower) that sees 96-pixel pictures as 36 patches."""
    import transformers as hf

    words_ = tokenizer(LLAVA_MARKS)
    text = hf.Qwen2Config(
        **{key: value for key, value in TEXT.items() if key != "head_dim"},
        vocab_size=len(words_),
        pad_token_id=words_.pad_token_id,
        eos_token_id=words_.eos_token_id,
        bos_token_id=None,
    )
    tower: dict[str, Any] = {
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
    }
    tower |= {"image_size": 96, "patch_size": 16}
    image = words_.convert_tokens_to_ids("<image>")
    video = words_.convert_tokens_to_ids("<video>")
    square = {"height": 96, "width": 96}
    if kind == "llava":
        config: Any = hf.LlavaConfig(
            text_config=text, vision_config=hf.CLIPVisionConfig(**tower), image_token_index=image
        )
        model: Any = hf.LlavaForConditionalGeneration(config)
        pictures = hf.CLIPImageProcessor(size={"shortest_edge": 96}, crop_size=square)
        processor: Any = hf.LlavaProcessor(
            pictures, words_, patch_size=16, vision_feature_select_strategy="default",
            chat_template=words_.chat_template, num_additional_image_tokens=1,
        )  # fmt: skip
    else:
        config = hf.LlavaOnevisionConfig(
            text_config=text,
            vision_config=hf.SiglipVisionConfig(**tower, vision_use_head=False),
            image_token_index=image,
            video_token_index=video,
            image_grid_pinpoints=[[96, 96]],
        )
        model = hf.LlavaOnevisionForConditionalGeneration(config)
        processor = hf.LlavaOnevisionProcessor(
            hf.LlavaOnevisionImageProcessor(size=square, image_grid_pinpoints=[[96, 96]]), words_,
            hf.LlavaOnevisionVideoProcessor(size=square), num_image_tokens=36,
            vision_feature_select_strategy="full", chat_template=words_.chat_template,
        )  # fmt: skip
    _save(model, processor, folder)


KINDS = {"qwen3_vl": qwen, "qwen2_5_vl": qwen, "llava": llava, "llava_onevision": llava}


def write(kind: str, folder: Path, seed: int = 0) -> None:
    """Make the tiny random model of a kind (`qwen3_vl`, `qwen2_5_vl`, `llava`, `llava_onevision`) in a folder."""
    import torch

    if kind not in KINDS:
        raise InputError(f"unknown tiny model {kind!r}; {nearest(kind, KINDS)}")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        KINDS[kind](kind, folder)


def _save(model: Any, processor: Any, folder: Path) -> None:
    model.generation_config.eos_token_id = processor.tokenizer.eos_token_id
    model.generation_config.pad_token_id = processor.tokenizer.pad_token_id
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
