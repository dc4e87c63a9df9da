"""The stages on a model that sees and hears, over samples of which any part may be absent."""

import json
import math
import wave

import numpy as np
import pytest
import torch
from trl import SFTConfig

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.model import load, tiny, training
from affectreason.recipe import answers
from affectreason.stages import evaluate, grpo, sft, synthesize


def voice(path, seconds, step):
    """A sound of one pitch."""
    samples = (np.sin(np.arange(round(16000 * seconds)) * step) * 9000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(samples.tobytes())
    return Media(kind="audio", path=str(path))


@pytest.fixture
def heard(drawn, tmp_path):
    """Eight samples: of clips, sounds and words each with and without the others."""
    clips, found = [one.media for one in drawn["clips"]], []
    for number in range(8):
        media = clips[number // 2 % 2] if number & 1 else ()
        media += (voice(tmp_path / f"{number}.wav", 1.1 + number / 10, 0.02 * (number + 1)),) if number & 2 else ()
        said = "I am glad." if number & 4 or not media else None
        emotion = ("happiness", "anger", "neutral")[number % 3]
        gold, reasoning = Affect(emotion=emotion, aus=()), "Word. " * (number % 3 + 1)
        found.append(
            Sample(id=f"s{number}", media=media, transcript=said, gold=gold, labels="ekman7", reasoning=reasoning)
        )
    return found


@pytest.fixture(scope="module")
def omni(tmp_path_factory):
    """The folder of a tiny Qwen2.5-Omni."""
    folder = tmp_path_factory.mktemp("omni")
    tiny.write("qwen2_5_omni", folder)
    return str(folder)


def test_accumulation_equals_one_batch(recipe, omni, heard, tmp_path):
    found = recipe(media__fps=4.0)
    part, steps = found.stage("sft"), {"max_steps": 2, "logging_steps": 1, "learning_rate": 1e-2, "optim": "sgd"}
    ends = []
    for size in (4, 1):
        own = {**part.train, **steps, "per_device_train_batch_size": size, "gradient_accumulation_steps": 4 // size}
        args = training.arguments(SFTConfig, tmp_path / str(size), {"max_length": None, **own}, "float32")
        model, processor = load.for_stage(found, part, omni)
        made = sft.make_trainer(found, part, model, processor, heard, args)
        made.train()
        ends.append(([row["loss"] for row in made.state.log_history if "loss" in row], model))
    (whole, one), (parts, other) = ends
    assert parts == pytest.approx(whole, abs=1e-5)
    for (name, a), (_, b) in zip(one.named_parameters(), other.named_parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4, msg=name)


def test_a_chain_over_clips_sounds_and_words(recipe, omni, heard, tmp_path):
    """SFT with LoRA, GRPO on its adapter with towers frozen, synthesis and evaluation, each from the files before."""
    data, held = tmp_path / "data.jsonl", tmp_path / "held.jsonl"
    write(data, heard[3:])
    write(held, [heard[0], heard[2], heard[1].model_copy(update={"question": "Which one?"})])
    few = {"max_steps": 2, "logging_steps": 1, "per_device_train_batch_size": 4, "learning_rate": 1e-2}
    found = recipe(
        model=omni, media__fps=4.0, media__max_seconds=3.0, evaluate__data=[str(held)], sft__init=omni,
        sft__data=[str(data)], sft__lora={"r": 4}, sft__train=few, grpo__data=[str(data)], grpo__lora={},
        sft__vision_cache=str(tmp_path / "cache"), grpo__vision_cache=str(tmp_path / "cache"),
        grpo__freeze=["vision", "audio", "projector"], grow__data=[str(data)], grow__limit=4,
        grpo__train={**few, "num_generations": 4, "max_completion_length": 6},
    )  # fmt: skip
    sft.run(found, found.stage("sft"), tmp_path)
    grpo.run(found, found.stage("grpo"), tmp_path)
    evaluate.run(found, found.stage("grpo"), tmp_path)
    synthesize.run(found, found.stage("grow"), tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "grpo" / answers.FILE).read_text().splitlines()]
    assert [row["id"] for row in rows] == ["s0", "s2", "s1"]
    for stage in ("sft", "grpo"):
        logged = [json.loads(line) for line in (tmp_path / stage / "log.jsonl").read_text().splitlines()]
        losses = [row["loss"] for row in logged if "loss" in row]
        assert losses
        assert all(math.isfinite(loss) for loss in losses)
    assert (tmp_path / "grpo" / "model" / "adapter_config.json").is_file()


def test_a_sound_too_long_stops_before_anything_is_learnt(recipe, omni, heard, tmp_path):
    write(tmp_path / "data.jsonl", heard)
    data = [str(tmp_path / "data.jsonl")]
    found = recipe(
        model=omni, media__max_seconds=1.35, evaluate=None, sft__init=omni, sft__data=data, sft__train={"max_steps": 2}
    )
    with pytest.raises(InputError, match=r"sample 's\d': the sound .*wav is 1\.\d s long, more than media.max_seconds"):
        sft.run(found, found.stage("sft"), tmp_path)


@pytest.mark.parametrize("stage", ["sft", "grpo", "synthesize"])
def test_a_model_that_hears_nothing_stops_before_the_first_step(stage, recipe, qwen, heard, tmp_path):
    write(tmp_path / "data.jsonl", heard)
    kind = {"sft": sft, "grpo": grpo, "synthesize": synthesize}[stage]
    name = "grow" if stage == "synthesize" else stage
    more = {f"{name}__init": qwen, f"{name}__data": [str(tmp_path / "data.jsonl")], "evaluate": None}
    found = recipe(**more)
    with pytest.raises(InputError, match=r"sample 's\d': Qwen3VLProcessor reads no sound; choose a model that does"):
        kind.run(found, found.stage(name), tmp_path)
