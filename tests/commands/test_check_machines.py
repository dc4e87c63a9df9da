"""`affectreason check recipe=` without data: whether a recipe fits its machines."""

import json
from pathlib import Path

import pytest

from affectreason import cli
from affectreason.commands import check
from affectreason.errors import InputError

MICRO = str(Path(__file__).parents[1] / "data" / "micro.yaml")


@pytest.fixture
def asked(tmp_path, monkeypatch, capsys, qwen):
    """Ask about the micro recipe in an empty folder; the code and what was printed."""

    def ask(*words):
        monkeypatch.chdir(tmp_path)
        code = cli.main(["check", f"recipe={MICRO}", f"model={qwen}", f"base.init={qwen}", *words])
        return code, capsys.readouterr().out

    return ask


def test_a_recipe_that_fits(asked):
    code, out = asked("memory=80")
    assert code == 0
    assert "1 process, no sharding, 80.0 GiB each" in out
    assert "sft: fits: " in out
    assert "a picture of 96 x 96, as faces draws" in out
    assert "faces: draws on a CPU" in out
    assert "base: fits: " in out
    assert "evaluate: fits: " in out
    assert "3 steps of " in out
    assert " ms at 100 TFLOP/s and 1 TB/s a GPU" in out
    assert " GFLOP a micro-batch; 3 steps of " in out


def test_gpus_take_the_launch_file_that_plan_names(asked):
    code, out = asked("memory=80", "gpus=8")
    assert code == 0
    assert "8 processes, ZeRO-3, 80.0 GiB each" in out
    assert "the recipe names no accelerate file, so recipes/accelerate/zero3.yaml" in out


def test_nodes_have_so_many_gpus_each(asked):
    code, out = asked("memory=80", "gpus=4", "nodes=2")
    assert code == 0
    assert "8 processes, ZeRO-3, 80.0 GiB each" in out


def test_more_gpus_than_samples_are_told(asked):
    _, out = asked("memory=80", "gpus=64", "nodes=4")
    assert "sft: 256 processes take 1,024 samples a step, and there are 14: some have none to learn from" in out
    assert "evaluate: 256 processes" not in out  # it learns nothing


def test_an_optimizer_that_is_counted_as_another_is_told(asked):
    _, out = asked("memory=80", "sft.train.optim=galore_adamw")
    assert "sft: optim galore_adamw: its state is counted as that of adamw_torch, which is an upper bound" in out


def test_an_optimizer_that_there_is_not_is_an_error(asked):
    code, out = asked("memory=80", "sft.train.optim=adamz")
    assert code == 1
    assert "sft: optim adamz: transformers has none of this name; did you mean" in out


def test_a_warm_up_is_one_process_however_many_gpus_there_are(asked):
    found = {}
    for words in (["gpus=8"], []):
        _, out = asked("memory=80", *words, "--json")
        found[len(words)] = {one["stage"]: one for one in json.loads(out)["stages"]}
    assert found[1]["base"]["need"] == found[0]["base"]["need"]
    assert found[1]["sft"]["need"] != found[0]["sft"]["need"]


@pytest.mark.slow
def test_fsdp_is_advised_where_deepspeeds_buckets_are_what_does_not_fit(asked):
    code, out = asked("memory=0.8", "gpus=2", "--json")
    assert (code, json.loads(out)["together"]) == (1, ["launch=recipes/accelerate/fsdp2.yaml"])
    code, out = asked("memory=0.8", "gpus=2", "launch=recipes/accelerate/fsdp2.yaml")
    assert code == 0


@pytest.mark.slow
def test_a_warm_up_that_does_not_fit_is_told_its_keys(asked):
    code, out = asked("memory=0.01", "gpus=2", "--json")
    assert code == 1
    base = next(one for one in json.loads(out)["stages"] if one["stage"] == "base")
    assert base["most"] > 0.01 * 2**30
    assert base["keys"]
    assert all(key["words"].startswith(("base.train.", "dtype=", "media.")) for key in base["keys"])


