# ruff: noqa: E501
"""`plan` on machines: every command that it prints is one that accelerate itself reads as was asked."""

import os
import shlex
import subprocess

import pytest
from tests.conftest import MICRO, ROOT

from affectreason.commands import plan
from affectreason.errors import InputError
from affectreason.recipe import machines, runs, schema

FULL, LORA = f"recipe={MICRO}", "sft.lora={r: 4}"


def printed(capsys, *words):
    assert plan.main(list(words)) == 0
    return capsys.readouterr()


def launched(text, stage, **names):
    """The words of one stage's command as accelerate reads them, with a shell's names put in."""
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser

    line = next(line for line in text.splitlines() if f"stage={stage} " in line or line.endswith(f"stage={stage}"))
    for name, value in names.items():
        line = line.replace(f'"${name}"', value)
    words = shlex.split(line[line.index("accelerate launch") :])[2:]
    args = launch_command_parser().parse_args(words)
    return _validate_launch_command(args)[0]


def test_without_machines_the_recipes_own_command(capsys):
    found = printed(capsys, FULL)
    assert "accelerate launch sft.py" in found.out or "accelerate launch -m affectreason launch sft" in found.out
    assert found.err == ""
    assert "--num_processes" not in found.out


def test_eight_gpus_of_two_machines(capsys, tmp_path, monkeypatch):
    """Sixteen processes; the launcher is torch's on every machine, not a shell that logs into the others."""
    found = printed(capsys, "recipe=facial_r1", "gpus=8", "nodes=2", "ip=10.0.0.1", "port=29501")
    assert found.err == ""  # zero3.yaml is the recipe's own
    assert "on 2 machines that share this folder: RANK=0 on 10.0.0.1, up to RANK=1 on the last" in found.out
    args = launched(found.out, "grpo", RANK="1")
    assert (args.num_processes, args.num_machines, int(args.machine_rank)) == (16, 2, 1)
    assert (args.main_process_ip, int(args.main_process_port)) == ("10.0.0.1", 29501)
    assert (args.zero_stage, args.deepspeed_multinode_launcher, args.rdzv_backend) == (3, "standard", "static")
    from accelerate.utils.launch import prepare_deepspeed_cmd_env

    args.deepspeed_fields_from_accelerate_config = ""  # the command itself sets it where it reads a file
    prepare_deepspeed_cmd_env(args)
    assert (args.nproc_per_node, args.nnodes, args.node_rank, args.rdzv_endpoint) == ("8", "2", 1, "10.0.0.1:29501")


@pytest.mark.parametrize(
    ("words", "file", "line"),
    [
        (["gpus=1"], "one_gpu", "launch: the recipe names no accelerate file, so recipes/accelerate/one_gpu.yaml; launch=FILE takes another\n"),
        (["gpus=2"], "zero3", "launch: the recipe names no accelerate file, so recipes/accelerate/zero3.yaml; launch=FILE takes another\n"),
        (["gpus=4", "launch=recipes/accelerate/zero2.yaml"], "zero2", ""),
        (["gpus=1", "launch=recipes/accelerate/zero3_offload.yaml"], "zero3_offload", ""),
        (["gpus=4", "launch=recipes/accelerate/fsdp2.yaml"], "fsdp2", ""),
        (["gpus=2", "launch=recipes/accelerate/one_gpu.yaml"], "zero3", "launch: recipes/accelerate/one_gpu.yaml is for one process, not 2, so recipes/accelerate/zero3.yaml; launch=FILE takes another\n"),
        (["gpus=2", "launch=recipes/accelerate/cpu.yaml"], "zero3", "launch: recipes/accelerate/cpu.yaml is for CPUs, so recipes/accelerate/zero3.yaml; launch=FILE takes another\n"),
    ],
)  # fmt: skip
def test_the_file_is_kept_or_suits(words, file, line, capsys):
    found = printed(capsys, FULL, *words)
    assert found.err == line
    args = launched(found.out, "sft")
    assert args.config_file.endswith(f"/{file}.yaml")
    assert args.num_processes == int(words[0].removeprefix("gpus="))


