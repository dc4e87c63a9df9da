"""The distinct media files that a stream of samples names, their kinds and their sizes; none is opened."""

import os
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from affectreason.affect.hashes import short
from affectreason.affect.sample import Media
from affectreason.media.examine import refusal

MISSING = -1


def size(kind: str, path: str) -> int:
    """Bytes of a file, or of the files in a folder of frames; -1 where there is none that its kind could be."""
    if refusal(kind, path) is not None:
        return MISSING
    try:
        if os.path.isdir(path):
            with os.scandir(path) as inside:
                return sum(entry.stat().st_size for entry in inside if entry.is_file())
        return os.stat(path).st_size
    except OSError:  # a folder that may not be listed, a file taken away just now
        return MISSING


@dataclass
class Files:
    """A hash and a size, 16 bytes, for each time a file is named, so that one named twice counts once."""

    kinds: Counter[str] = field(default_factory=Counter)
    names: "array[int]" = field(default_factory=lambda: array("Q"))
    sizes: "array[int]" = field(default_factory=lambda: array("q"))
    size: Callable[[str, str], int] = field(default_factory=lambda: lru_cache(maxsize=4096)(size))

    def add(self, media: Iterable[Media]) -> bool:
        """Take in the media of one sample; whether all its files are there. Addresses are not looked up."""
        whole = True
        for item in media:
            self.kinds[item.kind] += 1
            if item.kind != "url":
                self.names.append(short(item.path))
                self.sizes.append(self.size(item.kind, item.path))
                whole &= self.sizes[-1] != MISSING
        return whole

    def counted(self) -> dict[str, int]:
        """Distinct files (a folder of frames is one), how many of them are missing, and the bytes of the others."""
        _, first = np.unique(np.asarray(self.names, np.uint64), return_index=True)
        sizes = np.asarray(self.sizes, np.int64)[first]
        here = sizes[sizes != MISSING]
        return {"files": len(sizes), "missing": len(sizes) - len(here), "bytes": int(here.sum())}
