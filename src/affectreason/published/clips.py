"""What sets of clips have in common: parts that an option chooses, folds, lists of folds, and where the clips lie."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from affectreason.errors import InputError, nearest


class Listed(NamedTuple):
    """One line of a list: a clip, the label as written, and the file and line where it stands."""

    clip: str
    label: str
    where: str


def chosen(key: str, value: object, known: Iterable[object]) -> str | None:
    """The value of an option as text, None where it was not given; InputError lists the known ones."""
    names = [str(one) for one in known]
    if value is None or str(value) in names:
        return None if value is None else str(value)
    raise InputError(f"{key}={value}: {nearest(value, names)}")


def count(key: str, value: object) -> int:
    """An option that is a whole number from 0; InputError for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise InputError(f"{key}={value}: write a whole number from 0, for example {key}=3")


def parts(split: object, fold: object, folds: int) -> tuple[str | None, str | None]:
    """The options split= and fold= of a set that has folds and no other split; InputError for one without the other."""
    which = chosen("fold", fold, range(1, folds + 1))
    part = chosen("split", split, ("train", "test"))
    if part is not None and which is None:
        raise InputError(f"split={part}: every fold has its own train and test; give fold=1 to fold={folds} with it")
    return part, which


def part_of(tested: int, fold: str | None) -> str | None:
    """The part that a clip tested in fold `tested` belongs to in a fold, None where no fold is given."""
    return None if fold is None else "test" if str(tested) == fold else "train"


def of_folds(
    read: Callable[[int, str], Iterator[Listed]], folds: int, split: str | None, fold: str | None
) -> Iterator[tuple[Listed, str | None, str | None]]:
    """Each clip of the lists once, with its part and the fold that tests it (None for what a fold trains on).

    `read(k, part)` gives a list. Without a fold the test lists of all are read. InputError for a clip that two of the
    lists read have, which would be tested twice or trained on and tested.
    """
    lists = [(k, "test") for k in range(1, folds + 1)] if fold is None else [(int(fold), p) for p in ("train", "test")]
    seen: dict[str, str] = {}
    for k, part in lists:
        for row in read(k, part):
            if row.clip in seen:
                raise InputError(
                    f"{row.where}: the clip {row.clip!r} stands in {seen[row.clip]} too, so it would be tested twice "
                    "or trained on and tested; take the lists as published"
                )
            seen[row.clip] = row.where
            if split in (None, part):
                yield row, None if fold is None else part, str(k) if part == "test" else None


def folder(root: Path, given: object, *usual: str) -> Path:
    """The folder of clips: the one given, below root, or the first of the usual ones that is there, or the first."""
    if given is not None:
        path = root / str(given)
        if not path.is_dir():
            raise InputError(f"clips={given}: no such folder below {root}; clips= is the folder with the clips")
        return path
    return next((root / name for name in usual if (root / name).is_dir()), root / usual[0])


def either(*paths: Path) -> Path:
    """The first of these paths that is there, else the first, so that what is missing is named."""
    return next((path for path in paths if path.exists()), paths[0])