def test_a_launcher_of_deepspeeds_own_is_not_taken_over_machines(capsys, tmp_path):
    """Started on every machine, pdsh's launcher makes a group of each; seen with two."""
    path = tmp_path / "own.yaml"
    path.write_text("distributed_type: DEEPSPEED\ndeepspeed_config: {zero_stage: 2}")
    found = printed(capsys, FULL, f"launch={path}", "gpus=2", "nodes=2", "ip=10.0.0.1")
    assert found.err == (
        f"launch: {path} has no deepspeed_multinode_launcher: standard, without which each machine would train by "
        "itself, so recipes/accelerate/zero3.yaml; launch=FILE takes another\n"
    )
    assert printed(capsys, FULL, f"launch={path}", "gpus=2").err == ""
    path.write_text("distributed_type: DEEPSPEED\ndeepspeed_config: {deepspeed_multinode_launcher: standard}")
    assert printed(capsys, FULL, f"launch={path}", "gpus=2", "nodes=2", "slurm=true").err == ""


@pytest.mark.parametrize("more", [[], ["gpus=2"]], ids=["as it is", "gpus"])
def test_a_launch_file_that_is_no_mapping_is_refused(more, tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("- num_processes: 2")
    with pytest.raises(InputError, match=r"own\.yaml: an accelerate config is a mapping; see recipes/accelerate"):
        plan.main([FULL, f"launch={path}", *more])
    path.write_bytes(b"num_processes: \xff")
    with pytest.raises(InputError, match=r"own\.yaml: an accelerate config is UTF-8 text \('utf-8' codec"):
        plan.main([FULL, f"launch={path}", *more])


def test_adapters_alone_need_no_parted_weights(recipe):
    found = recipe(sft__lora={"r": 4}, grpo__lora={"r": 4}, sft_2__lora={"r": 4})
    alone = found.model_copy(update={"stages": tuple(s for s in found.stages if s.kind != "warm_up")})
    assert machines.suited(alone, machines.Machines(8))[0].launch == "recipes/accelerate/zero2.yaml"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["gpus=0"], "gpus=0: there is nothing to launch on; write the GPUs of one machine from 1, or leave it out and take launch=recipes/accelerate/cpu.yaml"),
        (["gpus=-1"], "gpus=-1: write a whole number from 1 to 64"),
        (["gpus=2.5"], "gpus=2.5: write a whole number from 1 to 64"),
        (["gpus=many"], "gpus=many: write a whole number from 1 to 64"),
        (["gpus=true"], "gpus=true: write a whole number from 1 to 64"),
        (["gpus=8", "nodes=0"], "nodes=0: write a whole number from 1 to 4096"),
        (["gpus=8", "nodes=2"], "nodes=2: give ip=, the address by which the others reach the first machine, for example ip=10.0.0.1; or slurm=true, where SLURM knows it"),
        (["nodes=2", "ip=10.0.0.1"], "nodes=2 without gpus=; write the GPUs of one machine, for example gpus=8"),
        (["gpus=65"], "gpus=65: these are the GPUs of one machine, from 1 to 64; for more add nodes="),
        (["gpus=2", "nodes=5000", "slurm=true"], "nodes=5000: write a whole number from 1 to 4096"),
        (["slurm=true"], "slurm=true without gpus=; write the GPUs of one machine, for example gpus=8"),
        (["gpus=8", "ip=10.0.0.1"], "ip=10.0.0.1: there is one machine alone; leave it out, or give nodes="),
        (["gpus=8", "nodes=2", "slurm=true", "ip=10.0.0.1"], "ip=10.0.0.1: SLURM names the first machine; leave it out"),
        (["gpus=8", "nodes=2", "ip='a; rm b'"], "ip=a; rm b: write a host name or an address, for example ip=10.0.0.1"),
        (["gpus=8", "nodes=2", "ip=7"], "ip=7: write a host name or an address, for example ip=10.0.0.1"),
        (["gpus=8", "nodes=2", "ip=a", "port=70000"], "port=70000: write a whole number from 1 to 65535"),
        (["gpus=8", "slurm=1"], "slurm=1: it is true or false"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_words(words, text):
    with pytest.raises(InputError) as error:
        plan.main([FULL, *words])
    assert str(error.value) == text


def test_a_job_for_slurm_runs_the_stages_that_are_left(capsys, tmp_path):
    """The script is run with stand-ins for SLURM's programs and accelerate, which write down what they are given."""
    found = printed(capsys, FULL, "gpus=8", "nodes=2", "slurm=true", f"out={tmp_path / 'run'}", "sft.hinted=0.5")
    assert "#SBATCH --nodes=2\n#SBATCH --ntasks-per-node=1\n#SBATCH --gpus-per-node=8\n" in found.out
    assert job(tmp_path, found.out).returncode == 0
    told = (tmp_path / "told").read_text().splitlines()
    assert [line.split()[0] for line in told] == ["alone"] * 2 + ["launch"] * 8
    assert "--machine_rank 0 --main_process_ip first --main_process_port 29500" in told[2]
    assert "--machine_rank 1 --main_process_ip first" in told[3]
    assert all(line.endswith("sft.hinted=0.5") for line in told)
    assert (tmp_path / "cores").read_text() == "48\n" * 4


def job(folder, script, **changed):
    """A script of `plan`, run; `changed` are other texts of a program, or of a name of the environment."""
    programs = {
        "scontrol": "echo first; echo second",
        "srun": f'[ "$1" = --kill-on-bad-exit=1 ] && shift; echo $SRUN_CPUS_PER_TASK >> {folder}/cores; SLURM_NODEID=0 "$@" && SLURM_NODEID=1 "$@"',
        "accelerate": f'echo "$*" >> {folder}/told',
        "affectreason": f'echo "alone $*" >> {folder}/told',
    }
    for name, text in {**programs, **{name: changed.pop(name) for name in programs if name in changed}}.items():
        (folder / name).write_text(f"#!/bin/bash\n{text}\n")
        (folder / name).chmod(0o755)
    (folder / "job.sh").write_text(script)
    env = {
        **os.environ,
        "PATH": f"{folder}:{os.environ['PATH']}",
        "SLURM_JOB_NODELIST": "x",
        "SLURM_CPUS_PER_TASK": "48",
    }
    env = {name: value for name, value in {**env, **changed}.items() if value is not None}
    return subprocess.run(["bash", str(folder / "job.sh")], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"scontrol": "echo no such list >&2; exit 1"}, "no such list"),
        ({"SLURM_JOB_NODELIST": None}, "SLURM_JOB_NODELIST: start this with sbatch"),
        ({"SLURM_CPUS_PER_TASK": None, "accelerate": "exit 3"}, ""),
    ],
)
def test_a_job_that_cannot_go_on_stops(changed, said, capsys, tmp_path):
    """Without the first machine's name each would wait for itself; a stage that failed is no start for the next."""
    words = ["gpus=8", "nodes=2", "slurm=true", f"out={tmp_path / 'run'}"]
    done = job(tmp_path, printed(capsys, "recipe=facial_r1", *words).out, **changed)
    assert done.returncode in (1, 3, 127)
    assert said in done.stderr
    assert not (tmp_path / "told").exists()
    assert not (tmp_path / "cores").exists() or (tmp_path / "cores").read_text() == "\n"


