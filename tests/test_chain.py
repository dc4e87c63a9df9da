"""The whole chain of a recipe whose stages are two or three steps long, as commands a person types."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from affectreason import cli
from affectreason.model import load
from affectreason.recipe import runs, schema

ROOT = Path(__file__).resolve().parent.parent
MICRO = str(ROOT / "tests" / "data" / "micro.yaml")
CPU = ROOT / "recipes" / "accelerate"
STAGES = ["faces", "base", "sft", "grpo", "grow", "sft_2"]


def call(*words, **more):
    """Run a command in the checkout; its output is shown when it fails."""
    bin_ = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1", **more}
    made = subprocess.run([str(word) for word in words], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert made.returncode == 0, f"{words}\n{made.stdout}\n{made.stderr}"
    return made.stdout, made.stderr


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A run of everything in one process."""
    folder = tmp_path_factory.mktemp("chain") / "run"
    call("affectreason", "run", f"recipe={MICRO}", f"out={folder}")
    return folder


def test_every_stage_is_done_and_its_model_loads(out):
    recipe = schema.load(MICRO)
    assert [(stage.name, state) for stage, state in runs.states(recipe, out)] == [(name, "done") for name in STAGES]
    for name in STAGES:
        done = json.loads((out / name / "done.json").read_text())
        assert done["stage"] == name
        assert done["counts"]
        assert done["sha256"]
        assert not (out / name / "checkpoints").exists()
        assert not list((out / name).rglob("*.part"))
    for name in ("base", "sft", "grpo", "sft_2"):
        assert load.load(str(out / name / "model"))[0].config.model_type == "qwen3_vl"
    assert json.loads((out / "grow" / "manifest.json").read_text())["kept"] == 14


def test_the_report_holds_each_number_beside_chance(out):
    report = json.loads((out / "report" / "report.json").read_text())
    assert list(report["stages"]) == ["base", "sft", "grpo", "sft_2"]
    for metrics in report["stages"].values():
        assert metrics.keys() >= {"emotion_accuracy", "uar", "au_f1", "parse_rate", "mean_reward"}
        for metric in metrics.values():
            assert {"value", "low", "high", "n", "chance", "best_constant", "majority", "answer"} <= metric.keys()
            assert metric["low"] <= metric["value"] <= metric["high"]
            assert metric["n"] == 8


def test_running_again_does_nothing_and_is_quick(out):
    times = {path: path.stat().st_mtime_ns for path in out.rglob("done.json")}
    assert len(times) == len(STAGES)
    begin = time.monotonic()
    printed, said = call("affectreason", "run", f"recipe={MICRO}", f"out={out}")
    assert time.monotonic() - begin < 60  # on a busy machine; about ten seconds alone
    assert said.count("(done before)") == len(STAGES)
    assert "report.html" in printed
    assert times == {path: path.stat().st_mtime_ns for path in out.rglob("done.json")}


def test_plan_and_report_know_the_run(out, capsys):
    assert cli.main(["plan", f"recipe={MICRO}", f"out={out}"]) == 0
    printed = capsys.readouterr().out
    assert [line.split()[:2] for line in printed.splitlines()[-len(STAGES) :]] == [["done", name] for name in STAGES]
    (out / "report" / "report.html").unlink()
    assert cli.main(["report", f"recipe={MICRO}", f"out={out}"]) == 0
    assert (out / "report" / "report.html").is_file()


def test_a_done_stage_says_so(out):
    printed, _ = call(sys.executable, "grpo.py", f"recipe={MICRO}", f"out={out}")
    assert printed.startswith(f"grpo is done in {out}; run it anew in another folder with out=")


@pytest.mark.slow
def test_the_launch_points_run_the_chain(tmp_path):
    launch = ("accelerate", "launch", "--config_file", CPU / "cpu.yaml")
    for script in ("sft.py", "grpo.py", "synthesize.py", "sft.py"):
        call(*launch, script, f"recipe={MICRO}", f"out={tmp_path / 'run'}")
    assert [state for _, state in runs.states(schema.load(MICRO), tmp_path / "run")] == ["done"] * len(STAGES)
    assert len(list((tmp_path / "run").glob("*/evaluation/predictions.jsonl"))) == 4


LAUNCH = {
    "ddp": (sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--standalone", "sft.py"),
    "zero2": ("accelerate", "launch", "--config_file", CPU / "cpu_zero2.yaml", "sft.py"),
}
COMPILES = pytest.mark.skipif(shutil.which("g++") is None, reason="DeepSpeed compiles its CPU collectives, with g++")


@pytest.mark.parametrize("way", ["ddp", pytest.param("zero2", marks=[pytest.mark.slow, COMPILES])])
def test_two_processes(way, out, tmp_path):
    """The faces and the base are those of the run; the second process must change neither what is learnt nor asked."""
    run = tmp_path / "run"
    run.mkdir()
    for name in ("faces", "base"):
        (run / name).symlink_to(out / name)
    words = (f"recipe={MICRO}", "stage=sft", f"out={run}", "evaluate.limit=4")
    call(*LAUNCH[way], *words, DS_ACCELERATOR="cpu")
    done = json.loads((run / "sft" / "done.json").read_text())
    assert done["counts"] == {"samples": 14, "steps": 3}
    model, _ = load.load(str(run / "sft" / "model"))
    assert model.config.model_type == "qwen3_vl"
    assert sorted(path.name for path in (run / "sft" / "model").iterdir()) == sorted(
        path.name for path in (out / "sft" / "model").iterdir()
    )
    losses = [
        row["loss"] for row in map(json.loads, (run / "sft" / "log.jsonl").read_text().splitlines()) if "loss" in row
    ]
    assert len(losses) == 3
    assert 6 < losses[0] < 8  # the mean over the tokens of both processes, not their sum
    assert len((run / "sft" / "evaluation" / "predictions.jsonl").read_text().splitlines()) == 4
