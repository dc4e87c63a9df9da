"""A language model that is given pictures, clips and sound as a few fused tokens: AffectGPT (arXiv 2501.16566).

Frames go through a vision encoder, pieces of sound through an audio encoder. What is made of each medium becomes a few
tokens, and what is made of all media of a message a few more, which stand before them. A modality that a message
lacks has no tokens, and the fusion runs over those that are there.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForImageTextToText,
    AutoProcessor,
    GenerationMixin,
    PreTrainedModel,
)
from transformers.cache_utils import Cache
from transformers.modeling_outputs import BaseModelOutputWithPast, BaseModelOutputWithPooling, CausalLMOutputWithPast
from transformers.modeling_utils import slice_logits_to_keep
from transformers.utils.generic import can_return_tuple

from affectreason.errors import InputError
from affectreason.model.prefusion_config import BRANCHES, PrefusionConfig, widths
from affectreason.model.prefusion_encoders import heard, hearing, seeing, seen
from affectreason.model.prefusion_parts import Fusion
from affectreason.model.prefusion_processor import PrefusionProcessor


@dataclass
class Fused(BaseModelOutputWithPooling):
    """`pooler_output` are the tokens (n, width) of each message that has media, in the order of the messages."""

    pooler_output: Any = None


class PrefusionPreTrainedModel(PreTrainedModel):
    """What transformers must know of the model to save, load, freeze and place it."""

    config: PrefusionConfig
    config_class = PrefusionConfig
    base_model_prefix = "model"
    input_modalities = ["image", "video", "audio", "text"]  # noqa: RUF012
    supports_gradient_checkpointing = True
    _skip_keys_device_placement = ["past_key_values"]  # noqa: RUF012
    _supports_flash_attn = True
    _supports_sdpa = True
    _supports_flex_attn = True
    _supports_attention_backend = True


class PrefusionModel(PrefusionPreTrainedModel):
    """The encoders, what stands between, and the language model without its head."""

    def __init__(self, config: PrefusionConfig) -> None:
        super().__init__(config)
        self.vision_tower = seeing(config.vision_config, config.features)
        self.audio_tower = hearing(config.audio_config)
        self.multi_modal_projector = Fusion(config)
        self.language_model = AutoModel.from_config(config.text_config)
        self.post_init()

    def get_image_features(
        self,
        pixel_values: Any,
        audio_values: Any,
        audio_lengths: Any,
        media_about: Any,
        **_: Any,
    ) -> Fused:
        """The tokens of each message, of the frames (F, 3, H, W) and pieces of sound (P, ...) of all its media.

        `media_about` (M, 3) says of each medium its branch, how many frames or pieces it has, and whether it is the
        first of a message.
        """
        config, width = self.config, widths(self.config)
        kind = next(self.multi_modal_projector.parameters()).dtype
        frames = seen(self.vision_tower, pixel_values.to(kind), config.features, config.vision_layer, width["face"])
        pieces = heard(self.audio_tower, audio_values.to(kind), audio_lengths, config.audio_layers, width["audio"])
        none = {"face": frames[:0].flatten(0, 1), "frame": frames[:0].flatten(0, 1), "audio": pieces[:0]}
        at = {"seen": 0, "audio": 0}
        media = []
        for number, count, _first in media_about.tolist():
            name = BRANCHES[number]
            which, source = ("audio", pieces[:, None]) if name == "audio" else ("seen", frames)
            part = source[at[which] : at[which] + count]
            at[which] += count
            time = torch.arange(count, device=part.device).repeat_interleave(part.shape[1])
            media.append((name, part.flatten(0, 1), time))
        first = media_about[:, 2].nonzero()[:, 0].tolist()
        return Fused(pooler_output=self.multi_modal_projector(media, first, none))

    def get_placeholder_mask(self, input_ids: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """Where (B, L, 1) tokens stand for media; InputError where there are more or fewer than `features` (n, W)."""
        mask = input_ids == self.config.image_token_id
        if int(mask.sum()) != len(features):
            raise InputError(f"{int(mask.sum())} tokens stand for media, and {len(features)} were made of the media")
        return mask[..., None]

    @can_return_tuple
    def forward(
        self,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: torch.Tensor | None = None,
        use_cache: bool | None = None,
        pixel_values: torch.Tensor | None = None,
        audio_values: torch.Tensor | None = None,
        audio_lengths: torch.Tensor | None = None,
        media_about: torch.Tensor | None = None,
        mm_encoder_outputs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> BaseModelOutputWithPast:
        """Hidden states (B, L, W) of tokens, those that stand for media replaced by what was made of the media."""
        if (input_ids is None) == (inputs_embeds is None):
            raise ValueError("give input_ids or inputs_embeds, and one of them only")
        made = (mm_encoder_outputs or {}).get("image")
        if made is not None and pixel_values is not None:
            raise ValueError("give the media or what was made of them, not both")
        if pixel_values is not None:
            made = self.get_image_features(pixel_values, audio_values, audio_lengths, media_about)
        if inputs_embeds is None:
            inputs_embeds = self.get_input_embeddings()(input_ids)
        if made is not None and input_ids is not None:
            tokens = torch.cat(made.pooler_output).to(inputs_embeds.device, inputs_embeds.dtype)
            inputs_embeds = inputs_embeds.masked_scatter(self.get_placeholder_mask(input_ids, tokens), tokens)
        found = self.language_model(
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            inputs_embeds=inputs_embeds,
            use_cache=use_cache,
            **kwargs,
        )
        return BaseModelOutputWithPast(
            last_hidden_state=found.last_hidden_state,
            past_key_values=found.past_key_values,
            hidden_states=found.hidden_states,
            attentions=found.attentions,
        )


class PrefusionForConditionalGeneration(PrefusionPreTrainedModel, GenerationMixin):
    """The model with the head that writes."""

    _tied_weights_keys = {"lm_head.weight": "model.language_model.embed_tokens.weight"}  # noqa: RUF012

    def __init__(self, config: PrefusionConfig) -> None:
        super().__init__(config)
        self.model = PrefusionModel(config)
        text: Any = config.text_config
        self.lm_head = nn.Linear(text.hidden_size, text.vocab_size, bias=False)
        self.post_init()

    def get_output_embeddings(self) -> nn.Module:
        """The head."""
        return self.lm_head

    @can_return_tuple
    def forward(
        self,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int | torch.Tensor = 0,
        pixel_values: torch.Tensor | None = None,
        audio_values: torch.Tensor | None = None,
        audio_lengths: torch.Tensor | None = None,
        media_about: torch.Tensor | None = None,
        mm_encoder_outputs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> CausalLMOutputWithPast:
        """Logits (B, L, vocabulary) of the next tokens, and with `labels` (B, L) their loss."""
        found = self.model(
            input_ids=input_ids,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            inputs_embeds=inputs_embeds,
            use_cache=use_cache,
            pixel_values=pixel_values,
            audio_values=audio_values,
            audio_lengths=audio_lengths,
            media_about=media_about,
            mm_encoder_outputs=mm_encoder_outputs,
            **kwargs,
        )
        logits = self.lm_head(slice_logits_to_keep(found.last_hidden_state, logits_to_keep))
        text: Any = self.config.text_config
        loss = None
        if labels is not None:
            loss = self.loss_function(logits=logits, labels=labels, vocab_size=text.vocab_size, **kwargs)
        return CausalLMOutputWithPast(
            loss=loss,
            logits=logits,
            past_key_values=found.past_key_values,
            hidden_states=found.hidden_states,
            attentions=found.attentions,
        )


def register() -> None:
    """Let transformers' Auto classes find the model by the name in its config.json."""
    AutoConfig.register(PrefusionConfig.model_type, PrefusionConfig, exist_ok=True)
    AutoModel.register(PrefusionConfig, PrefusionModel, exist_ok=True)
    AutoModelForImageTextToText.register(PrefusionConfig, PrefusionForConditionalGeneration, exist_ok=True)
    AutoProcessor.register(PrefusionConfig, PrefusionProcessor, exist_ok=True)
