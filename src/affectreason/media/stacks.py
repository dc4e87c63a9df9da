"""Frames kept as one NumPy array, as OpenFace's cut faces are published: uint8 [T, H, W, 3] in a .npy file."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectreason.errors import InputError

END = ".npy"


def opened(path: Path) -> NDArray[np.uint8]:
    """The frames of a file, uint8 [T, H, W, 3], of which nothing is read yet; T is at least 1.

    InputError, in words without the file's name, for what is damaged, of another kind or shape, or pickled.
    """
    try:
        stack = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}; fetch it again") from error
    except (EOFError, ValueError) as error:
        raise InputError(f"cannot be read as a NumPy array: {error}; fetch it again") from error
    if not isinstance(stack, np.ndarray):  # an archive of arrays
        stack.close()
        raise InputError(f"is an archive of arrays; frames are one uint8 array [T, H, W, 3] in a {END} file")
    if stack.dtype != np.uint8 or stack.ndim != 4 or stack.shape[-1] != 3 or 0 in stack.shape:
        raise InputError(
            f"holds {stack.dtype} of shape {list(stack.shape)}; frames are uint8 [T, H, W, 3], for features write kind "
            "'features'"
        )
    return stack
