"""Which side of a comparison a sample stands on, and whether models are measured on it, by the name of its split."""

import re
from pathlib import Path

from affectreason.affect.sample import Sample
from affectreason.affect.samples import each
from affectreason.errors import InputError, nearest
from affectreason.recipe.words import source_and_split

Named = tuple[Path, str | None]
"""A file and the split of it that is meant, None for all of it."""
TESTED = {"test", "tests", "testing", "val", "valid", "validation", "dev", "devel", "development", "eval", "evaluation",
          "heldout"}  # fmt: skip
TRAINED = {"train", "training", "trainval", "fit"}
_BETWEEN = re.compile(r"[\s_.-]+")


def named(item: str | Path) -> Named:
    """What `FILE` or `FILE:SPLIT` names; a path is always a whole file."""
    if isinstance(item, Path):
        return item, None
    source, split = source_and_split(item)
    return Path(source), split


def must_hold(name: Named) -> None:
    """Raise InputError, with the nearest, where no sample of the file is of the split that was named."""
    path, split = name
    seen: set[str] = set()
    for _, _, found in each(path) if split is not None else ():
        if isinstance(found, Sample) and found.provenance.split is not None:
            seen.add(found.provenance.split)
            if split in seen:
                return
    if split is not None:
        raise InputError(f"{path}:{split}: no sample of split {split!r}; {nearest(split, seen)}")


def is_held_out(split: str) -> bool:
    """Whether a split's name says that models are measured on it: `test_2`, `dev-clean`, `held_out`."""
    words = _words(split)
    return not TRAINED & set(words) and (bool(TESTED & set(words)) or "held out" in " ".join(words))


def is_known(split: str) -> bool:
    """Whether a split's name says what it is for."""
    return bool(TRAINED & set(_words(split))) or is_held_out(split)


def side_of(role: str, split: str | None) -> str:
    """The side of a sample: its split, and apart from all of those what it is only compared with."""
    if role == "against":
        return "against" if split is None else f"against:{split}"
    if split is None:
        return "(data, no split)"
    return f"data:{split}" if is_against(split) else split


def is_against(side: str) -> bool:
    """Whether a side is of files that samples are only compared with."""
    return side.partition(":")[0] == "against"


def _words(split: str) -> list[str]:
    return [word.strip("0123456789") for word in _BETWEEN.split(split.casefold())]
