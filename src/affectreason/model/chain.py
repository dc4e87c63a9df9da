"""The stages that made a model, from the folders they left: what each began with, and the recipe as it was run."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectreason.errors import InputError, nearest
from affectreason.recipe import folders, runs
from affectreason.recipe.schema import MODEL_KINDS
from affectreason.recipe.words import source_and_split

SHARED = ("model", "prompt", "labels", "dtype", "media")


@dataclass(frozen=True)
class Link:
    """One stage of a chain: its folder, the settings it was made with, and its `done.json`, empty where not done.

    `before` are the settings it was begun with where it went on with others (`resume=changed`), oldest first, and
    `changed` the keys that were changed.
    """

    folder: Path
    settings: dict[str, Any]
    done: dict[str, Any]
    before: tuple[dict[str, Any], ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def stage(self) -> dict[str, Any]:
        """The stage's own fields."""
        return dict(self.settings["stage"])

    @property
    def data(self) -> list[str]:
        """What it names as its data, what it replays too, under all of its settings."""
        stages = [settings["stage"] for settings in (*self.before, self.settings)]
        return list(dict.fromkeys(item for one in stages for item in (*one.get("data", ()), *one.get("replay", ()))))


def stage_folder(run: str) -> Path:
    """The folder of the stage that `runs/NAME/STAGE` names, or of the last model that `runs/NAME` left.

    Last is the one that was finished last; no score is looked at.
    """
    given = Path(run).expanduser()
    given = given.parent if given.name == "model" and (given.parent / "recipe.yaml").is_file() else given
    if (given / "recipe.yaml").is_file():
        return _model(given, run)
    above = given.parent
    if not given.is_dir():
        inside = [path.parent.name for path in above.glob("*/recipe.yaml")]
        if inside:
            raise InputError(f"run={run}: {above} has no stage {given.name!r}; {nearest(given.name, inside)}")
        known = [path.name for path in above.iterdir() if path.is_dir()] if above.is_dir() else []
        raise InputError(f"run={run}: no such folder in {above}; {nearest(given.name, known)}")
    begun = [link(path.parent) for path in sorted(given.glob("*/recipe.yaml"))]
    if not begun:
        raise InputError(f"run={run} is no folder of a run: no stage in it has a recipe.yaml; give runs/RECIPE")
    trained = [one for one in begun if one.stage.get("kind") in MODEL_KINDS]
    done = [one for one in trained if one.done]
    if not done:
        names = ", ".join(one.folder.name for one in trained) or "none"
        raise InputError(f"run={run}: no model of it is done (begun: {names}); affectreason run recipe={given.name}")
    return max(done, key=lambda one: str(one.done.get("finished"))).folder


def _model(folder: Path, run: str) -> Path:
    """A stage's folder; InputError where it leaves no model or is not done."""
    found = link(folder)
    kind = found.stage.get("kind")
    if kind not in MODEL_KINDS:
        raise InputError(f"run={run}: stage {folder.name!r} is of kind {kind} and leaves no model; name one that does")
    if not found.done:
        raise InputError(
            f"run={run}: stage {folder.name!r} is not done (no {folder / 'done.json'}); finish it first: "
            f"affectreason plan recipe={folder.absolute().parent.name} prints the command"
        )
    return folder


def link(folder: Path) -> Link:
    """One stage from its folder."""
    made = runs.made_with(folder.parent, folder.name)
    if not isinstance(made, dict) or not isinstance(made.get("stage"), dict):
        raise InputError(f"{folder / 'recipe.yaml'} does not hold a stage's settings; is it one that a run wrote?")
    path = folder / "done.json"
    try:
        done = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({error}); run the stage again") from error
    rows = folders.changes(folder)
    every = [made, *(row["settings"] for row in rows if row.get("settings"))]
    lines = [line.partition(":")[0] for row in rows for line in row["changed"]]
    keys = dict.fromkeys("files" if line.startswith("files.") else line for line in lines)  # no path of this machine
    return Link(folder, every[-1], done if isinstance(done, dict) else {}, tuple(every[:-1]), tuple(keys))


def chain(folder: Path) -> list[Link]:
    """All stages that a model is made of, inputs first; those of another run too where a stage began with its model."""
    found: dict[Path, Link] = {}

    def visit(at: Path) -> None:
        if at.resolve() in found or not (at / "recipe.yaml").is_file():
            return
        one = link(at)
        found[at.resolve()] = one
        for earlier in _inputs(one):
            visit(earlier)
        found[at.resolve()] = found.pop(at.resolve())  # behind its inputs

    visit(folder)
    return list(found.values())


def _inputs(one: Link) -> list[Path]:
    """The folders of stages that a stage read."""
    stage, run = one.stage, one.folder.parent
    models = [stage.get("init"), *(voter.get("model") for voter in stage.get("witnesses", ()))]
    named = [str(name) for name in models if name]
    places = [run / source_and_split(item)[0] for item in one.data]
    return [*places, *(at for name in named if (at := home(name, run)) is not None)]


def home(name: str, run: Path) -> Path | None:
    """The folder of the stage that left the model which a stage of `run` calls by that name; None where none did."""
    outside = Path(name).expanduser().absolute()
    homes = [run / name, outside, *outside.parents[:2]]  # a stage, its model, or a checkpoint of its training
    return next((at for at in homes if (at / "recipe.yaml").is_file()), None)


def as_run(links: list[Link]) -> dict[str, Any]:
    """The recipe of a chain as it was run, ready for YAML; of a place on this machine only the last name is kept."""
    last = links[-1]
    here = [one for one in links if one.folder.parent.resolve() == last.folder.parent.resolve()]
    shared = {key: last.settings[key] for key in SHARED if key in last.settings}
    stages = [{"name": one.stage["name"], "kind": one.stage["kind"], **one.stage} for one in here]
    found: dict[str, Any] = portable({**shared, "stages": stages})
    return found


def portable(value: Any) -> Any:
    """The value with paths of this machine cut down to their last name."""
    if isinstance(value, dict):
        return {key: portable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [portable(one) for one in value]
    if isinstance(value, str) and value.startswith(("/", "~", "..")):
        return Path(value).name
    return value
