"""The benchmarks of `eval/benchmarks/`: constants, found by name and loaded by path."""

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

from affectreason.benchmark.protocol import Benchmark
from affectreason.errors import InputError, nearest
from affectreason.recipe.places import where


@cache
def files() -> tuple[ModuleType, ...]:
    """The files of `eval/benchmarks/` of the checkout or the wheel, in the order of their names."""
    folder = where("eval") / "benchmarks"
    found = sorted(folder.glob("*.py"))
    if not found:
        raise InputError(f"{folder} holds no benchmarks; install affectreason again, or run it from a whole checkout")
    return tuple(_loaded(path) for path in found)


def benchmarks() -> dict[str, Benchmark]:
    """Every benchmark by its name, in the order of the files; InputError for a name given to two of them."""
    found: dict[str, Benchmark] = {}
    for file in files():
        for thing in vars(file).values():
            if not isinstance(thing, Benchmark):
                continue
            if thing.name in found:
                raise InputError(f"{file.__file__}: a second benchmark named {thing.name!r}; give it another name")
            found[thing.name] = thing
    return found


def suites() -> dict[str, tuple[str, ...]]:
    """Benchmarks that are reported together, by the name of the suite; its number is the mean of their primary ones."""
    return {name: names for file in files() for name, names in getattr(file, "SUITES", {}).items()}


def chosen(given: object) -> list[Benchmark]:
    """The benchmarks that `benchmark=` names: one, several with commas or as a list, or suites of them."""
    words = given if isinstance(given, list) else str(given or "").split(",")
    names = [str(word).strip() for word in words if str(word).strip()]
    if not names:
        raise InputError("missing benchmark=; for example benchmark=meld, or a list: affectreason benchmarks")
    known, groups = benchmarks(), suites()
    found: dict[str, Benchmark] = {}
    for name in names:
        if name not in known and name not in groups:
            raise InputError(f"unknown benchmark {name!r}; {nearest(name, [*known, *groups])}")
        found |= {one: known[one] for one in groups.get(name, (name,))}
    return list(found.values())


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"affectreason_benchmarks_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path} is no file of Python; a file of benchmarks ends in .py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found
