"""Who holds a folder: told with host, pid and time; a dead holder gives way, one on another host does not."""

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import asdict

import pytest

from affectreason.errors import InputError
from affectreason.recipe import locks
from affectreason.recipe.locks import Holder

HERE = Holder(socket.gethostname(), locks._boot(), 2**22 + 1, "2026-01-02 03:04:05 UTC")  # no process has this pid
HOLD = """
import sys, time
from pathlib import Path
from affectreason.recipe.locks import locked
with locked(Path("x")):
    print("held", flush=True)
    time.sleep(60)
"""


def left(folder, **other):
    """A folder with what a holder left behind."""
    folder.mkdir(exist_ok=True)
    (folder / ".lock").write_text(json.dumps({**asdict(HERE), **other}))


def no_locks(*_):
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def test_the_holder_is_written_down_and_forgotten(tmp_path):
    with locks.locked(tmp_path / "a" / "b"):
        found = locks.holder(tmp_path / "a" / "b")
        assert (found.host, found.pid, found.boot) == (socket.gethostname(), os.getpid(), HERE.boot)
    assert locks.holder(tmp_path / "a" / "b") is None
    assert locks.holder(tmp_path) is None


def test_a_second_run_is_told_who_holds_it(tmp_path):
    words = rf"another run \(pid {os.getpid()} on {socket.gethostname()}, since 20\d\d-.*\) is working in .*; "
    words += "wait for it, or name another folder with out=$"
    with locks.locked(tmp_path), pytest.raises(InputError, match=words), locks.locked(tmp_path):
        pass
    with locks.locked(tmp_path):
        pass


def test_what_a_killed_process_of_this_machine_left_is_taken_over(tmp_path):
    left(tmp_path)
    with locks.locked(tmp_path):
        assert locks.holder(tmp_path).pid == os.getpid()
    left(tmp_path, boot="an earlier start of this machine", pid=os.getpid())
    with locks.locked(tmp_path):
        pass
    left(tmp_path, host="a container on this kernel")
    with locks.locked(tmp_path):
        pass
    (tmp_path / ".lock").write_text('{"host": "cut sho')
    with locks.locked(tmp_path):
        pass


def test_another_host_is_not_taken_over(tmp_path):
    left(tmp_path, host="node7", boot="its own")
    words = (
        r"another run \(pid 4194305 on node7, since 2026-01-02 03:04:05 UTC\) is working in .*, or, if it runs no more "
    )
    with pytest.raises(InputError, match=words + rf"on node7, rm {tmp_path}/\.lock"), locks.locked(tmp_path):
        pass
    assert locks.holder(tmp_path).host == "node7"
    (tmp_path / ".lock").unlink()
    with locks.locked(tmp_path):
        pass


def test_where_the_file_system_has_no_locks_the_pid_decides(tmp_path, monkeypatch):
    monkeypatch.setattr(fcntl, "flock", no_locks)
    left(tmp_path, pid=os.getppid())
    with pytest.raises(InputError, match=rf"pid {os.getppid()} on "), locks.locked(tmp_path):
        pass
    left(tmp_path)
    with locks.locked(tmp_path):
        pass
    left(tmp_path, host="a container on this kernel", pid=os.getppid())
    words = "or, if it runs no more on a container on this kernel, rm "
    with pytest.raises(InputError, match=words), locks.locked(tmp_path):
        pass


def test_a_folder_is_free_after_kill_9_and_after_sigterm(tmp_path):
    stopped = "stopped by SIGTERM; run the same command again"
    for number, code, said in ((signal.SIGKILL, -9, ""), (signal.SIGTERM, 143, stopped)):
        with subprocess.Popen(
            [sys.executable, "-c", HOLD], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as holder:
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(InputError, match=f"pid {holder.pid} on"), locks.locked(tmp_path / "x"):
                pass
            holder.send_signal(number)
            assert holder.wait() == code
            assert holder.stderr.read().startswith(said)
        assert (locks.holder(tmp_path / "x") is None) == (number == signal.SIGTERM)
        with locks.locked(tmp_path / "x"):
            pass
