import fcntl
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.affect.samples import read
from affectreason.errors import InputError
from affectreason.published.about import LeftOut
from affectreason.published.beside import journal_of, record_of
from affectreason.published.prepare import prepare


def picture(path, shade=0):
    Image.new("RGB", (40, 40), (shade, 90, 60)).save(path)
    return Media(kind="image", path=str(path))


def sample(name, *media, emotion="happy", split="train"):
    return Sample(
        id=name, media=media, gold=Affect(emotion=emotion), labels="ekman7", provenance=Provenance(split=split)
    )


def run(items, out, line="affectreason prep x", look="decode", skip=False, moved=lambda at, total: None):
    return prepare(lambda: iter(items), out, line, look, skip, moved)


def test_samples_are_written_counted_and_recorded(tmp_path):
    items = [
        sample("a", picture(tmp_path / "a.png")),
        LeftOut("b", "known broken", "list.csv:3"),
        sample("c", split="test", emotion="Sad"),
    ]
    seen = []
    done = run(items, tmp_path / "o.jsonl", moved=lambda at, total: seen.append((at, total)))
    assert [one.gold.emotion for one in read(tmp_path / "o.jsonl")] == ["happiness", "sadness"]
    assert (tmp_path / "o.jsonl").read_text().splitlines()[0] == (
        '{"id":"a","media":[{"kind":"image","path":"a.png"}],"gold":{"emotion":"happiness"},"labels":"ekman7",'
        '"provenance":{"split":"train"}}'
    )
    assert done.counts.by_split() == {"test": 1, "train": 1}
    assert seen[-1] == (3, 3)
    record = json.loads(record_of(tmp_path / "o.jsonl").read_text())
    assert record["left_out"] == [{"id": "b", "why": "known broken", "where": "list.csv:3"}]
    assert (record["line"], record["counts"], len(record["sha256"])) == (
        "affectreason prep x",
        {"test": 1, "train": 1},
        64,
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "o.jsonl", "o.media.sqlite", "o.prep.json"]


def test_all_missing_media_are_named_before_any_is_decoded(tmp_path):
    (tmp_path / "empty.png").touch()
    items = [
        sample("a", Media(kind="image", path=str(tmp_path / "gone.png"))),
        sample("b", Media(kind="image", path=str(tmp_path / "empty.png"))),
        sample("c", Media(kind="video", path=str(tmp_path / "no" / "c.mp4"))),
        sample("d", Media(kind="url", path="https://example.org/d.png")),
    ]
    for look in ("decode", "exist"):
        with pytest.raises(InputError) as error:
            run(items, tmp_path / "o.jsonl", look=look)
        assert str(error.value).splitlines() == [
            "the media of 3 of 4 rows are missing, nothing was written; put them in place, or leave such rows out with "
            "missing=skip:",
            f"  row 1: a: {tmp_path}/gone.png: no such file",
            f"  row 2: b: {tmp_path}/empty.png: is empty (0 bytes); fetch it again",
            f"  row 3: c: {tmp_path}/no/c.mp4: no such file (the folder {tmp_path}/no is missing too)",
        ]
    assert not journal_of(tmp_path / "o.jsonl").exists()
    assert not record_of(tmp_path / "o.jsonl").exists()
    done = run(items, tmp_path / "o.jsonl", look="exist", skip=True)
    assert ([one.id for one in done.unusable], done.counts.by_split()) == (["a", "b", "c"], {"train": 1})
    assert run(items, tmp_path / "p.jsonl", look="none").unusable == []


@pytest.mark.parametrize("look", ["decode", "exist"])
def test_paths_that_cannot_be_files_are_named_as_missing_ones_are(tmp_path, look):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    picture(tmp_path / "a.png")
    paths = ["a\0b.png", f"{tmp_path}/loop", f"{tmp_path}/{'x' * 300}.png", str(tmp_path), f"{tmp_path}/a.png"]
    items = [sample(name, Media(kind="image", path=path)) for name, path in zip("abcde", paths, strict=True)]
    with pytest.raises(InputError) as error:
        run(items, tmp_path / "o.jsonl", look=look)
    said = str(error.value).splitlines()
    assert said[0].startswith("the media of 4 of 5 rows are missing, nothing was written; ")
    assert [line[: len("  row 1: a: ")] for line in said[1:]] == [f"  row {n}: {'abcd'[n - 1]}: " for n in (1, 2, 3, 4)]
    assert [line.rpartition(": ")[2] for line in said[1:]] == [
        "embedded null byte",
        "Too many levels of symbolic links",
        "File name too long",
        "is a folder, not a file; for a folder of frames write kind 'frames'",
    ]


