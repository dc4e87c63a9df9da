"""A model with pre-fusion made of a vision encoder, an audio encoder and a language model that somebody trained."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_MAPPING,
    AutoConfig,
    AutoFeatureExtractor,
    AutoImageProcessor,
    AutoModelForCausalLM,
    AutoTokenizer,
    CLIPVisionModelWithProjection,
)
from transformers.utils import logging

from affectreason.errors import InputError, nearest
from affectreason.media.audio import HERTZ
from affectreason.model import draft, hub
from affectreason.model.disk import writing
from affectreason.model.load import check_folder
from affectreason.model.prefusion import PrefusionForConditionalGeneration
from affectreason.model.prefusion_config import PrefusionConfig, check, check_towers, quiet
from affectreason.model.prefusion_parts import Fusion
from affectreason.model.prefusion_processor import PAD, TOKENS, of
from affectreason.model.safe import DAMAGED, SAFE, only_pickles, unopened, unread, unsafe

PARTS = ("vision", "audio", "language")


def assemble(
    vision: str, audio: str, language: str, out: str | Path, fill: bool = True, pickled: Any = (), **choices: Any
) -> Any:
    """Write a model that `load.load` reads to the folder `out`, and return it.

    The parts are folders or hub ids; of a model that has other halves too (CLIP, SigLIP, Whisper) the encoder is
    taken. `pickled` names the parts, one or a list, whose tensors may be read from a pickle where they are published
    as nothing else. `choices` are those of `PrefusionConfig`. The new layers between the parts are random. InputError
    for a part that is none of its kind, whose weights are not whole or have other sizes than its configuration says.
    """
    check(choices)
    opened = _opened(pickled)
    if "piece_seconds" in choices:
        choices["piece_seconds"] = float(choices["piece_seconds"])
    out = Path(out)
    if out.exists():
        raise InputError(f"out={out} is there already and is not overwritten; remove it, or choose another name")
    draft.require_free(out)
    for what, source in zip(PARTS, (vision, audio, language), strict=True):
        if what not in opened:
            _require_safe(what, str(source))
    tokenizer = _tokenizer(language)
    ears, hears = _audio(audio)
    eyes, sees = _vision(vision, choices.get("features", "clip"))
    check_towers(choices, eyes[1], ears[1])
    words = _weights("language", language, AutoModelForCausalLM, _config("language", language), "auto", opened)
    if len(tokenizer) > words.config.vocab_size:
        words.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    tower = _weights("vision", vision, *eyes, words.dtype, opened)
    heard = _weights("audio", audio, *ears, words.dtype, opened)
    config = PrefusionConfig(
        vision_config=tower.config,
        audio_config=heard.config,
        text_config=words.config,
        image_token_id=tokenizer.convert_tokens_to_ids(PAD),
        dtype=words.dtype,
        made_of={"vision": str(vision), "audio": str(audio), "language": str(language)},
        **choices,
    )
    model = _joined(config, tower, heard, words)
    with draft.beside(out) as part, writing(out):
        model.save_pretrained(part)
        of(config, sees, hears, tokenizer, fill).save_pretrained(part)
    return model


def _opened(pickled: Any) -> list[str]:
    """The parts whose tensors may be read from pickles."""
    names = [pickled] if isinstance(pickled, str) else pickled
    if not isinstance(names, list | tuple):
        raise InputError(f"pickled={pickled}: name parts, such as pickled=audio or pickled=[audio,language]")
    for name in names:
        if name not in PARTS:
            raise InputError(f"pickled={name}: it is no part; {nearest(name, PARTS)}")
    return list(names)


def _require_safe(what: str, source: str) -> None:
    """Refuse a part that is published as pickles alone, before any other is loaded; what is wrong else is told later.

    Of a repository its list of files is asked for, where the Hub can be asked.
    """
    if only_pickles(hub.files(source)):
        raise InputError(f"{what}={source} cannot be loaded: {unopened(f'pickled={what}')}")


def _joined(config: PrefusionConfig, tower: Any, heard: Any, words: Any) -> Any:
    """The model with trained parts in it, and new layers between them."""
    with torch.device("meta"):
        model = PrefusionForConditionalGeneration(config)
    inner = model.model
    inner.vision_tower = tower
    inner.audio_tower = heard.get_encoder() if heard.config.is_encoder_decoder else heard
    inner.language_model = words.base_model
    model.lm_head = words.get_output_embeddings()
    with torch.no_grad():
        inner.multi_modal_projector = Fusion(config).apply(inner._init_weights).to(words.dtype)
    model.generation_config = words.generation_config
    return model


def _config(what: str, source: str) -> Any:
    """The configuration of a part."""
    check_folder(str(source))
    try:
        return AutoConfig.from_pretrained(source, **SAFE)
    except (OSError, ValueError) as error:
        raise InputError(f"{what}={source} cannot be read: {unsafe(source, error)}") from error


def _vision(source: str, features: str) -> tuple[tuple[Any, Any], Any]:
    """The class and configuration of a vision encoder, and its processor, which sees a frame whole."""
    config = _config("vision", source)
    inner = getattr(config, "vision_config", config)
    kind: Any = MODEL_MAPPING.get(type(inner), None)
    if getattr(kind, "main_input_name", None) != "pixel_values":
        raise InputError(
            f"vision={source} is a {config.model_type}, which is no vision encoder; give a CLIP, SigLIP or DINOv2"
        )
    if inner.model_type == "clip_vision_model" and features == "clip":
        kind = CLIPVisionModelWithProjection
        inner.projection_dim = getattr(config, "projection_dim", inner.projection_dim)
    if not isinstance(getattr(inner, "image_size", None), int):
        raise InputError(
            f"vision={source}: {inner.model_type} has pictures of no one size; give a CLIP, SigLIP or DINOv2"
        )
    square = {"height": inner.image_size, "width": inner.image_size}
    sees = _processor("vision", source, AutoImageProcessor, size=square, do_center_crop=False)
    quiet(inner)
    return (kind, inner), sees


def _audio(source: str) -> tuple[tuple[Any, Any], Any]:
    """The class and configuration of an audio encoder, and its feature extractor."""
    config = _config("audio", source)
    kind = MODEL_MAPPING.get(type(config), None)
    if getattr(kind, "main_input_name", None) not in ("input_values", "input_features"):
        raise InputError(
            f"audio={source} is a {config.model_type}, which is no audio encoder; "
            "give a HuBERT, WavLM, wav2vec 2.0 or Whisper"
        )
    hears = _processor("audio", source, AutoFeatureExtractor)
    if hears.sampling_rate != HERTZ:
        raise InputError(f"audio={source} hears {hears.sampling_rate} samples a second, and sound is read at {HERTZ}")
    quiet(config)
    return (kind, config), hears


def _tokenizer(source: str) -> Any:
    """The tokenizer of a causal language model, with the tokens that stand for media."""
    config = _config("language", source)
    if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING or config.get_text_config() is not config:
        raise InputError(
            f"language={source} is a {config.model_type}, which is no language model alone; "
            "give one such as Qwen2.5-Instruct"
        )
    tokenizer: Any = _processor("language", source, AutoTokenizer)
    if not tokenizer.chat_template:
        raise InputError(f"language={source} has no chat template; give a model that was made to talk (Instruct)")
    if tokenizer.pad_token is None:
        raise InputError(f"language={source}: its tokenizer has no padding token; name one in tokenizer_config.json")
    tokenizer.add_tokens(list(TOKENS), special_tokens=True)
    return tokenizer


def _processor(what: str, source: str, kind: Any, **how: Any) -> Any:
    """What makes tensors for a part."""
    try:
        return kind.from_pretrained(source, **SAFE, **how)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{what}={source}: what makes its tensors cannot be read ({str(error).splitlines()[0]}); fetch it whole"
        ) from error


def _weights(what: str, source: str, kind: Any, config: Any, dtype: Any, opened: Sequence[str] = ()) -> Any:
    """A part with its weights, none of them made up; from a pickle only where it is one of `opened`."""
    pickled = what in opened
    failures = (OSError, ValueError, SafetensorError, RuntimeError, *(DAMAGED if pickled else ()))
    how = {"use_safetensors": None if pickled else True, "weights_only": True, **SAFE}
    loud = logging.get_verbosity()
    logging.set_verbosity_error()  # it lists the weights of the halves that are left out
    try:
        model, told = kind.from_pretrained(source, config=config, dtype=dtype, output_loading_info=True, **how)
    except failures as error:
        if isinstance(error, RuntimeError) and "ignore_mismatched_sizes" in str(error):
            raise InputError(
                f"{what}={source}: its weights have other sizes than its config.json says; fetch both again"
            ) from error
        if isinstance(error, RuntimeError) and not pickled:
            raise
        why = unread(error) if pickled else unsafe(source, error, f"pickled={what}")
        raise InputError(f"{what}={source} cannot be loaded: {why}") from error
    finally:
        logging.set_verbosity(loud)
    missing = sorted(told["missing_keys"])
    if missing:
        raise InputError(f"{what}={source}: {len(missing)} weights are missing, first {missing[0]}; fetch it whole")
    return model
