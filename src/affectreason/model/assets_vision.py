"""A vision transformer in the DINOv2 layout, as transformers writes it, of an ONNX file whose backbone is one."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import BitImageProcessor, Dinov2Config, Dinov2Model

from affectreason.errors import InputError
from affectreason.model import assets_onnx
from affectreason.model.assets_layout import WRONG, why
from affectreason.model.assets_onnx import Onnx

BACKBONE = "backbone"
PATCH = 14
HEAD = 64
"""Numbers of a head, in DINOv2 of every size."""
PIXELS = 112
"""The side of a picture as the model is given it: 8 x 8 patches, few enough for a CPU; any multiple of 14 will do."""
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]  # of ImageNet, as the package scales its pictures
_RENAMED = {
    "attention.attention.query": "attention.q_proj",
    "attention.attention.key": "attention.k_proj",
    "attention.attention.value": "attention.v_proj",
    "attention.output.dense": "attention.o_proj",
}


def write(path: Path, folder: Path) -> None:
    """Write the model in float32 and what makes its tensors to a folder; InputError for another layout."""
    model_of(assets_onnx.read(path), path).save_pretrained(folder)
    pictures(PIXELS).save_pretrained(folder)


def pictures(side: int) -> Any:
    """What makes a picture a square of that many pixels, all of it seen."""
    return BitImageProcessor(
        size={"height": side, "width": side}, do_center_crop=False, image_mean=MEAN, image_std=DEVIATION
    )


def model_of(file: Onnx, path: Path) -> Any:
    """The backbone with the weights of the file, none left over and none made up."""
    try:
        state = state_of(file)
        model = Dinov2Model(config_of(state))
        model.load_state_dict(state)
    except WRONG as error:
        raise InputError(
            f"{path} holds no vision transformer in the DINOv2 layout: {why(error)}; fetch it again"
        ) from error
    return model


def config_of(state: dict[str, torch.Tensor]) -> Dinov2Config:
    """The sizes of the model, read off its weights."""
    (width,) = state["layernorm.weight"].shape
    if width % HEAD or not width:
        raise ValueError(f"{width} numbers a patch are no heads of {HEAD}")
    return Dinov2Config(
        hidden_size=width,
        num_attention_heads=width // HEAD,
        num_hidden_layers=len({name.split(".")[2] for name in state if name.startswith("encoder.layer.")}),
        image_size=_grid(state["embeddings.position_embeddings"]) * PATCH,
        patch_size=PATCH,
        use_mask_token=False,
    )


def state_of(file: Onnx) -> dict[str, torch.Tensor]:
    """The backbone's weights by their names in transformers; products have theirs transposed and without a name.

    The table of positions is split: the class token's vector, and those of the patches.
    """
    found = {name: one for name, one in file.tensors.items() if name.startswith(f"{BACKBONE}.")}
    for place, source in file.products.items():
        if place.startswith(f"{BACKBONE}/"):
            found[f"{place.replace('/', '.')}.weight"] = file.tensors[source].T
    state = {_named(name): torch.from_numpy(np.array(one)) for name, one in found.items()}
    first = [one for name, one in file.tensors.items() if name.startswith("onnx::Concat")]
    rest = [one for name, one in file.tensors.items() if name.startswith("onnx::Reshape")]
    if len(first) == 1 and len(rest) == 1:
        state["embeddings.position_embeddings"] = torch.from_numpy(np.concatenate([first[0], rest[0]], axis=1))
    return state


def _named(name: str) -> str:
    name = name.removeprefix(f"{BACKBONE}.")
    for old, new in _RENAMED.items():
        name = name.replace(old, new)
    return name


def _grid(positions: torch.Tensor) -> int:
    """The side of the square of patches that a table of positions (1, 1 + patches, width) is of."""
    side = round((positions.shape[1] - 1) ** 0.5)
    if side * side + 1 != positions.shape[1]:
        raise ValueError(f"{positions.shape[1]} positions are no square and a class token")
    return side
