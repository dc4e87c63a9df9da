import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from trl import SFTConfig

from affectreason.errors import InputError
from affectreason.model import checkpoints, load, training
from affectreason.recipe import runs
from affectreason.stages import sft

MICRO = str(Path(__file__).parent.parent / "data" / "micro.yaml")


@pytest.fixture
def trainer(recipe, qwen, pictures, tmp_path):
    """A trainer of the tiny model over drawn faces; the keywords are `train` keys, `stage` those of the stage."""

    def make(samples=None, stage=None, **train):
        overrides = {f"sft.train.{key}": value for key, value in {"save_strategy": "no", **train}.items()}
        overrides |= {f"sft.{key}": value for key, value in (stage or {}).items()}
        found = recipe(**overrides)
        part = found.stage("sft")
        args = training.arguments(SFTConfig, tmp_path, {"max_length": None, **part.train}, "float32")
        model, processor = load.for_stage(found, part, qwen)
        return sft.make_trainer(found, part, model, processor, samples or pictures, args), processor

    return make


def losses(trainer):
    return [row["loss"] for row in trainer.state.log_history if "loss" in row]


def test_losses_are_those_of_before(trainer, golden):
    made, _ = trainer(max_steps=6, logging_steps=1, per_device_train_batch_size=4, learning_rate=1e-3)
    made.train()
    assert losses(made)[-1] < losses(made)[0]
    golden("sft_losses", losses(made), 1e-4)


def test_accumulation_equals_one_batch(trainer, pictures):
    samples = [pictures[0], pictures[3], pictures[5], pictures[6]] * 3
    assert len({len(sample.gold.units) for sample in samples}) > 1  # answers of several lengths
    train = {"max_steps": 3, "logging_steps": 1, "learning_rate": 1e-3, "optim": "sgd"}
    whole, _ = trainer(samples, per_device_train_batch_size=4, **train)
    parts, _ = trainer(samples, per_device_train_batch_size=1, gradient_accumulation_steps=4, **train)
    for one in (whole, parts):
        one.train()
    assert losses(parts) == pytest.approx(losses(whole), abs=1e-5)
    for (name, a), (_, b) in zip(whole.model.named_parameters(), parts.model.named_parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4, msg=name)


def questions(*samples):
    """Three questions to the media of each sample, with answers of several lengths."""
    return [
        sample.model_copy(update={"id": f"{sample.id}_{n}", "question": f"Part {n}?", "response": "So. " * (n * n + 1)})
        for sample in samples
        for n in range(3)
    ]


def weights(trainer):
    return {name: one.detach().clone() for name, one in trainer.model.named_parameters()}


def test_three_steps_of_shared_rows_are_those_of_padded_ones(trainer, drawn):
    samples = [*questions(drawn["clips"][0], *drawn["pictures"][:2]), drawn["text"], drawn["pictures"][3]]
    train = {"max_steps": 3, "logging_steps": 1, "learning_rate": 1e-2, "optim": "sgd"}
    found = []
    for stage, size, parts in (
        ({"share_media": False, "row_tokens": 1}, 11, 1),
        ({}, 11, 1),
        ({"row_tokens": 200}, 11, 1),
        ({}, 1, 11),
        ({}, 4, 3),  # a group is cut by the end of a batch
    ):
        train |= {"per_device_train_batch_size": size, "gradient_accumulation_steps": parts}
        made, _ = trainer(samples, stage, **train)
        made.train()
        assert len(losses(made)) == 3
        found.append((losses(made), weights(made)))
    for ours in found[1:]:
        assert ours[0] == pytest.approx(found[0][0], abs=1e-5)
        for name, there in found[0][1].items():
            torch.testing.assert_close(ours[1][name], there, atol=1e-6, rtol=1e-5, msg=name)


def test_questions_to_one_picture_stand_in_one_batch(trainer, pictures):
    made, _ = trainer(questions(*pictures[:8]), per_device_train_batch_size=6)
    first, second = ([batch["input_ids"].tolist() for batch in made.get_train_dataloader()] for _ in range(2))
    assert [batch["image_grid_thw"].shape[0] for batch in made.get_train_dataloader()] == [2] * 4
    assert first == second  # of the same epoch
    apart, _ = trainer(questions(*pictures[:8]), {"share_media": False}, per_device_train_batch_size=6)
    assert [batch["image_grid_thw"].shape[0] for batch in apart.get_train_dataloader()] == [6] * 4


def test_groups_resume_in_the_middle_of_an_epoch(trainer, pictures):
    train = {"max_steps": 8, "per_device_train_batch_size": 4, "save_strategy": "steps", "save_steps": 4}
    whole, _ = trainer(questions(*pictures[:8]), learning_rate=1e-3, logging_steps=1, **train)  # 6 steps an epoch
    whole.train()
    again, _ = trainer(questions(*pictures[:8]), learning_rate=1e-3, logging_steps=1, **train)
    again.train(resume_from_checkpoint=f"{whole.args.output_dir}/checkpoint-4")
    assert losses(again) == pytest.approx(losses(whole), abs=1e-6)
    for name, there in weights(whole).items():
        torch.testing.assert_close(weights(again)[name], there, atol=1e-6, rtol=0, msg=name)


