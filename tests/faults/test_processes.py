"""Two processes share one lock and one checkpoint; if one is killed the other ends too, and both go on as they were.

One process alone is told, and goes on where they stood.
"""

import json
import os
import shutil
import subprocess
import sys
import time

import psutil
import pytest
from safetensors.torch import load_file
from tests.conftest import MICRO, ROOT
from tests.faults.test_kills import log

from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.model import checkpoints
from affectreason.recipe import changes, locks, schema
from affectreason.recipe.words import pairs
from affectreason.stages import sft

TRAIN = "learning_rate: 1e-3, per_device_train_batch_size: 2, max_steps: 40, save_steps: 4, logging_steps: 3"
START = {
    "ddp": ("-m", "torch.distributed.run", "--nproc_per_node", "2", "--standalone", "-m", "affectreason", "run"),
    "zero2": (
        "-m",
        "accelerate.commands.launch",
        "--config_file",
        str(ROOT / "recipes/accelerate/cpu_zero2.yaml"),
        "sft.py",
    ),
}
NO_COMPILER = pytest.mark.skipif(shutil.which("g++") is None, reason="DeepSpeed compiles its CPU collectives")


SOON = 60
"""Seconds within which the others have ended; it was a second where this was written."""


@pytest.mark.slow
@pytest.mark.parametrize(("way", "rank"), [("ddp", 0), ("ddp", 1), pytest.param("zero2", 1, marks=NO_COMPILER)])
def test_one_of_two_processes_killed_and_both_gone_on(way, rank, qwen, drawn, tmp_path):
    write(tmp_path / "s.jsonl", drawn["pictures"][:10])
    words = [f"recipe={MICRO}", f"sft.init={qwen}", f"sft.data=[{tmp_path / 's.jsonl'}]", "evaluate=null",
             f"sft.train={{{TRAIN}}}"]  # fmt: skip
    given = pairs(words)
    recipe = schema.load(str(given.pop("recipe")), given)

    def start(out):
        command = [sys.executable, *START[way], *words, "stage=sft", f"out={tmp_path / out}"]
        env = {**os.environ, "DS_ACCELERATOR": "cpu"}
        return subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)

    killed = start("killed")
    place = tmp_path / "killed" / "sft" / "checkpoints"
    while not list(place.glob("checkpoint-*/complete")):
        assert killed.poll() is None, killed.stderr.read()[-3000:]
        time.sleep(0.05)
    with pytest.raises(InputError, match=r"another run \(pid \d+ on .*\) is working in .*/killed/sft; wait for it"):
        sft.run(recipe, recipe.stage("sft"), tmp_path / "killed")
    family = psutil.Process(killed.pid).children(recursive=True)
    victim = next(one for one in family if one.environ().get("RANK") == str(rank))
    assert (victim.pid == locks.holder(tmp_path / "killed" / "sft").pid) is (rank == 0)
    begin = time.monotonic()
    victim.kill()
    _, said = killed.communicate(timeout=SOON)
    print(f"{way}, rank {rank}: all had ended {time.monotonic() - begin:.1f} s after the kill")
    assert killed.returncode != 0
    assert f"Signal 9 (SIGKILL) received by PID {victim.pid}" in said
    assert not psutil.wait_procs(family, timeout=SOON)[1]
    made = json.loads((checkpoints.find(tmp_path / "killed" / "sft").path / "complete").read_text())
    assert (made["processes"], made["samples"]) == (2, 4)
    assert {"rng_state_0.pth", "rng_state_1.pth"} <= set(made["files"])
    with pytest.raises(
        InputError, match=r"(?s)was made otherwise:\n  processes: 2 -> 1\n  samples a step: 4 -> 2\nan epoch"
    ):
        sft.run(recipe, recipe.stage("sft"), tmp_path / "killed")
    shutil.copytree(tmp_path / "killed", tmp_path / "alone")
    for out in ("killed", "whole"):
        ended = start(out)
        _, said = ended.communicate(timeout=300)
        assert ended.returncode == 0, said[-3000:]
        assert "missing keys" not in said
        assert "do not match" not in said
    one, other = (load_file(tmp_path / out / "sft" / "model" / "model.safetensors") for out in ("killed", "whole"))
    assert one.keys() == other.keys()
    assert all(one[name].equal(other[name]) for name in other)
    killed, never = (log(tmp_path / out / "sft" / "log.jsonl") for out in ("killed", "whole"))
    assert killed == never
    assert [row["step"] for row in never if "loss" in row][-1] == 40
    assert never[-1]["train_loss"] > 0
    assert not (tmp_path / "killed" / "sft" / "changes.jsonl").exists()
    if (way, rank) == ("ddp", 0):
        alone_goes_on(recipe, tmp_path / "alone", made["place"])


def alone_goes_on(recipe, folder, place):
    """One process takes over with steps of half the samples: the epoch goes on where the two were in it."""
    told = changes.told(recipe, "changed")
    sft.run(told, told.stage("sft"), folder)
    done = json.loads((folder / "sft" / "done.json").read_text())
    assert done["changed"][0].endswith("processes: 2 -> 1")
    last = log(folder / "sft" / "log.jsonl")[-1]
    assert last["step"] == 40
    steps = place["epoch"] * 5 + place["learned"] // 2 + 40 - place["step"]  # five of two samples an epoch
    assert last["epoch"] == pytest.approx(steps / 5)
