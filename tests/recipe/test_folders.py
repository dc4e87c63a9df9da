"""Writing into the folder of a stage: files whole or not at all, and `done.json` last."""

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from affectreason.errors import InputError
from affectreason.recipe import folders, runs, schema

CHAIN = """
model: tiny:qwen3_vl
prompt: plain
stages: [{name: sft, kind: sft, data: [mine.jsonl]}]
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chain.yaml").write_text(CHAIN)
    return tmp_path


def chain():
    return schema.load("chain.yaml", {})


def begin(recipe, name, out):
    """What a stage leaves behind when it has begun."""
    with runs.opened(recipe, recipe.stage(name), out):
        pass


def test_a_full_disk_leaves_the_old_file_and_no_half(here, monkeypatch):
    folders.write_text(Path("log.jsonl"), "old")

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"cannot write log.jsonl: No space left on device; free space there"):
        folders.write_text(Path("log.jsonl"), "new")
    assert Path("log.jsonl").read_text() == "old"
    assert [path.name for path in here.iterdir() if path.name.startswith("log")] == ["log.jsonl"]


def test_what_is_added_stands_behind_and_a_full_disk_is_told(here, monkeypatch):
    folders.append_text(Path("log.jsonl"), "one\n")
    folders.append_text(Path("log.jsonl"), "two\n")
    assert Path("log.jsonl").read_text() == "one\ntwo\n"

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"cannot write log.jsonl: No space left on device; free space there, then"):
        folders.append_text(Path("log.jsonl"), "three\n")


SMALL = """
import resource
from pathlib import Path
from affectreason.errors import InputError
from affectreason.recipe.folders import write_text
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
write_text(Path("small.json"), "x" * 1000)
try:
    write_text(Path("large.json"), "x" * 5000)
except InputError as error:
    print(error)
"""


def test_a_file_that_does_not_fit_is_not_there_by_half(here):
    said = subprocess.run([sys.executable, "-c", SMALL], cwd=here, capture_output=True, text=True, check=True).stdout
    assert said == "cannot write large.json: File too large; free space there, then run the same command again\n"
    assert sorted(path.name for path in here.iterdir()) == ["chain.yaml", "small.json"]


def test_another_error_of_writing_asks_for_another_place(here):
    with pytest.raises(InputError, match=r"cannot write no/x.json: No such file or directory; name another folder"):
        folders.write_text(Path("no/x.json"), "x")


def test_done_says_what_was_made(here):
    recipe = chain()
    folder = here / "x" / "sft"
    begin(recipe, "sft", here / "x")
    (folder / "model").mkdir()
    (folder / "model" / "config.json").write_text("{}")
    (folder / "manifest.json").write_text("[]")
    (folder / "log.jsonl").write_text("")
    (folder / "checkpoints" / "checkpoint-1").mkdir(parents=True)
    assert not runs.is_done(here / "x", "sft")
    folders.write_done(folder, recipe.stage("sft"), 12.345, {"samples": 7})
    assert runs.is_done(here / "x", "sft")
    done = json.loads((folder / "done.json").read_text())
    assert done["sha256"] == {
        "manifest.json": hashlib.sha256(b"[]").hexdigest(),
        "model/config.json": hashlib.sha256(b"{}").hexdigest(),
    }
    assert (done["stage"], done["kind"], done["seconds"], done["counts"]) == ("sft", "sft", 12.3, {"samples": 7})
    assert {"torch", "transformers", "trl"} <= set(done["versions"])
    assert done["finished"].endswith("Z")
    assert not (folder / "checkpoints").exists()


def test_a_full_disk_at_the_end_keeps_the_checkpoints(here, monkeypatch):
    recipe = chain()
    begin(recipe, "sft", here / "x")
    (here / "x" / "sft" / "checkpoints").mkdir()

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="free space there, then run the same command again"):
        folders.write_done(here / "x" / "sft", recipe.stage("sft"), 1.0, {})
    assert (here / "x" / "sft" / "checkpoints").is_dir()
    assert not runs.is_done(here / "x", "sft")


def test_a_machine_without_git_finishes_too(here, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    begin(chain(), "sft", here / "x")
    folders.write_done(here / "x" / "sft", chain().stage("sft"), 1.0, {})
    assert json.loads((here / "x" / "sft" / "done.json").read_text())["commit"] is None


def test_a_line_that_is_cut_off_is_left_out(tmp_path):
    log = tmp_path / "log.jsonl"
    folders.write_text(log, '{"loss": 2.0}\n')
    folders.append_text(log, '{"loss": 1.5}\n{"lo')
    assert folders.appended(log) == [{"loss": 2.0}, {"loss": 1.5}]
