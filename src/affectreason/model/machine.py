"""What a machine lacks for a recipe: versions, a fast patch embedding, attention, disk, files, the hub."""

import os
import shutil
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from packaging.requirements import Requirement
from torch import nn

from affectreason.corpus.finding import Finding, plural
from affectreason.errors import InputError
from affectreason.model import load
from affectreason.model.patch_embed import PatchMatmul
from affectreason.model.sharding import Sharding
from affectreason.recipe import assets, sources
from affectreason.recipe.schema import Recipe

SLOW = "2.9."
"""torch whose Conv3d is 10 to 20 times slower than the product (pytorch issues 166122 and 174051)."""
HUB_SECONDS = 5.0


def versions(package: str = "affectreason") -> list[Finding]:
    """Libraries of another version than the package asks for, and which are there."""
    found, there = [], {}
    for text in metadata.requires(package) or []:
        wanted = Requirement(text)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            there[wanted.name] = has = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            said = f"{wanted.name} is not installed; {package} needs {wanted}"
            found.append(Finding("error", "versions", 1, said, (), f"pip install '{wanted}'"))
            continue
        if not wanted.specifier.contains(has, prereleases=True):
            said = f"{wanted.name} {has} is installed; {package} needs {wanted}"
            found.append(Finding("error", "versions", 1, said, (), f"pip install '{wanted}'"))
    shown = ", ".join(f"{name} {there[name]}" for name in ("torch", "transformers", "trl", "peft") if name in there)
    return [*found, Finding("note", "versions", len(there), f"versions: {shown}")]


def convolution(model: Any, version: str = torch.__version__) -> list[Finding]:
    """Whether the model's Conv3d layers take a slow path in this torch."""
    ours = sum(type(one) is PatchMatmul for one in model.modules())
    others = sum(type(one) is nn.Conv3d for one in model.modules())
    if not version.startswith(SLOW):
        return []
    if others:
        said = (
            f"torch {version} computes Conv3d 10 to 20 times slower, and this model has {plural(others, 'layer')} of it"
        )
        return [Finding("warning", "slow_conv3d", others, said, (), "install torch 2.10 or later, or 2.8")]
    said = (
        f"torch {version} computes Conv3d 10 to 20 times slower; the {plural(ours, 'one')} here run as matrix products"
    )
    return [Finding("note", "slow_conv3d", ours, said)] if ours else []


def attention(wanted: str) -> list[Finding]:
    """The attention that is really used, which is another than the one asked for where that cannot run."""
    if wanted == "flash_attention_2" and not find_spec("flash_attn"):
        said = "attention: flash-attn is not installed here, so sdpa is used, and counted"
        return [Finding("warning", "attention", 1, said, (), "pip install 'affectreason[flash]'")]
    if wanted in ("flash_attention_2", "flex_attention") and not torch.cuda.is_available():
        said = f"attention: {wanted} where there is a GPU; here there is none, so sdpa is used"
        return [Finding("note", "attention", 1, said)]
    return [Finding("note", "attention", 1, f"attention: {wanted}")]


def quantization(how: str | None, spread: Sharding) -> list[Finding]:
    """Whether weights of few bits can be loaded, and how they are counted."""
    if how is None:
        return []
    if spread.zero == 3 or spread.fsdp:
        why = f"cannot be parted over processes by {spread.name}"
        mend = "launch=recipes/accelerate/zero2.yaml or one_gpu.yaml, or quantize=null"
        return [Finding("error", "quantize", 1, f"quantize: {how} {why}", (), mend)]
    said = f"quantize: {how}: linear layers of the language model are counted in four bits, with their scales"
    if not find_spec("bitsandbytes"):
        mend = "pip install 'affectreason[quantized]'"
        return [Finding("warning", "quantize", 1, f"{said}; bitsandbytes is not installed here", (), mend)]
    return [Finding("note", "quantize", 1, said)]


def disk(needed: int, out: Path) -> list[Finding]:
    """Whether the checkpoints of a run fit on its disk; nothing where no stage could be counted."""
    if not needed:
        return []
    place = next(one for one in (out, *out.absolute().parents) if one.exists())
    free = shutil.disk_usage(place).free
    said = f"disk: up to {gib(needed)} for checkpoints and models in {out}, {gib(free)} are free"
    mend = "free some, give out= another disk, or lower STAGE.train.save_total_limit"
    return [Finding("error", "disk", 1, said, (), mend) if needed > free else Finding("note", "disk", 1, said)]


def files(recipe: Recipe) -> list[Finding]:
    """Files of data that are not there; what an earlier stage will make is not missed."""
    try:
        sources.require_files(recipe, recipe.stages)
    except InputError as error:
        said, _, mend = str(error).partition("; ")
        return [Finding("error", "missing_files", 1, said, (), mend)]
    return []


def hub(source: str) -> list[Finding]:
    """Whether a model is a folder, one that was made of assets, in the hub's cache, or can be fetched."""
    if source.startswith("tiny:"):
        return []
    try:
        source = assets.resolved(source)
        load.check_folder(source)
    except InputError as error:
        return [Finding("error", "no_model", 1, str(error))]
    if Path(source).is_dir() or (_cached(source, "config.json") and any(_cached(source, one) for one in WEIGHTS)):
        return []
    if os.environ.get("HF_HUB_OFFLINE", "0").upper() in ("1", "TRUE", "YES", "ON"):
        said = f"{source} is not in the hub's cache, and HF_HUB_OFFLINE says not to fetch it"
        mend = f"unset HF_HUB_OFFLINE, or fetch it where there is a network: hf download {source}{_MADE}"
        return [Finding("error", "hub", 1, said, (), mend)]
    return _asked(source)


_MADE = "; of a folder that is yet to be made, make it first"
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")


def _cached(source: str, file: str) -> bool:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return isinstance(try_to_load_from_cache(source, file), str)
    except HFValidationError:  # no repository can have that name
        return False


def _asked(source: str) -> list[Finding]:
    """What the hub says of a model that is not in its cache."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    network: type[Exception] = HfHubHTTPError.__bases__[0]  # the error of the HTTP library that the hub's client has
    try:
        HfApi().model_info(source, timeout=HUB_SECONDS)
    except HFValidationError:
        said = f"{source} is neither a folder nor the name of a model on the hub"
        return [Finding("error", "hub", 1, said, (), "write USER/NAME, or the path of a folder")]
    except HfHubHTTPError as error:
        code = error.response.status_code if error.response is not None else "no answer"
        said = f"{source} is not in the hub's cache, and the hub answers {code}"
        return [Finding("error", "hub", 1, said, (), "mind its spelling; if it is gated or private: hf auth login")]
    except (OSError, network):
        said = f"{source} is not in the hub's cache, and the hub is not reached"
        return [Finding("error", "hub", 1, said, (), f"fetch it where there is a network: hf download {source}{_MADE}")]
    return [Finding("note", "hub", 1, f"{source} is not in the hub's cache; it will be fetched")]


def gib(size: float) -> str:
    """Bytes for people, in powers of 1024."""
    for unit, one in (("GiB", 2**30), ("MiB", 2**20)):
        if size >= one:
            return f"{size / one:.1f} {unit}"
    return f"{size / 2**10:.1f} KiB"
