import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest
from PIL import Image

from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError
from affectreason.media import survey as surveys
from affectreason.media.examine import Facts, examine
from affectreason.media.survey import past_end, survey

HERE = str(Path(__file__).parent)


def sample(number, *paths, kind="image"):
    return Sample(id=f"s{number}", media=tuple(Media(kind=kind, path=str(path)) for path in paths))


@pytest.fixture
def pictures(tmp_path):
    """Write small pictures and give their samples, one of each: pictures("a", "b")."""

    def write(*names):
        found = []
        for number, name in enumerate(names):
            Image.new("RGB", (40, 40), (number * 7 % 256, 90, 60)).save(tmp_path / f"{name}.png")
            found.append(sample(number, tmp_path / f"{name}.png"))
        return found

    return write


@pytest.fixture
def rigged(monkeypatch, tmp_path):
    """Let files named hang, die, out and slow do so; gives the names of the files looked at."""
    monkeypatch.syspath_prepend(HERE)
    import rigged_examine

    monkeypatch.setattr(surveys, "examine", rigged_examine.examine)
    looks = tmp_path / "looks.txt"
    return lambda: sorted(looks.read_text().split()) if looks.exists() else []


def facts_of(found):
    return {one.id: facts for one, facts in found}


def children():
    return [child.name for child in multiprocessing.active_children()]


@pytest.mark.parametrize("workers", [1, 2])
def test_samples_come_in_their_order_with_the_facts_of_their_media(tmp_path, pictures, workers):
    samples = pictures(*(f"p{number}" for number in range(30)))
    samples.insert(4, sample("_text"))
    samples.insert(9, sample("_both", tmp_path / "p1.png", tmp_path / "no.png", tmp_path / "p1.png"))
    samples.append(sample("_url", "https://example.org/a.png", kind="url"))
    found = list(survey(samples, None, workers=workers))
    assert [one for one, _ in found] == samples
    for one, facts in found:
        assert facts == tuple(examine(media.kind, media.path) for media in one.media)
    assert facts_of(found)["s_both"][1].problem == "no such file"
    assert children() == []


def test_a_file_is_looked_at_once_until_it_changes(tmp_path, pictures, rigged):
    samples = [*pictures("a", "b"), sample(2, tmp_path / "a.png"), sample(3, tmp_path / "a.png", tmp_path / "b.png")]
    journal = tmp_path / "made" / "m.sqlite"
    first = list(survey(samples, journal, workers=2))
    assert list(survey(samples, journal)) == first
    assert rigged() == ["a.png", "b.png"]
    Image.new("RGB", (50, 40)).save(tmp_path / "b.png")
    second = facts_of(survey(samples, journal))
    assert rigged() == ["a.png", "b.png", "b.png"]
    assert (second["s1"][0].width, second["s3"][0].width, second["s3"][1].width) == (50, 40, 50)
    times = os.stat(tmp_path / "a.png")
    os.utime(tmp_path / "a.png", ns=(times.st_atime_ns, times.st_mtime_ns + 1))
    list(survey(samples, journal))
    assert rigged() == ["a.png", "a.png", "b.png", "b.png"]


def test_a_folder_of_frames_is_looked_at_anew_when_a_frame_changes(tmp_path, pictures, rigged):
    (tmp_path / "clip").mkdir()
    for number in range(3):
        Image.new("RGB", (40, 40)).save(tmp_path / "clip" / f"{number}.png")
    (tmp_path / "clip" / "lost.png").symlink_to(tmp_path / "nowhere")
    one, journal = sample(1, tmp_path / "clip", kind="frames"), tmp_path / "m.sqlite"
    assert next(survey([one], journal))[1][0].problem.startswith("has 1 of 4 frames that cannot be used")
    (tmp_path / "clip" / "lost.png").unlink()
    assert next(survey([one], journal))[1][0].frames == 3
    assert next(survey([one], journal))[1][0].frames == 3
    Image.new("RGB", (60, 40)).save(tmp_path / "clip" / "1.png")
    assert next(survey([one], journal))[1][0].warnings == ("frames differ in size, 40 x 40 to 60 x 40",)
    assert rigged() == ["clip"] * 3


@pytest.mark.parametrize("workers", [1, 2])
def test_what_hangs_or_dies_is_a_problem_of_its_file(tmp_path, pictures, rigged, workers):
    samples = pictures("a", "hang", "b", "die", "c", "out", "d")
    samples.append(sample("_again", tmp_path / "hang.png"))
    begin = time.monotonic()
    found = facts_of(survey(samples, tmp_path / "m.sqlite", workers=workers, limit=1.0))
    assert time.monotonic() - begin < 15
    assert {one: facts[0].problem for one, facts in found.items()} == {
        "s0": None, "s1": "not examined within 1 s", "s2": None, "s4": None, "s6": None,
        "s3": "ended the process that examined it (SIGSEGV)", "s5": "ended the process that examined it (exit code 7)",
        "s_again": "not examined within 1 s",
    }  # fmt: skip
    assert children() == []
    looks = rigged()
    assert facts_of(survey(samples, tmp_path / "m.sqlite", limit=1.0)) == found
    assert rigged() == looks  # nor is what was given up looked at again,
    list(survey(samples, tmp_path / "m.sqlite", limit=1.5))
    assert rigged().count("hang.png") == looks.count("hang.png") + 1  # but when it is given more time


