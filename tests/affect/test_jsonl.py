import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from affectreason.affect.jsonl import lines, must_be_file, rows, write
from affectreason.affect.sample import Sample
from affectreason.affect.samples import each, readable
from affectreason.errors import InputError


def test_bad_rows_are_told_one_by_one_and_the_rest_is_read(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [
        b'\xef\xbb\xbf{"id": "a"}',
        b"",
        b'{"id": "b", "emotion": "joy"}',
        b'{"id": "c", ',
        b"[1]",
        b'{"id": "d", "gold": {"valence": NaN}}',
        b'{"id": "\xff"}',
        b'{"id": "e", "labels": "ekman6", "gold": {"emotion": "contempt"}}',
        b'{"image": "x.jpg", "question": "?", "AUs": [], "labels": "", "description": "", "is_valid": false}',
        b'{"id": "f", "labels": "ekman6", "gold": {"emotion": "joy"}, "media": [{"kind": "image", "path": "f.png"}]}',
    ]
    path.write_bytes(b"\n".join(rows))
    found = {line: one if isinstance(one, Sample) or one is None else str(one) for line, _, one in each(path)}
    assert list(found) == [1, 3, 4, 5, 6, 7, 8, 9, 10]
    assert found[1] == Sample(id="a")
    assert found[3].startswith("sample 'b': unknown key 'emotion'; did you mean")
    assert found[4].startswith("this is not JSON: Expecting property name")
    assert found[5] == '[1] is not an object; write {"id": ...}, one a line'
    assert "NaN is no number; leave the key out where nothing was annotated" in found[6]
    assert found[7] == "not UTF-8 text (byte 0xff); is this a JSONL file, saved as UTF-8?"
    assert found[8].startswith("sample 'e': the label 'contempt' is not in the vocabulary 'ekman6'")
    assert found[9] is None
    assert (found[10].gold.emotion, found[10].media[0].path) == ("happiness", str(tmp_path / "f.png"))


def test_an_array_is_read_up_to_its_first_mistake(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text('\n[{"id": "a"},\n {"id": "b"},\n {"id": ]\n')
    found = list(each(path))
    assert [(line, byte) for line, byte, _ in found] == [(2, 0), (3, 0), (4, 0)]
    assert found[1][2] == Sample(id="b")
    assert str(found[2][2]).startswith("this is not JSON: Expecting value")


def test_a_missing_file_is_named_with_its_neighbours(tmp_path):
    (tmp_path / "train.jsonl").touch()
    with pytest.raises(InputError, match=r"no such file: .*tran.jsonl; in .*did you mean 'train.jsonl'\?"):
        list(each(tmp_path / "tran.jsonl"))


def test_lines_are_counted_without_reading_them(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a"}\n{\n')
    assert lines(path) == 2
    path.write_text('{"id": "a"}\n{')
    assert lines(path) == 2
    path.write_text("")
    assert lines(path) == 0
    assert lines(tmp_path / "none.jsonl") == 0


def test_folders_and_pipes_are_no_files(tmp_path):
    (tmp_path / "train.jsonl").touch()
    with pytest.raises(InputError, match=r" is a folder; write a file, in it: train\.jsonl$"):
        must_be_file(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"/empty is a folder; write a file, in it: none that ends in \.jsonl$"):
        must_be_file(tmp_path / "empty")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null"), Path("/dev/stdin"), Path("/dev/fd/0")):
        with pytest.raises(
            InputError, match=f"^{path} is a pipe or a device; a file is needed, for it is read more th"
        ):
            must_be_file(path)


def test_each_row_has_its_first_byte(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes('{"id": "é"}\n\n{"id": "b"}'.encode())
    assert [(line, byte) for line, byte, _ in each(path)] == [(1, 0), (3, 14)]


def test_the_first_bad_row_ends_a_strict_reading(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a"}\n{"id": }\n')
    with pytest.raises(InputError, match=r"rows.jsonl:2: this is not JSON: .*; affectreason check data=.* lists all"):
        list(readable(path))


def test_a_key_that_stands_twice_is_an_error(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"id": "a", "gold": {"score": 1, "score": 2}}\n')
    with pytest.raises(InputError, match=r"rows.jsonl:1: this is not JSON: the key 'score' stands twice in an object"):
        list(readable(tmp_path / "rows.jsonl"))
    (tmp_path / "rows.json").write_text('[{"id": "a", "id": "b"}]')
    with pytest.raises(InputError, match=r"rows.json:1: this is not JSON: the key 'id' stands twice"):
        list(readable(tmp_path / "rows.json"))


ENDLESS = """
import sys
import time
from pathlib import Path
from affectreason.affect.jsonl import write
def lines():
    yield "x" * 100_000
    print("begun", flush=True)
    time.sleep(600)
write(Path(sys.argv[1]), lines())
"""


def test_what_a_killed_run_left_is_removed_and_what_a_live_one_writes_is_not(tmp_path):
    path = tmp_path / "k.jsonl"
    runs = [subprocess.Popen([sys.executable, "-c", ENDLESS, str(path)], stdout=subprocess.PIPE) for _ in range(2)]
    try:
        for run in runs:
            assert run.stdout.readline() == b"begun\n"
        parts = [tmp_path / f".k.jsonl.{platform.node()}.{run.pid}.part" for run in runs]
        assert sorted(tmp_path.iterdir()) == sorted(parts)
        runs[0].send_signal(signal.SIGKILL)
        runs[0].wait()
        assert parts[0].exists()
        others = [".k.jsonl.elsewhere.999999999.part", ".j.jsonl.999999999.part", ".k.jsonl.part"]
        for other in others:
            (tmp_path / other).touch()
        write(path, ["{}"])
        assert {file.name for file in tmp_path.iterdir()} == {"k.jsonl", parts[1].name, *others}
        assert path.read_text() == "{}\n"
    finally:
        for run in runs:
            run.kill()
            run.communicate()


def test_a_part_of_this_process_number_is_written_anew(tmp_path):
    """A container that begins again has the name and the process numbers of the one that was killed."""
    part = tmp_path / f".k.jsonl.{platform.node()}.{os.getpid()}.part"
    part.write_text("half a row of a run before\n" * 9)
    write(tmp_path / "k.jsonl", ["{}"])
    assert (tmp_path / "k.jsonl").read_text() == "{}\n"
    assert [file.name for file in tmp_path.iterdir()] == ["k.jsonl"]


def test_a_part_that_cannot_be_removed_is_not_in_the_way(tmp_path):
    part = tmp_path / f".k.jsonl.{platform.node()}.999999999.part"
    part.mkdir()
    write(tmp_path / "k.jsonl", ["{}"])
    assert (tmp_path / "k.jsonl").read_text() == "{}\n"
    assert part.is_dir()


def test_a_part_is_never_offered_as_a_file(tmp_path):
    (tmp_path / ".k.jsonl.elsewhere.12.part").touch()
    with pytest.raises(InputError, match=r"is a folder; write a file, in it: none that ends in \.jsonl"):
        list(rows(tmp_path))
    (tmp_path / "mine.jsonl").touch()
    with pytest.raises(InputError, match=r"no such file: .*k\.jsonl; in .*mine\.jsonl") as error:
        list(rows(tmp_path / "k.jsonl"))
    assert "elsewhere" not in str(error.value)


def test_a_part_of_somebody_elses_process_stays(tmp_path, monkeypatch):
    def kill(process, sent):
        assert sent == 0
        raise {11: PermissionError, 12: ProcessLookupError}[process]

    monkeypatch.setattr(os, "kill", kill)
    for process in (11, 12):
        (tmp_path / f".k.jsonl.{platform.node()}.{process}.part").touch()
    write(tmp_path / "k.jsonl", [])
    assert {file.name for file in tmp_path.iterdir()} == {"k.jsonl", f".k.jsonl.{platform.node()}.11.part"}