@pytest.mark.parametrize("path", sorted((ROOT / "recipes" / "accelerate").glob("*.yaml")), ids=lambda path: path.stem)
def test_accelerate_knows_every_key_of_our_files(path):
    """It reads unknown keys inside fsdp_config and deepspeed_config without a word."""
    from accelerate.commands.config.config_args import load_config_from_file
    from accelerate.commands.launch import launch_command_parser

    known = vars(launch_command_parser().parse_args(["script.py"]))
    read = load_config_from_file(str(path))
    inside = {**read.fsdp_config, **read.deepspeed_config}
    assert set(inside) - set(known) == set()
    assert bool(inside) is (read.distributed_type in ("FSDP", "DEEPSPEED"))


def test_a_job_of_nothing_is_refused(monkeypatch, tmp_path):
    states = [(stage, "done") for stage in schema.load(MICRO).stages]
    monkeypatch.setattr(runs, "states", lambda *_: states)
    with pytest.raises(InputError, match=r"micro: every stage is done in .*; run it anew in another folder with out="):
        plan.main([FULL, "gpus=1", "slurm=true", f"out={tmp_path}"])


def test_the_examples_are_what_it_prints(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    words = ["recipe=facial_r1", "gpus=8", "nodes=2", "out=runs/facial_r1"]
    job = printed(capsys, *words, "slurm=true").out.splitlines()
    table = printed(capsys, *words, "ip=10.0.0.1").out
    lines = [line[line.index("accelerate launch") :] for line in table.splitlines() if "accelerate launch" in line]
    for name, told in (("slurm", job), ("two_machines", lines)):
        example = (ROOT / "recipes" / "launch" / f"{name}.sh").read_text().splitlines()
        assert [line for line in example if line in told] == told
