"""The only place where a pickle is read: plain values and numpy arrays of them, and nothing that it names can run.

A pickle calls what it names. Here it can name a few builtins and the classes below, and nothing of numpy's own: with a
forged dtype numpy fills an array from any place in memory. The classes keep what was written, `_plain` reads it.
"""

import pickle
import re
from collections import Counter
from typing import IO, Any

import numpy as np

from affectreason.errors import InputError

NOT_FINITE = "not finite, now null"
_KIND = re.compile(r"[<>=|]?(?:[biuf][1248]|[US][1-9]\d{0,6}|O8?)")
_DAMAGED = (
    pickle.UnpicklingError, EOFError, TypeError, ValueError, AttributeError, LookupError, OverflowError, MemoryError,
    RecursionError,
)  # fmt: skip


class _Kept:
    """What a pickle wants made: the parts to make it of, and the state given to it afterwards."""

    state: Any = None

    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Dtype(_Kept):
    """`numpy.dtype`: its code in `parts`, its byte order in `state`."""


class _Array(_Kept):
    """`numpy.ndarray`; its state is (version, shape, dtype, is it stored by column, values)."""


class _Buffer(_Kept):
    """An array of numbers in protocol 5: (values, dtype, shape, order)."""


class _Scalar(_Kept):
    """One value of a numpy type: (dtype, bytes)."""


class _Encoded(_Kept):
    """Bytes in protocol 2: (text, latin1)."""


_CORES = ("numpy.core", "numpy._core")  # numpy 1 and 2
_KNOWN: dict[str, Any] = {
    "numpy.ndarray": _Array,
    "numpy.dtype": _Dtype,
    "_codecs.encode": _Encoded,
    **{f"{core}.multiarray._reconstruct": _Array for core in _CORES},
    **{f"{core}.multiarray.scalar": _Scalar for core in _CORES},
    **{f"{core}.numeric._frombuffer": _Buffer for core in _CORES},
    **{
        f"{module}.{one.__name__}": one
        for module in ("builtins", "__builtin__")
        for one in (dict, list, tuple, str, int, float, bool, set)
    },
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Called for everything that a pickle names, before any of it could be called."""
        if f"{module}.{name}" not in _KNOWN:
            raise InputError(
                f"it names {module}.{name}, which could run code; only plain values and arrays of them are read, and "
                "nothing was run. Do not load this file by other means unless you trust who made it"
            )
        return _KNOWN[f"{module}.{name}"]


def load(file: IO[bytes], size: int) -> tuple[Any, Counter[str]]:
    """The values of a pickle of `size` bytes as JSON has them, and how many there are of each type.

    Sets become sorted lists, tuples lists, numbers that are not finite None (and are counted). InputError names what
    a pickle of data may not name or hold.
    """
    seen: Counter[str] = Counter()
    try:
        # one byte makes at most one value, unless a list is written once and repeated many times over
        return _plain(_Unpickler(file).load(), seen, 2 * size + 100), seen
    except _DAMAGED as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"this pickle is damaged or not plain data ({type(error).__name__}: {error})") from error


def plain(value: Any) -> tuple[Any, Counter[str]]:
    """The same for values that are there already: the lists of an array of numbers or text."""
    seen: Counter[str] = Counter()
    return _plain(value, seen, 2**62), seen


def _plain(value: Any, seen: Counter[str], most: int) -> Any:
    if isinstance(value, _Array | _Buffer | _Scalar):
        value = _values(value)
    kind = type(value)
    seen[kind.__name__.lstrip("_").lower()] += 1
    if seen.total() > most:
        raise InputError("it repeats its own parts many times over, which data do not")
    if kind is float and not np.isfinite(value):
        seen[NOT_FINITE] += 1
        return None
    if value is None or kind in (str, int, float, bool):
        return value
    if kind in (bytes, bytearray, _Encoded):
        return _bytes(value).decode("utf-8")
    if kind in (list, tuple):
        return [_plain(item, seen, most) for item in value]
    if kind is set:
        return sorted((_plain(item, seen, most) for item in value), key=repr)
    if kind is dict:
        return _named(value, seen, most)
    raise InputError(f"it holds a {kind.__name__.lstrip('_').lower()}, which JSON has no form for")


def _named(value: dict[Any, Any], seen: Counter[str], most: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = _plain(key, Counter(), 1)
        if type(name) not in (str, int) or str(name) in found:
            raise InputError(f"the key {name!r} is no text or number of its own, which JSON needs")
        found[str(name)] = _plain(item, seen, most)
    return found


def _values(kept: _Array | _Buffer | _Scalar) -> Any:
    """Nested lists of an array, or its one value where it has no axis."""
    shape: Any = ()
    by_column: object = False
    if isinstance(kept, _Scalar):
        dtype, data = kept.parts
    elif isinstance(kept, _Buffer):
        data, dtype, shape, by_column = kept.parts
        by_column = by_column == "F"
    else:
        _, shape, dtype, by_column, data = kept.state
    code = (dtype.state[1] if dtype.state else "") + dtype.parts[0]
    if not _KIND.fullmatch(code):
        raise InputError(f"it holds an array of {code[:40]!r}; only numbers, text and plain values are read")
    if "O" in code and type(data) is not list:
        raise InputError(f"it holds an array of objects that is written as {type(data).__name__}, not as a list")
    flat: np.ndarray[Any, Any] = (
        np.fromiter(data, object, len(data)) if "O" in code else np.frombuffer(_bytes(data), np.dtype(code))
    )
    return flat.reshape(shape, order="F" if by_column else "C").tolist()


def _bytes(data: Any) -> bytes:
    return data.parts[0].encode("latin1") if isinstance(data, _Encoded) else bytes(memoryview(data))
