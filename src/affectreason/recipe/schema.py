"""Recipe and its stages: one YAML file is a whole chain, checked in full before anything runs.

`load(name, overrides)` is the only way in. It reports every mistake of a recipe at once.
"""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from affectreason.affect import labels
from affectreason.errors import InputError, nearest
from affectreason.recipe import prompts
from affectreason.recipe.places import where
from affectreason.recipe.settings import problems_of_train
from affectreason.recipe.words import read_yaml
from affectreason.scoring import rewards


class Part(BaseModel):
    """What every part of a recipe has in common: frozen, and no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Reward(Part):
    """A function of `scoring/rewards.py`, or a dotted path to your own, with its weight and keyword arguments."""

    use: str
    weight: float = Field(default=1.0, gt=0)
    args: dict[str, Any] = {}


class Bar(Part):
    """A reward an answer must reach to be kept."""

    use: str
    at_least: float = Field(ge=0, le=1)
    args: dict[str, Any] = {}


class Draw(Part):
    """Draw faces whose units and emotion are known: `splits` and `clips` count pictures and short videos."""

    kind: Literal["draw"]
    name: str
    splits: dict[str, int]
    clips: dict[str, int] = {}
    size: int = Field(default=96, ge=32, le=1024)
    seed: int = 0


class Trained(Part):
    """What the stages that train a model have in common; `train` is the trainer's own config, spelled as it spells it.

    `init` is an earlier stage, a folder or a hub id; without it the recipe's model. `freeze` names parts of the model
    (vision, projector, language). `lora` is PEFT's LoraConfig; without it every parameter that is not frozen trains.
    """

    name: str
    init: str | None = None
    data: list[str] = Field(min_length=1)
    prompt: str | None = None
    limit: int | None = Field(default=None, ge=1)
    freeze: list[Literal["vision", "projector", "language"]] = []
    lora: dict[str, Any] | None = None
    train: dict[str, Any] = {}


class WarmUp(Trained):
    """Teach the vision tower to see: a plain classifier of units and emotion on its mean-pooled output."""

    kind: Literal["warm_up"]


class SFT(Trained):
    """Supervised fine-tuning on the answers; `train` is `trl.SFTConfig`.

    `hinted` is the share of samples whose prompt shows the gold labels, so that a model that cannot follow the hint of
    a synthesis stage by itself learns to.
    """

    kind: Literal["sft"]
    hinted: float = Field(default=0.0, ge=0, le=1)


class GRPO(Trained):
    """Group relative policy optimisation on rewards; `train` is `trl.GRPOConfig`.

    `balance: emotion` repeats the prompts of rare classes until every class is asked as often as the commonest.
    """

    kind: Literal["grpo"]
    rewards: list[Reward] = Field(min_length=1)
    balance: Literal["emotion"] | None = None


class Synthesize(Part):
    """Let a model write reasoning for labelled samples, and keep what passes every bar.

    With `hint` the gold labels are shown; an answer that passes must then agree once more without the hint.
    `alike` is the word overlap (Jaccard) above which two kept answers to faces with equal labels are duplicates.
    """

    kind: Literal["synthesize"]
    name: str
    init: str | None = None
    data: list[str] = Field(min_length=1)
    prompt: str | None = None
    limit: int | None = Field(default=None, ge=1)
    hint: bool = True
    tries: int = Field(default=3, ge=1)
    keep: list[Bar] = Field(min_length=1)
    temperature: float = Field(default=1.0, ge=0)
    max_new_tokens: int = Field(default=256, ge=1)
    batch_size: int = Field(default=16, ge=1)
    alike: float = Field(default=1.0, gt=0, le=1)
    seed: int = 0


Stage = Annotated[Draw | WarmUp | SFT | GRPO | Synthesize, Field(discriminator="kind")]
MODEL_KINDS = ("warm_up", "sft", "grpo")
SAMPLE_KINDS = ("draw", "synthesize")


class Evaluate(Part):
    """What every model of the chain is asked: samples it never trained on, and the rewards whose mean is reported.

    `samples` answers per prompt are drawn at `temperature` for the mean reward as GRPO sees it; accuracy and F1 are
    always of one greedy answer.
    """

    data: list[str] = Field(min_length=1)
    limit: int | None = Field(default=None, ge=1)
    rewards: list[Reward] = Field(min_length=1)
    units: str | None = None
    max_new_tokens: int = Field(default=256, ge=1)
    batch_size: int = Field(default=32, ge=1)
    temperature: float = Field(default=1.0, gt=0)


class Media(Part):
    """How much of a picture or clip the model is given; pixels are counted per picture or frame."""

    min_pixels: int | None = None
    max_pixels: int | None = None
    fps: float = Field(default=2.0, gt=0)
    max_frames: int = Field(default=16, ge=2)


class Recipe(Part):
    """A model and a list of stages; `launch` is the accelerate config its commands name.

    `called` is the word the user found it by, for the commands we print.
    """

    name: str
    called: str = Field(default="", exclude=True)
    model: str
    prompt: str
    labels: str = "ekman7"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    attn_implementation: Literal["sdpa", "eager", "flash_attention_2"] = "sdpa"
    media: Media = Media()
    launch: str | None = None
    evaluate: Evaluate | None = None
    stages: tuple[Stage, ...] = Field(min_length=1)

    def stage(self, name: str) -> Stage:
        """The stage of that name; an unknown one is an error that lists them."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise InputError(f"recipe {self.name} has no stage {name!r}; {nearest(name, [s.name for s in self.stages])}")


