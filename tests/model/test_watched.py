"""A step without memory, a loss that is no number: told with samples, frames, pixels, tokens and keys."""

import json
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file

from affectreason.affect.samples import read, write
from affectreason.errors import InputError
from affectreason.model import checkpoints, training, watched
from affectreason.stages import grpo, sft, warm_up

CPU = (
    "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 9"
)
TRAIN = {"learning_rate": 1e-3, "per_device_train_batch_size": 2, "max_steps": 4, "save_steps": 2, "logging_steps": 1}


@pytest.fixture
def stage(recipe, qwen, drawn, tmp_path):
    """A recipe whose SFT stage learns from four pictures and a clip."""
    write(tmp_path / "s.jsonl", [*drawn["pictures"][:3], drawn["clips"][0]])

    def make(**more):
        given = {"sft__init": qwen, "sft__data": [str(tmp_path / "s.jsonl")], "sft__train": TRAIN, "evaluate": None}
        return recipe(**(given | more))

    return make


@pytest.fixture
def fails(monkeypatch):
    """Let the loss of some micro-batches fail as a machine without memory does, or be another number."""

    def at(numbers, what, method="compute_loss"):
        from trl import SFTTrainer

        inner, seen = getattr(SFTTrainer, method), []

        def loss(self, *args, **more):
            seen.append(1)
            if len(seen) not in numbers:
                return inner(self, *args, **more)
            if isinstance(what, BaseException):
                raise what
            return inner(self, *args, **more) * what

        monkeypatch.setattr(SFTTrainer, method, loss)
        return seen

    return at


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"), True),
        (RuntimeError(CPU), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), True),
        (MemoryError(), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_is_out_of_memory(error, found):
    assert watched.out_of_memory(error) is found


def test_this_machines_own_words_are_known():
    with pytest.raises(RuntimeError) as error:
        torch.empty(2**55)
    assert watched.out_of_memory(error.value)


def test_out_of_memory_names_the_row_and_the_keys(stage, fails, tmp_path):
    fails({3}, RuntimeError(CPU))
    found = stage(media__max_frames=4, sft__train={**TRAIN, "per_device_train_batch_size": 4})
    with pytest.raises(InputError) as error:
        sft.run(found, found.stage("sft"), tmp_path / "run")
    said = str(error.value).splitlines()
    assert said[0].startswith("stage sft: out of memory in step 3, ")
    assert " tokens ([enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator" in said[0]
    assert said[1] == "  sample 'train_00000_clip': 2 frames of 96x96 (18,432 pixels), 45 tokens of prompt"
    assert said[2].startswith("  sample 'train_0000")
    assert said[2].endswith("': a picture of 96x96 (9,216 pixels), 34 tokens of prompt")
    assert len(said) == 6
    for key in (
        "lower media.max_pixels (not given) or media.max_frames (4)",
        "lower sft.train.per_device_train_batch_size (4) and raise sft.train.gradient_accumulation_steps (1) as much",
        "lower sft.row_tokens (not given)",
        "set sft.train.gradient_checkpointing: true",
        "sft.on_oom: skip",
        "resume=changed",
    ):
        assert key in said[-1]


def test_a_step_without_memory_is_skipped_and_counted(stage, fails, tmp_path, capsys):
    """With two micro-batches a step, the whole step counts for nothing: its weights are those of the step before."""
    train = {
        **TRAIN,
        "gradient_accumulation_steps": 2,
        "per_device_train_batch_size": 1,
        "lr_scheduler_type": "constant",
    }
    found = stage(sft__on_oom="skip", sft__train={**train, "max_steps": 1, "save_strategy": "no"})
    sft.run(found, found.stage("sft"), tmp_path / "one")
    seen = fails({4}, torch.OutOfMemoryError("CUDA out of memory"))
    found = stage(sft__on_oom="skip", sft__train={**train, "max_steps": 2, "save_steps": 1})
    sft.run(found, found.stage("sft"), tmp_path / "two")
    assert len(seen) == 4
    assert "the step is skipped (sft.on_oom: skip)" in capsys.readouterr().err
    one, two = (load_file(tmp_path / out / "sft" / "model" / "model.safetensors") for out in ("one", "two"))
    assert all(one[name].equal(two[name]) for name in one)
    done = json.loads((tmp_path / "two" / "sft" / "done.json").read_text())
    assert done["counts"] == {"samples": 4, "steps": 2, "skipped_steps": 1}
    rows = [json.loads(line) for line in (tmp_path / "two" / "sft" / "log.jsonl").read_text().splitlines()]
    assert [row.get("skipped_steps") for row in rows] == [None, 1, 1]
    assert ["loss" in row for row in rows] == [True, False, False]  # no loss of a step that was not trained
    assert rows[2]["train_loss"] == rows[0]["loss"]


def test_the_rest_of_a_skipped_step_is_passed_over(stage, fails, tmp_path):
    train = {**TRAIN, "gradient_accumulation_steps": 2, "per_device_train_batch_size": 1}
    seen = fails({1}, torch.OutOfMemoryError("CUDA out of memory"))
    found = stage(sft__on_oom="skip", sft__train={**train, "max_steps": 2})
    sft.run(found, found.stage("sft"), tmp_path)
    assert len(seen) == 3  # the second micro-batch of the first step was not asked


def test_a_skipped_step_does_not_lower_the_logged_loss(stage, fails, tmp_path):
    """Three steps of two micro-batches at a rate of nearly 0: the row's loss is the mean of the two trained ones."""
    train = {**TRAIN, "gradient_accumulation_steps": 2, "per_device_train_batch_size": 1, "learning_rate": 1e-12}
    train["save_strategy"] = "no"
    logged = []
    for out, skipped in (("every", set()), ("two", {4})):
        fails(skipped, torch.OutOfMemoryError("CUDA out of memory"))
        found = stage(
            sft__on_oom="skip", sft__train={**train, "max_steps": 3, "logging_steps": 1 if out == "every" else 3}
        )
        sft.run(found, found.stage("sft"), tmp_path / out)
        lines = (tmp_path / out / "sft" / "log.jsonl").read_text().splitlines()
        logged.append([row["loss"] for row in map(json.loads, lines) if "loss" in row])
    (first, _, third), (both,) = logged
    assert both == pytest.approx((first + third) / 2, rel=1e-3)


def test_the_loss_of_a_row_is_of_the_steps_that_were_trained():
    rows = [{"loss": 2.0, "step": 4}, {"loss": 3.0, "step": 8}]
    watched.of_trained(rows, 1)
    assert rows[1]["loss"] == pytest.approx(3.0 * 4 / 3)
    rows = [{"loss": 2.0, "step": 4, "skipped_steps": 3}, {"loss": 3.0, "step": 8}]
    watched.of_trained(rows, 3)
    assert rows[1]["loss"] == 3.0


def test_several_processes_cannot_skip(stage, monkeypatch, tmp_path):
    monkeypatch.setenv("WORLD_SIZE", "2")
    found = stage(sft__on_oom="skip")
    with pytest.raises(InputError, match=r"sft.on_oom: skip is for one process, and here are 2: the others would wait"):
        sft.run(found, found.stage("sft"), tmp_path)
    for kind, module in (("warm_up", warm_up), ("grpo", grpo)):
        found = stage(base__on_oom="skip", grpo__on_oom="skip")
        one = next(one for one in found.stages if one.kind == kind)
        with pytest.raises(InputError, match=rf"{one.name}.on_oom: skip is for one process"):
            module.run(found, one, tmp_path)


def test_gradients_that_others_hold_cannot_be_skipped(stage, tmp_path):
    found = stage(sft__on_oom="skip").stage("sft")
    about = watched.About(found, tmp_path, {}, None, None, None)
    for deepspeed, fsdp in ((True, False), (False, True)):
        trainer = SimpleNamespace(is_deepspeed_enabled=deepspeed, is_fsdp_enabled=fsdp)
        with pytest.raises(InputError, match=r"sft.on_oom: skip cannot be done under DeepSpeed or FSDP, which hold"):
            watched.watch(trainer, about)


GRPO = {"learning_rate": 1e-3, "per_device_train_batch_size": 4, "num_generations": 4, "max_completion_length": 4,
        "max_steps": 4, "save_strategy": "no", "logging_steps": 1, "steps_per_generation": 2}  # fmt: skip


@pytest.mark.parametrize(("method", "call"), [("_generate_single_turn", 2), ("_compute_loss", 2)])
def test_grpo_goes_on_behind_a_step_without_memory(recipe, qwen, drawn, tmp_path, monkeypatch, capsys, method, call):
    """In a rollout the same prompts are asked once more by the next step; in a loss the other answers are learnt."""
    from affectreason.model.group_trainer import GroupTrainer

    inner, seen = getattr(GroupTrainer, method), []

    def fail(self, *args, **more):
        seen.append(1)
        if len(seen) == call:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return inner(self, *args, **more)

    monkeypatch.setattr(GroupTrainer, method, fail)
    write(tmp_path / "s.jsonl", drawn["pictures"][:8])
    found = recipe(
        grpo__init=qwen, grpo__data=[str(tmp_path / "s.jsonl")], grpo__train=GRPO, grpo__on_oom="skip", evaluate=None,
        grpo__balance=None,
    )  # fmt: skip
    grpo.run(found, found.stage("grpo"), tmp_path / "run")
    said = capsys.readouterr().err
    assert said.count("sample 'train_0") == (2 if method == "_generate_single_turn" else 1)  # of a rollout, of a group
    assert "stage grpo: out of memory in step " in said
    done = json.loads((tmp_path / "run" / "grpo" / "done.json").read_text())
    assert done["counts"] == {"samples": 8, "prompts": 8, "steps": 4, "skipped_steps": 1}
    assert len(seen) == (3 if method == "_generate_single_turn" else 4)


@pytest.mark.parametrize(("factor", "said"), [(float("nan"), "nan"), (float("inf"), "inf")])
def test_a_loss_that_is_no_number_stops_with_the_batch(stage, fails, tmp_path, factor, said):
    fails({3}, factor)
    found = stage()
    with pytest.raises(InputError, match=rf"stage sft: the loss of step 3 is {said}; its 2 samples \(.*\) are in .*"):
        sft.run(found, found.stage("sft"), tmp_path)
    place = tmp_path / "sft" / "not_finite"
    step = json.loads((place / "step.json").read_text())
    assert (step["step"], step["loss"]) == (3, said)
    assert [sample.id for sample in read(place / "samples.jsonl")] == step["ids"]
    assert checkpoints.find(tmp_path / "sft").path.name == "checkpoint-2"


def test_a_gradient_that_is_no_number_stops_before_a_save(tmp_path):
    report = training.Report(tmp_path, "sft", watched.Skipped())

    rows = [{"loss": 1.0, "grad_norm": float("nan"), "step": 8}]
    state = SimpleNamespace(is_world_process_zero=True, global_step=8, log_history=rows)
    with pytest.raises(InputError, match=r"stage sft: the gradient of step 8 is nan; lower sft.train.learning_rate"):
        report.on_log(SimpleNamespace(fp16=False), state, None)
    report.on_log(SimpleNamespace(fp16=True), state, None)  # there the library skips such a step by itself


def test_a_log_is_written_whole_once_and_then_goes_on(tmp_path):
    (tmp_path / "log.jsonl").write_text('{"step": 2}\n{"step": 3}\n{"st')  # of a run that was stopped behind its save
    report, rows = training.Report(tmp_path, "sft", watched.Skipped()), []
    state = SimpleNamespace(is_world_process_zero=True, global_step=0, log_history=rows)
    for step in (1, 2, 3):
        rows.append({"step": step})
        report.on_log(SimpleNamespace(fp16=False), state, None)
    assert (tmp_path / "log.jsonl").read_text() == '{"step": 1}\n{"step": 2}\n{"step": 3}\n'


def test_the_mean_loss_is_of_all_steps():
    rows = [{"loss": 3.0, "step": 2}, {"loss": 1.0, "step": 3}, {"train_runtime": 1.0, "step": 3}]
    assert training._mean_loss(rows) == pytest.approx((3 * 2 + 1) / 3)
    assert training._mean_loss([]) == 0.0
    rows = [{"loss": 3.0, "step": 2, "skipped_steps": 1}, {"loss": 1.0, "step": 3, "skipped_steps": 1}]
    assert training._mean_loss(rows) == pytest.approx((3 + 1) / 2)
