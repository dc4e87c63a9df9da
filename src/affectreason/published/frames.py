"""Data sets of single frames: how their images are named, every Nth of them, a published list, folds of subjects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from affectreason.errors import InputError, nearest
from affectreason.published import tables
from affectreason.published.about import LeftOut

Folds = Mapping[str, Sequence[str]]
Key = tuple[str | int, ...]


@dataclass(frozen=True)
class Choice:
    """Which frames were asked for; `listed` has the line of each frame of a list that was not met yet."""

    fold: str | None
    split: str | None
    every: int
    list_path: Path | None
    listed: dict[Key, int]

    def takes(self, key: Key, position: int) -> bool:
        """Whether a frame is wanted: `key` are its folders and its number in the list, `position` counts from 0."""
        if self.list_path is not None and self.listed.pop(key, None) is None:
            return False
        return position % self.every == 0

    def split_of(self, tested_in: str) -> str | None:
        """The split of a subject that is tested in this fold, None when no fold was asked for."""
        if self.fold is None:
            return None
        return "test" if tested_in == self.fold else "train"

    def wants(self, tested_in: str) -> bool:
        """Whether a subject that is tested in this fold is of the split that was asked for."""
        return self.split is None or self.split == self.split_of(tested_in)

    def unmet(self, prefix: str, folder: Key) -> Iterator[LeftOut]:
        """What the list names of a folder that was read and has no annotation."""
        for key, line in self.listed.items():
            if key[:-1] == folder:
                name = "_".join(map(str, (prefix, *key)))
                yield LeftOut(name, "the list names a frame that is not annotated", f"{self.list_path}:{line}")


def choice(options: Mapping[str, Any], folds: Folds, depth: int) -> Choice:
    """The options `fold`, `split`, `every` and `frame_list`; InputError when one of them means nothing.

    A list has one image a line, of which the last `depth` parts count: folders and a number.
    """
    fold = None if options["fold"] is None else str(options["fold"])
    if fold is not None and fold not in folds:
        raise InputError(f"fold={fold}: no such fold; {nearest(fold, folds)}")
    split = None if options["split"] is None else str(options["split"])
    if split is not None and split not in ("train", "test"):
        raise InputError(f"split={split}: no such split; {nearest(split, ('train', 'test'))}")
    if split is not None and fold is None:
        raise InputError(f"split={split}: there are splits only within a fold; add fold={next(iter(folds))}")
    path = None if options["frame_list"] is None else Path(str(options["frame_list"])).expanduser().absolute()
    return Choice(fold, split, every(options["every"]), path, {} if path is None else _read(path, depth))


def every(value: object) -> int:
    """The option `every`: a whole number from 1."""
    number = tables.number(str(value), "every", 1, 1e9)
    if number != int(number):
        raise InputError(f"every={value} is not a whole number; every=10 takes each tenth frame")
    return int(number)


def tested_in(subject: str, folds: Folds, where: object) -> str:
    """The fold in which a subject is tested; InputError for one that no fold has."""
    for name, subjects in folds.items():
        if subject in subjects:
            return name
    known = [one for subjects in folds.values() for one in subjects]
    raise InputError(f"{where}: {subject!r} is not a subject of this set; {nearest(subject, known)}")


def named(pattern: str, key: str, **parts: str | int) -> str:
    """The path that the option `key` gives with these parts put in; InputError lists the parts there are."""
    try:
        return pattern.format(**parts)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise InputError(
            f"{key}={pattern} cannot be filled in ({error}); parts: {', '.join(f'{{{part}}}' for part in parts)}; "
            "{frame:05d} writes five digits"
        ) from error


def check_pattern(pattern: str, key: str, needed: Sequence[str], **parts: str | int) -> None:
    """InputError when two frames, or two of another needed part, would have the same file; `parts` are an example."""
    for part in needed:
        same = ("frame", "index") if part == "frame" else (part,)
        other = {name: _next(value) if name in same else value for name, value in parts.items()}
        if named(pattern, key, **parts) == named(pattern, key, **other):
            raise InputError(f"{key}={pattern} names one file for every {part}; put {{{part}}} into it")


def _next(value: str | int) -> str | int:
    return value + 1 if isinstance(value, int) else f"{value}x"


def _read(path: Path, depth: int) -> dict[Key, int]:
    found: dict[Key, int] = {}
    for line, words in tables.lines(path):
        parts = PurePosixPath(words[0].replace("\\", "/")).parts[-depth:]
        number = PurePosixPath(parts[-1]).stem
        if len(parts) != depth or not number.isdecimal():
            raise InputError(
                f"{path}:{line}: {words[0]!r} does not end with {depth - 1} folder(s) and a numbered image, "
                "as SN001/0.png or F001/T1/2440.jpg does; frame_list= takes one image a line"
            )
        found[(*parts[:-1], int(number))] = line
    return found
