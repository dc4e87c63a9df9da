"""Many answers read by several processes: the same responses, in the same order, in less time."""

import multiprocessing
import os
import sys
from collections.abc import Callable
from typing import Any

from affectreason.affect.response import Response
from affectreason.affect.sample import Affect

MANY = 20_000  # answers; fewer are read before a second process has begun
_CHUNK = 2_000
_shared: list[Callable[[int], Response]] = []  # what forked processes find in their copy of this one


def read_all(count: int, one: Callable[[int], Response], apart: bool = True) -> list[Response]:
    """The responses number 0 to `count`, each by `one`; in processes of this machine's cores where they are many.

    Processes are forked, so not where torch's threads run, nor where the system does not fork. Without `apart` this
    process reads them all: one that counts what it asks of others has to.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if not apart or count < MANY or cores < 2 or "torch" in sys.modules:
        return [one(place) for place in range(count)]
    _shared.append(one)
    try:
        with multiprocessing.get_context("fork").Pool(min(cores, 8)) as pool:
            parts = pool.map(_part, [(start, min(start + _CHUNK, count)) for start in range(0, count, _CHUNK)], 1)
    finally:
        _shared.pop()
    return [_whole(response, said) for part in parts for response, said in part]


def _part(places: tuple[int, int]) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """The responses of some places as what pickles fast: a model of pydantic's takes ten times as long."""
    return [_plain(_shared[-1](place)) for place in range(*places)]


def _plain(response: Response) -> tuple[tuple[Any, ...], dict[str, Any]]:
    fields = response.text, response.reasoning, response.well_formed, response.problem, response.answered
    return fields, {name: value for name, value in response.said if value is not None}


def _whole(fields: tuple[Any, ...], said: dict[str, Any]) -> Response:
    text, reasoning, well_formed, problem, answered = fields
    return Response(text, reasoning, Affect(**said), well_formed, problem, answered)
