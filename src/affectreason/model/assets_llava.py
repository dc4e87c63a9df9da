"""A LLaVA of a vision transformer and a language model, with its processor and chat template.

The projector between the two is new: its numbers are drawn with a fixed seed, so that everyone's model is the same.
"""

from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoImageProcessor,
    AutoModel,
    AutoModelForCausalLM,
    AutoTokenizer,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
)

from affectreason.errors import InputError

IMAGE = "<image>"
FREE = "<filename>"
"""A token of SmolLM2's for source files; its place in the vocabulary is taken by that of a picture."""
LAYER = -2
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
"""What SmolLM2's own template says where a dialogue has no system message."""
TEMPLATE = (
    "{%- for message in messages %}"
    "{%- if loop.first and message['role'] != 'system' %}{{- '<|im_start|>system\nSYSTEM<|im_end|>\n' }}{%- endif %}"
    "{{- '<|im_start|>' + message['role'] + '\n' }}"
    "{%- if message['content'] is string %}{{- message['content'] }}"
    "{%- else %}{%- for part in message['content'] %}"
    "{%- if part['type'] == 'image' %}{{- 'IMAGE\n' }}"
    "{%- elif part['type'] == 'text' %}{{- part['text'] }}{%- endif %}"
    "{%- endfor %}{%- endif %}"
    "{{- '<|im_end|>\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}"
).replace("SYSTEM", SYSTEM).replace("IMAGE", IMAGE)  # fmt: skip


def write(vision: Path, language: Path, folder: Path) -> None:
    """Write the model in float32 and its processor to a folder; `vision` and `language` are folders of transformers."""
    tower, words = AutoModel.from_pretrained(vision), AutoModelForCausalLM.from_pretrained(language)
    tokenizer = tokenizer_of(language)
    model = joined(tower, words, tokenizer.convert_tokens_to_ids(IMAGE))
    model.save_pretrained(folder)
    processor = LlavaProcessor(
        AutoImageProcessor.from_pretrained(vision),
        tokenizer,
        patch_size=tower.config.patch_size,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=TEMPLATE,
    )
    processor.save_pretrained(folder)


def tokenizer_of(language: Path) -> Any:
    """The language model's tokenizer, with the token of a picture in the place of one that no text has."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    old = AutoTokenizer.from_pretrained(language)
    written = old.backend_tokenizer.to_str()
    if f'"{FREE}"' not in written:
        raise InputError(f"the tokenizer of {language} has no {FREE}, whose place {IMAGE} takes")
    inner = Tokenizer.from_str(written.replace(f'"{FREE}"', f'"{IMAGE}"'))
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token=old.bos_token,
        eos_token=old.eos_token,
        unk_token=old.unk_token,
        pad_token=old.pad_token,
        model_max_length=old.model_max_length,
        clean_up_tokenization_spaces=False,
        padding_side="left",
        chat_template=TEMPLATE,
    )


def joined(tower: Any, words: Any, image: int) -> Any:
    """The model with trained parts in it and a new projector between them; `image` is the id of a picture's token."""
    config = LlavaConfig(
        vision_config=tower.config,
        text_config=words.config,
        image_token_index=image,
        vision_feature_layer=LAYER,
        vision_feature_select_strategy="default",
        tie_word_embeddings=True,
    )
    config.dtype = words.dtype
    with torch.device("meta"):
        model = LlavaForConditionalGeneration(config)
    inner = model.model
    inner.vision_tower, inner.language_model = tower, words.model
    model.lm_head = words.lm_head
    inner.multi_modal_projector = type(inner.multi_modal_projector)(config).to(words.dtype)  # off the meta device
    fill(inner.multi_modal_projector, tower, words)
    model.tie_weights()
    model.generation_config = words.generation_config
    return model


@torch.no_grad()
def fill(made: Any, tower: Any, words: Any) -> None:
    """Draw the projector's weights so that what it makes of a picture is as large as the words' own vectors are.

    A picture of noise stands for all: with weights of the usual size its vectors would drown or vanish among words.
    """
    generator = torch.Generator().manual_seed(0)
    for layer in (made.linear_1, made.linear_2):
        drawn = torch.randn(layer.weight.shape, generator=generator) / layer.in_features**0.5
        layer.weight.copy_(drawn)
        layer.bias.zero_()
    side = tower.config.patch_size * 8
    pixels = torch.randn(1, 3, side, side, generator=generator)
    seen = tower(pixel_values=pixels.to(tower.dtype), output_hidden_states=True).hidden_states[LAYER][:, 1:]
    made.linear_1.weight.div_(seen.std())
    made.linear_2.weight.mul_(words.get_input_embeddings().weight.std() / made(seen).std())
