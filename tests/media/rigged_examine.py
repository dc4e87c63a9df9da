"""What looks at a file in the tests of survey: some files hang, some end their process, and each look is counted."""

import os
import signal
import time
from pathlib import Path

from affectreason.media import examine as real


def examine(kind, path):
    """As the real one, but for files whose names say otherwise."""
    with open(Path(path).parent / "looks.txt", "a") as file:
        file.write(f"{Path(path).name}\n")
    name = Path(path).stem
    if "hang" in name:
        while True:
            time.sleep(60)
    if "die" in name:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "out" in name:
        os._exit(7)
    if "slow" in name:
        time.sleep(0.15)
    return real.examine(kind, path)
