import pytest

from affectreason.affect.sample import Media, Sample
from affectreason.model import sharding, smaller
from affectreason.model.lengths import Length
from affectreason.model.worst_row import Worst

CLIP = Sample(id="clip", media=(Media(kind="video", path="a.mp4"),))
ROW = Worst(CLIP, Length(100, 90, 10), Length(100, 90, 10), 5, "", 200 * 200)


@pytest.fixture
def words(recipe):
    def of(name, launch=None, gpus=1, row=ROW, quantize=None, **changes):
        found = recipe(**changes).model_copy(update={"quantize": quantize})
        spread = sharding.read(launch, gpus)
        return {one[0]: one[1:] for one in smaller.changes(found, found.stage(name), spread, row)}

    return of


def test_the_keys_of_sft(words):
    found = words("sft", dtype="bfloat16", sft__train={"per_device_train_batch_size": 5})
    assert set(found) == {
        "launch=recipes/accelerate/zero2.yaml", "launch=recipes/accelerate/zero3.yaml",
        "launch=recipes/accelerate/zero3_offload.yaml", "media.max_pixels=20000", "media.max_frames=8",
        "sft.train.per_device_train_batch_size=2 sft.train.gradient_accumulation_steps=2", "sft.lora={r: 16}",
        "sft.freeze=[vision]", "sft.train.optim=adamw_bnb_8bit",
    } - {"launch=recipes/accelerate/zero2.yaml", "launch=recipes/accelerate/zero3.yaml"}  # fmt: skip


def test_each_key_changes_what_it_says(words):
    found = words("grpo", gpus=4, dtype="float32", grpo__train={"gradient_checkpointing": False, "num_generations": 8})
    recipe, stage, spread = found["launch=recipes/accelerate/zero3.yaml"]
    assert (spread.zero, spread.processes) == (3, 4)
    assert recipe.launch == "recipes/accelerate/zero3.yaml"
    assert found["dtype=bfloat16"][0].dtype == "bfloat16"
    recipe, stage, _ = found["grpo.train.gradient_checkpointing=true"]
    assert stage.train["gradient_checkpointing"] is True
    assert recipe.stage("grpo") == stage
    assert found["grpo.train.num_generations=4"][1].train["num_generations"] == 4
    assert found["grpo.train.max_completion_length=256"][1].train["max_completion_length"] == 256
    assert found["media.max_frames=8"][0].media.max_frames == 8
    assert found["grpo.lora={r: 16}"][1].lora == {"r": 16}


def test_fsdp_is_proposed_after_zero_3_and_no_part_of_four_bits(words):
    zero3 = words("sft", launch="recipes/accelerate/zero3.yaml", gpus=2)
    assert [word for word in zero3 if word.startswith("launch")] == [
        "launch=recipes/accelerate/zero3_offload.yaml", "launch=recipes/accelerate/fsdp2.yaml",
    ]  # fmt: skip
    assert zero3["launch=recipes/accelerate/fsdp2.yaml"][2].fsdp
    lora = {"r": 8}
    four = words("sft", gpus=2, quantize="nf4", sft__lora=lora)
    assert [word for word in four if word.startswith("launch")] == ["launch=recipes/accelerate/zero2.yaml"]


def test_what_is_done_already_is_not_proposed(words):
    found = words("sft", launch="recipes/accelerate/zero3_offload.yaml", gpus=8, sft__lora={"r": 8}, dtype="bfloat16")
    assert not [
        word for word in found if word.startswith(("launch", "sft.lora", "sft.freeze", "dtype", "sft.train.opt"))
    ]
    assert list(words("grow", launch="recipes/accelerate/cpu.yaml", row=Worst(CLIP.model_copy(update={"media": ()}),
                Length(9, 0, None), Length(9, 0, None), 5, "", 900))) == ["grow.batch_size=3"]  # fmt: skip
