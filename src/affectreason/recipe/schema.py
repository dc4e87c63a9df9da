"""Recipe: one YAML file is a whole chain, checked in full before anything runs.

`load(name, overrides)` is the only way in. It reports every mistake of a recipe at once.
"""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from affectreason.errors import InputError, nearest
from affectreason.recipe import checks
from affectreason.recipe.checks import MODEL_KINDS as MODEL_KINDS
from affectreason.recipe.checks import SAMPLE_KINDS as SAMPLE_KINDS
from affectreason.recipe.parts import KINDS, Bar, Evaluate, Media, Part, Reward, Search, Stage
from affectreason.recipe.places import where
from affectreason.recipe.settings import belongs
from affectreason.recipe.words import read_yaml, word


class Recipe(Part):
    """A model and a list of stages; `launch` is the accelerate config its commands name.

    `quantize` loads the model in four bits, under the adapters that are trained.

    `called` is the word the user found it by and `changed` the `key=value` words given with it, for the commands we
    print; `resume` says whether a folder of other settings is gone on with. None of them is written in a file.
    """

    name: str
    called: str = Field(default="", exclude=True)
    changed: tuple[str, ...] = Field(default=(), exclude=True)
    resume: Literal["same", "changed"] = Field(default="same", exclude=True)
    model: str
    prompt: str
    labels: str = "ekman7"
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    attn_implementation: Literal["sdpa", "eager", "flash_attention_2", "flex_attention"] = "sdpa"
    quantize: Literal["nf4", "fp4"] | None = None
    media: Media = Media()
    launch: str | None = None
    evaluate: Evaluate | None = None
    stages: tuple[Stage, ...] = Field(min_length=1)

    def stage(self, name: str) -> Stage:
        """The stage of that name; an unknown one is an error that lists them."""
        for stage in self.stages:
            if stage.name == str(name):  # `stage=2` is read as a number
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
    raw = {"name": path.stem, **_read(path)}
    wrong = [f"{key}: unknown key; {nearest(key, FIELDS)}" for key in _GIVEN if key in raw]
    changed = []
    for key, value in (overrides or {}).items():
        _override(raw, key, value)
        changed.append(word(key, value))
    raw |= {"called": name, "changed": changed}
    recipe = None
    try:
        recipe = Recipe.model_validate(raw)
    except ValidationError as error:
        wrong += [line for problem in error.errors() if (line := _in_words(problem, raw))]
    wrong += checks.problems(raw, RESERVED)
    if recipe is None or wrong:
        raise InputError(f"{path}:\n  " + "\n  ".join(wrong))
    return recipe


_GIVEN = ("called", "changed", "resume")
FIELDS = [field for field in Recipe.model_fields if field not in _GIVEN]
RESERVED = (*Recipe.model_fields, "recipe", "stage", "out", "report")
_OWNERS: dict[str, type[Part]] = {
    "rewards": Reward,
    "keep": Bar,
    "evaluate": Evaluate,
    "media": Media,
    "search": Search,
    "by": Reward,
}


def _read(path: Path) -> dict[str, Any]:
    """The mapping in a recipe's file; every anchored part is a copy, so that an override changes one stage only."""
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"), str(path))
        raw = json.loads(json.dumps(raw))  # YAML anchors share one object
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text ({error.reason})") from error
    except (TypeError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: only mappings, lists, texts, numbers, true, false and null: {error}") from error
    if not isinstance(raw, dict):
        raise InputError(f"{path}: a recipe is a mapping with model, prompt and stages")
    return raw


def _override(raw: dict[str, Any], key: str, value: Any) -> None:
    """Set one dotted key; its first word is a stage's name or a field of the recipe."""
    first, *rest = key.split(".")
    written = raw.get("stages") if isinstance(raw.get("stages"), list) else []
    stages = {str(s["name"]): s for s in written or [] if isinstance(s, dict) and "name" in s}
    fields = [field for field in FIELDS if field not in ("name", "stages")]
    if first in stages and not rest:
        raise InputError(
            f"{key}: name the key of stage {first!r} to change, for example {first}.{_example(stages[first])}"
        )
    if first in fields:
        target, path = raw, [first, *rest]
    elif first in stages:
        target, path = stages[first], rest
    else:
        meant = belongs(first)
        known = f"it begins with a stage or a field: {nearest(first, [*stages, *fields])}"
        raise InputError(f"unknown key {key!r}; {meant or known}")
    for step in path[:-1]:
        if target.get(step) is None:
            target[step] = {}
        target = target[step]
        if not isinstance(target, dict):
            raise InputError(f"{key}: {step!r} is no mapping; give it whole: {key.partition(step)[0]}{step}=...")
    target[path[-1]] = value


def _example(stage: dict[str, Any]) -> str:
    return next((key for key in stage if key not in ("name", "kind")), "data") + "=..."


def _in_words(problem: Any, raw: dict[str, Any]) -> str:
    """One pydantic problem as `stage.key: what is wrong`, with the nearest known key where a key is unknown.

    Empty for a list that is too short only because every part of it is wrong, which is told for each.
    """
    place = list(problem["loc"])
    owner: type[Part] = Recipe
    about: dict[str, Any] = {}
    if len(place) > 1 and place[0] == "stages" and isinstance(place[1], int):
        stage = raw["stages"][place[1]]
        about = stage if isinstance(stage, dict) else {}
        owner = KINDS.get(str(about.get("kind")), Recipe)
        steps = place[3:] if place[2:3] == [about.get("kind")] else place[2:]
        place = [about.get("name") or f"stage {place[1] + 1}", *steps]
    for step in place[:-1]:
        owner = _OWNERS.get(str(step), owner)
    where_ = ".".join(str(step) for step in place)
    kind = problem["type"]
    if kind == "extra_forbidden":
        fields = [key for key in owner.model_fields if key not in _GIVEN]
        meant = None
        if len(place) == 1:
            meant = belongs(place[-1])
        elif about and len(place) == 2:
            shared = "it is a key of the recipe, for all stages" if place[-1] in FIELDS else None
            meant = shared or belongs(place[-1], str(place[0]), str(about["kind"]))
        return f"{where_}: unknown key; {meant or nearest(place[-1], fields)}"
    if kind == "union_tag_invalid":
        return f"{where_}: unknown kind {problem['ctx']['tag']!r}; {nearest(problem['ctx']['tag'], KINDS)}"
    if kind == "union_tag_not_found":
        return f"{where_}: missing kind; {nearest('', KINDS)}"
    if kind == "too_short":
        return "" if problem["input"] else f"{where_}: empty; name at least one"
    if kind == "missing":
        return f"{where_}: missing"
    said = problem["msg"].replace("valid dictionary", "mapping").replace("valid tuple", "list").replace("valid ", "")
    given = repr(problem["input"])
    return f"{where_}: {said[0].lower()}{said[1:]}, not {given if len(given) < 80 else given[:80] + '...'}"
