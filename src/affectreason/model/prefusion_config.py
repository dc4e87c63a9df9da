"""The sizes and choices of a model with pre-fusion; the defaults are AffectGPT's (arXiv 2501.16566, section 4)."""

from typing import Any

from huggingface_hub.dataclasses import strict
from transformers import AutoConfig, PreTrainedConfig
from transformers.configuration_utils import SubConfigSpec

from affectreason.errors import InputError, nearest

BRANCHES = ("face", "frame", "audio")
CHOICES = {
    "features": ("clip", "patch"),
    "branch": ("attention", "qformer", "mean"),
    "fusion": ("attention", "qformer", "none"),
    "projector": ("plain", "experts"),
}
_NOISE = ("dropout", "layerdrop", "drop_path_rate")  # ends of the names of a tower's settings
CLIP_LARGE = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "patch_size": 14,
    "image_size": 224,
    "projection_dim": 768,
}
HUBERT_LARGE = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "feat_extract_norm": "layer",
    "do_stable_layer_norm": True,
    "conv_bias": True,
}
QWEN_7B = {
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "vocab_size": 152064,
    "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0},
}


@strict
class PrefusionConfig(PreTrainedConfig):
    """A vision encoder, an audio encoder and a causal language model, and what stands between them.

    `features`: one vector a frame (`clip`) or all patches (`patch`, of hidden layer `vision_layer`). `branch`: how the
    vectors of one picture, clip or sound become `query_tokens` tokens. `fusion`: how those of all media of a message
    become `fused_tokens` more. `projector`: one linear layer to the language model's width (`plain`), or a general
    and an emotion expert (`experts`). A clip has at most `frames` frames, a sound `pieces` pieces of `piece_seconds`,
    each the mean over time of the mean of the last `audio_layers` hidden layers. `image_token_id` stands for every
    such token, whatever it is of. `made_of` names the parts that it was assembled of.
    """

    model_type = "affect_prefusion"
    sub_configs_defaults = {  # noqa: RUF012  # transformers declares it
        "vision_config": SubConfigSpec(AutoConfig, "clip_vision_model", CLIP_LARGE),
        "audio_config": SubConfigSpec(AutoConfig, "hubert", HUBERT_LARGE),
        "text_config": SubConfigSpec(AutoConfig, "qwen2", QWEN_7B),
    }
    vision_config: dict[str, Any] | PreTrainedConfig | None = None
    audio_config: dict[str, Any] | PreTrainedConfig | None = None
    text_config: dict[str, Any] | PreTrainedConfig | None = None
    features: str = "clip"
    branch: str = "attention"
    fusion: str = "attention"
    projector: str = "plain"
    query_tokens: int = 1
    fused_tokens: int = 1
    frames: int = 8
    pieces: int = 8
    piece_seconds: float = 2.0
    audio_layers: int = 4
    vision_layer: int = -2
    fusion_width: int = 1024
    qformer_width: int = 768
    qformer_layers: int = 2
    qformer_heads: int = 12
    gate_width: int = 512
    gate_heads: int = 8
    image_token_id: int = 151665
    made_of: dict[str, str] | None = None
    initializer_range: float = 0.02
    tie_word_embeddings: bool = False

    def __post_init__(self, **kwargs: Any) -> None:
        """Refuse what is not known, once the configurations of the parts are there."""
        super().__post_init__(**kwargs)
        chosen = {key: getattr(self, key) for key in OPTIONS}
        check(chosen)
        check_towers(chosen, self.vision_config, self.audio_config)
        self.tie_word_embeddings = self.tie_word_embeddings or bool(getattr(self.text_config, "tie_word_embeddings", 0))


_COUNTS = (
    "query_tokens", "fused_tokens", "frames", "pieces", "audio_layers", "fusion_width", "qformer_width",
    "qformer_layers", "qformer_heads", "gate_width", "gate_heads",
)  # fmt: skip
OPTIONS = (*CHOICES, *_COUNTS, "piece_seconds", "vision_layer")
"""The keys of a configuration that a user may choose."""


def check(given: dict[str, Any]) -> None:
    """Refuse choices that are not known, sizes below 1, and those that do not go together."""
    for key, value in given.items():
        if key not in OPTIONS:
            raise InputError(f"unknown key {key!r}; {nearest(key, OPTIONS)}")
        if key in CHOICES and value not in CHOICES[key]:
            raise InputError(f"{key}={value}: {nearest(value, CHOICES[key])}")
        if key in _COUNTS and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise InputError(f"{key}={value}: write a whole number from 1")
    seconds = given.get("piece_seconds", 2.0)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0.1 <= seconds <= 30:
        raise InputError(f"piece_seconds={seconds}: write seconds from 0.1 to 30")
    layer = given.get("vision_layer", -2)
    if isinstance(layer, bool) or not isinstance(layer, int):
        raise InputError(f"vision_layer={layer}: write a whole number, counted back from -1")
    if given.get("branch") == "mean" and given.get("query_tokens", 1) != 1:
        raise InputError(
            f"query_tokens={given['query_tokens']}: branch=mean makes one token; take attention or qformer"
        )
    width, heads = given.get("qformer_width", 768), given.get("qformer_heads", 12)
    if width % heads:
        raise InputError(f"qformer_width={width}: it must be a multiple of qformer_heads={heads}")


def check_towers(given: dict[str, Any], vision: Any, audio: Any) -> None:
    """Refuse choices that do not go with the sizes of these encoders."""
    seen, heard = int(vision.num_hidden_layers), int(audio.num_hidden_layers)
    layers, layer = given.get("audio_layers", 4), given.get("vision_layer", -2)
    if layers > heard:
        raise InputError(f"audio_layers={layers}: the audio encoder has {heard}")
    if not -seen <= layer <= seen:
        raise InputError(f"vision_layer={layer}: the vision encoder has {seen}; count back from -1")
    heads = given.get("gate_heads", 8)
    wide = {"vision": vision_width(vision, given.get("features", "clip")), "audio": int(audio.hidden_size)}
    for name, width in wide.items() if given.get("projector") == "experts" else ():
        if width % heads:
            most = max(n for n in range(1, heads) if all(one % n == 0 for one in wide.values()))
            raise InputError(
                f"gate_heads={heads}: it must divide {width}, the width of the {name} encoder; write gate_heads={most}"
            )


def quiet(config: Any) -> None:
    """Take the chance out of an encoder: no dropout, no dropped layers, no masked stretches.

    Encoders of speech drop whole layers while a model is in training mode, frozen or not, and the same sound would
    come out different each time.
    """
    for key, value in config.to_dict().items():
        if key.endswith(_NOISE) and isinstance(value, float):
            setattr(config, key, 0.0)
    for key, value in (("apply_spec_augment", False), ("mask_time_prob", 0.0), ("mask_feature_prob", 0.0)):
        if hasattr(config, key):
            setattr(config, key, value)


def vision_width(config: Any, features: str) -> int:
    """The width of what a vision encoder hands on: CLIP's projected vector, elsewhere its hidden states."""
    clip = config.model_type == "clip_vision_model" and features == "clip"
    return int(config.projection_dim if clip else config.hidden_size)


def widths(config: PrefusionConfig) -> dict[str, int]:
    """The width of the vectors of each branch."""
    seen, audio = vision_width(config.vision_config, config.features), config.audio_config
    return {"face": seen, "frame": seen, "audio": int(audio.hidden_size)}  # type: ignore[union-attr]
