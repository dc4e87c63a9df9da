"""Texts to vectors with an encoder in a folder or of the Hub: one vector a text, or one a token."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging

from affectreason.benchmark.similarity import Encoder
from affectreason.errors import InputError
from affectreason.model.safe import SAFE, unsafe
from affectreason.recipe import declared

logging.disable_progress_bar()
Vectors = NDArray[np.float32]


def encoder(source: str | Path, layer: int | None = None) -> Encoder:
    """The encoder of a folder or hub id for `similarity.measures`; BERTScore takes hidden layer `layer`, else the last.

    Layer 0 are the embeddings. A sentence's vector is the mean of its tokens', or the first token's where the folder's
    `1_Pooling/config.json` says so; another way, or a layer after it, is an InputError.
    """
    model, tokenizer = load(source)
    depth = int(model.config.num_hidden_layers)
    chosen = depth if layer is None else layer
    if not 0 <= chosen <= depth:
        raise InputError(f"encoder_layer={layer}: {source} has layers 0 (embeddings) to {depth}")
    first = _first_token(Path(source), str(source))
    cut: set[str] = set()
    variants = {
        "bertscore_f1": f"F1 of greedy cosine matching of the hidden states of layer {chosen} of {depth}; special "
        "tokens left out, no idf weights, not rescaled with a baseline",
        "semantic": f"cosine of {'the first token' if first else 'the mean token'} of the last layer",
    }
    facts = declared.facts(str(source))
    weights = (facts["weights"] or {}).get("sha256")
    version = facts.get("revision") or (f"sha256 {weights[:16]}" if weights else "not known")
    name = Path(source).resolve().name if Path(source).is_dir() else str(source)
    return Encoder(
        name=name,
        version=version,
        sentences=lambda texts: sentences(texts, model, tokenizer, first=first, cut=cut),
        tokens=lambda texts: tokens(texts, model, tokenizer, layer=chosen, cut=cut),
        variants=variants,
        cut=cut,
    )


def load(source: str | Path) -> tuple[Any, Any]:
    """The encoder of a folder or hub id and its tokenizer, in evaluation mode, on the GPU where there is one.

    InputError for what is none: no configuration, a model that also writes, a tokenizer without padding.
    """
    path = Path(source)
    if (path.is_dir() or path.is_absolute()) and not (path / "config.json").is_file():
        raise InputError(f"{source} has no config.json; give a folder with an encoder and its tokenizer")
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, **SAFE)
        model: Any = AutoModel.from_pretrained(source, use_safetensors=True, **SAFE)
    except (OSError, ValueError) as error:
        told = unsafe(str(source), error)
        raise InputError(f"encoder={source} is no encoder that transformers can read: {told}") from error
    if getattr(model.config, "is_encoder_decoder", False) or not hasattr(model.config, "num_hidden_layers"):
        raise InputError(f"encoder={source} is {type(model).__name__}; give a text encoder such as a BERT")
    if tokenizer.pad_token is None:
        raise InputError(f"encoder={source}: its tokenizer has no padding token; give a text encoder such as a BERT")
    return model.to("cuda" if torch.cuda.is_available() else "cpu").eval(), tokenizer


def sentences(
    texts: Sequence[str],
    model: Any,
    tokenizer: Any,
    batch: int = 32,
    first: bool = False,
    cut: set[str] | None = None,
) -> list[Vectors]:
    """One vector of (dimensions,) for each text: the mean of its tokens' last hidden states, or the `first` token's.

    Special tokens count, padding does not. A text longer than the encoder takes is cut there.
    """
    found = []
    for hidden, here, _ in _hidden(texts, model, tokenizer, batch, -1, cut):
        weight = here[..., None].to(hidden.dtype)
        mean = (hidden * weight).sum(1) / weight.sum(1).clamp(min=1)
        found += list((hidden[:, 0] if first else mean).float().cpu().numpy())
    return found


def tokens(
    texts: Sequence[str],
    model: Any,
    tokenizer: Any,
    batch: int = 32,
    layer: int = -1,
    cut: set[str] | None = None,
) -> list[Vectors]:
    """The hidden states of each text at a layer, (tokens, dimensions), special tokens and padding left out."""
    found = []
    for hidden, here, special in _hidden(texts, model, tokenizer, batch, layer, cut):
        kept = here.bool() & ~special.bool()
        found += [row[keep].float().cpu().numpy() for row, keep in zip(hidden, kept, strict=True)]
    return found


@torch.no_grad()
def _hidden(
    texts: Sequence[str], model: Any, tokenizer: Any, batch: int, layer: int, cut: set[str] | None
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Hidden states (B, T, D), which tokens are of the text, and which of these are special, a batch at a time."""
    longest = min(tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", 512))
    seen = set[str]() if cut is None else cut
    for start in range(0, len(texts), batch):
        some = list(texts[start : start + batch])
        found = tokenizer(
            some, padding=True, truncation=True, max_length=longest, padding_side="right", return_tensors="pt",
            return_special_tokens_mask=True,
        )  # fmt: skip
        whole = tokenizer(some, verbose=False)["input_ids"]
        seen |= {text for text, ids in zip(some, whole, strict=True) if len(ids) > longest}
        special = found.pop("special_tokens_mask").to(model.device)
        inputs = {key: value.to(model.device) for key, value in found.items()}
        states = model(**inputs, output_hidden_states=True).hidden_states
        yield states[layer], inputs["attention_mask"], special


def _first_token(folder: Path, source: str) -> bool:
    """Whether a sentence's vector is the first token's; InputError for another way than this and the mean."""
    path, modules = folder / "1_Pooling" / "config.json", folder / "modules.json"
    steps = json.loads(modules.read_text(encoding="utf-8")) if modules.is_file() else []
    others = {str(step.get("type", "")).rpartition(".")[2] for step in steps} - {"Transformer", "Pooling", "Normalize"}
    if others:
        raise InputError(
            f"encoder={source} ends with {', '.join(sorted(others))}, which is not done here; give another"
        )
    if not path.is_file():
        return False
    told = json.loads(path.read_text(encoding="utf-8"))
    ways = sorted(key for key, value in told.items() if key.startswith("pooling_mode_") and value is True)
    if ways not in (["pooling_mode_cls_token"], ["pooling_mode_mean_tokens"]):
        raise InputError(f"encoder={source} pools by {', '.join(ways) or 'nothing'}; only mean and cls are done here")
    return ways == ["pooling_mode_cls_token"]
