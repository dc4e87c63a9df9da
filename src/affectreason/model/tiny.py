"""Tiny models made on the spot: the real classes, a million random parameters, a tokenizer of about a thousand pieces.

`tiny:qwen3_vl` and its siblings are what a recipe names as `model` to run the whole chain on a CPU, and what the
tests train. Nothing is downloaded: the tokenizer is learned from the project's own words.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from affectreason.affect import facs, labels
from affectreason.errors import InputError, nearest
from affectreason.media import face_truth, scene_words
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
TREE_TAGS = ("<attribute>", "</attribute>", "<expression>", "</expression>", "<emotion>", "</emotion>")
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
# What tiny:affectgpt learns beside; the tokenizers of the others stay as they are.
LEARNED_OPEN = (
    " The person's emotional state is angry, happy, sad, worried, surprised, neutral, afraid, disgusted.",
    " joyful, content, relaxed, excited, proud, grateful, hopeful, amused, curious, confused, anxious, nervous.",
    " frustrated, annoyed, furious, irritated, disappointed, lonely, hurt, helpless, ashamed, guilty, jealous.",
    " shocked, astonished, doubtful, serious, calm, tense, bored, tired, tender, sincere, contemptuous, dissatisfied.",
    " The voice is high, low, loud, soft, fast, slow, steady, trembling; the pitch rises and falls.",
    " The words say this, but the face and the tone of the voice show that. At the onset, the apex, the offset.",
)
# The same for tiny:videmo, which reads what is said and answers in trees.
LEARNED_TREES = (
    " What is said: “.” What is seen, done and felt? What does the speaker do with the head or the eyes?",
    " How is the speaker's hair? Does the speaker wear glasses? Does the speaker have a beard?",
    " When is the speaker's expression strongest? early middle late yes no none of these at rest",
    " What do the speaker's brows do? raised lowered and drawn together. What do the speaker's lips do?",
    " bald, short hair, curly hair, long hair, hair bun, glasses, no beard, nod, shake head, blink, wink",
    " AU1, AU2, AU4, AU5, AU6, AU7, AU9, AU10, AU12, AU15, AU17, AU20, AU23, AU25, AU26, none, neutral",
    *(f" {line}" for both in scene_words.SAID.values() for lines in both.values() for line in lines),
    *(f" {line}" for line in scene_words.PLAIN),
)


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


def tokenizer(marks: tuple[str, str], more: tuple[str, ...] = (), tags: tuple[str, ...] = TAGS) -> Any:
    """A byte-level BPE tokenizer (nothing is unknown to it) with a ChatML template; `marks` are the media slots.

    It learns `more` texts too, a quarter as many pieces more; each of the `tags` is one piece.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    pieces = Regex(r" ?\(AU\d+\)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+")
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(pieces, "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    raw.decoder = decoders.ByteLevel()
    raw.train_from_iterator(
        [*words(), *more * 20],
        trainers.BpeTrainer(
            vocab_size=1280 if more else 1024,
            special_tokens=list(SPECIAL),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    raw.add_tokens(list(tags))
    template = CHATML.replace("IMAGE", repr(marks[0])).replace("VIDEO", repr(marks[1]))
    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        padding_side="left",
        chat_template=template,
    )


def qwen(kind: str, folder: Path) -> None:
    """Write a random Qwen2-VL, Qwen2.5-VL or Qwen3-VL: 96-pixel pictures as 36 patches, 9 tokens after merging."""
    _qwen(kind, folder, tokenizer(QWEN_MARKS))


def videmo(kind: str, folder: Path) -> None:
    """Write a random Qwen2.5-VL, which VidEmo is, whose tokenizer knows affective trees and what is said."""
    _qwen("qwen2_5_vl", folder, tokenizer(QWEN_MARKS, LEARNED_TREES, TAGS + TREE_TAGS))


def _qwen(kind: str, folder: Path, words_: Any) -> None:
    import transformers as hf

    ids = {mark: words_.convert_tokens_to_ids(mark) for mark in SPECIAL}
    patch = 16 if kind == "qwen3_vl" else 14
    side = patch * 6
    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [8, 4, 4]}
    text = {**TEXT, "vocab_size": len(words_), "rope_parameters": rope, "pad_token_id": words_.pad_token_id}
    text |= {"eos_token_id": words_.eos_token_id, "bos_token_id": None}
    vision: dict[str, Any] = {"depth": 3, "num_heads": 4, "patch_size": patch}
    if kind == "qwen2_vl":
        vision |= {"embed_dim": 128, "mlp_ratio": 2, "hidden_size": 128}  # hidden_size is what it hands on
    else:
        vision |= {"hidden_size": 128, "intermediate_size": 256, "out_hidden_size": 128}
    if kind == "qwen2_5_vl":
        vision |= {"fullatt_block_indexes": [0, 2], "window_size": patch * 4}
    if kind == "qwen3_vl":
        vision |= {"num_position_embeddings": 36, "deepstack_visual_indexes": [1]}
        rope["mrope_interleaved"] = True
    marks = {
        "image_token_id": ids["<|image_pad|>"],
        "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"],
        "vision_end_token_id": ids["<|vision_end|>"],
    }
    name = {"qwen2_vl": "Qwen2VL", "qwen2_5_vl": "Qwen2_5_VL", "qwen3_vl": "Qwen3VL"}[kind]
    config = getattr(hf, f"{name}Config")(text_config=text, vision_config=vision, tie_word_embeddings=True, **marks)
    model = getattr(hf, f"{name}ForConditionalGeneration")(config)
    pixels: dict[str, Any] = {"size": {"shortest_edge": side * side, "longest_edge": side * side}, "patch_size": patch}
    video_pixels: dict[str, Any] = {
        "size": {"shortest_edge": side * side, "longest_edge": side * side * 16},
        "patch_size": patch,
    }
    clips = hf.Qwen3VLVideoProcessor if kind == "qwen3_vl" else hf.Qwen2VLVideoProcessor
    processor = getattr(hf, f"{name}Processor")(
        hf.Qwen2VLImageProcessor(**pixels), words_, clips(**video_pixels), words_.chat_template
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


def affectgpt(kind: str, folder: Path) -> None:
    """Write a random AffectGPT: CLIP sees 96-pixel frames, a Whisper hears two-second pieces, a token each medium."""
    import transformers as hf

    from affectreason.model import prefusion, prefusion_processor

    words_ = tokenizer(("", ""), LEARNED_OPEN)
    words_.add_special_tokens({"additional_special_tokens": list(prefusion_processor.TOKENS)})
    size: dict[str, Any] = {"hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 3}
    size |= {"num_attention_heads": 4}
    text = {key: value for key, value in TEXT.items() if key != "head_dim"}
    text |= {"vocab_size": len(words_), "pad_token_id": words_.pad_token_id}
    text |= {"eos_token_id": words_.eos_token_id, "bos_token_id": None, "model_type": "qwen2"}
    vision = {**size, "image_size": 96, "patch_size": 16, "projection_dim": 128, "model_type": "clip_vision_model"}
    audio: dict[str, Any] = {"d_model": 64, "encoder_layers": 2, "encoder_attention_heads": 4, "encoder_ffn_dim": 128}
    audio |= {"num_mel_bins": 32, "max_source_positions": 100, "model_type": "whisper"}
    audio["init_std"] = 0.2  # with less, little of a sound comes through beside where in it something stands
    audio |= {"decoder_layers": 1, "decoder_attention_heads": 4, "decoder_ffn_dim": 64, "vocab_size": 64}  # not kept
    audio |= {f"{name}_token_id": 0 for name in ("pad", "bos", "eos", "decoder_start")}
    config = prefusion.PrefusionConfig(
        vision_config=vision, audio_config=audio, text_config=text, fusion_width=128, qformer_width=128,
        qformer_heads=4, gate_width=64, gate_heads=4, audio_layers=2, tie_word_embeddings=True,
        image_token_id=words_.convert_tokens_to_ids(prefusion_processor.PAD),
    )  # fmt: skip
    square = {"height": 96, "width": 96}
    processor = prefusion_processor.of(
        config,
        hf.CLIPImageProcessor(size=square, do_center_crop=False),
        hf.WhisperFeatureExtractor(feature_size=32, chunk_length=2),
        words_,
        fill=False,
    )
    _save(prefusion.PrefusionForConditionalGeneration(config), processor, folder)


def omni(kind: str, folder: Path) -> None:
    """Write the thinker of a random Qwen2.5-Omni or Qwen3-Omni."""
    from affectreason.model import tiny_omni

    _save(*tiny_omni.parts(kind), folder)


KINDS = {
    "qwen3_vl": qwen, "qwen2_vl": qwen, "qwen2_5_vl": qwen, "llava": llava, "llava_onevision": llava,
    "affectgpt": affectgpt, "videmo": videmo, "qwen2_5_omni": omni, "qwen3_omni": omni,
}  # fmt: skip
MODEL_TYPES = {
    "affectgpt": "affect_prefusion", "videmo": "qwen2_5_vl", "qwen2_5_omni": "qwen2_5_omni_thinker",
    "qwen3_omni": "qwen3_omni_moe_thinker",
}  # fmt: skip
"""What transformers calls a kind, where that is not its name here."""


def write(kind: str, folder: Path, seed: int = 0) -> None:
    """Make the tiny random model of a kind, one of `KINDS`, in a folder."""
    import torch

    if kind not in KINDS:
        raise InputError(f"unknown tiny model {kind!r}; {nearest(kind, KINDS)}")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        KINDS[kind](kind, folder)


def _save(model: Any, processor: Any, folder: Path) -> None:
    model.generation_config.eos_token_id = processor.tokenizer.eos_token_id
    model.generation_config.pad_token_id = processor.tokenizer.pad_token_id
    # Of several processes transformers lets the first one write alone; here each has a folder of its own.
    model.should_save_on_this_rank = lambda is_main_process: True
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