def test_damaged_media_are_all_named_and_left_out_on_request(tmp_path):
    (tmp_path / "b.png").write_bytes(b"\x89PNG")
    items = [sample(name, Media(kind="image", path=str(tmp_path / f"{name}.png"))) for name in "abc"]
    picture(tmp_path / "a.png")
    (tmp_path / "c.png").write_bytes((tmp_path / "a.png").read_bytes()[:60])
    with pytest.raises(
        InputError, match=r"the media of 2 of 3 rows are damaged, nothing was written; (.*\n)+.* b: (.*\n)+.* c: "
    ):
        run(items, tmp_path / "o.jsonl")
    assert not (tmp_path / "o.jsonl").exists()
    done = run(items, tmp_path / "o.jsonl", skip=True)
    assert [one.id for one in done.unusable] == ["b", "c"]
    assert [one.id for one in read(tmp_path / "o.jsonl")] == ["a"]
    with pytest.raises(InputError, match=r"no sample is left of 2, nothing was written:\n  media: b: .*\n  media: c: "):
        run(items[1:], tmp_path / "p.jsonl", skip=True)


def test_a_row_that_a_script_leaves_out_is_no_missing_medium(tmp_path):
    done = run([LeftOut("a", "known broken", "row 1"), sample("b")], tmp_path / "o.jsonl")
    assert ([one.id for one in done.left_out], done.unusable) == (["a"], [])


def test_more_than_twenty_are_counted(tmp_path):
    items = [sample(str(n), Media(kind="image", path=str(tmp_path / f"{n}.png"))) for n in range(25)]
    with pytest.raises(InputError, match=r"of 25 of 25 rows are missing(.*\n){21}  \.\.\. and 5 more$"):
        run(items, tmp_path / "o.jsonl")


def test_equal_ids_and_labels_outside_the_set_stop_before_media(tmp_path):
    with pytest.raises(InputError, match=r"rows 1 and 3 have the id 'a'; give each its own"):
        run([sample("a"), sample("b"), sample("a")], tmp_path / "o.jsonl")
    with pytest.raises(
        InputError, match=r"sample 'a': the label 'hapy' is not in the vocabulary 'ekman7'; did you mean"
    ):
        run([sample("a", emotion="hapy")], tmp_path / "o.jsonl")


def test_the_end_of_a_clip_must_lie_inside_it(tmp_path, clip):
    media = Media(kind="video", path=str(clip(tmp_path / "a.mp4")), start=5, end=6)
    done = run([sample("a", media), sample("b", media.model_copy(update={"start": 0, "end": 0.5}))],
               tmp_path / "o.jsonl", skip=True)  # fmt: skip
    assert [one.id for one in done.unusable] == ["a"]


def test_a_file_of_another_line_is_not_replaced(tmp_path):
    out = tmp_path / "o.jsonl"
    run([sample("a")], out)
    run([sample("b")], out)  # the same line may be run again
    with pytest.raises(
        InputError, match=r"o.jsonl was made by: affectreason prep x; choose another out=, or remove it"
    ):
        run([sample("c")], out, line="affectreason prep y")
    record_of(out).unlink()
    with pytest.raises(InputError, match=r"o.jsonl is there already, and not made by `affectreason prep`; choose"):
        run([sample("c")], out)
    assert [one.id for one in read(out)] == ["b"]


def test_no_lock_is_left_behind_by_an_error(tmp_path):
    with pytest.raises(InputError, match=r"rows 1 and 2 have the id 'a'"):
        run([sample("a"), sample("a")], tmp_path / "o.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_two_runs_do_not_write_one_file(tmp_path):
    with (tmp_path / ".o.jsonl.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InputError, match=r"another run is writing .*o.jsonl; wait for it, or choose another out="):
            run([sample("a")], tmp_path / "o.jsonl")


SCRIPT = """
import sys
from pathlib import Path
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.published.prepare import prepare
folder = Path(sys.argv[1])
rows = [Sample(id=f"s{n}", media=(Media(kind="image", path=str(folder / f"{n}.png")),)) for n in range(60)]
print("begun", flush=True)
prepare(lambda: iter(rows), folder / "o.jsonl", "line", "decode", False, lambda at, total: print(at, flush=True))
"""


def test_a_killed_run_goes_on_and_gives_the_same_bytes(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        for number in range(60):
            Image.effect_noise((500, 500), number + 1).save(tmp_path / folder / f"{number}.png")
    command = [sys.executable, "-c", SCRIPT]
    subprocess.run([*command, str(tmp_path / "one")], check=True, stdout=subprocess.DEVNULL)
    process = subprocess.Popen(
        [*command, str(tmp_path / "two")], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    for line in process.stdout:
        if line.strip() == "1":
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.wait()
    assert not (tmp_path / "two" / "o.jsonl").exists()
    time.sleep(0.2)
    subprocess.run([*command, str(tmp_path / "two")], check=True, stdout=subprocess.DEVNULL)
    assert (tmp_path / "one" / "o.jsonl").read_bytes() == (tmp_path / "two" / "o.jsonl").read_bytes()