def test_many_that_die_at_once_do_not_stop_the_survey(tmp_path, pictures, rigged):
    samples = pictures(*(f"die{number}" if number % 3 else f"p{number}" for number in range(24)))
    found = list(survey(samples, None, workers=2, limit=5.0))
    assert [facts[0].problem is None for _, facts in found] == [number % 3 == 0 for number in range(24)]


def test_processes_that_cannot_start_are_an_error(tmp_path, pictures, monkeypatch):
    monkeypatch.setattr(surveys, "_begin", os.abort)
    with pytest.raises(InputError, match="the 1 processes that look at media end at once, 5 times; is there memory"):
        list(survey(pictures("a"), None, workers=1))
    assert children() == []


def test_a_pipe_is_refused_and_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    problem = "is a pipe or a device, not a file; it was not opened"
    assert next(survey([sample(1, tmp_path / "pipe.png")], None))[1] == (
        Facts("image", str(tmp_path / "pipe.png"), problem),
    )


def test_hundreds_of_spoiled_files_end_within_their_limit(tmp_path, spoiled):
    whole, bad = spoiled
    samples = [sample(number, path, kind=kind) for number, (kind, path) in enumerate([*whole, *bad])]
    found = list(survey(samples, tmp_path / "m.sqlite", workers=2, limit=20.0))
    assert len(found) >= 280
    assert [facts for _, (facts,) in found] == [examine(kind, str(path)) for kind, path in [*whole, *bad]]
    assert list(survey(samples, tmp_path / "m.sqlite")) == found  # as they come out of the journal


CHILD = f"""
import sys
from pathlib import Path
sys.path.insert(0, {HERE!r})
import rigged_examine
from affectreason.affect.sample import Media, Sample
from affectreason.media import survey

if __name__ == "__main__":
    survey.examine = rigged_examine.examine
    paths = sorted(Path(sys.argv[1]).glob("*.png"))
    samples = (Sample(id=path.name, media=(Media(kind="image", path=str(path)),)) for path in paths)
    for number, _ in enumerate(survey.survey(samples, Path(sys.argv[2]), workers=2)):
        print(number, flush=True)
"""


@pytest.fixture
def stopped(tmp_path):
    """Survey a folder in a process of its own that is sent a signal after some samples; nothing of it may be left."""

    def run(folder, journal, after, sign):
        (tmp_path / "child.py").write_text(CHILD)
        command = [sys.executable, str(tmp_path / "child.py"), str(folder), str(journal)]
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        assert list(islice(child.stdout, after))
        if sign == signal.SIGKILL:
            child.kill()
        else:
            os.killpg(child.pid, sign)  # as a terminal does: to the processes it started too
        said = child.communicate()[1]
        for _ in range(100):
            try:
                os.killpg(child.pid, 0)
            except ProcessLookupError:
                return said
            time.sleep(0.1)
        raise AssertionError("processes are left behind")

    return run


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_stopped_survey_goes_on_where_it_was(tmp_path, rigged, stopped, sign):
    folder, journal = tmp_path / "media", tmp_path / "m.sqlite"
    folder.mkdir()
    for number in range(30):
        Image.new("RGB", (40, 40), (number, 90, 60)).save(folder / f"slow{number:02d}.png")
    said = stopped(folder, journal, 8, sign)
    if sign == signal.SIGINT:
        assert said.strip().splitlines()[-1] == "KeyboardInterrupt"
    before = (folder / "looks.txt").read_text().split()
    assert 8 <= len(before) < 30
    samples = [sample(number, path) for number, path in enumerate(sorted(folder.glob("*.png")))]
    found = list(survey(samples, journal, workers=2))
    assert [facts for _, (facts,) in found] == [examine("image", one.media[0].path) for one in samples]
    looks = (folder / "looks.txt").read_text().split()
    assert len(set(looks)) == 30
    assert len(looks) - 30 <= 4  # only what was being looked at was lost


def test_a_process_that_hangs_does_not_outlive_the_survey(tmp_path, pictures, stopped):
    pictures("a", "hang")
    stopped(tmp_path, tmp_path / "m.sqlite", 1, signal.SIGKILL)


