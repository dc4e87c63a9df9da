"""Imports point one way, and what only reads recipes never loads torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "affectreason"
ROOMS = [
    "errors", "affect", "scoring", "recipe", "media", "published", "corpus", "benchmark", "model", "stages",
    "commands", "cli",
]  # fmt: skip
APART = ("stages", "commands")
OUTSIDE = ("data_prep", "eval")
FILES = sorted(PACKAGE.rglob("*.py"))


def module(path):
    """The dotted name of a file of the package."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path):
    """Every module that a file imports, inside functions too; `from a import b` counts as `a` and as `a.b`."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            names |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(name):
    """The room of a module of ours, None for the package itself and for other packages."""
    first, _, rest = name.partition(".")
    found = rest.partition(".")[0]
    return found if first == "affectreason" and found in ROOMS else None


def test_every_file_is_in_a_room():
    rooms = {room(module(path)) for path in FILES if path.stem not in ("__init__", "__main__")}
    assert rooms == set(ROOMS)


@pytest.mark.parametrize("path", FILES, ids=module)
def test_imports_point_one_way(path):
    own = room(module(path))
    if own is None:
        return
    for name in imported(path):
        other = room(name)
        assert other is None or ROOMS.index(other) <= ROOMS.index(own), f"{module(path)} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=module)
def test_stages_and_commands_stand_alone(path):
    own = module(path)
    if room(own) not in APART or path.stem == "__init__":
        return
    beside = f"affectreason.{room(own)}."
    others = {name for name in imported(path) if name.startswith(beside) and not name.startswith(own)}
    known = {module(other) for other in FILES}
    assert not {name for name in others if name in known}


@pytest.mark.parametrize("path", FILES, ids=module)
def test_the_package_imports_nothing_of_what_uses_it(path):
    assert not {name for name in imported(path) if name.partition(".")[0] in (*OUTSIDE, "tests")}


def test_rooms_import_each_other_in_no_circle_by_name():
    """errors.py is below all and imports nothing of ours."""
    assert not {name for name in imported(PACKAGE / "errors.py") if name.startswith("affectreason")}


@pytest.mark.parametrize(
    "rooms",
    [("affect",), ("scoring",), ("recipe",), ("media",), ("published",), ("corpus",), ("benchmark",)],
    ids=lambda rooms: rooms[0],
)
def test_plain_rooms_do_not_name_torch(rooms):
    for path in FILES:
        if room(module(path)) in rooms:
            assert not {n.partition(".")[0] for n in imported(path)} & {"torch", "transformers", "trl", "peft"}, path


def test_recipes_and_data_load_no_torch():
    plain = ("recipe", "published", "corpus", "benchmark")
    names = [module(path) for path in FILES if room(module(path)) in plain]
    names += [
        f"affectreason.commands.{name}"
        for name in ("prep", "check", "card", "instruct", "mix", "convert", "score", "benchmarks")
    ]
    heavy = ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "matplotlib")
    code = f"import sys\nfor n in {names!r}: __import__(n)\nprint([m for m in {heavy!r} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
    assert {"affectreason.recipe.schema", "affectreason.recipe.runs", "affectreason.recipe.answers"} <= set(names)
