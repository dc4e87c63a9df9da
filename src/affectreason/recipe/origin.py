"""Where a model folder comes from: the settings its stage was trained with, and the model its chain began from."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from affectreason.errors import InputError, nearest
from affectreason.recipe import runs
from affectreason.recipe.parts import Media
from affectreason.recipe.words import typed

FOUR_BITS = ("nf4", "fp4")


@dataclass(frozen=True)
class Origin:
    """What a model was trained to be asked with; the defaults are those of a model that no run left."""

    prompt: str = "plain"
    labels: str = "ekman7"
    dtype: str = "auto"
    quantize: str | None = None
    media: Media = field(default_factory=Media)
    base: str | None = None
    unfinished: str | None = None
    """The stage's folder, where its `done.json` is missing: the model may be half written."""


def of(source: str) -> Origin:
    """The origin of `runs/RUN/STAGE/model`, read from `recipe.yaml` beside it; the defaults for any other source."""
    stage = Path(source).absolute().parent
    made = _made(stage) if Path(source).is_dir() else None
    if made is None:
        return Origin()
    path = stage / "recipe.yaml"
    try:
        media = Media.model_validate(made.get("media", {}))
    except ValidationError as error:
        raise InputError(f"{path}: media: {error.errors()[0]['msg']}") from error
    return Origin(
        prompt=str(made["stage"].get("prompt") or made.get("prompt", "plain")),
        labels=str(made.get("labels", "ekman7")),
        dtype=str(made.get("dtype", "auto")),
        quantize=_bits(path, made.get("quantize")),
        media=media,
        base=began_with(stage),
        unfinished=None if runs.is_done(stage.parent, stage.name) else str(stage),
    )


def quantized(given: object, home: Origin) -> str | None:
    """The four bits that a model's weights are loaded in: those `given`, or for `auto` those it was trained over."""
    if given == "auto":
        return home.quantize
    if given is not None and given not in FOUR_BITS:
        raise InputError(
            f"quantize={typed(given)}: {nearest(str(given), FOUR_BITS)}; auto is as the model was trained, null whole "
            "weights"
        )
    return None if given is None else str(given)


def _bits(path: Path, quantize: Any) -> str | None:
    if quantize not in (None, *FOUR_BITS):
        raise InputError(f"{path}: quantize: {quantize}: {nearest(str(quantize), FOUR_BITS)}")
    return None if quantize is None else str(quantize)


def began_with(stage: Path) -> str | None:
    """The model that the chain of a stage's folder began with, followed back along `init`.

    A warm-up stands in for pretraining, so a chain that begins with one began with what the warm-up left. None where
    the folder does not say.
    """
    made, at, seen = _made(stage), stage, {stage}
    while made is not None:
        init = made["stage"].get("init")
        earlier = at.parent / str(init)
        if init is None or earlier in seen or _made(earlier) is None:
            if made["stage"].get("kind") == "warm_up" and at != stage:
                return _shown(at / "model")
            began = init or made.get("model")
            return None if began is None else str(began)
        made, at = _made(earlier), earlier
        seen.add(at)
    return None


def _made(stage: Path) -> dict[str, Any] | None:
    """The settings of a stage's folder; None where it holds none."""
    made = runs.made_with(stage.parent, stage.name)
    if made is None:
        return None
    if not isinstance(made, dict) or not isinstance(made.get("stage"), dict):
        raise InputError(f"{stage / 'recipe.yaml'} does not hold a stage's settings; is it one that a run wrote?")
    return made


def _shown(path: Path) -> str:
    """A path as short as it can be written here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
