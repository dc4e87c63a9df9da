"""How fast and how flat `affectreason prep` is: rows of a table, and clips that are decoded to their end.

    python eval/speed/prep.py rows=1000000 clips=20000

Rows are read beside the least that any program must do (csv in, JSON out, no check at all), clips beside one process
that examines them one by one. Each side is a process of its own, whose peak of memory is asked of the system; the
workers that decode are not in it. The last line is one JSON object.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

EMOTIONS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
DIFFERENT = 50


def write_rows(path: Path, count: int) -> None:
    """A table of `count` rows with an emotion, twelve units, a transcript and a split."""
    with path.open("w", encoding="utf-8") as file:
        file.write(
            "file,emotion,why,split,"
            + ",".join(f"AU{number:02}" for number in range(1, 13) if number not in (3, 8))
            + "\n"
        )
        for row in range(count):
            units = ",".join(str((row >> bit) & 1) for bit in range(10))
            split = "test" if row % 10 == 0 else "train"
            file.write(
                f"clips/{row:07}.mp4,{EMOTIONS[row % 7]},the brows of person {row} are lowered,{split},{units}\n"
            )


def write_clips(folder: Path, count: int) -> None:
    """`count` clips of 25 frames: fifty different files, linked under as many names as are asked for."""
    import av
    import numpy as np

    folder.mkdir()
    for number in range(min(count, DIFFERENT)):
        with av.open(str(folder / f"{number:07}.mp4"), "w") as container:
            stream = container.add_stream("mpeg4", rate=25)
            stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
            for frame in range(25):
                pixels = np.random.default_rng(number * 25 + frame // 5).integers(0, 255, (12, 16, 3), np.uint8)
                picture = av.VideoFrame.from_ndarray(pixels.repeat(10, 0).repeat(10, 1), format="rgb24")
                container.mux(stream.encode(picture))
            container.mux(stream.encode())
    for number in range(DIFFERENT, count):
        os.link(folder / f"{number % DIFFERENT:07}.mp4", folder / f"{number:07}.mp4")


def least(table: Path, out: Path) -> None:
    """Read the same table and write JSON lines, checking nothing."""
    import csv

    with table.open(encoding="utf-8") as rows, out.open("w", encoding="utf-8") as lines:
        for row in csv.DictReader(rows):
            lines.write(json.dumps(row) + "\n")


def ours(table: Path, out: Path, look: str) -> None:
    """`affectreason prep table` over the table."""
    from affectreason.commands import prep

    words = [f"csv={table}", "video=file", "emotion=emotion", "aus_prefix=AU", "reasoning=why", "split=split"]
    assert prep.main(["table", *words, f"out={out}", f"look={look}"]) == 0


def one_by_one(folder: Path) -> None:
    """Examine every clip in one process."""
    from affectreason.media.examine import examine

    for path in sorted(folder.iterdir()):
        assert examine("video", str(path)).problem is None


def checked(samples: Path) -> None:
    """`affectreason check` over samples, no media opened."""
    from affectreason.commands import check

    check.main([f"data={samples}", "media=false", "--json"])


def measured(side: str, *words: str) -> dict[str, float]:
    """Seconds and peak megabytes of one side, run as a process of its own."""
    start = time.perf_counter()
    command = [sys.executable, __file__, "--side", side, *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    return {"seconds": round(seconds, 2), "megabytes": round(float(done.stdout.splitlines()[-1]), 1)}


def side(name: str, words: list[str]) -> None:
    """Run one side in this process and print its peak of memory in megabytes."""
    paths = [Path(word) for word in words[:2]]
    if name == "least":
        least(*paths)
    elif name == "one_by_one":
        one_by_one(paths[0])
    elif name == "check":
        checked(paths[0])
    else:
        ours(paths[0], paths[1], words[2])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main(words: list[str]) -> None:
    """Make the inputs, run the sides in turn, print a line each and one JSON object last."""
    given = dict(word.split("=") for word in words)
    rows, clips = int(given.get("rows", 1_000_000)), int(given.get("clips", 20_000))
    found: dict[str, Any] = {"rows": rows, "clips": clips, "cores": len(os.sched_getaffinity(0))}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few, many, seen = (folder / f"{part}.csv" for part in ("few", "many", "seen"))
        write_rows(few, rows // 100)
        write_rows(many, rows)
        write_rows(seen, clips)
        write_clips(folder / "clips", clips)
        runs: dict[str, tuple[int, tuple[str, ...]]] = {
            "prep, a hundredth of the rows": (rows // 100, ("ours", str(few), str(folder / "a.jsonl"), "none")),
            "prep, all rows": (rows, ("ours", str(many), str(folder / "b.jsonl"), "none")),
            "csv to json, nothing checked": (rows, ("least", str(many), str(folder / "c.jsonl"))),
            "check, a hundredth of the rows": (rows // 100, ("check", str(folder / "a.jsonl"))),
            "check, all rows": (rows, ("check", str(folder / "b.jsonl"))),
            "clips, one by one": (clips, ("one_by_one", str(folder / "clips"))),
            "clips, prep": (clips, ("ours", str(seen), str(folder / "d.jsonl"), "decode")),
            "clips, prep again": (clips, ("ours", str(seen), str(folder / "d.jsonl"), "decode")),
        }
        for what, (count, (which, *rest)) in runs.items():
            found[what] = measured(which, *rest)
            rate = found[what]["a_second"] = round(count / found[what]["seconds"])
            print(f"{what:<32} {found[what]['megabytes']:7.0f} MB {rate:9,} a second", flush=True)

    def ratio(one: str, other: str, of: str) -> float:
        return round(found[one][of] / found[other][of], 2)

    found["prep: memory, hundred times the rows"] = ratio(
        "prep, all rows", "prep, a hundredth of the rows", "megabytes"
    )
    found["check: memory, hundred times the rows"] = ratio(
        "check, all rows", "check, a hundredth of the rows", "megabytes"
    )
    found["prep: time against csv to json"] = ratio("prep, all rows", "csv to json, nothing checked", "seconds")
    found["clips: as fast as one by one"] = ratio("clips, one by one", "clips, prep", "seconds")
    found["clips: time when run again"] = ratio("clips, prep again", "clips, prep", "seconds")
    print(json.dumps(found))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--side"]:
        side(sys.argv[2], sys.argv[3:])
    else:
        main(sys.argv[1:])
