"""Loading runs no code that comes with a model: no Python files of its own, and no pickles but for their tensors."""

import errno
import os
import re
import struct
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from pickle import UnpicklingError

SAFE = {"trust_remote_code": False}
"""For every `from_pretrained`: without it transformers asks at a terminal."""
DAMAGED = (
    UnpicklingError, UnicodeError, EOFError, LookupError, TypeError, AttributeError, RuntimeError, AssertionError,
    struct.error,
)  # fmt: skip
"""What is raised, beside OSError, for a pickle that is damaged or no table of tensors."""
CONVERT = "convert it where you trust it: AutoModel.from_pretrained(...).save_pretrained(...)"

# Else transformers asks a service of the Hub to convert a pickle, and takes what somebody else's machine made of it.
os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "true")


def unsafe(source: str, error: Exception, key: str = "") -> str:
    """Why a model cannot be loaded, in words where it is for code of its own or pickled weights.

    `key` is the word of a command that lets tensors be read from pickles, where there is one.
    """
    said = str(error).strip()
    if "trust_remote_code" in said or "custom code" in said:
        return "it needs Python code of its own, which is not run here; choose one that transformers has built in"
    if only_pickles(_names(source)) or ("safetensors" in said and "use_safetensors" in said):
        return unopened(key)
    more = "; an adapter of the Hub is given as adapter=, its base as model=" if "named config.json" in said else ""
    first = said.partition("\n")[0]
    return first.rstrip(".") + more if more else first


def unread(error: Exception) -> str:
    """Why pickled weights that may be opened were not read, with the name of what is no tensor in them."""
    said = str(error).strip()
    named = re.search(r"GLOBAL ([\w.]+)", said) if isinstance(error, UnpicklingError) else None
    if named:
        return (
            f"its pickle holds {named[1]!r} beside tensors, which could be code; nothing of it was run; ask for the "
            f"model's safetensors, or {CONVERT}"
        )
    cut = isinstance(error, OSError) and error.errno == errno.EINVAL  # a place before the file's start was asked for
    if cut or isinstance(error, DAMAGED):
        return f"its pickle is damaged, or no table of tensors ({type(error).__name__}); fetch it whole"
    return said.partition("\n")[0].rstrip(".")


def unopened(key: str = "") -> str:
    """That pickled weights are not opened, in words; `key` is the word of a command that reads their tensors."""
    more = f"; or write {key}, which reads its tensors and runs nothing" if key else ""
    return (
        "its weights are pickles (.bin), which could run any code, and are not opened; ask for the model's "
        f"safetensors, or {CONVERT}{more}"
    )


def only_pickles(names: Iterable[str]) -> bool:
    """Whether files of these names hold weights as pickles alone."""
    there = set(names)
    return any(fnmatchcase(name, "pytorch_model*.bin") for name in there) and not any(
        name.endswith(".safetensors") for name in there
    )


def _names(source: str) -> list[str]:
    return [path.name for path in Path(source).iterdir()] if Path(source).is_dir() else []
