"""What the processes of test_kills.py run: a command that kills itself at a touch of its folder, and a reward."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

WRITES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "os.truncate")


def run(words, place, at, after):
    """Run `affectreason run`, in `place`; die `after` seconds behind the `at`-th write into runs/, never for None.

    The number of writes is left in `writes.txt`.
    """
    import torch

    torch.set_num_threads(1)
    os.chdir(place)
    sys.stdout = sys.stderr = open("said.txt", "a", buffering=1)  # noqa: SIM115  # until it dies
    count = 0

    def die():
        time.sleep(after)
        os.kill(os.getpid(), signal.SIGKILL)

    def heard(event, args):
        nonlocal count
        first = args[0] if args else None  # of some events a class, which is no path
        path = os.fspath(first) if isinstance(first, str | os.PathLike) else ""
        writes = event in WRITES or (
            event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if not writes or not (isinstance(path, str) and "run/" in path):
            return
        count += 1
        if count == at:
            if after:
                threading.Thread(target=die, daemon=True).start()
            else:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(heard)
    from affectreason.commands import run as command

    command.main(words)
    Path("writes.txt").write_text(str(count))


def short(response, sample):
    """The fewer words, the more."""
    return 1 / (1 + len(response.text.split()))