def test_json_names_parts_moments_and_findings(asked):
    code, out = asked("memory=80", "--json")
    found = json.loads(out)
    assert (code, found["fits"], found["sharding"]["processes"]) == (0, True, 1)
    stages = {one["stage"]: one for one in found["stages"]}
    assert set(stages) == {"base", "sft", "grpo", "grow", "sft_2", "evaluate"}
    assert set(stages["grpo"]["need"]["moments"]) == {"forward and backward", "optimizer step", "writing answers"}
    assert stages["sft"]["most"] == max(stages["sft"]["need"]["moments"].values())
    assert {"versions", "attention", "disk"} <= {one["kind"] for one in found["findings"]}


@pytest.mark.slow
def test_what_does_not_fit_names_the_keys_that_save_most_first(asked):
    code, out = asked("memory=0.05", "--json")
    assert code == 1
    found = json.loads(out)
    assert found["fits"] is False
    sft = next(one for one in found["stages"] if one["stage"] == "sft")
    most = [key["most"] for key in sft["keys"]]
    assert most == sorted(most)
    assert all(one < sft["most"] for one in most)
    words = [key["words"] for key in sft["keys"]]
    assert any(word.startswith("sft.train.per_device_train_batch_size=") for word in words)
    assert any(word.startswith("sft.lora=") for word in words)
    assert found["together"]
    code, out = asked("memory=0.05", *found["together"])
    assert code == 0
    assert "does not fit" not in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gpus=0"], "gpus=0: there is nothing to launch on; write the GPUs of one machine from 1"),
        (["gpus=-1"], "gpus=-1: write a whole number from 1 to 64"),
        (["gpus=two"], "gpus=two: write a whole number from 1 to 64"),
        (["gpus=100000"], "gpus=100000: these are the GPUs of one machine, from 1 to 64; for more add nodes="),
        (["gpus=2", "nodes=0"], "nodes=0: write a whole number from 1 to 4096"),
        (["nodes=2"], "nodes=2 without gpus=; write the GPUs of one machine, for example gpus=8"),
        (["memory=true"], "memory=true: write the GiB of one GPU, for example memory=80"),
        (["probe=1"], "probe=1: write probe=true or probe=false"),
        (["memory=0"], "memory=0: write the GiB of one GPU, for example memory=80"),
        (["memory=-3"], "memory=-3: write the GiB of one GPU, for example memory=80"),
        (["memory=1e9"], "memory=1000000000.0: write the GiB of one GPU, for example memory=80"),
        (["gpu=2"], "unknown key 'gpu'; did you mean 'gpus'?"),
        (["memory=much"], "memory=much: write the GiB of one GPU, for example memory=80"),
        (["rows=5"], "rows=5: it asks about samples; add data=FILE"),
        (["against=a.jsonl"], r"against=a.jsonl: it asks about samples; add data=FILE"),
    ],
)
def test_wrong_words(words, said):
    with pytest.raises(InputError, match=said):
        check.main([f"recipe={MICRO}", *words])


def test_memory_is_no_question_about_samples(tmp_path):
    (tmp_path / "a.jsonl").write_text("")
    with pytest.raises(InputError, match=r"memory=80: it asks about machines; leave data= out"):
        check.main([f"data={tmp_path / 'a.jsonl'}", f"recipe={MICRO}", "memory=80"])


def test_a_model_that_is_not_here_is_told_and_not_counted(asked, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    code, out = asked("model=Nobody/Nothing-7B", "base.init=Nobody/Nothing-7B")
    assert code == 1
    assert "Nobody/Nothing-7B is not in the hub's cache, and HF_HUB_OFFLINE says not to fetch it" in out
    assert "sft: not counted, for Nobody/Nothing-7B cannot be read" in out
    code, out = asked("model=Nobody/Nothing-7B", "base.init=Nobody/Nothing-7B", "accept=hub")
    assert code == 0
    assert "(accepted)" in out
