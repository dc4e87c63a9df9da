"""What the other scripts read off this process: the time, and its memory now and at its peak.

Where there is a GPU the trainers use it, so then memory is what torch's allocator gave out there, and the time is read
when the GPU has done what it was given.
"""

import ctypes
import gc
import time
from pathlib import Path


def device() -> str:
    """Where the trainers compute: `cuda` or `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def now() -> float:
    """Seconds, of a clock that only goes forward."""
    import torch

    if device() == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def held() -> int:
    """Bytes that are held now, with what nothing refers to given back."""
    import torch

    gc.collect()
    if device() == "cuda":
        return torch.cuda.memory_allocated()
    ctypes.CDLL(None).malloc_trim(0)  # what was freed may stay in the heap and would be used again unseen
    return _kilobytes("VmRSS") * 1024


def forget() -> None:
    """Begin anew to look for the peak."""
    import torch

    if device() == "cuda":
        torch.cuda.reset_peak_memory_stats()
    else:
        Path("/proc/self/clear_refs").write_text("5")


def most() -> int:
    """Bytes at the peak."""
    import torch

    return torch.cuda.max_memory_allocated() if device() == "cuda" else _kilobytes("VmHWM") * 1024


def _kilobytes(what: str) -> int:
    """What the system says of this process's memory; getrusage's peak would be that of the process that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{what}:")).split()[1])