def test_a_survey_that_is_not_read_to_its_end_leaves_no_processes(tmp_path, pictures, rigged):
    running = survey(pictures("a", "hang", "slow"), tmp_path / "m.sqlite", workers=2)
    assert next(running)[1][0].problem is None
    assert children() != []
    begin = time.monotonic()
    running.close()
    assert children() == []
    assert time.monotonic() - begin < 2.5
    assert len(list(survey(pictures("a"), tmp_path / "m.sqlite"))) == 1  # the journal is free again


def test_few_samples_wait_for_one_that_takes_long(tmp_path, pictures, rigged, monkeypatch):
    monkeypatch.setattr(surveys, "AHEAD", 10)
    samples, pulled = pictures("hang", *(f"p{number}" for number in range(40))), []

    def one_by_one():
        for one in samples:
            pulled.append(one)
            yield one

    running = survey(one_by_one(), None, workers=2, limit=1.0)
    assert next(running)[1][0].problem == "not examined within 1 s"
    assert len(pulled) == 10
    assert len(list(running)) == 40


def test_a_journal_belongs_to_one_process(tmp_path, pictures):
    code = "import sys; from pathlib import Path; from affectreason.media.survey_journal import Journal\n"
    code += "held = Journal(Path(sys.argv[1])); print('held', flush=True); input()"
    command = [sys.executable, "-c", code, str(tmp_path / "m.sqlite")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InputError, match=r"m.sqlite is held by another process that looks at these media; wait"):
            next(survey(pictures("a"), tmp_path / "m.sqlite"))
        other.communicate("\n")
    assert len(list(survey(pictures("a"), tmp_path / "m.sqlite"))) == 1


def test_a_journal_that_cannot_be_used_is_named(tmp_path, pictures):
    samples, journal = pictures(*"abcdefgh"), tmp_path / "m.sqlite"
    list(survey(samples, journal))
    whole = journal.read_bytes()

    def refused(words, data=None):
        if data is not None:
            journal.write_bytes(data)
        with pytest.raises(InputError, match=words):
            list(survey(samples, journal))

    refused("m.sqlite is damaged: file is not a database; delete it, and its media are looked at anew", b"text" * 500)
    page = int.from_bytes(whole[16:18], "big")
    refused(
        "m.sqlite is damaged: database disk image is malformed; delete it", whole[:page] + b"\xff" * (len(whole) - page)
    )
    journal.write_bytes(whole)
    with sqlite3.connect(journal) as db:
        db.execute("UPDATE facts SET facts = substr(facts, 1, 20)")
    db.close()
    refused("m.sqlite is damaged: Unterminated string.*; delete it")
    journal.write_bytes(whole)
    with sqlite3.connect(journal) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    refused("m.sqlite has version 99, not 1; delete it")
    journal.unlink()
    with sqlite3.connect(journal) as db:
        db.execute("CREATE TABLE mine (a)")
    db.close()
    refused("m.sqlite is a database of something else; move it away")
    with pytest.raises(InputError, match=r"the journal .*a.png/m.sqlite cannot be written: .*; give another place"):
        list(survey(samples, tmp_path / "a.png" / "m.sqlite"))


def test_a_full_disk_is_named(tmp_path, pictures, full_disk):
    samples = pictures(*(f"p{number}" for number in range(60)))
    with (
        full_disk(40000),
        pytest.raises(InputError, match=r"m.sqlite cannot be written: .*; make room or give another place"),
    ):
        list(survey(samples, tmp_path / "m.sqlite"))
    found = list(survey(samples, tmp_path / "m.sqlite"))
    assert [facts.problem for _, (facts,) in found] == [None] * 60


def test_the_errors_of_who_gives_the_samples_are_their_own(tmp_path):
    def broken():
        raise sqlite3.OperationalError("mine")
        yield

    with pytest.raises(sqlite3.OperationalError, match="mine"):
        next(survey(broken(), None))


def test_a_part_behind_the_end_is_told():
    clip = Facts("video", "a.mp4", None, seconds=4.0, rate=10.0)

    def told(facts, **part):
        return past_end(Media(kind="video", path="a.mp4", **part), facts)

    assert told(clip) is told(clip, start=1, end=4) is told(clip, start=3.9) is told(clip, end=4.1) is None
    assert told(clip, end=4.11) == "end=4.11 lies behind the end of the file at 4.00 s"
    assert told(clip, start=4, end=5) == "start=4 lies behind the end of the file at 4.00 s"
    assert told(clip, start=2, end=2) == "end=2 does not lie after start=2"
    assert told(Facts("audio", "a.wav", None, seconds=4.0), end=4.06) is not None
    assert told(Facts("audio", "a.wav", None, seconds=4.0), end=4.04) is None
    assert told(Facts("video", "a.mp4", "no such file"), start=1, end=400) is None
