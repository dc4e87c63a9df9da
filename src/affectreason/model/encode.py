"""Texts to vectors with an encoder in a local folder: one vector a text, or one a token."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer

from affectreason.errors import InputError

Vectors = NDArray[np.float32]


def load(folder: str | Path) -> tuple[Any, Any]:
    """The encoder of a folder and its tokenizer, in evaluation mode; nothing is fetched."""
    if not (Path(folder) / "config.json").is_file():
        raise InputError(f"{folder} has no config.json; give a folder with an encoder and its tokenizer")
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    return model, AutoTokenizer.from_pretrained(folder, local_files_only=True)


def sentences(texts: Sequence[str], model: Any, tokenizer: Any, batch: int = 32) -> list[Vectors]:
    """One vector of (dimensions,) for each text, the mean of its tokens' last hidden states (mean pooling).

    Special tokens count, padding does not. A text longer than the encoder takes is cut there.
    """
    means = []
    for hidden, here, _ in _hidden(texts, model, tokenizer, batch):
        weight = here[..., None].to(hidden.dtype)
        means += list(((hidden * weight).sum(1) / weight.sum(1).clamp(min=1)).float().cpu().numpy())
    return means


def tokens(texts: Sequence[str], model: Any, tokenizer: Any, batch: int = 32) -> list[Vectors]:
    """The last hidden states of each text, (tokens, dimensions), special tokens and padding left out."""
    found = []
    for hidden, here, special in _hidden(texts, model, tokenizer, batch):
        kept = here.bool() & ~special.bool()
        found += [row[keep].float().cpu().numpy() for row, keep in zip(hidden, kept, strict=True)]
    return found


@torch.no_grad()
def _hidden(
    texts: Sequence[str], model: Any, tokenizer: Any, batch: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Hidden states (B, T, D), which tokens are of the text, and which of these are special, a batch at a time."""
    longest = min(tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", 512))
    for start in range(0, len(texts), batch):
        found = tokenizer(
            list(texts[start : start + batch]), padding=True, truncation=True, max_length=longest,
            return_tensors="pt", return_special_tokens_mask=True,
        )  # fmt: skip
        special = found.pop("special_tokens_mask").to(model.device)
        inputs = {key: value.to(model.device) for key, value in found.items()}
        yield model(**inputs).last_hidden_state, inputs["attention_mask"], special
