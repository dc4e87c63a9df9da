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
    assert "3 steps" in out


def test_gpus_take_the_launch_file_that_plan_names(asked):
    code, out = asked("memory=80", "gpus=8")
    assert code == 0
    assert "8 processes, ZeRO-3, 80.0 GiB each" in out
    assert "the recipe names no accelerate file, so recipes/accelerate/zero3.yaml" in out


def test_json_names_parts_moments_and_findings(asked):
    code, out = asked("memory=80", "--json")
    found = json.loads(out)
    assert (code, found["fits"], found["sharding"]["processes"]) == (0, True, 1)
    stages = {one["stage"]: one for one in found["stages"]}
    assert set(stages) == {"sft", "grpo", "grow", "sft_2"}
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
    assert "sft.train.per_device_train_batch_size=2 sft.train.gradient_accumulation_steps=2" in words
    assert any(word.startswith("sft.lora=") for word in words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gpus=0"], "gpus=0: write a whole number from 1"),
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