@pytest.mark.filterwarnings("ignore:.label_smoothing_factor. is deprecated")
@pytest.mark.parametrize("lora", [None, {"r": 4}], ids=["whole", "adapter"])
def test_a_kept_tower_output_changes_no_loss(trainer, tmp_path, lora):
    def trained(**more):
        torch.manual_seed(0)
        stage = {"freeze": ["vision", "projector"], "lora": lora, **more}
        made, _ = trainer(stage=stage, max_steps=4, logging_steps=1, learning_rate=1e-3)
        made.train()
        return losses(made)

    without = trained()
    first = trained(vision_cache=str(tmp_path / "kept"))
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("*.safetensors")}
    again = trained(vision_cache=str(tmp_path / "kept"))
    assert len(without) == 4
    assert first == again == without
    assert files
    assert {path: path.stat().st_mtime_ns for path in files} == files  # read, not written anew


def test_what_cannot_share_rows_is_padded_and_says_so(trainer, pictures, capsys):
    with pytest.warns(FutureWarning, match="label_smoothing_factor"):  # TRL's, of a key it still takes
        made, _ = trainer(label_smoothing_factor=0.1, max_steps=1)
    said = (
        "shared rows: off, train.label_smoothing_factor needs the logits of every token; every sample is a padded row"
    )
    assert said in capsys.readouterr().err
    made.train()
    assert made.state.global_step == 1
    from affectreason.model import sft_rows

    made.label_smoother = None
    made.model.config.text_config._attn_implementation = "flex_attention"
    assert sft_rows.why_not(made) == "attn_implementation: flex_attention takes no mask of ours (sdpa does)"
    made.model.config.text_config._attn_implementation = "flash_attention_2"
    assert sft_rows.why_not(made) is None
    made.aux_loss_enabled = True
    assert sft_rows.why_not(made) == "its experts are balanced over tokens"


def test_it_learns_four_samples_by_heart(trainer, pictures):
    from affectreason.model import generate
    from affectreason.recipe import prompts

    four = [pictures[i] for i in (0, 3, 4, 6)]
    train = {"logging_steps": 10, "per_device_train_batch_size": 4, "learning_rate": 2e-3}
    train |= {"lr_scheduler_type": "constant_with_warmup", "warmup_steps": 20}
    made, processor = trainer(four, max_steps=130, **train)
    made.train()
    assert losses(made)[-1] < 0.02
    asked = [generate.Asked(sample, prompts.messages(sample, prompts.TINY)) for sample in four]
    assert generate.answer(made.model.eval(), processor, asked, max_new_tokens=120) == [prompts.target(s) for s in four]


def test_frozen_parts_stay(trainer):
    made, _ = trainer(stage={"freeze": ["vision", "language"]}, max_steps=2, learning_rate=1e-2)
    before = {name: parameter.clone() for name, parameter in made.model.named_parameters()}
    made.train()
    moved = {load.part_of(n) for n, p in made.model.named_parameters() if not torch.equal(p, before[n])}
    assert moved == {"projector"}


def test_lora_stays_out_of_a_frozen_part(trainer):
    lora = {"r": 2, "target_modules": ["q_proj", "qkv"]}
    made, _ = trainer(stage={"freeze": ["vision"], "lora": lora}, max_steps=1)
    learning = [name for name, parameter in made.model.named_parameters() if parameter.requires_grad]
    assert {load.part_of(name) for name in learning} == {"language"}
    assert any("visual" in name and "lora" in name for name, _ in made.model.named_parameters())


def test_lora_trains_an_adapter_that_loads_again(trainer, qwen, tmp_path):
    made, processor = trainer(stage={"lora": {"r": 4}}, max_steps=3, learning_rate=1e-2)
    base = load_file(f"{qwen}/model.safetensors")
    made.train()
    for name, parameter in made.model.named_parameters():
        assert ("lora_" in name) == parameter.requires_grad
        plain = name.removeprefix("base_model.model.").replace(".base_layer", "")
        if "lora_" not in name:
            torch.testing.assert_close(parameter, base[plain], rtol=0, atol=0)
    training.save(made, processor, tmp_path)
    assert sorted(path.name for path in (tmp_path / "model").glob("*.safetensors")) == ["adapter_model.safetensors"]
    again, _ = load.load(str(tmp_path / "model"))
    ids = torch.arange(20, 60)[None]
    with torch.no_grad():
        torch.testing.assert_close(again(input_ids=ids).logits, made.model.eval()(input_ids=ids).logits)
        assert (again(input_ids=ids).logits - load.load(qwen)[0](input_ids=ids).logits).abs().max() > 1e-3


