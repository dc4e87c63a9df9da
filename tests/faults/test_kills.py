"""`kill -9` at random moments of every kind of stage: the run goes on and ends as one that was never killed."""

import json
import multiprocessing
import os
import random
import shutil
import time
from pathlib import Path

import pytest

CHAIN = str(Path(__file__).with_name("chain.yaml"))
MODELS = ("base", "sft", "grpo")
KINDS = ("faces", "base", "sound", "sft", "grpo", "grow", "evaluate")
SEED = int(os.environ.get("AFFECTREASON_KILLS", random.SystemRandom().randrange(10**6)))
DONE = ("stage", "kind", "counts", "sha256")
TIMED = ("train_runtime", "train_samples_per_second", "train_steps_per_second", "step_time")


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Begin `affectreason run` in a process that is forked from one that has imported all it needs."""
    context = multiprocessing.get_context("forkserver")
    kinds = ("draw", "warm_up", "filter", "sft", "grpo", "synthesize", "evaluate")
    context.set_forkserver_preload([f"affectreason.stages.{kind}" for kind in kinds])
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(Path(__file__).parent))
    patch.setenv("PYTHONWARNINGS", "ignore")
    import dying

    def begin(place, stage, at=None, after=0.0):
        words = [f"recipe={CHAIN}", f"stage={stage}", "out=run"]
        process = context.Process(target=dying.run, args=(words, str(place), at, after))
        process.start()
        process.join()
        return process.exitcode

    yield begin
    patch.undo()


@pytest.fixture(scope="module")
def whole(start, tmp_path_factory):
    """Where runs happen, one at a time, for samples name their media; a run that was never killed; its writes."""
    here, writes = tmp_path_factory.mktemp("kills") / "here", {}
    here.mkdir()
    begin = time.monotonic()
    for stage in KINDS[:-1]:
        assert start(here, stage) == 0, (here / "said.txt").read_text()[-3000:]
        writes[stage] = int((here / "writes.txt").read_text())
    (here / "run").rename(here.parent / "whole")
    print(f"whole run: {time.monotonic() - begin:.1f} s, writes {writes}")
    return here, here.parent / "whole", writes


def cases(number):
    return [(KINDS[index % len(KINDS)], index) for index in range(number)]


def kill_and_go_on(start, whole, kind, index):
    """Kill a stage at a random write, or a moment after it, again while it goes on, and let it end."""
    here, never, writes = whole
    draw = random.Random(f"{SEED}/{index}")
    stage = "sft" if kind == "evaluate" else kind
    shutil.rmtree(here)
    shutil.copytree(never, here / "run")
    shutil.rmtree(here / "run" / stage / ("evaluation" if kind == "evaluate" else ""))
    told = f"seed {SEED}, case {index}, {kind}:"
    for _ in range(2):
        at = draw.randint(1, 5 if kind == "evaluate" else writes[stage] - 1)
        after = draw.choice([0.0, draw.uniform(0, 0.05)]) if 2 * at < writes[stage] else 0.0  # the last come fast
        code = start(here, stage, at, after)
        told += f" exit {code}, {after:.3f} s after write {at} of {writes[stage]};"
        if code == 0:  # it ended before
            break
    print(told)
    assert start(here, stage) == 0, told + (here / "said.txt").read_text()[-3000:]
    same(never / stage, here / "run" / stage, told)


def same(never, killed, told):
    """Every file of a stage has the same bytes, but for times; of a kill nothing is left but hidden files."""
    assert files(never) == files(killed), told
    for name in sorted(files(never), key=lambda name: "model" not in name):
        one, other = never / name, killed / name
        if name == "log.jsonl":
            assert log(one) == log(other), told
        elif name == "done.json":
            first, second = (json.loads(path.read_text()) for path in (one, other))
            assert [first[key] for key in DONE] == [second[key] for key in DONE], told
        elif "parts" not in name:  # where the rows lie in the order they were made in
            assert one.read_bytes() == other.read_bytes(), f"{told} {name}"


def files(place):
    """The files below a folder."""
    found = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
    return {name for name in found if not Path(name).name.startswith(".")}


def log(path):
    rows = map(json.loads, path.read_text().splitlines())
    return [{key: value for key, value in row.items() if key not in TIMED} for row in rows]


@pytest.mark.parametrize(("kind", "index"), cases(7)[2::3])  # a sound and a synthesis; tests/stages kills the others
def test_killed_and_gone_on_is_never_killed(start, whole, kind, index):
    kill_and_go_on(start, whole, kind, index)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "index"), cases(30))
def test_thirty_kills(start, whole, kind, index):
    kill_and_go_on(start, whole, kind, index)