def find(name: str) -> Path:
    """The file of a recipe: a path ending in .yaml, else recipes/NAME.yaml here, else the one that came with us."""
    if name.endswith((".yaml", ".yml")):
        if not Path(name).is_file():
            raise InputError(f"no recipe file {name}")
        return Path(name)
    folders = [Path("recipes"), where("recipes")]
    for folder in folders:
        if (folder / f"{name}.yaml").is_file():
            return folder / f"{name}.yaml"
    known = {path.stem for folder in folders for path in folder.glob("*.yaml")}
    raise InputError(f"unknown recipe {name!r}; {nearest(name, known)}; or give a path ending in .yaml")


def load(name: str, overrides: dict[str, Any] | None = None) -> Recipe:
    """Read a recipe, apply dotted overrides, and check all of it; every mistake is reported in one error."""
    path = find(name)
    raw = read_yaml(path.read_text(encoding="utf-8"), str(path))
    if not isinstance(raw, dict):
        raise InputError(f"{path}: a recipe is a mapping with model, prompt and stages")
    raw = json.loads(json.dumps(raw))  # YAML anchors share one object; an override must change one stage only
    raw = {"name": path.stem, **raw, "called": name}
    for key, value in (overrides or {}).items():
        _override(raw, key, value)
    try:
        recipe = Recipe.model_validate(raw)
    except ValidationError as error:
        lines = [_in_words(problem, raw) for problem in error.errors()]
        raise InputError(f"{path}:\n  " + "\n  ".join(lines)) from error
    problems = _problems(recipe)
    if problems:
        raise InputError(f"{path}:\n  " + "\n  ".join(problems))
    return recipe


def _override(raw: dict[str, Any], key: str, value: Any) -> None:
    """Set one dotted key; its first word is a stage's name or a field of the recipe."""
    first, *rest = key.split(".")
    stages = {s.get("name"): s for s in raw.get("stages", []) if isinstance(s, dict)}
    fields = [field for field in Recipe.model_fields if field not in ("name", "called", "stages")]
    if first in stages and rest:
        target, path = stages[first], rest
    elif first in fields:
        target, path = raw, [first, *rest]
    else:
        raise InputError(
            f"unknown key {key!r}; it begins with a stage or a field: {nearest(first, [*stages, *fields])}"
        )
    for step in path[:-1]:
        if not isinstance(target.get(step), dict):
            target[step] = {}
        target = target[step]
    target[path[-1]] = value