def test_a_full_disk_leaves_nothing_that_counts(recipe, qwen, drawn, tmp_path, full_disk):
    from affectreason.affect.samples import write

    write(tmp_path / "s.jsonl", drawn["pictures"][:4])
    found = recipe(
        sft__init=qwen,
        sft__data=[str(tmp_path / "s.jsonl")],
        sft__train={"max_steps": 1, "save_strategy": "no"},
        evaluate=None,
    )
    with (
        full_disk(1_000_000),
        pytest.raises(InputError, match=r"cannot write .*/sft/model: File too large.*; free space there"),
    ):
        sft.run(found, found.stage("sft"), tmp_path)
    assert not runs.is_done(tmp_path, "sft")
    assert not (tmp_path / "sft" / "model").exists()
    sft.run(found, found.stage("sft"), tmp_path)
    assert runs.is_done(tmp_path, "sft")
    load.load(str(tmp_path / "sft" / "model"))


def test_a_full_disk_in_a_checkpoint_is_told_too(recipe, qwen, drawn, tmp_path, full_disk):
    from affectreason.affect.samples import write

    write(tmp_path / "s.jsonl", drawn["pictures"][:4])
    found = recipe(
        sft__init=qwen,
        sft__data=[str(tmp_path / "s.jsonl")],
        sft__train={"max_steps": 2, "save_steps": 1},
        evaluate=None,
    )
    with (
        full_disk(8_000_000),
        pytest.raises(InputError, match=r"cannot write .*/sft/checkpoints: .*; free space there"),
    ):
        sft.run(found, found.stage("sft"), tmp_path)  # the model fits, the optimizer's state does not
    assert checkpoints.find(tmp_path / "sft").path is None


def test_unknown_values_are_refused_in_words(tmp_path):
    with pytest.raises(InputError, match=r"train: .*lr_scheduler_type|train: .*SchedulerType"):
        training.arguments(SFTConfig, tmp_path, {"lr_scheduler_type": "none_such"}, "float32")


def test_killed_and_resumed_equals_never_killed(recipe, qwen, drawn, tmp_path):
    from affectreason.affect.samples import write

    write(tmp_path / "s.jsonl", drawn["pictures"])
    words = [
        f"recipe={MICRO}", "stage=sft", f"sft.init={qwen}", f"sft.data=[{tmp_path / 's.jsonl'}]", "evaluate=null",
        "sft.train={learning_rate: 1e-3, per_device_train_batch_size: 2, max_steps: 24, save_steps: 4,"
        " logging_steps: 1}",
    ]  # fmt: skip
    command = [sys.executable, "-m", "affectreason", "run", *words]
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    killed = subprocess.Popen([*command, f"out={tmp_path / 'killed'}"], env=quiet, stderr=subprocess.DEVNULL)
    marks = tmp_path / "killed" / "sft" / "checkpoints"
    while not list(marks.glob("checkpoint-*/complete")):
        assert killed.poll() is None, "it ended before its first checkpoint"
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "killed" / "sft" / "done.json").exists()
    assert not (tmp_path / "killed" / "sft" / "model").exists()

    for out in ("killed", "whole"):
        from affectreason.recipe import schema
        from affectreason.recipe.words import pairs

        given = pairs(words)
        found = schema.load(str(given.pop("recipe")), {k: v for k, v in given.items() if k != "stage"})
        sft.run(found, found.stage("sft"), tmp_path / out)
    first, second = (load_file(tmp_path / out / "sft" / "model" / "model.safetensors") for out in ("killed", "whole"))
    assert first.keys() == second.keys()
    for name in first:
        torch.testing.assert_close(first[name], second[name], atol=1e-5, rtol=0, msg=name)
    logs = [(tmp_path / out / "sft" / "log.jsonl").read_text().splitlines() for out in ("killed", "whole")]
    steps = [[row for row in map(json.loads, log) if "loss" in row] for log in logs]
    assert [row["step"] for row in steps[0]] == list(range(1, 25))
    assert [row["loss"] for row in steps[0]] == pytest.approx([row["loss"] for row in steps[1]], abs=1e-5)
    assert not (tmp_path / "killed" / "sft" / "checkpoints").exists()


def test_samples_with_nothing_to_say_are_refused_before_weights_load(recipe, drawn, tmp_path):
    from affectreason.affect.sample import Affect
    from affectreason.affect.samples import write

    silent = drawn["pictures"][0].model_copy(update={"gold": Affect(aus=()), "reasoning": None})
    write(tmp_path / "s.jsonl", [silent, *drawn["pictures"][1:3]])
    found = recipe(sft__init="no/such/model", sft__data=[str(tmp_path / "s.jsonl")], evaluate=None)
    with pytest.raises(InputError, match=rf"1 of 3 samples, first '{silent.id}', have no response, answer or gold"):
        sft.run(found, found.stage("sft"), tmp_path)
