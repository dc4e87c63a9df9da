"""The benchmarks of `eval/benchmarks.py`: constants, found by name and loaded by path."""

import importlib.util
from functools import cache
from types import ModuleType

from affectreason.benchmark.protocol import Benchmark
from affectreason.errors import InputError, nearest
from affectreason.recipe.places import where


@cache
def module() -> ModuleType:
    """`eval/benchmarks.py` of the checkout or the wheel."""
    path = where("eval") / "benchmarks.py"
    spec = importlib.util.spec_from_file_location("affectreason_benchmarks", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise InputError(f"{path} cannot be loaded; install affectreason again, or run it from a whole checkout")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def benchmarks() -> dict[str, Benchmark]:
    """Every benchmark by its name, in the order of the file."""
    return {thing.name: thing for thing in vars(module()).values() if isinstance(thing, Benchmark)}


def suites() -> dict[str, tuple[str, ...]]:
    """Benchmarks that are reported together, by the name of the suite; its number is the mean of their primary ones."""
    return dict(module().SUITES)


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
