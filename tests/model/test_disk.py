"""What a disk says, in words: full, gone in the middle, or another error that is none of its own."""

import errno
import os

import pytest

from affectreason.errors import InputError
from affectreason.model.disk import writing


def fail(number, path=None):
    raise OSError(number, os.strerror(number), *([] if path is None else [str(path)]))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk(number, tmp_path):
    with (
        pytest.raises(InputError, match=r"cannot write .*; free space there, then run the same command again"),
        writing(tmp_path / "model"),
    ):
        fail(number, "/elsewhere/x")


@pytest.mark.parametrize("number", [errno.EROFS, errno.EIO, errno.ESTALE, errno.EACCES])
def test_a_disk_that_went_away(number, tmp_path):
    words = r"cannot write .*/model: .*; see that the disk is there and can be written, then run the same command again"
    for path in (None, tmp_path / "model.part" / "x"):
        with pytest.raises(InputError, match=words), writing(tmp_path / "model"):
            fail(number, path)
    with pytest.raises(OSError, match=r"/data/face.png"), writing(tmp_path / "model"):
        fail(number, "/data/face.png")  # a file that was read


def test_other_errors_pass(tmp_path):
    with pytest.raises(FileNotFoundError), writing(tmp_path):
        fail(errno.ENOENT)
    with pytest.raises(RuntimeError, match="shapes"), writing(tmp_path):
        raise RuntimeError("shapes")
