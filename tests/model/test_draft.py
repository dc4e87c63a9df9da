import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from affectreason.errors import InputError
from affectreason.model import draft, load

WRITER = """
import sys
import time
from pathlib import Path
from affectreason.model import draft
with draft.beside(Path(sys.argv[1])) as part:
    (part / "config.json").write_text("{}")
    print("begun", flush=True)
    time.sleep(600)
"""


@contextmanager
def another(out):
    """Another process that writes a folder and does not end."""
    run = subprocess.Popen([sys.executable, "-c", WRITER, str(out)], stdout=subprocess.PIPE)
    try:
        assert run.stdout.readline() == b"begun\n"
        yield run
    finally:
        run.kill()
        run.communicate()


def test_a_folder_gets_its_name_when_it_is_whole(tmp_path):
    out = tmp_path / "deep" / "made"
    with draft.beside(out) as part:
        (part / "file").write_text("x")
        assert not out.exists()
    assert [path.name for path in out.iterdir()] == ["file"]
    assert [path.name for path in out.parent.iterdir()] == ["made"]


@pytest.mark.parametrize("place", ["made", "deep/below/made"])
def test_what_fails_leaves_nothing(tmp_path, place):
    def fail():
        with draft.beside(tmp_path / place) as part:
            (part / "file").write_text("x")
            raise LookupError("half way")

    with pytest.raises(LookupError, match="half way"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_two_at_once_are_refused_and_what_a_kill_leaves_is_begun_anew(tmp_path):
    out = tmp_path / "made"
    with another(out) as run:
        said = rf"another run \(pid {run.pid} on .*\) is working in .*made\.part; wait for it, or name another folder"
        with pytest.raises(InputError, match=said), draft.beside(out):
            pass
        assert (tmp_path / "made.part" / draft.INSIDE / "config.json").read_text() == "{}"
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert not out.exists()
        said = (
            r"made\.part is no model folder: a command that is at work, or was stopped, wrote it so far; wait for it "
            r"or run it again"
        )
        with pytest.raises(InputError, match=said):
            load.check_folder(str(tmp_path / "made.part"))
    with draft.beside(out) as part:
        (part / "new").write_text("x")
    assert [path.name for path in out.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_what_another_made_meanwhile_is_left_alone(tmp_path):
    out = tmp_path / "made"

    def late(made):
        with draft.beside(out) as part:
            (part / "mine").touch()
            made()

    def folder():
        out.mkdir()
        (out / "theirs").touch()

    with pytest.raises(InputError, match=r"cannot write .*made: it was made by something else meanwhile; name another"):
        late(folder)
    assert [path.name for path in out.iterdir()] == ["theirs"]
    with pytest.raises(InputError, match=r"out=.*made exists and is left alone; name a new folder"), draft.beside(out):
        pass
    out = tmp_path / "link"
    with pytest.raises(InputError, match=r"cannot write .*link: it was made by something else meanwhile"):
        late(lambda: out.symlink_to(tmp_path / "nowhere"))
    with pytest.raises(InputError, match=r"out=.*link exists and is left alone; name a new folder"):
        draft.require_free(out)
    out = tmp_path / "gone"
    with pytest.raises(InputError, match=r"cannot write .*gone: No such file or directory; name another folder"):
        late(lambda: (tmp_path / "gone.part" / draft.INSIDE).rename(tmp_path / "moved"))
    assert {path.name for path in tmp_path.iterdir()} == {"made", "link", "moved"}


def test_who_waited_while_another_ended_begins_again(tmp_path, monkeypatch):
    """Between two looks at the place another process may end: it takes OUT.part away, or leaves `out`."""
    out, part = tmp_path / "made", tmp_path / "made.part"

    @contextmanager
    def late(folder, mend):
        folder.mkdir()
        (folder / ".lock").touch()
        meanwhile()
        yield

    monkeypatch.setattr(draft.locks, "locked", late)

    def taken_away():
        (part / ".lock").unlink()
        part.rmdir()

    meanwhile = taken_away
    said = r"cannot write .*made: another command ended there at this moment; run the same command again"
    with pytest.raises(InputError, match=said), draft.beside(out):
        pass

    def of_a_third():
        (part / ".lock").write_text('{"host": "here", "boot": "1", "pid": 1, "since": "now"}')

    meanwhile = of_a_third
    with pytest.raises(InputError, match=said), draft.beside(out):
        pass
    (part / ".lock").unlink()
    part.rmdir()
    meanwhile = out.mkdir
    with (
        pytest.raises(InputError, match=r"out=.*made was made by another command meanwhile and is left alone; name a"),
        draft.beside(out),
    ):
        pass


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_was_not_begun_here_is_left_alone(tmp_path, kind):
    part = tmp_path / "made.part"
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / draft.MARK).touch()
    if kind == "folder":
        part.mkdir()
        (part / "mine.txt").touch()
    elif kind == "file":
        part.write_text("mine")
    else:
        part.symlink_to(mine)
    said = (
        r"cannot write .*made: it is written as .*made.part first, and that is there already and was not begun here; "
        r"move it away, or name another folder with out="
    )
    with pytest.raises(InputError, match=said), draft.beside(tmp_path / "made"):
        pass
    assert part.exists()
    assert (mine / draft.MARK).is_file()


@pytest.mark.parametrize("left", [[], [".lock"], [".lock", draft.MARK, "old"]])
def test_what_a_kill_left_at_any_moment_is_not_in_the_way(tmp_path, left):
    part = tmp_path / "made.part"
    part.mkdir()
    for name in left:
        (part / name).touch()
    with draft.beside(tmp_path / "made") as inside:
        assert list(inside.iterdir()) == []
        assert sorted(path.name for path in part.iterdir()) == [draft.MARK, ".lock", draft.INSIDE]
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_one_of_before_is_replaced_where_that_is_asked(tmp_path, monkeypatch):
    out = tmp_path / "made"
    out.mkdir()
    (out / "old").touch()

    def fail():
        with draft.beside(out, replace=True):
            raise LookupError("half way")

    with pytest.raises(LookupError):
        fail()
    assert [path.name for path in out.iterdir()] == ["old"]
    with draft.beside(out, replace=True) as part:
        (part / "new").touch()
    assert [path.name for path in out.iterdir()] == ["new"]
    rename = Path.rename

    def refused(path, target):
        if path.name == draft.INSIDE:
            raise OSError(16, "Device or resource busy")
        return rename(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", refused)
        said = r"cannot write .*made: Device or resource busy; name another"
        with pytest.raises(InputError, match=said), draft.beside(out, replace=True):
            pass
    assert [path.name for path in out.iterdir()] == ["new"]  # it was moved back
    link = tmp_path / "link"
    link.symlink_to(out)
    with pytest.raises(InputError, match=r"cannot write .*link: a file or a link is there; move it away, or look up"):
        draft.require_free(link, replace=True, mend="look up")
    assert [path.name for path in out.iterdir()] == ["new"]


def test_a_place_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(
        InputError, match=r"cannot write .*file/deep/made: Not a directory; name another folder with out"
    ):
        draft.require_free(tmp_path / "file" / "deep" / "made")
    assert draft.require_free(tmp_path / "no" / "made") == tmp_path / "no" / "made.part"
    said = r"cannot write in .*xx\.part: File name too long; name another folder"
    with pytest.raises(InputError, match=said), draft.beside(tmp_path / "new" / ("x" * 253)):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["file"]

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)
    said = r"cannot write in .*made\.part: Permission denied; copy it elsewhere"
    with pytest.raises(InputError, match=said), draft.beside(tmp_path / "made", mend="copy it elsewhere"):
        pass
    assert os.listdir(tmp_path) == ["file"]
