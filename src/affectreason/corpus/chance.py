"""Draws that depend on a seed and on names alone: the same on every run and machine, in whatever order rows come."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def number(*words: object) -> int:
    """A number in [0, 2**64) of these words."""
    text = "\x1f".join(map(str, words))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def one_of(options: Sequence[T], *words: object) -> T:
    """One of the options, each as likely as the others."""
    return options[number(*words) % len(options)]