def _in_words(problem: Any, raw: dict[str, Any]) -> str:
    """One pydantic problem as `stage.key: what is wrong`, with the nearest known key where a key is unknown."""
    place = list(problem["loc"])
    model: type[BaseModel] = Recipe
    if len(place) > 1 and place[0] == "stages" and isinstance(place[1], int):
        stage = raw["stages"][place[1]]
        kinds = {"draw": Draw, "warm_up": WarmUp, "sft": SFT, "grpo": GRPO, "synthesize": Synthesize}
        model = kinds.get(stage.get("kind") if isinstance(stage, dict) else None, Recipe)
        name = stage.get("name") if isinstance(stage, dict) else None
        place = [name or f"stage {place[1] + 1}", *[p for p in place[2:] if p not in kinds]]
    where_ = ".".join(str(step) for step in place)
    if problem["type"] == "extra_forbidden":
        fields = model.model_fields if len(place) <= 2 else {}
        for step, owner in (("rewards", Reward), ("keep", Bar), ("evaluate", Evaluate), ("media", Media)):
            if step in place[:-1]:
                fields = owner.model_fields
        return f"{where_}: unknown key; {nearest(str(place[-1]), fields)}"
    if problem["type"] == "union_tag_invalid":
        return f"{where_}: unknown kind {problem['ctx']['tag']!r}; known: draw, warm_up, sft, grpo, synthesize"
    return f"{where_}: {problem['msg'][0].lower()}{problem['msg'][1:]}, not {problem['input']!r}"


def _problems(recipe: Recipe) -> list[str]:
    """What pydantic cannot see: names that must exist, references that must point back, the trainer's own keys."""
    found: list[str] = []
    names = [stage.name for stage in recipe.stages]
    found += [f"two stages are named {name!r}" for name in sorted({n for n in names if names.count(n) > 1})]
    _attempt(found, "labels", lambda: labels.find(recipe.labels))
    _attempt(found, "prompt", lambda: prompts.find(recipe.prompt))
    asked: list[tuple[str, Any]] = [("evaluate", recipe.evaluate)] if recipe.evaluate else []
    for place, part in [*asked, *((stage.name, stage) for stage in recipe.stages)]:
        for scored in [*getattr(part, "rewards", []), *getattr(part, "keep", [])]:
            _attempt(found, place, lambda use=scored.use: rewards.find(use))
        if getattr(part, "prompt", None):
            _attempt(found, f"{place}.prompt", lambda name=part.prompt: prompts.find(name))
    for index, stage in enumerate(recipe.stages):
        found += _reference_problems(recipe, index)
        if isinstance(stage, Trained):
            found += [f"{stage.name}.train.{line}" for line in problems_of_train(stage.kind, stage.train)]  # type: ignore[attr-defined]
    return found


def _attempt(found: list[str], place: str, check: Any) -> None:
    try:
        check()
    except InputError as error:
        found.append(f"{place}: {error}")


def _reference_problems(recipe: Recipe, index: int) -> list[str]:
    """`init` and `data` may name earlier stages only, and of the right kind."""
    stage = recipe.stages[index]
    earlier = {s.name: s for s in recipe.stages[:index]}
    later = {s.name for s in recipe.stages[index:]}
    found = []
    init = getattr(stage, "init", None)
    if init in later:
        found.append(
            f"{stage.name}.init: {init!r} comes later; a stage starts from an earlier one: {', '.join(earlier) or 'none'}"
        )
    if init in earlier and earlier[init].kind not in MODEL_KINDS:
        found.append(f"{stage.name}.init: stage {init!r} leaves samples, not a model")
    for item in getattr(stage, "data", []):
        source = item.partition(":")[0]
        if source in later:
            found.append(f"{stage.name}.data: {source!r} comes later; data comes from an earlier stage or a file")
        if source in earlier and earlier[source].kind not in SAMPLE_KINDS:
            found.append(f"{stage.name}.data: stage {source!r} leaves a model, not samples")
    return found
