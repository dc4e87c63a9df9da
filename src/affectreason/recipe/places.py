"""Where the folders beside the package are: at the top of a checkout, inside the package of an installed wheel."""

from pathlib import Path

import affectreason
from affectreason.errors import InputError, nearest


def where(name: str) -> Path:
    """The folder `recipes`, `data_prep` or `eval`; InputError names every place looked at."""
    package = Path(affectreason.__file__).resolve().parent
    looked = [package / name, package.parent.parent / name]  # a wheel's place, a checkout's
    for folder in looked:
        if folder.is_dir():
            return folder
    raise InputError(
        f"no folder {name!r}: looked for {' and '.join(map(str, looked))}; "
        "install affectreason again, or run it from a whole checkout"
    )


def launch_config(name: str) -> Path:
    """The accelerate config of that path: from here, else beside our recipes; InputError lists ours."""
    here, ours = Path(name), where("recipes").parent / name
    if here.is_file() or not ours.is_file():
        if not here.is_file():
            known = [f"recipes/accelerate/{path.name}" for path in where("recipes").glob("accelerate/*.yaml")]
            raise InputError(f"no accelerate config {name}; {nearest(name, known)}")
        return here
    return ours
