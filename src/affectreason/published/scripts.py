"""The scripts in data_prep, each of which reads one published set: found by file name, loaded by path."""

import importlib.util
from types import ModuleType

from affectreason.errors import InputError, nearest
from affectreason.published.about import About
from affectreason.recipe.places import where


def names() -> list[str]:
    """The data sets that have a script in `data_prep`."""
    return sorted(file.stem for file in where("data_prep").glob("*.py") if not file.stem.startswith("_"))


def load(name: str) -> ModuleType:
    """Load `data_prep/NAME.py`, which has `ABOUT`, `OPTIONS` and `samples(**options)`."""
    if name not in names():
        raise InputError(f"no data set {name!r} to prepare; {nearest(name, names())}")
    path = where("data_prep") / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"data_prep_{name}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    missing = [part for part in ("ABOUT", "OPTIONS", "samples") if not hasattr(module, part)]
    if missing or not isinstance(module.ABOUT, About):
        raise InputError(f"{path} needs ABOUT (an affectreason.published.about.About), OPTIONS and samples(**options)")
    own = sorted({"out", "missing", "look"} & set(module.OPTIONS))
    if own:
        raise InputError(f"{path}: the key {own[0]}= is taken by `affectreason prep` itself; choose another name")
    return module
