"""The command line as a person meets it: help, mistakes, and the commands that only read recipes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import affectreason
from affectreason import cli
from affectreason.errors import InputError, closest, nearest
from affectreason.recipe import schema
from affectreason.recipe.words import read_yaml

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "transformers", "trl", "numpy", "matplotlib", "av")


def affect(*words, cwd=ROOT):
    """Run `python -m affectreason WORDS`."""
    command = [sys.executable, "-m", "affectreason", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_help_names_every_command(capsys):
    files = {path.stem for path in (ROOT / "src/affectreason/commands").glob("*.py")} - {"__init__", "launch"}
    assert set(cli.names()) == files
    for words in ([], ["help"], ["--help"], ["-h"]):
        assert cli.main(words) == 0
        said = capsys.readouterr().out
        for name in files:
            assert f"\n  affectreason {name}" in said
        assert "affectreason affectreason" not in said
        assert f"affectreason {affectreason.__version__}\n" in said


def test_help_of_each_command(capsys):
    for name in cli.names():
        for word in ("help", "--help", "-h"):
            assert cli.main([name, word]) == 0
            assert capsys.readouterr().out.startswith(f"affectreason {name} ")


@pytest.mark.parametrize("word", ["version", "--version"])
def test_version(word, capsys):
    assert cli.main([word]) == 0
    assert capsys.readouterr().out == f"{affectreason.__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shwo"], "error: unknown command 'shwo'; did you mean 'show'? known: "),
        (["launch"], "error: unknown command 'launch'; "),
        (["show"], "error: missing recipe=; for example: affectreason show recipe=tiny"),
        (["show", "recipe="], "error: missing recipe=; for example: affectreason show recipe=tiny"),
        (["plan"], "error: missing recipe=; for example: affectreason plan recipe=facial_r1"),
        (["show", "recipe=tinny"], "error: unknown recipe 'tinny'; did you mean 'tiny'?"),
        (["show", "tiny"], "error: 'tiny' is not key=value; write for example tiny=VALUE"),
        (["show", "--recipe=tiny"], "error: '--recipe=tiny' is not key=value; write for example recipe=VALUE"),
        (["show", "recipe=tiny", "sft.trian.seed=1"], "sft.trian: unknown key; did you mean 'train'?"),
        (["plan", "recipe=tiny", "x=[1"], "error: x=[1: this is not YAML"),
    ],
)
def test_mistakes_are_told_in_words_without_a_traceback(words, said, capsys):
    assert cli.main(words) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert said in error
    assert "Traceback" not in error


def test_show_prints_the_recipe_with_its_changes(capsys):
    assert cli.main(["show", "recipe=tiny", "sft.train.learning_rate=5e-6"]) == 0
    shown = read_yaml(capsys.readouterr().out, "shown")
    assert shown["name"] == "tiny"
    assert shown["stages"][2]["train"]["learning_rate"] == 5e-6
    assert shown["stages"][5]["train"]["learning_rate"] == schema.load("tiny").stage("sft_2").train["learning_rate"]
    assert "called" not in shown


def test_plan_prints_states_and_commands(capsys, tmp_path):
    out = tmp_path / "[a] b"
    done = out / "faces" / "done.json"
    done.parent.mkdir(parents=True)
    done.write_text("{}")
    words = ["plan", "recipe=facial_r1", f"out={out}", "sft.data=[a.jsonl, b.jsonl]"]
    assert cli.main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"facial_r1: Qwen/Qwen2.5-VL-7B-Instruct, in {out}"
    assert [line.split()[:3] for line in lines[1:]] == [
        ["next", "sft", "sft"], ["waiting", "grpo", "grpo"], ["waiting", "grow", "synthesize"],
        ["waiting", "sft_2", "sft"], ["waiting", "grpo_2", "grpo"],
    ]  # fmt: skip
    assert lines[1].endswith(f"sft.py recipe=facial_r1 stage=sft 'out={out}' 'sft.data=[\"a.jsonl\", \"b.jsonl\"]'")
    assert cli.main(["plan", "recipe=tiny", f"out={out}"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:3]] == ["done", "next"]


@pytest.mark.parametrize("words", [["help"], ["show", "recipe=tiny"], ["plan", "recipe=facial_r1"]], ids=lambda w: w[0])
def test_reading_commands_are_quick_and_load_nothing_heavy(words):
    code = (
        "import sys; from affectreason.cli import main; code = main(sys.argv[1:]); "
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    seconds = []
    for _ in range(3):
        begin = time.monotonic()
        command = [sys.executable, "-c", code, *words]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        seconds.append(time.monotonic() - begin)
        assert said.stderr.strip() == "[]"
    assert min(seconds) < 3


def test_the_package_runs_as_a_module(tmp_path):
    assert affect("version").stdout == f"{affectreason.__version__}\n"
    wrong = affect("nothing")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: unknown command 'nothing'")
    away = affect("show", "recipe=tiny", cwd=tmp_path)
    assert (away.returncode, away.stdout[:11]) == (0, "name: tiny\n")


@pytest.mark.parametrize("options", [[], ["-u"]], ids=["buffered", "unbuffered"])
def test_a_closed_pipe_is_no_error(options):
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, *options, "-m", "affectreason", "show", "recipe=tiny"]
    said = subprocess.run(command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert "Traceback" not in said.stderr
    assert said.returncode == 141


def test_a_stopped_command_says_that_it_goes_on(monkeypatch, capsys):
    from affectreason.commands import show

    def stopped(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(show, "main", stopped)
    assert cli.main(["show"]) == 130
    assert capsys.readouterr().err == "stopped; the same command goes on from here\n"


def test_an_error_under_accelerate_names_the_process(monkeypatch, capsys):
    from affectreason.commands import launch

    def wrong(kind, words):
        raise InputError(f"{kind} is wrong\nhint: more")

    monkeypatch.setattr(launch, "main", wrong)
    for rank, said in (("0", "error: sft is wrong\nhint: more\n"), ("3", "error: in process 3: sft is wrong\n")):
        monkeypatch.setenv("RANK", rank)
        with pytest.raises(SystemExit) as end:
            cli.launch("sft")
        assert end.value.code == 2
        assert capsys.readouterr().err == said


def test_a_command_ends_the_group_of_processes_it_began(monkeypatch):
    from torch import distributed

    from affectreason.commands import launch, show

    def work(*_):
        distributed.init_process_group("gloo", rank=0, world_size=1, store=distributed.HashStore())
        return 0

    monkeypatch.setattr(show, "main", work)
    monkeypatch.setattr(launch, "main", work)
    assert cli.main(["show"]) == 0
    assert not distributed.is_initialized()
    with pytest.raises(SystemExit):
        cli.launch("sft", [])
    assert not distributed.is_initialized()


@pytest.mark.parametrize("kind", ["sft", "grpo", "synthesize"])
def test_launch_points_are_there(kind):
    text = (ROOT / f"{kind}.py").read_text(encoding="utf-8")
    assert f'launch("{kind}")' in text


def test_nearest():
    assert nearest("stf", ["sft", "grpo"]) == "did you mean 'sft'? known: grpo, sft"
    assert nearest("zzz", ["sft", "grpo"]) == "known: grpo, sft"
    assert nearest("x", []) == "known: none"
    assert nearest(5, ["5", None]) == "did you mean '5'? known: 5, None"
    assert closest("zzz", ["sft"]) is None
